"""`euthymia coil|target|stimulator list`: the ids that other commands take."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.options import HeadName, JsonFlag

CoilName = Annotated[
    str, typer.Argument(metavar="ID|FILE", help="Id of `coil list`, or a coil file.")
]
CoilSettings = Annotated[
    list[str],
    typer.Option(
        "--set", metavar="NUMBER=VALUE", help="A movement of a deformable coil; repeatable."
    ),
]

coils = typer.Typer(help="Coils that the house knows.", no_args_is_help=True)
targets = typer.Typer(help="Published targets and scalp rules.", no_args_is_help=True)
stimulators = typer.Typer(help="Stimulators and their limits.", no_args_is_help=True)


@coils.command("list")
def list_coils(as_json: JsonFlag = False) -> None:
    """List the coils, with their class and their current's rate of change at full output."""
    from euthymia.cli.catalogue_views import coils_data, show_coils
    from euthymia.cli.output import write_json

    if as_json:
        write_json(coils_data())
    else:
        show_coils()


@coils.command("show")
def show_coil(
    name: CoilName,
    settings: CoilSettings = [],  # noqa: B006 - typer reads the default, nothing changes it
    as_json: JsonFlag = False,
) -> None:
    """Show a coil: what it is made of, its depth and spread, its movements and sources.

    \b
    euthymia coil show magventure-mc-b70
    euthymia coil show H7.tcd --set 0=5
    """
    from euthymia.cli.coil_view import show_coil as shown

    shown(name, settings, as_json)


@coils.command("check")
def check_coil(
    path: Annotated[Path, typer.Argument(metavar="FILE", help=".ccd, .tcd, .nii or .nii.gz.")],
    as_json: JsonFlag = False,
) -> None:
    """Check a coil file before its fields are trusted: units, axes, limits, strength.

    Exit code 1 where something must be mended first.

    \b
    euthymia coil check mine.ccd
    """
    from euthymia.cli.coil_view import check_coil as checked

    if not checked(path, as_json):
        raise typer.Exit(1)


@coils.command("convert")
def convert(
    measured: Annotated[
        str, typer.Option("--from", metavar="ID|FILE", help="Coil of the measured threshold.")
    ],
    wanted: Annotated[
        str, typer.Option("--to", metavar="ID|FILE", help="Coil to convert the threshold to.")
    ],
    rmt: Annotated[float, typer.Option(metavar="PCT", help="Resting motor threshold in % MSO.")],
    rmt_interval: Annotated[
        str | None,
        typer.Option(
            metavar="LOW,HIGH", help="Its 95 % interval in % MSO, where known.", show_default=False
        ),
    ] = None,
    from_stimulator: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Stimulator it was measured with (default: the coil's own).",
            show_default=False,
        ),
    ] = None,
    to_stimulator: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Stimulator of the other coil (default: the coil's own).",
            show_default=False,
        ),
    ] = None,
    from_didt: Annotated[
        float | None,
        typer.Option(
            metavar="A_PER_US",
            help="Largest dI/dt of the first coil on its stimulator.",
            show_default=False,
        ),
    ] = None,
    to_didt: Annotated[
        float | None,
        typer.Option(
            metavar="A_PER_US",
            help="Largest dI/dt of the other coil on its stimulator.",
            show_default=False,
        ),
    ] = None,
    head: HeadName = "default",
    gap: Annotated[
        float | None,
        typer.Option(metavar="MM", help="Room for hair (default: 4).", show_default=False),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Convert a motor threshold to another coil, through the field it made at the hand area.

    Both coils are put where they are strongest at the left motor hand area of the same head. The
    result is a start for the search of the threshold, not a measurement. On the default head it
    takes minutes the first time.

    \b
    euthymia coil convert --from magstim-70mm-fig8 --to magventure-c-b60 --rmt 52
    """
    from euthymia.cli.coil_convert import ConvertRequest, SideAsked, run_convert

    run_convert(
        ConvertRequest(
            SideAsked("from", measured, from_stimulator, from_didt),
            SideAsked("to", wanted, to_stimulator, to_didt),
            rmt, rmt_interval, head, gap,
        ),
        as_json,
    )  # fmt: skip


@targets.command("list")
def list_targets(as_json: JsonFlag = False) -> None:
    """List the published coordinates (MNI millimetres) and the scalp rules, with sources."""
    from euthymia.cli.catalogue_views import show_targets, targets_data
    from euthymia.cli.output import write_json

    if as_json:
        write_json(targets_data())
    else:
        show_targets()


@stimulators.command("list")
def list_stimulators(as_json: JsonFlag = False) -> None:
    """List the stimulators with the limits that are publicly known."""
    from euthymia.cli.catalogue_views import show_stimulators, stimulators_data
    from euthymia.cli.output import write_json

    if as_json:
        write_json(stimulators_data())
    else:
        show_stimulators()
