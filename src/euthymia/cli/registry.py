"""`euthymia registry` and `euthymia virtual`: what all patients teach, and what-if."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.options import JsonFlag

app = typer.Typer(help="Results of many charts together, pseudonymous.", no_args_is_help=True)
virtual = typer.Typer(
    help="Invented patients, to try a change on before trying it on people.", no_args_is_help=True
)

Seed = Annotated[int, typer.Option("--seed", help="The same seed gives the same patients.")]


@app.command("export")
def export(
    cases: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder that holds the cases' folders.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.parquet", help="Table to write.")],
    site: Annotated[str, typer.Option("--site", help="Name of the site, for comparisons.")] = "",
) -> None:
    """Export one pseudonymous row a finished course from all charts below a folder.

    Charts that cannot be read are named and left out; the others are exported.
    """
    from euthymia.cli.options import today
    from euthymia.cli.registry_view import export_cases, show_export

    show_export(export_cases(cases, out, site, today()), out)


@app.command("summary")
def summary(
    table: Annotated[
        Path, typer.Argument(metavar="FILE.parquet", help="What `registry export` wrote.")
    ],
    funnel: Annotated[
        Path | None,
        typer.Option("--funnel", metavar="FILE.svg", help="Also draw the sites' funnel."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Summarise a registry: outcomes with the missing ones bounded, fair comparisons."""
    from euthymia.cli.output import write_json
    from euthymia.cli.registry_view import draw_funnel, show_summary, summarised, summary_data

    found = summarised(table)
    if funnel is not None:
        draw_funnel(found, funnel)
    if as_json:
        write_json(summary_data(found))
    else:
        show_summary(found)


@virtual.command("trial")
def trial(
    patients: Annotated[int, typer.Option("--patients", help="In each arm.")] = 100,
    effect: Annotated[
        float, typer.Option("--effect", help="Part of the usual gain in the comparison arm.")
    ] = 0.5,
    looks: Annotated[int, typer.Option("--looks", help="Planned analyses.")] = 1,
    trials: Annotated[int, typer.Option("--trials", help="Simulated trials.")] = 500,
    find: Annotated[
        bool, typer.Option("--find-size", help="Search the size for 80 % power instead.")
    ] = False,
    seed: Seed = 0,
    as_json: JsonFlag = False,
) -> None:
    """Try a two-arm trial on invented patients: power, patients used, early stops."""
    from euthymia.cli.output import write_json
    from euthymia.cli.virtual_view import show_trial, trial_data, try_trial

    found = try_trial(patients, effect, looks, trials, seed, find=find)
    if as_json:
        write_json(trial_data(found))
    else:
        show_trial(found)


@virtual.command("capacity")
def capacity(
    chairs: Annotated[int, typer.Option("--chairs", help="Chairs of the clinic.")],
    per_chair: Annotated[int, typer.Option("--per-chair", help="Sessions a chair and day.")],
    referrals: Annotated[float, typer.Option("--referrals", help="New patients a week.")],
    days: Annotated[int, typer.Option("--days", help="Treatment days to simulate.")] = 1000,
    seed: Seed = 0,
    as_json: JsonFlag = False,
) -> None:
    """Try a clinic's chairs against its referrals: waiting time and use of places."""
    from euthymia.cli.output import write_json
    from euthymia.cli.virtual_view import capacity_data, show_capacity, try_capacity

    found = try_capacity(chairs, per_chair, referrals, days, seed)
    if as_json:
        write_json(capacity_data(found))
    else:
        show_capacity(found)
