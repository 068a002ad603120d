"""`euthymia follow`: how a patient is doing, what may come, what the rules suggest."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.options import CaseFolder, JsonFlag, OnDay


def follow(
    case: CaseFolder,
    on: OnDay = None,
    draw: Annotated[
        Path | None, typer.Option("--draw", metavar="FILE.svg", help="Also draw the course.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Follow a patient: trajectory, forecast beside what is usual, advice with its sources.

    A forecast is never a verdict: it stands beside the base rate, and says what it was fitted on.

    \b
    euthymia follow CASE
    euthymia follow CASE --on 2027-01-20 --draw course.svg
    """
    from euthymia.cli.cases import case_on
    from euthymia.cli.follow_view import draw_outlook, outlook_data, outlook_of, show_outlook
    from euthymia.cli.output import remark, write_json

    opened = case_on(case, on)
    found = outlook_of(opened)
    if draw is not None:
        draw_outlook(found, draw)
        remark(f"Picture: {draw}")
    if as_json:
        write_json(outlook_data(opened, found))
        return
    if opened.remark:
        remark(opened.remark)
    show_outlook(opened, found)
