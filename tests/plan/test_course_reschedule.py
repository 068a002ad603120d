"""Missed sessions: the planned number is delivered, and the clinician is asked where it matters."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.plan.course import (
    WEEKDAYS,
    Availability,
    Busy,
    Choices,
    Course,
    ExtensionPlan,
    PublicHolidays,
    Site,
    WeekHours,
    reschedule,
    schedule,
)
from euthymia.plan.protocol.courses import course

SITE = Site(
    "America/New_York",
    WeekHours.on(WEEKDAYS[:5], "07:00-19:00"),
    holidays=PublicHolidays("US", open_on=("Columbus", "Veterans", "Thanksgiving", "Christmas")),
)
MONDAY = date(2026, 9, 14)
ANYTIME = Availability()


def planned(rule_id: str, minutes: float = 10.0) -> Course:
    return schedule(course(rule_id), MONDAY, ANYTIME, SITE, minutes, today=MONDAY)


def moved(worked: Course, missed: set[int], resume: date, **changes: object) -> Course:
    arguments: dict[str, object] = {"availability": ANYTIME, **changes}
    return reschedule(worked, missed, resume, site=SITE, today=resume, **arguments)  # type: ignore[arg-type]


def finding(worked: Course, code: str) -> Finding:
    matching = [found for found in worked.findings if found.code == code]
    assert len(matching) == 1, [found.code for found in worked.findings]
    return matching[0]


def codes(worked: Course) -> set[str]:
    return {found.code for found in worked.findings}


def test_one_missed_session_moves_the_end_by_one_treatment_day() -> None:
    before = planned("three-d-20")
    after = moved(before, {7}, date(2026, 9, 23))  # missed on Tuesday, resumed on Wednesday
    assert len(after.sessions) == len(before.sessions) == 30
    assert after.last_day == date(2026, 10, 26)  # Friday before, now the Monday after
    assert [one.day for one in after.sessions[:6]] == [one.day for one in before.sessions[:6]]
    assert after.sessions[6].day == before.sessions[7].day
    assert finding(after, "course.end-moved").found == "2026-10-26"
    assert finding(after, "course.missed-made-up").severity is Severity.NOTE
    assert "course.consecutive-misses" not in codes(after)


def test_two_missed_in_a_row_prompt_the_clinician() -> None:
    after = moved(planned("standard-36"), {3, 7, 8}, date(2026, 9, 24))
    found = finding(after, "course.consecutive-misses")
    assert found.severity is Severity.ACKNOWLEDGE
    assert found.found == "2 in a row, sessions 7 to 8"
    assert found.source is not None and not found.source.tag.verified


def test_a_gap_of_a_week_asks_for_a_new_motor_threshold() -> None:
    missed = set(range(6, 11))
    after = moved(planned("standard-36"), missed, date(2026, 9, 28))
    gap = finding(after, "course.long-gap")
    assert gap.found == "10 days, from 2026-09-18 to 2026-09-28"
    assert "motor threshold" in gap.message


def test_sessions_are_numbered_by_delivery() -> None:
    after = moved(planned("standard-36"), {1, 4}, date(2026, 9, 21))
    assert [one.number for one in after.sessions] == list(range(1, 37))
    assert [f"{one.day:%a}" for one in after.sessions[:3]] == ["Tue", "Wed", "Fri"]
    assert [one.day_index for one in after.sessions[:3]] == [1, 2, 3]


def test_a_session_missed_at_the_end_of_a_phase_is_given_before_the_next_phase() -> None:
    before = planned("standard-36")
    last_acute = before.sessions[29]
    after = moved(before, {30}, last_acute.day + timedelta(days=1))
    assert Counter(one.phase for one in after.sessions) == {"acute": 30, "taper": 6}
    assert [phase for phase, _ in groupby(one.phase for one in after.sessions)] == [
        "acute",
        "taper",
    ]


def test_a_phase_that_was_left_is_not_entered_again() -> None:
    before = planned("standard-36")
    resume = before.sessions[31].day + timedelta(days=1)  # two sessions of the taper are given
    after = moved(before, {30}, resume)
    assert Counter(one.phase for one in after.sessions) == {"acute": 29, "taper": 7}
    assert [phase for phase, _ in groupby(one.phase for one in after.sessions)] == [
        "acute",
        "taper",
    ]


def test_what_is_left_of_an_accelerated_day_is_made_up() -> None:
    before = planned("snt-5-days")
    after = moved(before, {8, 9, 10}, MONDAY + timedelta(days=1))
    assert after.sessions_each_day == (7, 10, 10, 10, 10, 3)
    assert len(after.sessions) == 50


def test_a_coming_absence_moves_sessions_without_counting_as_missed() -> None:
    before = planned("standard-36")
    away = Availability(busy=(Busy(date(2026, 9, 21), date(2026, 9, 22), "away"),))
    after = moved(before, set(), date(2026, 9, 21), availability=away)
    assert len(after.sessions) == 36
    assert "course.missed-made-up" not in codes(after)
    assert finding(after, "course.moved-busy").subject == "away"


def test_the_extension_can_be_confirmed_on_the_way() -> None:
    before = planned("three-d-20")
    resume = before.sessions[20].day
    confirmed = moved(before, set(), resume, choices=Choices(extension=ExtensionPlan.CONFIRMED))
    assert not any(one.provisional for one in confirmed.sessions)
    left_out = moved(before, set(), resume, choices=Choices(extension=ExtensionPlan.LEFT_OUT))
    assert len(left_out.sessions) == 20


def test_sessions_keep_their_hour_and_a_first_missed_one_its_longer_setup() -> None:
    after = moved(planned("standard-36"), {1}, date(2026, 9, 15))
    first, second = after.sessions[:2]
    assert first.stimulation_start - first.start == timedelta(minutes=40)
    assert second.stimulation_start - second.start == timedelta(minutes=10)
    assert {one.start.time() for one in after.sessions} == {first.start.time()}


def test_a_rest_without_room_leaves_no_sessions_and_a_stop() -> None:
    never = Availability(WeekHours.on(("sun",), "08:00-12:00"))
    after = moved(planned("standard-36"), {2}, date(2026, 9, 16), availability=never)
    assert after.sessions == ()
    assert finding(after, "course.cannot-fit").severity is Severity.STOP


@pytest.mark.parametrize(
    ("missed", "words"), [({99}, "has sessions 1 to 36"), ({9}, "not before 2026-09-16")]
)
def test_a_session_that_cannot_have_been_missed_is_refused(missed: set[int], words: str) -> None:
    with pytest.raises(InputError, match=words):
        moved(planned("standard-36"), missed, date(2026, 9, 16))


def test_a_course_without_sessions_is_not_rescheduled() -> None:
    with pytest.raises(InputError, match="no sessions to move"):
        moved(planned("va-30"), set(), MONDAY)


@given(
    rule_id=st.sampled_from(["standard-36", "three-d-20", "dtms-h1-44", "cartbind-30-days"]),
    resume_after=st.integers(1, 80),
    picks=st.sets(st.integers(1, 60), max_size=12),
)
@settings(max_examples=25, deadline=None)
def test_the_planned_number_is_always_delivered(
    rule_id: str, resume_after: int, picks: set[int]
) -> None:
    before = planned(rule_id)
    resume = MONDAY + timedelta(days=resume_after)
    past = {one.number for one in before.sessions if one.day < resume}
    after = moved(before, picks & past, resume)
    assert len(after.sessions) == len(before.sessions)
    starts = [one.start for one in after.sessions]
    assert starts == sorted(starts) and len(set(starts)) == len(starts)
    phases = [phase for phase, _ in groupby(one.phase for one in after.sessions)]
    assert len(phases) == len(set(phases))
    kept = [one.start for one in before.sessions if one.number in past - picks]
    assert starts[: len(kept)] == kept
    assert all(start.date() >= resume for start in starts[len(kept) :])
