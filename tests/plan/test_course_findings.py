"""What a calendar warns of: what moved, what is short, what blocks, and what is nearest."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from euthymia.core.findings import Finding, Severity
from euthymia.plan.course import (
    WEEKDAYS,
    Availability,
    Busy,
    Course,
    Hours,
    PublicHolidays,
    Site,
    WeekHours,
    rules_markdown,
    schedule,
)
from euthymia.plan.protocol.courses import course, courses

NEW_YORK = Site("America/New_York", holidays=PublicHolidays("US"))
MAY_4 = date(2026, 5, 4)  # a Monday


def planned(
    rule_id: str,
    availability: Availability | None = None,
    site: Site = NEW_YORK,
    start: date = MAY_4,
    minutes: float = 20.0,
) -> Course:
    return schedule(
        course(rule_id), start, availability or Availability(), site, minutes, today=MAY_4
    )


def findings(worked: Course, code: str) -> list[Finding]:
    return [found for found in worked.findings if found.code == code]


def only(worked: Course, code: str) -> Finding:
    matching = findings(worked, code)
    assert len(matching) == 1, [found.code for found in worked.findings]
    return matching[0]


def test_sessions_that_move_for_a_holiday_are_named_with_their_date() -> None:
    worked = planned("standard-36")
    moved = findings(worked, "course.moved-holiday")
    assert [(found.subject, found.found) for found in moved] == [
        ("Memorial Day", "2026-05-25"),
        ("Juneteenth National Independence Day", "2026-06-19"),
    ]
    assert date(2026, 5, 25) not in worked.days and len(worked.sessions) == 36


def test_one_holiday_makes_a_short_week_a_note() -> None:
    short = only(planned("standard-36"), "course.week-below-rule")
    assert short.severity is Severity.NOTE
    assert short.limit == "5 treatment days a week" and "the least with 4" in short.found


def test_a_patient_free_on_three_days_makes_it_a_caution_with_the_cause() -> None:
    free = Availability(WeekHours.on(("mon", "wed", "fri"), "08:00-17:00"))
    worked = planned("standard-36", free)
    short = findings(worked, "course.week-below-rule")[0]
    assert short.severity is Severity.CAUTION
    assert "only Monday, Wednesday and Friday have room" in short.message
    assert {day.weekday() for day in worked.days} == {0, 2, 4}


def test_busy_dates_move_sessions_and_a_long_absence_is_a_long_gap() -> None:
    trip = Busy(date(2026, 5, 11), date(2026, 5, 20), "a trip")
    worked = planned("standard-36", Availability(busy=(trip,)))
    moved = only(worked, "course.moved-busy")
    assert moved.subject == "a trip" and "and 2 more" in moved.found
    gap = only(worked, "course.long-gap")
    assert gap.severity is Severity.CAUTION
    assert gap.found == "13 days, from 2026-05-08 to 2026-05-21"
    assert "motor threshold" in gap.message
    assert gap.source is not None and not gap.source.tag.verified


def test_closing_days_of_the_site_are_kept_and_named() -> None:
    site = Site("America/New_York", closed=(Busy.on(date(2026, 5, 6), "staff training"),))
    worked = planned("bortolomasi-5", site=site)
    assert only(worked, "course.moved-closed").subject == "staff training"
    assert date(2026, 5, 6) not in worked.days


def test_busy_hours_that_leave_too_little_room_move_the_day() -> None:
    seen = Busy.on(date(2026, 5, 6), "an appointment", Hours.parse("08:15-16:45"))
    worked = planned("bortolomasi-5", Availability(busy=(seen,)))
    assert only(worked, "course.moved-hours").found == "2026-05-06"


def test_weekly_sessions_of_a_rule_are_a_note_not_a_long_gap() -> None:
    worked = planned("smoking-h4-18", start=date(2026, 9, 14))
    assert only(worked, "course.weekly-gap").severity is Severity.NOTE
    assert not findings(worked, "course.long-gap")


def test_weekly_sessions_that_the_rule_does_not_ask_for_are_a_long_gap() -> None:
    mondays = Availability(WeekHours.on(("mon",), "08:00-17:00"))
    worked = planned("bortolomasi-5", mondays, start=date(2026, 9, 14), site=Site("UTC"))
    gap = only(worked, "course.long-gap")
    assert gap.found.count("7 days, from") == 4
    assert not findings(worked, "course.weekly-gap")


@pytest.mark.parametrize(
    ("free", "opening", "blocker"),
    [
        ("00:00-23:59", "10:00-10:15", "the clinic's opening hours are too short"),
        ("12:00-12:20", "08:00-17:00", "the patient's free hours are too short"),
        ("16:45-20:00", "08:00-17:00", "overlap too little"),
        ("18:00-20:00", "08:00-17:00", "overlap too little"),
    ],
)
def test_a_course_without_room_says_which_constraint_blocks(
    free: str, opening: str, blocker: str
) -> None:
    site = Site("America/New_York", WeekHours.on(WEEKDAYS[:5], opening))
    worked = planned("standard-36", Availability(WeekHours.on(WEEKDAYS, free)), site)
    found = only(worked, "course.cannot-fit")
    assert worked.sessions == ()
    assert found.severity is Severity.STOP and blocker in found.message
    assert found.limit == "30 min"


def test_an_accelerated_course_in_office_hours_names_how_many_sessions_fit() -> None:
    found = only(planned("snt-5-days", minutes=10.0), "course.cannot-fit")
    assert found.limit == "9 h 20 min for 10 sessions"
    assert found.found == "at most 9 h 00 min, on Monday"
    assert found.nearest_allowed == (
        "9 sessions a day, on Monday, Tuesday, Wednesday, Thursday and Friday"
    )


def test_room_for_a_session_but_not_for_the_first_one_is_told_apart() -> None:
    free = Availability(WeekHours.on(WEEKDAYS, "12:00-12:45"))
    found = only(planned("standard-36", free), "course.cannot-fit-first")
    assert found.limit == "60 min"
    assert "a visit of its own" in found.nearest_allowed


def test_dates_that_never_free_up_stop_the_course_and_say_how_far_it_came() -> None:
    abroad = Busy(date(2026, 5, 18), date(2027, 5, 18), "abroad")
    worked = planned("standard-36", Availability(busy=(abroad,)))
    found = only(worked, "course.no-room-left")
    assert worked.sessions == () and found.severity is Severity.STOP
    assert found.found == "no room after 10 sessions, up to 2026-05-15"
    assert found.nearest_allowed == "the next day with room is 2027-05-19"


def test_consecutive_days_that_cannot_be_had_need_an_acknowledgement() -> None:
    long_days = Site("America/New_York", WeekHours.on(("mon", "wed", "fri"), "06:00-20:00"))
    worked = planned("snt-5-days", site=long_days, minutes=10.0)
    assert only(worked, "course.not-consecutive").severity is Severity.ACKNOWLEDGE
    assert worked.sessions_each_day == (10,) * 5


def test_a_start_in_the_past_stops_with_today_as_nearest() -> None:
    found = only(planned("standard-36", start=MAY_4 - timedelta(days=3)), "course.start-in-past")
    assert found.severity is Severity.STOP and found.nearest_allowed == "2026-05-04"
    assert not findings(planned("standard-36"), "course.start-in-past")


def test_a_start_on_a_sunday_moves_to_monday_and_says_so() -> None:
    found = only(planned("standard-36", start=date(2026, 5, 10)), "course.start-moved")
    assert (found.found, found.limit) == ("Monday 2026-05-11", "Sunday 2026-05-10")


def test_unverified_schedule_facts_are_marked() -> None:
    sources = [found.source for found in findings(planned("snt-5-days"), "course.unverified")]
    assert [source.tag.value for source in sources if source] == ["M"]
    assert not findings(planned("dtms-h1-44"), "course.unverified")


def test_a_site_without_a_country_is_a_caution() -> None:
    worked = planned("standard-36", site=Site("America/New_York"))
    assert only(worked, "course.no-holidays").severity is Severity.CAUTION
    assert not findings(planned("standard-36"), "course.no-holidays")


def test_years_without_known_holidays_are_a_caution() -> None:
    start = date(2100, 12, 20)
    worked = schedule(course("standard-36"), start, Availability(), NEW_YORK, 20.0, today=start)
    assert only(worked, "course.holidays-unknown").found == "2100 to 2101"


def test_findings_come_gravest_first() -> None:
    free = Availability(WeekHours.on(("mon", "wed", "fri"), "08:00-17:00"))
    severities = [
        found.severity
        for found in planned("standard-36", free, start=MAY_4 - timedelta(days=1)).findings
    ]
    assert severities == sorted(severities, reverse=True) and severities[0] is Severity.STOP


def test_the_rule_tables_list_every_course_and_mark_the_unverified() -> None:
    text = rules_markdown()
    for rule in courses():
        assert f"| {rule.title} |" in text
    assert "acute: 5 a week for 6 weeks; taper: 3, 2, 1 in successive weeks" in text
    assert "acute: 50 a week for 1 week (10 a day) | 50 min |" in text
    assert "days a week to be chosen" in text
    assert text.count("(unverified)") >= 3 and "Trapp 2025" in text
