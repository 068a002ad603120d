"""After the course: is the gain still there, when to look again, what warns, what then."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from euthymia.assess.scales.score import ScaleResult
from euthymia.core.references import Citation
from euthymia.follow.trajectory import ScaleCourse
from euthymia.learn.survival.durability import DurabilityModel, Lasting, published_durability

_DAYS_A_MONTH = 365.25 / 12


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    source: Citation
    after_days: tuple[int, ...] = ()
    months: tuple[float, ...] = ()
    in_a_row: int = 0
    within_days: int = 0
    lost_above_pct_of_baseline: float = 100.0


@dataclass(frozen=True, slots=True)
class Relapse:
    """Whether and when the gain was lost, by which definition. since: None while it lasts."""

    since: date | None
    score: ScaleResult | None
    definition: str
    source: Citation


@dataclass(frozen=True, slots=True)
class Visit:
    """A planned look after the course."""

    number: int
    due_on: date


@dataclass(frozen=True, slots=True)
class FollowUpState:
    """How things stand after a course.

    months: since its end. lasting: how likely the response is still there at 3, 6, 12 and 24 months
    from the end, given that it lasted until now; empty after a relapse or without response.
    warning: the check-ins that warn, empty where none do.
    """

    ended_on: date
    months: float
    responded: bool
    relapse: Relapse
    visits: tuple[Visit, ...]
    lasting: tuple[Lasting, ...]
    warning: tuple[ScaleResult, ...]
    then: tuple[tuple[str, Citation], ...]


def follow_up(
    course: ScaleCourse, ended_on: date, on: date, model: DurabilityModel | None = None
) -> FollowUpState:
    """The state on a day after a course, from the main scale.

    model: a clinic's own; the published figures where None.
    """
    after = [r for r in course.results if ended_on <= r.score.on <= on]
    responded = _responded(course, ended_on)
    relapse = _relapse(course, after)
    months = max(0.0, (on - ended_on).days / _DAYS_A_MONTH)
    known = model or published_durability()
    kept = responded and relapse.since is None
    lasting = tuple(
        known.lasting(month, months)
        for month in rules()["milestones"].months
        if kept and month >= months
    )
    then = [rules()[name] for name in ("again", "maintenance") if responded and not kept]
    return FollowUpState(
        ended_on,
        months,
        responded,
        relapse,
        follow_up_plan(ended_on),
        lasting,
        warning_signs(course, after),
        tuple((rule.text, rule.source) for rule in then),
    )


def follow_up_plan(ended_on: date) -> tuple[Visit, ...]:
    """The scored visits of the two years after a course."""
    return tuple(
        Visit(number, ended_on + timedelta(days=days))
        for number, days in enumerate(rules()["visits"].after_days, start=1)
    )


def warning_signs(course: ScaleCourse, after: Sequence[ScaleResult]) -> tuple[ScaleResult, ...]:
    """The latest results in a row that lie above the best by a change that matters.

    Empty unless as many as the rule asks for do, and for scales without such a change on record.
    """
    best = course.best
    if best is None or best.total is None:
        return ()
    rule = best.scale.reliable_change or best.scale.important_change
    if rule is None:
        return ()
    sign = 1 if best.scale.worse == "high" else -1
    _, least = rule.points_from(best.total)
    row: list[ScaleResult] = []
    for result in reversed(after):
        if result.total is None or sign * (result.total - best.total) < least:
            break
        row.append(result)
    return tuple(reversed(row)) if len(row) >= rules()["warning"].in_a_row else ()


def _responded(course: ScaleCourse, ended_on: date) -> bool:
    """Response at the last score in the days after the course that the rule allows."""
    latest = ended_on + timedelta(days=rules()["response"].within_days)
    judged = zip(course.after_baseline, course.changes, strict=True)
    known = [
        found.response
        for result, found in judged
        if result.score.on <= latest and found.response is not None
    ]
    return bool(known and known[-1])


def _relapse(course: ScaleCourse, after: Sequence[ScaleResult]) -> Relapse:
    scale = course.latest.scale
    if scale.relapse is not None:
        limit, source = scale.relapse.at_least, scale.relapse.source
        definition = f"{scale.name} of {limit:g} or more"
        lost = next((r for r in after if r.total is not None and r.total >= limit), None)
    else:
        rule = rules()["relapse"]
        source, share = rule.source, rule.lost_above_pct_of_baseline
        definition = f"more than {share:g} % of the baseline score"
        base = course.baseline.total if course.baseline is not None else None
        limit = (base or 0.0) * share / 100
        lost = next((r for r in after if base and r.total is not None and r.total > limit), None)
    return Relapse(lost.score.on if lost else None, lost, definition, source)


@cache
def rules() -> dict[str, _Rule]:
    """The rules of follow-up by name."""
    text = (files("euthymia.follow") / "data" / "durability.toml").read_text(encoding="utf-8")
    return {name: _Rule.model_validate(row) for name, row in tomllib.loads(text).items()}
