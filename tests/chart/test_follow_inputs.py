"""From a chart to what follow-up and the registry need."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from fact_samples import PRESCRIPTION, chart_of, signed

from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.appointment_facts import (
    AppointmentMissed,
    AppointmentReason,
    AppointmentSet,
    AppointmentsSet,
)
from euthymia.chart.case import Case
from euthymia.chart.chart import Chart
from euthymia.chart.entries import AnyFact
from euthymia.chart.follow_inputs import (
    check_in_outlook,
    course_days,
    course_rows,
    planned_sessions,
    scored,
    to_check_ins,
    to_course_facts,
)
from euthymia.chart.follow_up_facts import CourseEnded, EndReason
from euthymia.chart.patient_facts import ScaleFilled
from euthymia.chart.session_facts import PoseError, SessionDelivered, TrainDelivered
from euthymia.follow.advice import CourseState, advise
from euthymia.follow.outlook import outlook
from euthymia.learn.forecast.ordinal import Change
from euthymia.learn.registry.rows import Courses
from euthymia.learn.registry.summary import summarise

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CHART = Case.open(EXAMPLES / "course-and-after").chart
AFTER = date(2026, 8, 10)


def test_sessions_of_one_course_stay_together_and_nothing_later_counts() -> None:
    assert [len(run) for run in course_days(CHART, AFTER)] == [30]
    assert [len(run) for run in course_days(CHART, date(2025, 9, 12))] == [5]
    assert course_days(CHART, date(2025, 9, 1)) == ()


def test_a_course_ends_four_weeks_after_its_last_session() -> None:
    assert to_course_facts(CHART, date(2025, 10, 30)).ended_on is None
    assert to_course_facts(CHART, date(2025, 12, 1)).ended_on == date(2025, 10, 22)
    facts = to_course_facts(CHART, AFTER)
    assert facts.planned == 36
    assert facts.open_safety_tasks == 0


def test_the_outlook_of_the_example_warns_nine_months_after() -> None:
    found = outlook(scored(CHART, AFTER), to_course_facts(CHART, AFTER), AFTER)
    assert found.after is not None
    assert found.after.responded
    assert len(found.after.warning) == 2
    gaps = [line.gaps for line in found.trajectory.lines if line.scale == "phq9"]
    assert all(len(each) == 1 for each in gaps)


def test_a_course_becomes_one_pseudonymous_row() -> None:
    (row,) = course_rows(CHART, AFTER, site="north")
    assert row.pseudonym == "SYN-004"
    assert row.scale == "PHQ-9"
    assert row.baseline == 19
    assert row.end == 6
    assert row.sessions_delivered == 30
    assert row.kept_months == pytest.approx(9.6, abs=0.1)
    assert row.event == 0
    assert row.synthetic
    found = summarise(Courses.of([row]), {"PHQ-9": 4.0})
    assert found.response.seen.events == 1
    assert found.remission.seen.events == 0


def test_a_chart_without_sessions_gives_no_row_and_no_guess() -> None:
    other = Case.open(EXAMPLES / "clear-candidate").chart
    assert course_rows(other, AFTER) == ()
    facts = to_course_facts(other, AFTER)
    assert facts.session_days == ()
    assert facts.threshold_change_pct is None


def test_a_course_that_goes_on_is_no_row_yet() -> None:
    assert course_rows(CHART, date(2025, 10, 10)) == ()


# --- what appointments, poses and check-ins add --------------------------------------------------

MONDAY = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)


def weekday(number: int) -> datetime:
    """The time of the nth planned day of a course from Monday to Friday, counted from 1."""
    weeks, days = divmod(number - 1, 5)
    return MONDAY + timedelta(weeks=weeks, days=days)


def session(number: int, at: datetime, pulses: int = 3000) -> SessionDelivered:
    return SessionDelivered(
        number=number,
        protocol="HF10-37",
        started_at=at,
        ended_at=at + timedelta(minutes=40),
        pulses=pulses,
        completed=pulses > 0,
    )


def calendar(days: int, provisional: bool = False) -> AppointmentsSet:
    return AppointmentsSet(
        appointments=tuple(
            AppointmentSet(
                id=f"a{n}",
                session=n,
                start=weekday(n),
                minutes=40,
                chair="c",
                provisional=provisional,
            )
            for n in range(1, days + 1)
        ),
        holds_from=MONDAY,
    )


def missed(number: int) -> AppointmentMissed:
    return AppointmentMissed(appointment=f"a{number}", reason=AppointmentReason.PATIENT)


def with_days(kept: list[int], *more: AnyFact) -> Chart:
    given = (session(n, weekday(day)) for n, day in enumerate(kept, start=1))
    return chart_of(calendar(20), *given, *more)


def missed_on(chart: Chart, day: int) -> int | None:
    return to_course_facts(chart, weekday(day).date()).missed_of_last_ten


@pytest.mark.parametrize(
    ("kept", "noted", "on", "expected"),
    [
        ([1, 2, 3], (), 3, 0),
        ([1, 2, 3], (), 4, 0),
        ([1, 2, 3], (), 5, 1),
        ([1, 2, 3], (4,), 4, 1),
        ([1, 2, 3], (5, 6), 4, 0),
        ([1, 3, 5, 7, 9, 11, 13], (), 13, 5),
        ([2, 3, 4, 5, 6, 7, 8, 9, 10, 11], (1,), 11, 0),
    ],
)
def test_missed_planned_days_are_counted_up_to_the_day(
    kept: list[int], noted: tuple[int, ...], on: int, expected: int
) -> None:
    """Today counts only once it is kept or called off; a day that nobody spoke of was not kept."""
    assert missed_on(with_days(kept, *map(missed, noted)), on) == expected


def test_without_a_calendar_nothing_is_known_of_missed_days() -> None:
    assert missed_on(chart_of(session(1, weekday(1))), 5) is None


def test_what_was_only_kept_free_on_a_condition_is_not_missed() -> None:
    chart = chart_of(calendar(5, provisional=True), session(1, weekday(1)))
    assert missed_on(chart, 5) == 0


def test_days_missed_in_an_earlier_course_do_not_count_in_a_later_one() -> None:
    later = weekday(60)
    chart = with_days([1, 2, 9], session(4, later))
    assert to_course_facts(chart, later.date()).missed_of_last_ten == 10
    ended = CourseEnded(ended_on=weekday(20).date(), why=EndReason.PATIENTS_WISH)
    both = with_days([1, 2, 20], ended, session(4, later))
    assert to_course_facts(both, later.date()).missed_of_last_ten is None


def test_missed_days_speak_through_the_advice() -> None:
    chart = with_days([1, 2, 3], missed(4), missed(5), missed(6))
    found = outlook((), to_course_facts(chart, weekday(6).date()), weekday(6).date())
    assert [each.because for each in found.advice if each.id == "missed_sessions"] == [
        "3 of ten missed"
    ]


def train(number: int, of: int, away_mm: float | None) -> TrainDelivered:
    pose = None
    if away_mm is not None:
        pose = PoseError(
            mean_mm=away_mm, worst_mm=away_mm + 2, mean_deg=1.0, worst_deg=2.0, samples=9
        )
    return TrainDelivered(
        session=of,
        number=number,
        started_at=weekday(of),
        pulses=40,
        intensity_pct_mso=60.0,
        pose=pose,
    )


def test_the_pose_error_is_the_median_over_the_trains_of_the_last_five_sessions() -> None:
    first = [train(n, 1, 40.0) for n in range(1, 9)]
    later = [train(1, n, float(n)) for n in range(2, 7)]
    chart = with_days([1, 2, 3, 4, 5, 6], *first, *later, train(2, 6, None))
    facts = to_course_facts(chart, weekday(6).date())
    assert facts.pose_error_mm == 4.0
    assert to_course_facts(with_days([1], train(1, 1, None)), MONDAY.date()).pose_error_mm is None
    state = CourseState(delivered=6, planned=20, pose_error_mm=to_course_facts(
        with_days([1], *first), MONDAY.date()).pose_error_mm)  # fmt: skip
    assert [each.id for each in advise(state)] == ["pose_error"]


def test_a_recorded_end_ends_the_course_and_begins_another() -> None:
    ended = CourseEnded(ended_on=weekday(3).date(), why=EndReason.REMISSION)
    day = weekday(4).date()
    assert to_course_facts(with_days([1, 2, 3]), day).ended_on is None
    assert to_course_facts(with_days([1, 2, 3], ended), day).ended_on == weekday(3).date()
    again = with_days([1, 2, 3, 4], ended)
    assert [len(run) for run in course_days(again, day)] == [3, 1]
    assert to_course_facts(again, day).ended_on is None


def test_a_session_without_a_pulse_is_no_delivered_session() -> None:
    chart = chart_of(session(1, weekday(1)), session(2, weekday(2), pulses=0))
    assert course_days(chart, weekday(5).date()) == ((weekday(1).date(),),)


def test_the_prescription_says_how_many_sessions_there_are() -> None:
    days = [weekday(n).date() for n in (1, 2)]
    chart = chart_of(
        session(1, weekday(1)), session(2, weekday(2)), PRESCRIPTION, signed(PRESCRIPTION)
    )
    assert planned_sessions(chart, days) == planned_sessions(chart) == 32
    assert planned_sessions(chart_of(PRESCRIPTION, signed(PRESCRIPTION)), days) == 30
    assert planned_sessions(chart_of(PRESCRIPTION), days) is None


def test_an_earlier_course_does_not_take_the_number_planned_for_the_latest() -> None:
    later = weekday(60)
    two = (session(1, weekday(1)), PRESCRIPTION, signed(PRESCRIPTION), session(2, later))
    first, second = course_rows(chart_of(*two), later.date() + timedelta(days=40))
    assert math.isnan(first.sessions_planned)
    assert second.sessions_planned == 30


def answer(number: int, day: int) -> ScaleFilled:
    return ScaleFilled(score=ScaleScore("check_in_four", weekday(day).date(), items=(number,)))


def test_answers_on_change_belong_to_the_session_of_their_day() -> None:
    before = ScaleFilled(
        score=ScaleScore("check_in_four", MONDAY.date() - timedelta(days=2), items=(2,))
    )
    chart = with_days([1, 2, 4], before, answer(1, 1), answer(3, 3), answer(4, 4), answer(2, 5))
    assert to_check_ins(chart, weekday(4).date()) == {
        0: Change.SAME,
        1: Change.WORSE,
        2: Change.A_BIT_BETTER,
        3: Change.MUCH_BETTER,
    }
    assert to_check_ins(chart, weekday(5).date())[3] is Change.SAME
    assert scored(chart, weekday(5).date()) == ()


def test_good_answers_make_a_better_forecast_than_is_usual_and_none_make_none() -> None:
    day = weekday(6).date()
    kept = [1, 2, 3, 4, 5, 6]
    assert check_in_outlook(with_days(kept), day) is None
    found = check_in_outlook(with_days(kept, *(answer(4, n) for n in kept)), day)
    assert found is not None
    mine, usual = found.at_least(Change.A_BIT_BETTER)
    assert mine > usual
    assert (found.observed, found.at_session) == (6, 20)
    assert not any("several sessions a day" in caution for caution in found.cautions)
    ended = CourseEnded(ended_on=day, why=EndReason.COMPLETED)
    assert check_in_outlook(with_days(kept, answer(4, 2), ended), day) is None


def test_several_sessions_a_day_are_said_to_be_beyond_what_the_model_has_seen() -> None:
    twice = session(2, weekday(1) + timedelta(hours=3))
    found = check_in_outlook(chart_of(session(1, weekday(1)), twice, answer(3, 1)), MONDAY.date())
    assert found is not None
    assert any("several sessions a day" in caution for caution in found.cautions)
