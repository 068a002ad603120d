"""What is to be planned: what the chart asks for, with what the command line puts in its place."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from euthymia.chart.chart import Chart, Recorded
from euthymia.chart.course_facts import PlanRequested
from euthymia.cli.options import day_of
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity

_NEEDED = ("protocol", "target", "stimulator", "coil", "start")


@dataclass(frozen=True, slots=True)
class Wishes:
    """Options of the command line that replace a part of the chart's request; None leaves it."""

    protocol: str | None = None
    target: str | None = None
    stimulator: str | None = None
    coil: str | None = None
    start: str | None = None
    course: str | None = None

    @property
    def given(self) -> dict[str, str]:
        """The options that were used, with their values."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


def with_wishes(chart: Chart, wishes: Wishes) -> tuple[Chart, tuple[Finding, ...]]:
    """The chart as if its request had been this one, and a note of every difference.

    Refuses a chart without a request where the command line does not give all of it.
    """
    asked = chart.plan_request.fact if chart.plan_request else None
    given = wishes.given
    if asked is None and (lacking := [name for name in _NEEDED if name not in given]):
        raise InputError(
            "this chart",
            "it holds no request for a plan",
            "Record one (plan_requested), or give "
            + " and ".join(f"--{name}" for name in lacking)
            + " as well",
        )
    if not given:
        return chart, ()
    values = {name: text for name, text in given.items() if name != "start"}
    if "start" in given:
        start = day_of(given["start"], "--start")
    else:
        assert asked is not None  # all that is needed was given otherwise
        start = asked.start_on
    before = asked.model_dump(exclude={"kind", "schema_version"}) if asked else {}
    if "protocol" in values and values["protocol"] != before.get("protocol"):
        # A course that was asked for belongs to the protocol it was asked for with.
        before.pop("course", None)
    fact = PlanRequested(**{**before, **values, "start_on": start})
    entries = chart.plan_request.entries if chart.plan_request else ()
    return replace(chart, plan_request=Recorded(fact, entries)), _notes(asked, fact)


def _notes(asked: PlanRequested | None, fact: PlanRequested) -> tuple[Finding, ...]:
    """One note for each part of the request that is not the chart's."""
    found = []
    for name in ("protocol", "target", "stimulator", "coil", "start_on", "course"):
        old = getattr(asked, name) if asked else None
        new = getattr(fact, name)
        if new != old:
            found.append(
                Finding(
                    "plan.not-as-requested",
                    Severity.NOTE,
                    name.removesuffix("_on"),
                    "Given on the command line, not by the chart's request",
                    found=str(new) if new is not None else "the protocol's own",
                    limit=f"the chart: {old}" if old is not None else "the chart: nothing",
                )
            )
    return tuple(found)
