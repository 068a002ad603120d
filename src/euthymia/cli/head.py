"""`euthymia head`: head models, shown and built."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.options import HeadName, JsonFlag

app = typer.Typer(help="Head models: the default one, labels, or a T1.", no_args_is_help=True)


@app.command("show")
def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="default|LABELS|T1", help="The default head, tissue labels, or a T1 (NIfTI)."
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


@app.command("build")
def build(
    t1: Annotated[
        Path,
        typer.Argument(metavar="T1.nii.gz", help="Whole-head T1 (NIfTI).", show_default=False),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="LABELS.nii.gz", help="Where to write the labels.", show_default=False
        ),
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Replace labels that are there already.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Build a head from a T1: tissue labels, landmarks, place in MNI space. Takes minutes.

    Writes LABELS.nii.gz and LABELS.head.json. Needs the extra part `mri`. Look at the labels over
    the T1 in a viewer before you rely on them.

    \b
    euthymia head build CASE/T1.nii.gz --out CASE/labels.nii.gz
    euthymia plan CASE --head CASE/labels.nii.gz
    """
    from euthymia.cli.head_build import run_build

    run_build(t1, out, force, as_json)


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
