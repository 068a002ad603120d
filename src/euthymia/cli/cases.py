"""A case as it stood at the end of a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from euthymia.chart import ledger
from euthymia.chart.case import CHART_NAME, Case
from euthymia.chart.chart import Chart, replay
from euthymia.chart.entries import Entry
from euthymia.chart.verification import Anchor, anchor_of
from euthymia.cli.options import day_of, today
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class CaseOn:
    """A case with its chart as it stood at the end of a day.

    head: the last entry that counts. later: how many entries were made after the day.
    findings: what is to be known about the file and the day. remark: what to say of the day to
    the person at the screen, empty for nothing; it depends on this computer's date.
    """

    case: Case
    on: date
    chart: Chart
    head: Anchor
    later: int
    findings: tuple[Finding, ...]
    remark: str


def case_on(folder: Path, on: str | None) -> CaseOn:
    """Open a case, its ledger verified, and leave out what was entered after the day.

    on: a date as it was typed. None: today, or for a synthetic patient the day of its last entry,
    so that the examples give the same result in every year.
    Raises InputError if nothing was on record by then.
    """
    named = None if on is None else day_of(on)
    case = Case.open(folder)
    synthetic = case.chart.patient.fact.synthetic
    usual = max(entry.at.date() for entry in case.chart.entries) if synthetic else today()
    day = named or usual
    chart, head = case.chart, case.head
    known = _known_on(chart.entries, day)
    later = len(chart.entries) - known
    if known == 0:
        first = chart.entries[0].at.date().isoformat()
        raise InputError(
            str(folder / CHART_NAME),
            f"it held nothing yet on {day.isoformat()}; its first entry was made on {first}",
            "Give a later day with --on, or check this computer's date",
        )
    if later:
        chart = replay(chart.entries[:known])
        head = anchor_of(ledger.read(folder / CHART_NAME)[known - 1])
    findings = (*case.findings, *_left_out(day, later))
    return CaseOn(case, day, chart, head, later, findings, _remark(day, named, synthetic))


def _known_on(entries: Iterable[Entry], day: date) -> int:
    """The number of entries up to the last one made on that day or before.

    A whole beginning of the chart, even where a clock went back: what amends must not stand
    without what it amends.
    """
    known = 0
    for number, entry in enumerate(entries, start=1):
        if entry.at.date() <= day:
            known = number
    return known


def _left_out(day: date, later: int) -> tuple[Finding, ...]:
    if not later:
        return ()
    return (
        Finding(
            "chart.later-entries",
            Severity.CAUTION,
            "day",
            "The chart holds entries made after the day asked for; they do not count here",
            found=f"{'1 entry' if later == 1 else f'{later} entries'} after {day.isoformat()}",
        ),
    )


def _remark(day: date, named: date | None, synthetic: bool) -> str:
    if named is None and synthetic:
        return f"as of {day}, this synthetic patient's last entry (--on names another day)"
    if day > today() and not synthetic:
        return f"{day} lies ahead of today, {today()}: what is recorded until then may change it"
    return ""
