"""`euthymia field`: the electric field of a coil at a place on a head."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.options import HeadName, JsonFlag


def field(
    coil: Annotated[
        str,
        typer.Option(
            metavar="ID|FILE.ccd", help="Id of `coil list`, or a coil file.", show_default=False
        ),
    ],
    pose: Annotated[
        Path | None,
        typer.Option(
            metavar="POSE.json",
            help="Pose of the coil in the head's frame; a plan.json will do, too.",
            show_default=False,
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="F3|TARGET",
            help="Instead of a pose: an EEG position, or a target of `target list`.",
            show_default=False,
        ),
    ] = None,
    handle: Annotated[
        float | None,
        typer.Option(
            metavar="DEG",
            help="With --at: handle backwards, turned outwards by so much (default: 45).",
            show_default=False,
        ),
    ] = None,
    gap: Annotated[
        float | None,
        typer.Option(
            metavar="MM", help="With --at: room for hair (default: 4).", show_default=False
        ),
    ] = None,
    head: HeadName = "default",
    didt: Annotated[
        float, typer.Option(metavar="A_PER_US", help="Rate of change of the coil's current.")
    ] = 1.0,
    points: Annotated[
        Path | None,
        typer.Option(
            metavar="P.csv",
            help="Points in RAS millimetres of the head: x,y,z a line.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FIELD.csv",
            help="Where to write the field at the points (default: standard output).",
            show_default=False,
        ),
    ] = None,
    nifti: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT.nii.gz",
            help="Write |E| in the brain as an image on the head's grid, NaN elsewhere.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Solve for the induced electric field: at points, or in the whole brain.

    V/m for 1 A/µs unless --didt says otherwise. The field at a point is that inside the tissue of
    its voxel. Columns of the CSV: x_mm,y_mm,z_mm,ex,ey,ez,e. On the default head it takes about
    a minute.

    \b
    euthymia field --coil magventure-c-b60 --at F3 --didt 90
    euthymia field --coil mine.ccd --pose pose.json --points p.csv --out field.csv
    euthymia field --coil magventure-c-b60 --at fox-2013 --nifti e.nii.gz
    """
    from euthymia.cli.field_run import FieldRequest, run_field

    asked = FieldRequest(coil, pose, at, handle, gap, head, didt, points, out, nifti)
    run_field(asked, as_json)
