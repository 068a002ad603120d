"""Every published schedule as dates on an undisturbed calendar."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import pairwise

import pytest

from euthymia.core.errors import InputError
from euthymia.plan.course import (
    WEEKDAYS,
    Availability,
    Choices,
    Course,
    ExtensionPlan,
    PublicHolidays,
    Site,
    WeekHours,
    schedule,
)
from euthymia.plan.protocol.courses import course, courses

MONDAY = date(2026, 9, 14)
"""From here on no New York holiday but Columbus Day for nine weeks; the site works on that."""

SITE = Site(
    "America/New_York",
    WeekHours.on(WEEKDAYS[:5], "07:00-19:00"),
    holidays=PublicHolidays("US", open_on=("Columbus", "Veterans", "Thanksgiving", "Christmas")),
)


def planned(
    rule_id: str, minutes: float = 18.75, start: date = MONDAY, choices: Choices | None = None
) -> Course:
    return schedule(
        course(rule_id), start, Availability(), SITE, minutes, today=start, choices=choices
    )


def per_week(course_: Course) -> list[int]:
    """Sessions in each calendar week from the first Monday on."""
    first = course_.days[0] - timedelta(days=course_.days[0].weekday())
    weeks = (course_.days[-1] - first).days // 7 + 1
    numbers = [(session.day - first).days // 7 for session in course_.sessions]
    return [numbers.count(week) for week in range(weeks)]


@pytest.mark.parametrize(
    ("rule_id", "weeks"),
    [
        ("standard-36", [5] * 6 + [3, 2, 1]),
        ("three-d-20", [5] * 6),
        ("low-frequency-20", [5] * 4),
        ("bilateral-15", [5] * 6),
        ("dtms-h1-44", [5] * 4 + [2] * 12),
        ("snt-5-days", [50]),
        ("cartbind-30-days", [10] * 6),
        ("bortolomasi-5", [5]),
        ("ocd-h7-29", [5] * 5 + [4]),
        ("smoking-h4-18", [5] * 3 + [1] * 3),
        ("ptsd-itbs-10", [5, 5]),
    ],
)
def test_a_published_schedule_comes_out_week_for_week(rule_id: str, weeks: list[int]) -> None:
    minutes = 10.0 if rule_id == "snt-5-days" else 18.75
    worked = planned(rule_id, minutes)
    assert per_week(worked) == weeks
    assert [session.number for session in worked.sessions] == list(range(1, sum(weeks) + 1))
    assert worked.first_day == MONDAY


def test_the_standard_course_ends_with_a_taper_of_three_two_and_one() -> None:
    worked = planned("standard-36")
    taper = [session.day for session in worked.sessions if session.phase == "taper"]
    assert [f"{day:%a}" for day in taper] == ["Mon", "Wed", "Fri", "Mon", "Thu", "Thu"]
    assert worked.phases == ("acute", "taper")


def test_twice_weekly_sessions_are_three_or_four_days_apart() -> None:
    days = [one.day for one in planned("dtms-h1-44").sessions if one.phase == "continuation"]
    assert {(later - day).days for day, later in pairwise(days)} == {3, 4}


def test_weekly_sessions_keep_their_weekday() -> None:
    days = [one.day for one in planned("smoking-h4-18").sessions if one.phase == "continuation"]
    assert {day.weekday() for day in days} == {4}


def test_ten_sessions_a_day_keep_fifty_minutes_between_stimulations() -> None:
    first_day = planned("snt-5-days", 10.0).on(MONDAY)
    assert len(first_day) == 10
    for before, after in pairwise(first_day):
        assert after.stimulation_start - before.end == timedelta(minutes=50)
    # setting up falls into the gap: nine and a half hours, not eleven
    assert first_day[-1].end - first_day[0].stimulation_start == timedelta(hours=9, minutes=10)


def test_an_accelerated_course_waits_for_consecutive_days() -> None:
    worked = planned("snt-5-days", 10.0, start=MONDAY + timedelta(days=2))
    assert worked.days == tuple(MONDAY + timedelta(days=7 + offset) for offset in range(5))
    assert "course.start-moved" in {found.code for found in worked.findings}


def test_a_course_begun_on_a_wednesday_has_full_weeks_of_its_own() -> None:
    worked = planned("standard-36", start=MONDAY + timedelta(days=2))
    assert per_week(worked)[:7] == [3, 5, 5, 5, 5, 5, 4]  # two acute ones, then the taper
    acute = [one.day for one in worked.sessions if one.phase == "acute"]
    assert (acute[-1] - acute[0]).days == 6 * 7 - 1
    assert "course.week-below-rule" not in {found.code for found in worked.findings}


@pytest.mark.parametrize(
    ("plan", "total", "provisional"),
    [
        (ExtensionPlan.PROVISIONAL, 30, 10),
        (ExtensionPlan.CONFIRMED, 30, 0),
        (ExtensionPlan.LEFT_OUT, 20, 0),
    ],
)
def test_the_extension_is_kept_confirmed_or_left_out(
    plan: ExtensionPlan, total: int, provisional: int
) -> None:
    worked = planned("three-d-20", choices=Choices(extension=plan))
    assert len(worked.sessions) == total
    kept = [session for session in worked.sessions if session.provisional]
    assert len(kept) == provisional
    assert all("30 %" in session.note for session in kept)
    assert [one.phase for one in worked.sessions[:20]] == ["acute"] * 20


def test_a_total_within_a_published_range_can_be_chosen() -> None:
    assert per_week(planned("low-frequency-20", choices=Choices(sessions=28))) == [5] * 5 + [3]


@pytest.mark.parametrize(
    ("rule_id", "sessions"),
    [("low-frequency-20", 31), ("low-frequency-20", 19), ("snt-5-days", 60)],
)
def test_a_total_outside_the_rule_is_refused(rule_id: str, sessions: int) -> None:
    with pytest.raises(InputError, match="the rule has"):
        planned(rule_id, 10.0, choices=Choices(sessions=sessions))


@pytest.mark.parametrize(
    ("rule_id", "codes"),
    [
        ("modirrousta-30", {"course.rhythm-unknown"}),
        ("va-30", {"course.rhythm-unknown"}),
        ("duprat-4-days", {"course.gap-unknown"}),
        ("dual-site-5-days", {"course.gap-unknown"}),
    ],
)
def test_what_is_not_published_must_be_chosen(rule_id: str, codes: set[str]) -> None:
    worked = planned(rule_id)
    assert worked.sessions == ()
    assert {found.code for found in worked.findings if found.severity.label == "stop"} == codes
    chosen = planned(rule_id, 9.0, choices=Choices(days_per_week=5, min_gap_min=30))
    assert len(chosen.sessions) == course(rule_id).sessions_total
    marked = {code.replace("-unknown", "-chosen") for code in codes}
    assert {found.code for found in chosen.findings if found.severity.label == "caution"} == marked


def test_every_rule_of_the_catalogue_can_be_placed_once_its_questions_are_answered() -> None:
    choices = Choices(days_per_week=5, sessions_per_day=1, min_gap_min=15)
    for rule in courses():
        worked = planned(rule.id, 10.0, choices=choices)
        extension = rule.extension.sessions if rule.extension else 0
        assert len(worked.sessions) == rule.sessions_total + extension, rule.id


def test_the_first_session_has_room_for_the_motor_threshold() -> None:
    first, second = planned("standard-36").sessions[:2]
    assert first.stimulation_start - first.start == timedelta(minutes=40)
    assert second.stimulation_start - second.start == timedelta(minutes=10)
    assert first.end - first.stimulation_start == timedelta(minutes=19)  # 18.75 rounded up


def test_sessions_keep_the_time_of_the_first_or_the_preferred_one() -> None:
    assert {one.start.time() for one in planned("standard-36").sessions} == {time(7)}
    at_two = schedule(
        course("standard-36"),
        MONDAY,
        Availability(),
        SITE,
        3.15,
        today=MONDAY,
        preferred=time(14, 2),
    )
    assert {one.start.time() for one in at_two.sessions} == {time(14, 0)}  # on the five-minute grid


def test_the_nearest_time_is_taken_where_the_preferred_one_is_not_free() -> None:
    free = Availability(WeekHours.on(WEEKDAYS, "07:30-09:00", "16:00-18:00"))
    worked = schedule(
        course("bortolomasi-5"), MONDAY, free, SITE, 20, today=MONDAY, preferred=time(11, 0)
    )
    assert [f"{one.start:%H:%M}" for one in worked.sessions] == ["08:00"] + ["08:30"] * 4


def test_a_day_has_an_index_and_its_sessions_can_be_asked_for() -> None:
    worked = planned("cartbind-30-days", 3.15)
    assert worked.sessions_each_day == (2,) * 30
    assert [one.day_index for one in worked.sessions[:4]] == [1, 1, 2, 2]
    assert worked.on(MONDAY) == worked.sessions[:2]
    assert worked.last_day == worked.days[-1]
    assert worked.source is course("cartbind-30-days").source


@pytest.mark.parametrize("minutes", [0.0, -5.0, 300.0, float("nan")])
def test_an_impossible_duration_is_refused(minutes: float) -> None:
    with pytest.raises(InputError, match="duration of a session"):
        planned("standard-36", minutes)
