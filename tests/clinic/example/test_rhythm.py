"""The days of a course: five a week, holidays out, what is missed made up, and a taper."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from euthymia.clinic.example.draws import SESSIONS
from euthymia.clinic.example.rhythm import attempts, offset, pattern, planned
from euthymia.clinic.example.weeks import OpenDays

WEDNESDAY = date(2026, 11, 4)
DAYS = OpenDays(WEDNESDAY, "US")


def test_a_whole_course_has_thirty_daily_days_and_a_taper_of_three_two_and_one() -> None:
    days = [each.day for each in attempts(date(2026, 3, 2), (True,) * SESSIONS, DAYS)]
    assert len(days) == SESSIONS
    assert days[29] == date(2026, 4, 10)
    gaps = [(later - earlier).days for earlier, later in pairwise(days[29:])]
    assert gaps == [3, 2, 2, 4, 2, 6]


def test_a_holiday_and_a_weekend_are_passed_over() -> None:
    assert DAYS.after(date(2026, 11, 25)) == date(2026, 11, 27)  # Thanksgiving
    assert DAYS.after(date(2026, 11, 30), -1) == date(2026, 11, 27)


def test_today_is_open_even_on_a_sunday_and_then_the_week_ends_with_it() -> None:
    sunday = OpenDays(date(2026, 11, 29), "US")
    assert sunday.is_open(date(2026, 11, 29))
    assert [sunday.after(date(2026, 11, 29), -n).weekday() for n in range(1, 5)] == [5, 4, 2, 6]


def test_a_missed_day_is_made_up_on_the_next() -> None:
    found = attempts(date(2026, 3, 2), (True, False, True), DAYS)
    assert [(each.day.day, each.session, each.came) for each in found] == [
        (2, 1, True),
        (3, 2, False),
        (4, 2, True),
    ]


@given(st.integers(1, SESSIONS), st.integers(0, 8), st.integers(0, 1000))
def test_the_offset_leads_back_from_any_day_of_a_course_to_its_first(
    delivered: int, missed: int, seed: int
) -> None:
    came = pattern(delivered, missed, Random(seed))
    assert sum(came) == delivered
    assert came[0] and came[-1]
    first = DAYS.at_or_after(date(2026, 3, 2))
    for place, each in enumerate(attempts(first, came, DAYS)):
        assert DAYS.after(each.day, -offset(came, place)) == first


def test_the_calendar_of_the_first_day_is_the_course_without_misses() -> None:
    first = date(2026, 3, 2)
    kept = attempts(first, (True,) * SESSIONS, DAYS)
    assert planned(first, 1, DAYS) == tuple((each.session, each.day) for each in kept)
