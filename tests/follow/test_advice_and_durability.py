"""Advice and durability: every rule on both sides of its edge, and the year after a course."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from euthymia.assess.scales.score import ScaleResult, ScaleScore, score_scale
from euthymia.follow.advice import CourseState, advise, rules
from euthymia.follow.durability import follow_up, follow_up_plan
from euthymia.follow.durability import rules as follow_up_rules
from euthymia.follow.outlook import CourseFacts, outlook
from euthymia.follow.trajectory import ScaleCourse, trajectory
from euthymia.learn.survival.curves import FollowUp
from euthymia.learn.survival.durability import published_durability

BEGUN = date(2025, 3, 3)
MIDWAY = CourseState(delivered=12, planned=30, improvement_pct=30.0, responded=False)


def said(state: CourseState) -> set[str]:
    return {advice.id for advice in advise(state)}


def test_every_rule_has_words_and_a_registered_source() -> None:
    for rule in [*rules().values(), *follow_up_rules().values()]:
        assert rule.text
        assert rule.source.reference.title


@pytest.mark.parametrize(
    ("change", "name", "held"),
    [
        ({"improvement_pct": 20.0}, "continue_improving", True),
        ({"improvement_pct": 19.9}, "continue_improving", False),
        ({"improvement_pct": 5.0, "delivered": 8}, "continue_early", True),
        ({"improvement_pct": 5.0, "delivered": 8}, "look_for_reason", False),
        ({"improvement_pct": 5.0, "delivered": 10}, "look_for_reason", True),
        ({"improvement_pct": 5.0, "delivered": 10}, "early_nonresponse", True),
        ({"improvement_pct": 5.0, "delivered": 9}, "early_nonresponse", False),
        ({"improvement_pct": 20.0, "delivered": 10}, "early_nonresponse", False),
        ({"improvement_pct": 35.0, "delivered": 20}, "extend", True),
        ({"improvement_pct": 35.0, "delivered": 19}, "extend", False),
        ({"improvement_pct": 50.0, "delivered": 25}, "extend", False),
        ({"improvement_pct": 35.0, "delivered": 36}, "extend", False),
        ({"improvement_pct": 10.0, "delivered": 30}, "stop_no_gain", True),
        ({"improvement_pct": 10.0, "delivered": 29}, "stop_no_gain", False),
        ({"improvement_pct": 10.0, "delivered": 30}, "change_protocol", True),
        ({"improvement_pct": 60.0, "delivered": 30, "responded": True}, "taper", True),
        ({"improvement_pct": 60.0, "delivered": 29, "responded": True}, "taper", False),
        ({"missed_of_last_ten": 3}, "missed_sessions", True),
        ({"missed_of_last_ten": 2}, "missed_sessions", False),
        ({"threshold_change_pct": -10.0}, "threshold_drift", True),
        ({"threshold_change_pct": 9.9}, "threshold_drift", False),
        ({"pose_error_mm": 5.0}, "pose_error", True),
        ({"pose_error_mm": 4.9}, "pose_error", False),
        ({"new_drug": True}, "new_drug", True),
        ({"new_drug": None}, "new_drug", False),
        ({"open_safety_tasks": 1}, "safety_first", True),
        ({"deteriorated": True}, "worse", True),
        ({"deteriorated": True}, "continue_improving", False),
    ],
)
def test_each_rule_on_both_sides_of_its_edge(
    change: dict[str, object], name: str, held: bool
) -> None:
    assert (name in said(replace(MIDWAY, **change))) is held  # type: ignore[arg-type]


def test_what_is_unknown_gives_no_advice() -> None:
    assert advise(CourseState(delivered=12, planned=30)) == ()


def test_a_safety_task_comes_before_everything_else() -> None:
    state = replace(MIDWAY, open_safety_tasks=2, deteriorated=True)
    assert [advice.id for advice in advise(state)][:2] == ["safety_first", "worse"]


def test_early_nonresponse_is_never_a_reason_to_stop_by_itself() -> None:
    found = advise(replace(MIDWAY, improvement_pct=0.0))
    early = next(advice for advice in found if advice.id == "early_nonresponse")
    assert "no reason to stop" in early.text
    assert early.sureness == "open"
    assert "stop_no_gain" not in {advice.id for advice in found}


def phq9(days: int, value: float) -> ScaleResult:
    return score_scale(ScaleScore("phq9", BEGUN + timedelta(days=days), total=value))


def course_of(*scores: tuple[int, float]) -> ScaleCourse:
    last = max(day for day, _ in scores)
    found = trajectory([phq9(d, v) for d, v in scores], BEGUN, BEGUN + timedelta(days=last)).course(
        "phq9"
    )
    assert found is not None
    return found


ENDED = BEGUN + timedelta(days=42)


def test_a_response_that_lasts_has_a_future_and_one_that_is_lost_has_none() -> None:
    kept = follow_up(course_of((-1, 20), (42, 6), (130, 6)), ENDED, BEGUN + timedelta(days=131))
    assert kept.responded
    assert kept.relapse.since is None
    assert [each.at_month for each in kept.lasting] == [3.0, 6.0, 12.0, 24.0]
    assert kept.lasting[0].probability > kept.lasting[2].probability
    lost = follow_up(course_of((-1, 20), (42, 6), (130, 16)), ENDED, BEGUN + timedelta(days=131))
    assert lost.relapse.since == BEGUN + timedelta(days=130)
    assert lost.lasting == ()
    assert any("what worked before" in text for text, _ in lost.then)


def test_a_course_without_response_has_nothing_to_lose() -> None:
    found = follow_up(course_of((-1, 20), (42, 18)), ENDED, ENDED + timedelta(days=60))
    assert not found.responded
    assert found.lasting == ()


@pytest.mark.parametrize(
    ("later", "warns"),
    [
        (((60, 5), (67, 12), (74, 13)), True),
        (((60, 5), (67, 12), (74, 6)), False),
        (((60, 5), (67, 6), (74, 13)), False),
        (((60, 5), (67, 10), (74, 10)), False),
    ],
)
def test_two_scores_in_a_row_well_above_the_best_warn(
    later: tuple[tuple[int, float], ...], warns: bool
) -> None:
    course = course_of((-1, 20), (42, 6), *later)
    found = follow_up(course, ENDED, BEGUN + timedelta(days=75))
    assert bool(found.warning) is warns


def test_a_scale_with_a_published_limit_of_relapse_uses_it() -> None:
    results = [
        score_scale(ScaleScore("hamd17", BEGUN + timedelta(days=day), total=value))
        for day, value in ((-1, 24), (42, 6), (100, 14))
    ]
    course = trajectory(results, BEGUN, BEGUN + timedelta(days=101)).course("hamd17")
    assert course is not None
    found = follow_up(course, ENDED, BEGUN + timedelta(days=101))
    assert found.relapse.since == BEGUN + timedelta(days=100)
    assert "14" in found.relapse.definition


def test_visits_reach_over_two_years_in_order() -> None:
    visits = follow_up_plan(ENDED)
    days = [(visit.due_on - ENDED).days for visit in visits]
    assert days == sorted(days)
    assert days[-1] >= 730
    assert [visit.number for visit in visits] == list(range(1, len(visits) + 1))


def test_a_clinics_own_follow_up_changes_what_is_expected() -> None:
    own = published_durability().updated([FollowUp(12.0, 0)] * 80)
    course = course_of((-1, 20), (42, 6))
    usual = follow_up(course, ENDED, ENDED)
    better = follow_up(course, ENDED, ENDED, own)
    assert better.lasting[2].probability > usual.lasting[2].probability + 0.1


def _days(count: int) -> tuple[date, ...]:
    return tuple(BEGUN + timedelta(days=7 * (i // 5) + i % 5) for i in range(count))


def test_an_outlook_joins_forecast_advice_and_base_rate() -> None:
    results = tuple(phq9(d, v) for d, v in ((-1, 20), (6, 18), (13, 15), (20, 12)))
    found = outlook(results, CourseFacts(_days(15), 30), BEGUN + timedelta(days=20))
    assert found.delivered == 15
    assert found.score is not None
    assert found.score.forecast.observed == 4
    assert found.score.response is not None
    assert found.score.response[1] == pytest.approx(0.58, abs=0.04)
    low, high = found.score.forecast.interval()
    usual_low, usual_high = found.score.usual.interval()
    assert high - low < usual_high - usual_low
    assert {advice.id for advice in found.advice} == {"continue_improving"}
    assert found.after is None


def test_before_treatment_and_without_scores_the_outlook_says_why_it_is_silent() -> None:
    empty = outlook((), CourseFacts((), None), BEGUN)
    assert empty.score is None
    assert "No scale" in empty.no_score_because
    other = outlook(
        (score_scale(ScaleScore("gad7", BEGUN, total=12)),), CourseFacts((), None), BEGUN
    )
    assert other.score is None
    assert "GAD-7" in other.no_score_because


def test_after_the_course_the_outlook_looks_at_what_lasts() -> None:
    results = tuple(phq9(d, v) for d, v in ((-1, 20), (20, 12), (42, 6), (120, 5)))
    days = _days(30)
    found = outlook(results, CourseFacts(days, 30, ended_on=days[-1]), BEGUN + timedelta(days=125))
    assert found.after is not None
    assert found.after.responded
    assert found.advice == ()
    assert found.no_score_because == "The course is over."
