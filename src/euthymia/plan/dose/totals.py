"""How many pulses a session, a day and a course deliver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.core.errors import InputError


@dataclass(frozen=True, slots=True)
class PulseTotals:
    """Pulses of a course: a session, the fullest day, and all sessions together."""

    per_session: int
    sessions: int
    per_day_most: int
    per_course: int

    @property
    def text(self) -> str:
        """ "600 a session, 36 sessions, 21,600 in the course"."""
        day = (
            f", at most {self.per_day_most:,} a day" if self.per_day_most > self.per_session else ""
        )
        return (
            f"{self.per_session:,} a session{day}, {self.sessions} sessions, "
            f"{self.per_course:,} in the course"
        )


def pulse_totals(pulses_per_session: int, sessions_each_day: Sequence[int]) -> PulseTotals:
    """The totals for the sessions planned on each treatment day (`Course.sessions_each_day`)."""
    if pulses_per_session <= 0:
        raise InputError(
            "pulses per session",
            f"{pulses_per_session} is not a number of pulses",
            "Give the protocol's pulse count",
        )
    if any(count < 0 for count in sessions_each_day):
        raise InputError(
            "sessions of a day", "a count is negative", "Give the sessions planned on each day"
        )
    sessions = sum(sessions_each_day)
    return PulseTotals(
        per_session=pulses_per_session,
        sessions=sessions,
        per_day_most=pulses_per_session * max(sessions_each_day, default=0),
        per_course=pulses_per_session * sessions,
    )
