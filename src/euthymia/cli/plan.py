"""`euthymia plan`: the whole treatment plan of a case."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.options import CaseFolder, JsonFlag, OnDay

_ASKED = "Instead of what the chart asks for"


def _asked(metavar: str, text: str) -> typer.models.OptionInfo:
    info: typer.models.OptionInfo = typer.Option(
        metavar=metavar, help=text, show_default=False, rich_help_panel=_ASKED
    )
    return info


def plan(
    case: CaseFolder,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Where to write it (default: CASE/plan).", show_default=False
        ),
    ] = None,
    on: OnDay = None,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="HEAD",
            help="`default`, tissue labels, or a T1 (default: the case's T1, else `default`).",
            show_default=False,
        ),
    ] = None,
    protocol: Annotated[str | None, _asked("ID", "Protocol, of `protocol list`.")] = None,
    target: Annotated[str | None, _asked("ID", "Target, of `target list`.")] = None,
    coil: Annotated[str | None, _asked("ID", "Coil, of `coil list`.")] = None,
    stimulator: Annotated[str | None, _asked("ID", "Stimulator, of `stimulator list`.")] = None,
    start: Annotated[str | None, _asked("DATE", "First day of treatment.")] = None,
    course: Annotated[str | None, _asked("ID", "Schedule other than the protocol's own.")] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Add the plan to the chart as proposed.")
    ] = False,
    author: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="With --record: who proposes it.", show_default=False),
    ] = None,
    role: Annotated[
        str | None,
        typer.Option(metavar="ROLE", help="With --record: psychiatrist, ...", show_default=False),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make the treatment plan of a case: assessment, target, field, dose, protocol, calendar.

    Writes plan.pdf, plan.html, plan.json and course.ics. A plan that must not go ahead is written
    all the same, and says so first. The first plan for a head computes its field, which takes
    minutes; later ones take seconds.

    \b
    euthymia plan examples/clear-candidate
    euthymia plan CASE --protocol iTBS-600 --out /tmp/theta-burst
    euthymia plan CASE --record --author "H. Okafor" --role psychiatrist
    """
    from euthymia.cli.plan_request import Wishes
    from euthymia.cli.plan_run import PlanRequest, run_plan

    wishes = Wishes(protocol, target, stimulator, coil, start, course)
    run_plan(PlanRequest(case, out, on, head, wishes, record, author, role), as_json)
