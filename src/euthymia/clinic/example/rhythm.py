"""The days of one course: which sessions were given on which day, and which days were missed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from euthymia.clinic.example.draws import DAILY, SESSIONS
from euthymia.clinic.example.weeks import OpenDays

_TAPER_GAPS = (1, 2, 2, 2, 2, 4)
"""Open days before each session of the taper: three in a week, two in the next, one in the last."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One planned day: the session that was to be given on it, and whether the patient came."""

    day: date
    session: int
    came: bool


def pattern(delivered: int, missed: int, draw: Random) -> tuple[bool, ...]:
    """Whether the patient came, day by day, with the first and the last one kept."""
    came = [True] * delivered
    for _ in range(missed if delivered > 1 else 0):
        came.insert(draw.randrange(1, len(came)), False)
    return tuple(came)


def offset(came: tuple[bool, ...], attempt: int) -> int:
    """How many open days lie between the first attempt and the one at that place (from 0)."""
    return sum(gap for gap, _ in _gaps(came[: attempt + 1]))


def attempts(first: date, came: tuple[bool, ...], days: OpenDays) -> tuple[Attempt, ...]:
    """The course from its first day, as it went."""
    found: list[Attempt] = []
    day, session = first, 1
    for gap, kept in _gaps(came):
        day = days.after(day, gap) if gap else day
        found.append(Attempt(day, session, kept))
        session += kept
    return tuple(found)


def planned(first: date, session: int, days: OpenDays) -> tuple[tuple[int, date], ...]:
    """Number and day of every session from that one on, as they are planned on that day."""
    found = [(session, first)]
    for number in range(session + 1, SESSIONS + 1):
        gap = _gap_before(number)
        found.append((number, days.after(found[-1][1], gap)))
    return tuple(found)


def _gaps(came: tuple[bool, ...]) -> Iterator[tuple[int, bool]]:
    """Open days before each attempt, and whether it was kept; what is missed is made up next."""
    session, missed_before = 1, False
    for place, kept in enumerate(came):
        gap = 0 if place == 0 else 1 if missed_before else _gap_before(session)
        yield gap, kept
        session += kept
        missed_before = not kept


def _gap_before(session: int) -> int:
    return 1 if session <= DAILY else _TAPER_GAPS[session - DAILY - 1]
