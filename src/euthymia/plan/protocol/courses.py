"""Course facts: how many sessions of a protocol, on which rhythm, as published.

These are data for the calendar (`euthymia.plan.course`), which turns them into dates. What a
publication does not say is None or empty here; the calendar must ask for it, not guess it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from euthymia.core.errors import InputError
from euthymia.core.references import Citation
from euthymia.plan.protocol.datafiles import NO_EXTRAS, read_table


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of a course with one rhythm: "acute", "taper".

    `sessions_per_week` lists each week's sessions, (5, 5, 5, 5, 5, 5) or (3, 2, 1); it is empty
    where the rhythm is not published. A day has one session unless the publication says more.
    """

    name: str
    sessions: int
    sessions_per_week: tuple[int, ...] = ()
    sessions_per_day: int = 1

    __pydantic_config__ = NO_EXTRAS

    def __post_init__(self) -> None:
        if self.sessions_per_week and sum(self.sessions_per_week) != self.sessions:
            raise ValueError(f"phase {self.name}: the weeks do not add up to {self.sessions}")

    @property
    def weeks(self) -> int | None:
        """Its length in weeks; None where the rhythm is not published."""
        return len(self.sessions_per_week) or None

    @property
    def days_per_week(self) -> int | None:
        """Treatment days in its fullest week; None where the rhythm is not published."""
        if not self.sessions_per_week:
            return None
        return math.ceil(max(self.sessions_per_week) / self.sessions_per_day)


@dataclass(frozen=True, slots=True)
class Extension:
    """A rule for adding sessions: after which session, how many, and on what condition."""

    after_session: int
    sessions: int
    condition: str
    source: Citation
    min_improvement_pct: float | None = None

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class CourseRule:
    """The schedule of one course of treatment.

    `min_gap_min` is the least time between two sessions of one day, in minutes from the end of
    one to the beginning of the next; None where a day has one session or none is published.
    `sessions_max` is set where the number of sessions is published as a range; `sessions_total`
    is its lower end then.
    """

    id: str
    title: str
    phases: tuple[Phase, ...]
    source: Citation
    min_gap_min: int | None = None
    sessions_max: int | None = None
    extension: Extension | None = None
    notes: tuple[str, ...] = ()
    more_sources: tuple[Citation, ...] = ()

    __pydantic_config__ = NO_EXTRAS

    @property
    def sessions_total(self) -> int:
        return sum(phase.sessions for phase in self.phases)

    @property
    def sessions_per_day(self) -> int:
        """The most sessions on one day."""
        return max(phase.sessions_per_day for phase in self.phases)

    @property
    def days_per_week(self) -> int | None:
        """Treatment days a week in the first phase; None where that is not published."""
        return self.phases[0].days_per_week

    @property
    def weeks(self) -> int | None:
        """The whole length in weeks; None where the rhythm of any phase is not published."""
        weeks = [phase.weeks for phase in self.phases]
        return None if None in weeks else sum(week for week in weeks if week)

    @property
    def citations(self) -> tuple[Citation, ...]:
        extra = (self.extension.source,) if self.extension else ()
        return (self.source, *self.more_sources, *extra)


@dataclass(frozen=True, slots=True)
class _CourseFile:
    course: tuple[CourseRule, ...]

    __pydantic_config__ = NO_EXTRAS


@cache
def courses() -> tuple[CourseRule, ...]:
    """Every course rule, in the order of the data file."""
    found = read_table("courses.toml", _CourseFile).course
    if len({rule.id for rule in found}) != len(found):
        raise ValueError("a course id stands twice in courses.toml")
    return found


def course(course_id: str) -> CourseRule:
    """The course rule of that id."""
    for rule in courses():
        if rule.id == course_id:
            return rule
    known = ", ".join(rule.id for rule in courses())
    raise InputError(f"course {course_id!r}", "there is no such course", f"Choose one of: {known}")
