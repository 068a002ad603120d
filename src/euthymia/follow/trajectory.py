"""Mood, energy, well-being, anxiety and sleep over a course, each as a line of its own.

A line joins what one scale says about one domain; different scales are different lines, never
mixed. Values are shares of the range that the items allow, 0 for none of it and 1 for as bad as can
be, so that lines can be laid over each other. Where a score was due and is missing, the line has a
gap.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import permutations
from typing import Any

from pydantic import BaseModel, ConfigDict

from euthymia.assess.scales.crosswalk import Converted, convert
from euthymia.assess.scales.score import ScaleChange, ScaleResult, change
from euthymia.core.errors import InputError
from euthymia.core.references import Citation


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    scale: str
    items: tuple[int, ...]


class Domain(BaseModel):
    """One side of how a patient is, and the items that speak of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    parts: tuple[_Part, ...]


class WeeklyRule(BaseModel):
    """How often a score is expected during a course, and what "the same time" means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    due_every_days: int
    many_from: int
    same_time_days: int
    source: Citation


@dataclass(frozen=True, slots=True)
class Point:
    """One day's share of the range, between `low` and `high` where items are unanswered."""

    on: date
    low: float
    high: float

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True)
class Line:
    """What one scale says of one domain over time. `gaps` are spans in which a score was due.

    Scales that run the other way are turned round: high is always worse.
    """

    domain: str
    scale: str
    points: tuple[Point, ...]
    gaps: tuple[tuple[date, date], ...]


@dataclass(frozen=True, slots=True)
class ScaleCourse:
    """One scale over a course: its results, each later one against the baseline.

    baseline: the last result before or on the first day of treatment; None where there is none.
    deteriorated: the latest score is worse than the baseline by a change that matters; None where
    the scale has no such change on record, or items are open.
    """

    scale: str
    results: tuple[ScaleResult, ...]
    baseline: ScaleResult | None
    changes: tuple[ScaleChange, ...]
    deteriorated: bool | None

    @property
    def latest(self) -> ScaleResult:
        return self.results[-1]

    @property
    def latest_change(self) -> ScaleChange | None:
        return self.changes[-1] if self.changes else None

    @property
    def best(self) -> ScaleResult | None:
        """The best whole result since treatment began; None without one."""
        since = self.results if self.baseline is None else self.after_baseline
        whole = [result for result in since if result.total is not None]
        if not whole:
            return None
        sign = 1 if whole[0].scale.worse == "high" else -1
        return min(whole, key=lambda result: sign * result.low)

    @property
    def after_baseline(self) -> tuple[ScaleResult, ...]:
        """The results later than the baseline, in step with `changes`."""
        return self.results[len(self.results) - len(self.changes) :]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Two scales of about the same day, laid on the first of them by a published crosswalk.

    agree: the first scale's total lies within the span that the other's stands for.
    """

    scale: str
    on: date
    said: ScaleResult
    other: ScaleResult
    converted: Converted
    agree: bool


@dataclass(frozen=True, slots=True)
class Trajectory:
    """Everything that the scales say over a course."""

    courses: tuple[ScaleCourse, ...]
    lines: tuple[Line, ...]
    reconciled: tuple[Reconciled, ...]

    def course(self, scale: str) -> ScaleCourse | None:
        """The course of a scale by its id; None where it was never filled in."""
        return next((found for found in self.courses if found.scale == scale), None)


def trajectory(
    results: Iterable[ScaleResult],
    begun_on: date | None,
    on: date,
    ended_on: date | None = None,
) -> Trajectory:
    """The trajectory from scored scales.

    begun_on: first day of treatment, None before it; ended_on: its last, None while it goes on.
    Refuses a score of a day after `on`.
    """
    ordered = sorted(results, key=lambda result: result.score.on)
    for result in ordered:
        if result.score.on > on:
            raise InputError(
                f"{result.scale.name} of {result.score.on.isoformat()}",
                "it lies in the future",
                "Correct its date",
            )
    by_scale: dict[str, list[ScaleResult]] = {}
    for result in ordered:
        by_scale.setdefault(result.scale.id, []).append(result)
    courses = tuple(_course(found, begun_on) for found in by_scale.values())
    lines = tuple(
        line
        for domain in domains()
        for part in domain.parts
        if part.scale in by_scale
        for line in [_line(domain, part, by_scale[part.scale], begun_on, ended_on or on)]
        if line is not None
    )
    return Trajectory(courses, lines, _reconciled(courses))


def _course(results: Sequence[ScaleResult], begun_on: date | None) -> ScaleCourse:
    before = [r for r in results if begun_on is None or r.score.on <= begun_on]
    baseline = before[-1] if before and begun_on is not None else None
    later = [r for r in results if baseline is not None and r.score.on > baseline.score.on]
    changes = tuple(change(baseline, now) for now in later) if baseline is not None else ()
    return ScaleCourse(
        results[0].scale.id,
        tuple(results),
        baseline,
        changes,
        _deteriorated(baseline, later[-1]) if baseline is not None and later else None,
    )


def _deteriorated(baseline: ScaleResult, now: ScaleResult) -> bool | None:
    rule = baseline.scale.reliable_change or baseline.scale.important_change
    if rule is None or baseline.total is None or now.total is None:
        return None
    sign = 1 if baseline.scale.worse == "high" else -1
    worse_by = sign * (now.total - baseline.total)
    low, high = rule.points_from(baseline.total)
    return True if worse_by >= high else False if worse_by < low else None


def _line(
    domain: Domain,
    part: _Part,
    results: Sequence[ScaleResult],
    begun_on: date | None,
    until: date,
) -> Line | None:
    points = [p for p in (_point(part, result) for result in results) if p is not None]
    if not points:
        return None
    gaps = _gaps([point.on for point in points], begun_on, until)
    return Line(domain.id, part.scale, tuple(points), gaps)


def _gaps(
    days: Sequence[date], begun_on: date | None, until: date
) -> tuple[tuple[date, date], ...]:
    """Spans of the course in which a weekly score did not come.

    Only of a scale that was filled in about weekly: one that is taken before and after a course
    misses nothing in between.
    """
    if begun_on is None:
        return ()
    within = [day for day in days if day <= until]
    rule = weekly()
    weeks = (until - begun_on) / timedelta(weeks=1)
    if len(within) < max(rule.many_from, weeks / 2):
        return ()
    ends = [*within[1:], until]
    return tuple(
        (earlier, later)
        for earlier, later in zip(within, ends, strict=True)
        if later > begun_on and later - max(earlier, begun_on) > timedelta(days=rule.due_every_days)
    )


def _point(part: _Part, result: ScaleResult) -> Point | None:
    scale = result.scale
    if not part.items:
        span = scale.high - scale.low
        low, high = ((value - scale.low) / span for value in (result.low, result.high))
    else:
        if not result.score.items:
            return None
        answers = [result.score.items[number - 1] for number in part.items]
        most = [scale.item_max[number - 1] for number in part.items]
        if all(answer is None for answer in answers):
            return None
        floor = scale.item_min
        span = sum(most) - floor * len(most)
        low = sum((floor if a is None else a) - floor for a in answers) / span
        high = (
            sum((m if a is None else a) - floor for a, m in zip(answers, most, strict=True)) / span
        )
    if scale.worse == "low":
        low, high = 1 - high, 1 - low
    return Point(result.score.on, low, high)


def _reconciled(courses: Sequence[ScaleCourse]) -> tuple[Reconciled, ...]:
    """The latest results of each pair of scales that a crosswalk joins, if of the same time."""
    found = []
    for one, other in permutations(courses, 2):
        said, beside = one.latest, other.latest
        days_apart = abs((said.score.on - beside.score.on).days)
        converted = _converted(beside, one.scale) if days_apart <= weekly().same_time_days else None
        if converted is not None and said.total is not None:
            agree = converted.low <= said.total <= converted.high
            found.append(Reconciled(one.scale, said.score.on, said, beside, converted, agree))
    return tuple(found)


def _converted(result: ScaleResult, to: str) -> Converted | None:
    """The other scale's span for a result, where a table of the pair is on record."""
    if result.total is None:
        return None
    try:
        return convert(result.scale.id, result.total, to)
    except InputError:
        return None


@cache
def domains() -> tuple[Domain, ...]:
    """The five domains, in the order in which they are shown."""
    return tuple(Domain.model_validate(row) for row in _table()["domain"])


@cache
def weekly() -> WeeklyRule:
    """When a score was due, and when two scores are of the same time."""
    return WeeklyRule.model_validate(_table()["weekly"])


def domain_source() -> Citation:
    """Where the grouping of items comes from."""
    return Citation.model_validate(_table()["source"])


@cache
def _table() -> dict[str, Any]:
    text = (files("euthymia.follow") / "data" / "domains.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
