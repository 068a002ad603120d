"""`euthymia search` and `euthymia batch`: the best placement on a head, and many on many heads."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.options import HeadName, JsonFlag


def search(
    coil: Annotated[
        str,
        typer.Option(
            metavar="ID|FILE", help="Id of `coil list`, or any coil file.", show_default=False
        ),
    ],
    target: Annotated[
        str | None,
        typer.Option(
            metavar="TARGET|X,Y,Z",
            help="A target of `target list`, or RAS millimetres of the head.",
            show_default=False,
        ),
    ] = None,
    radius: Annotated[
        float, typer.Option(metavar="MM", help="How much cortex around the target counts.")
    ] = 5.0,
    atlas: Annotated[
        Path | None,
        typer.Option(
            metavar="LABELS.nii.gz",
            help="Instead of a point: an image in the head's space, with --label.",
            show_default=False,
        ),
    ] = None,
    label: Annotated[
        int, typer.Option(metavar="N", help="With --atlas: the label of the region.")
    ] = 1,
    goal: Annotated[
        str, typer.Option(metavar="strength|direction|focality", help="What is to be largest.")
    ] = "strength",
    direction: Annotated[
        str | None,
        typer.Option(
            metavar="X,Y,Z|normal",
            help="With --goal direction: along it, or along the normal of the cortex.",
            show_default=False,
        ),
    ] = None,
    wanted: Annotated[
        float | None,
        typer.Option(
            metavar="V_PER_M", help="Also say at which output this is reached.", show_default=False
        ),
    ] = None,
    handle: Annotated[
        tuple[float, float] | None,
        typer.Option(
            metavar="LEAST MOST",
            help="Handle angles allowed: 0 straight back, positive to the target's side.",
            show_default=False,
        ),
    ] = None,
    forbid: Annotated[
        list[str] | None,
        typer.Option(
            metavar="X,Y,Z,R",
            help="The coil's middle stays R mm away from there; repeatable.",
            show_default=False,
        ),
    ] = None,
    hair: Annotated[
        float | None,
        typer.Option(metavar="MM", help="Room left for hair (default: 4).", show_default=False),
    ] = None,
    reach: Annotated[
        float, typer.Option(metavar="MM", help="How far from above the target it looks.")
    ] = 24.0,
    tilt: Annotated[
        float, typer.Option(metavar="DEG", help="Largest tilt against the scalp.")
    ] = 10.0,
    head: HeadName = "default",
    pose_out: Annotated[
        Path | None,
        typer.Option(metavar="POSE.json", help="Write the best pose.", show_default=False),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Find the best placement of a coil for a target, and how exact it must be.

    The head is prepared once (minutes), and kept; then a search takes seconds. Values are for
    1 A/µs; errors are against a direct solve.

    \b
    euthymia search --coil magventure-c-b60 --target fox-2013 --wanted 60
    euthymia search --coil mine.tcd --atlas areas.nii.gz --label 46 --goal focality
    """
    from euthymia.cli.search_run import SearchRequest, run_search

    asked = SearchRequest(
        coil, target, radius, atlas, label, goal, direction, wanted, handle,
        tuple(forbid or ()), hair, reach, tilt, head, pose_out,
    )  # fmt: skip
    run_search(asked, as_json)


def batch(
    table: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE.csv",
            help="A line a placement: head,coil,pose and if wanted x,y,z,radius,didt.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="RESULT.csv|.parquet", help="The table of results.")],
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", help="Processes (default: one a core).", show_default=False),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="A dask scheduler whose workers do it, such as tcp://host:8786.",
            show_default=False,
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Keeps each head as it is done (default: beside the result).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Solve for the field of many placements on many heads; go on where it was broken off.

    Columns: head (`default` or labels), coil (id or file), pose (a pose file); optional x,y,z
    (target, mm), radius (mm), didt (A/µs). A refused line says so in the result.

    \b
    euthymia batch placements.csv --out fields.parquet
    """
    from euthymia.cli.batch_run import run_batch

    run_batch(table, out, workers, scheduler, folder)
