"""A course on a calendar: its sessions with their times, and what there is to say about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding
from euthymia.core.references import Citation
from euthymia.plan.protocol.courses import CourseRule


class ExtensionPlan(StrEnum):
    """What to do about the sessions that a rule adds on a condition."""

    PROVISIONAL = "provisional"
    """Keep places for them, marked as depending on the condition."""
    CONFIRMED = "confirmed"
    """The condition is met: they belong to the course."""
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Choices:
    """What a clinician decides where the publication leaves it open.

    days_per_week, sessions_per_day, min_gap_min: only used where the rule does not state them.
    sessions: a total within the published range, where there is one.
    """

    days_per_week: int | None = None
    sessions_per_day: int | None = None
    min_gap_min: int | None = None
    sessions: int | None = None
    extension: ExtensionPlan = ExtensionPlan.PROVISIONAL

    def __post_init__(self) -> None:
        if self.days_per_week is not None and not 1 <= self.days_per_week <= 7:
            raise InputError(
                "days per week", f"{self.days_per_week} is outside 1 to 7", "Give 1 to 7"
            )
        for value, least, name in (
            (self.sessions_per_day, 1, "sessions per day"),
            (self.min_gap_min, 0, "gap between sessions"),
            (self.sessions, 1, "number of sessions"),
        ):
            if value is not None and value < least:
                raise InputError(name, f"{value} is below {least}", f"Give {least} or more")


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """One session on the calendar.

    number: 1 for the first session of the course; day_index: 1 for its first treatment day.
    start, end: chair times in the site's zone (aware); stimulation begins at `stimulation_start`.
    provisional: given only if the condition in `note` is met.
    """

    number: int
    phase: str
    day_index: int
    start: datetime
    stimulation_start: datetime
    end: datetime
    provisional: bool = False
    note: str = ""

    @property
    def day(self) -> date:
        """The date in the site's time zone."""
        return self.start.date()


@dataclass(frozen=True, slots=True)
class Course:
    """A planned course: every session in order of time, and all findings, gravest first.

    `sessions` is empty where the course could not be fitted whole; a finding then says which
    constraint blocks it and what is nearest.
    """

    rule: CourseRule
    choices: Choices
    session_minutes: float
    timezone: str
    sessions: tuple[PlannedSession, ...]
    findings: tuple[Finding, ...]

    @property
    def source(self) -> Citation:
        return self.rule.source

    @property
    def first_day(self) -> date | None:
        return self.sessions[0].day if self.sessions else None

    @property
    def last_day(self) -> date | None:
        return self.sessions[-1].day if self.sessions else None

    @property
    def days(self) -> tuple[date, ...]:
        """The treatment days, in order."""
        return tuple(dict.fromkeys(session.day for session in self.sessions))

    @property
    def sessions_each_day(self) -> tuple[int, ...]:
        """How many sessions each treatment day has, in order."""
        days = [session.day for session in self.sessions]
        return tuple(days.count(day) for day in self.days)

    @property
    def phases(self) -> tuple[str, ...]:
        """The phases, in order."""
        return tuple(dict.fromkeys(session.phase for session in self.sessions))

    def on(self, day: date) -> tuple[PlannedSession, ...]:
        """The sessions of that date."""
        return tuple(session for session in self.sessions if session.day == day)
