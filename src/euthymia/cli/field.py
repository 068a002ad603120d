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
    mesh: Annotated[
        Path | None,
        typer.Option(
            metavar="HEAD.msh",
            help="Instead of --head: a head of tetrahedra (Gmsh 2.2 or 4.1).",
            show_default=False,
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="L.nii.gz",
            help="Instead of --head: a label volume, nothing needed beside it.",
            show_default=False,
        ),
    ] = None,
    conductivity: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TISSUE=S_PER_M",
            help="Another conductivity, such as grey=0.3; may be repeated.",
            show_default=False,
        ),
    ] = None,
    tensors: Annotated[
        Path | None,
        typer.Option(
            metavar="DTI.nii.gz",
            help="With --mesh: diffusion tensors (xx, xy, xz, yy, yz, zz) for the brain.",
            show_default=False,
        ),
    ] = None,
    tensor_axes: Annotated[
        str, typer.Option(metavar="world|voxel|fsl", help="Axes of --tensors.")
    ] = "world",
    gifti: Annotated[
        Path | None,
        typer.Option(metavar="OUT.gii", help="Write E on the cortex as GIfTI.", show_default=False),
    ] = None,
    vtu: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT.vtu",
            help="Write E for VTK viewers: all of a mesh, the cortex of a head.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="X,Y,Z",
            help="A point of grey matter (RAS mm) around which the field is also given.",
            show_default=False,
        ),
    ] = None,
    radius: Annotated[
        float | None,
        typer.Option(
            metavar="MM",
            help="Radius of what counts as the target (default: 5).",
            show_default=False,
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Solve for the induced electric field: at points, or in the whole brain.

    V/m for 1 A/µs unless --didt says otherwise. The field at a point is that inside the tissue of
    its voxel. Columns of the CSV: x_mm,y_mm,z_mm,ex,ey,ez,e. Beside it: peak, focality, and the
    parts across and along the cortex; with --target X,Y,Z means around that point. On the default
    head it takes about a minute.

    \b
    euthymia field --coil magventure-c-b60 --at F3 --didt 90
    euthymia field --coil mine.ccd --pose pose.json --points p.csv --out field.csv
    euthymia field --coil magventure-c-b60 --at fox-2013 --nifti e.nii.gz
    euthymia field --coil mine.ccd --pose pose.json --mesh head.msh --vtu e.vtu
    """
    from euthymia.cli.field_choice import FieldChoice

    FieldChoice(
        coil, pose, at, handle, gap, head, mesh, labels, didt, points, out, nifti, gifti, vtu,
        tuple(conductivity or ()), tensors, tensor_axes, target, radius,
    ).run(as_json)  # fmt: skip
