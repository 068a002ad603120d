"""The drawn calendar: every treatment day once, phases, closed days, refusals."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from report_samples import of_class, words_of

from euthymia.core.errors import InputError
from euthymia.report.figures.calendar import Closed, ClosedDay, TreatmentDay, draw

START = date(2026, 11, 23)


def days(count: int, sessions: int = 1, phase: str = "acute") -> list[TreatmentDay]:
    return [
        TreatmentDay(START + timedelta(days=i), sessions, phase, 1 + i * sessions)
        for i in range(count)
    ]


def test_every_treatment_day_has_its_box_with_the_number_of_its_session() -> None:
    svg = draw(days(12))
    assert len(of_class(svg, "session")) == 12
    assert all(f"session {number}" in words_of(svg) for number in range(1, 13))


def test_days_of_many_sessions_show_from_which_to_which() -> None:
    words = words_of(draw(days(5, sessions=10)))
    assert "1–10" in words and "41–50" in words
    assert "50 sessions" in words


def test_phases_have_their_own_colours_and_are_named_with_their_dates() -> None:
    course = [*days(5), TreatmentDay(date(2026, 12, 7), 1, "taper", 6)]
    svg = draw(course)
    assert len({each.get("fill") for each in of_class(svg, "session")}) == 2
    assert "taper: 1 session, 2026-12-07 to 2026-12-07" in words_of(svg)


def test_holidays_and_busy_days_inside_the_course_are_marked_and_named() -> None:
    course = [day for day in days(12) if day.day != date(2026, 11, 26)]
    closed = [
        ClosedDay(date(2026, 11, 26), Closed.HOLIDAY, "Thanksgiving Day"),
        ClosedDay(date(2026, 12, 25), Closed.HOLIDAY, "Christmas Day"),
    ]
    words = words_of(draw(course, closed))
    assert "2026-11-26: Thanksgiving Day" in words
    assert "Christmas Day" not in words  # after the last session


def test_months_are_as_long_as_they_are_and_weeks_begin_on_monday() -> None:
    words = words_of(draw(days(20)))
    assert "Nov 2026" in words and "Dec 2026" in words
    assert "Mo Tu We Th Fr Sa Su" in words


def test_the_same_course_is_drawn_with_the_same_bytes() -> None:
    assert draw(days(7)) == draw(days(7))


@pytest.mark.parametrize(
    ("course", "message"),
    [
        ([], "no day"),
        ([*days(2), *days(1)], "a day stands twice"),
        ([TreatmentDay(START, 0, "acute", 1)], "at least one session"),
        ([*days(1), TreatmentDay(date(2030, 1, 1), 1, "late", 2)], "spans 39 months"),
    ],
)
def test_courses_that_cannot_be_drawn_are_refused(course: list[TreatmentDay], message: str) -> None:
    with pytest.raises(InputError, match=message):
        draw(course)
