"""`euthymia head`: head models, shown and built."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.options import HeadName, JsonFlag, today

app = typer.Typer(
    help="Head models: the default one, from a T1, from labels, or by tape.", no_args_is_help=True
)


@app.command("show")
def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="default|FOLDER|LABELS|T1",
            help="The default head, a head's folder, tissue labels, or a T1 (NIfTI or DICOM).",
        ),
    ] = "default",
    as_json: JsonFlag = False,
) -> None:
    """Show a head: volumes of the tissues, landmarks, tape measures, findings.

    Of a T1 only the image is shown; `head build` makes a head of it.

    \b
    euthymia head show
    euthymia head show LABELS.nii.gz --json
    """
    from euthymia.cli.head_view import show_head

    show_head(name, as_json)


Force = Annotated[bool, typer.Option("--force", help="Replace a head that is there already.")]
OutFolder = Annotated[
    Path,
    typer.Option(
        metavar="FOLDER",
        help="Where to write the head: a folder, or LABELS.nii.gz for labels alone.",
    ),
]


@app.command("build")
def build(
    t1: Annotated[
        Path | None,
        typer.Argument(
            metavar="[T1.nii.gz|DICOM_DIR]",
            help="Whole-head T1: NIfTI, or a folder or file of DICOM.",
            show_default=False,
        ),
    ] = None,
    out: OutFolder = Path("head"),
    t2: Annotated[
        Path | None,
        typer.Option(help="A T2 of the same head: helps to tell bone from fluid."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(metavar="LABELS.nii.gz", help="Take these labels; segment nothing."),
    ] = None,
    scheme: Annotated[
        str,
        typer.Option(
            metavar="NAME|FILE.toml", help="What the numbers of --labels mean: euthymia, simnibs."
        ),
    ] = "euthymia",
    series: Annotated[
        int | None, typer.Option(metavar="N", help="Which DICOM series, by its number.")
    ] = None,
    landmarks: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="Landmarks that take the place of those found."),
    ] = None,
    force: Force = False,
    as_json: JsonFlag = False,
) -> None:
    """Build a head from a T1, DICOM or labels, with a report to judge it by. Takes minutes.

    Writes a folder: labels, tissue maps, landmarks, map to MNI space, surfaces, report.pdf. Needs
    the extra part `mri`. What was done before is not done again. Look at the report before you
    rely on the head.

    \b
    euthymia head build CASE/T1.nii.gz --out CASE/head
    euthymia head build DICOM_DIR --series 5 --out CASE/head
    euthymia head build --labels final_tissues.nii.gz --scheme simnibs --out CASE/head
    euthymia plan CASE --head CASE/head
    """
    from euthymia.cli.head_build import run_build
    from euthymia.model.head.build.whole import Source

    run_build(Source(t1, series, t2, labels, scheme, landmarks), out, force, as_json, today())


@app.command("tape")
def tape(
    nasion_inion: Annotated[
        float, typer.Option(metavar="MM", help="From nasion to inion over the vertex.")
    ],
    tragus_tragus: Annotated[
        float, typer.Option(metavar="MM", help="From tragus to tragus over the vertex.")
    ],
    circumference: Annotated[
        float, typer.Option(metavar="MM", help="Around the head, a tenth above nasion and inion.")
    ],
    hair: Annotated[
        float | None, typer.Option(metavar="MM", help="Thickness of the hair under the tape.")
    ] = None,
    out: OutFolder = Path("head"),
    force: Force = False,
    as_json: JsonFlag = False,
) -> None:
    """Shape the default head by three tape measurements, for a patient without an MRI.

    \b
    euthymia head tape --nasion-inion 360 --tragus-tragus 350 --circumference 570 --out CASE/head
    euthymia plan CASE --head CASE/head
    """
    from euthymia.cli.head_build import run_tape
    from euthymia.model.head.tape_measures import TapeMeasures

    measures = TapeMeasures(nasion_inion, tragus_tragus, circumference, hair)
    run_tape(measures, out, force, as_json)


@app.command("check")
def check(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder of a head.", show_default=False)
    ],
    as_json: JsonFlag = False,
) -> None:
    """Check that the files of a head are those that were written, and show its findings again.

    Ends with code 1 if a file that the head is made of was changed or is missing.

    \b
    euthymia head check CASE/head
    """
    from euthymia.cli.head_export import run_check

    raise typer.Exit(run_check(folder, as_json))


@app.command("export")
def export(
    name: Annotated[
        str,
        typer.Argument(
            metavar="default|FOLDER|LABELS", help="The head to export.", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where to write the files.")],
    gifti: Annotated[bool, typer.Option("--gifti", help="Scalp and cortex as .surf.gii.")] = False,
    stl: Annotated[bool, typer.Option("--stl", help="Scalp and cortex as binary .stl.")] = False,
    labels: Annotated[bool, typer.Option("--labels", help="Tissue labels as .nii.gz.")] = False,
    scheme: Annotated[
        str,
        typer.Option(
            metavar="NAME|FILE.toml", help="Whose numbers the labels get: euthymia, simnibs."
        ),
    ] = "euthymia",
    as_json: JsonFlag = False,
) -> None:
    """Write surfaces and labels of a head for other programs. All millimetres are RAS.

    \b
    euthymia head export CASE/head --gifti --stl --out surfaces
    euthymia head export CASE/head --labels --scheme simnibs --out for-simnibs
    """
    from euthymia.cli.head_export import Wanted, run_export

    run_export(name, Wanted(gifti, stl, labels, scheme), out, as_json)


@app.command("eeg")
def eeg(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="10-10 names such as F3 (default: all)."),
    ] = None,
    head: HeadName = "default",
    as_json: JsonFlag = False,
) -> None:
    """List the 10-10 EEG positions on a head's scalp, in millimetres and in MNI space.

    \b
    euthymia head eeg F3 Cz
    euthymia head eeg --head LABELS.nii.gz --json
    """
    from euthymia.cli.head_view import show_eeg

    show_eeg(head, tuple(names or ()), as_json)
