"""`euthymia coil|target|stimulator list`: the ids that other commands take."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

import typer

from euthymia.cli.options import JsonFlag

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
