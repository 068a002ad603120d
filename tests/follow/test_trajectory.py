"""Trajectories: lines, gaps, change, deterioration, and scales that do or do not fit together."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.assess.scales.scale_rules import find_scale
from euthymia.assess.scales.score import ScaleResult, ScaleScore, score_scale
from euthymia.core.errors import InputError
from euthymia.follow.trajectory import domains, trajectory

BEGUN = date(2025, 3, 3)


def phq9(days: int, *items: int | None) -> ScaleResult:
    return score_scale(ScaleScore("phq9", BEGUN + timedelta(days=days), items=items))


def total(scale: str, days: int, value: float) -> ScaleResult:
    return score_scale(ScaleScore(scale, BEGUN + timedelta(days=days), total=value))


START = phq9(-2, 3, 3, 2, 3, 2, 2, 2, 1, 0)


def test_every_item_of_a_domain_exists_in_its_scale() -> None:
    for domain in domains():
        for part in domain.parts:
            scale = find_scale(part.scale)
            assert all(1 <= item <= len(scale.item_max) for item in part.items)


def test_domains_follow_their_own_items_and_not_the_total() -> None:
    # Sleep gets better, everything else stays.
    later = phq9(7, 3, 3, 0, 3, 2, 2, 2, 1, 0)
    found = trajectory([START, later], BEGUN, BEGUN + timedelta(days=8))
    ends = {line.domain: [p.middle for p in line.points] for line in found.lines}
    assert ends["sleep"] == pytest.approx([2 / 3, 0.0])
    assert ends["energy"] == pytest.approx([1.0, 1.0])
    assert ends["mood"][0] == ends["mood"][1]


def test_a_scale_that_runs_the_other_way_is_turned_round() -> None:
    found = trajectory(
        [total("who5", -1, 20), total("who5", 7, 80)], BEGUN, BEGUN + timedelta(days=9)
    )
    line = next(line for line in found.lines if line.domain == "well_being")
    assert [p.middle for p in line.points] == pytest.approx([0.8, 0.2])


def test_an_unanswered_item_makes_a_span_and_an_unanswered_domain_no_point() -> None:
    half = phq9(7, 2, 2, None, 2, 2, None, 1, 1, 0)
    found = trajectory([START, half], BEGUN, BEGUN + timedelta(days=8))
    by_domain = {line.domain: line for line in found.lines}
    assert len(by_domain["sleep"].points) == 1
    mood = by_domain["mood"].points[-1]
    assert mood.low == pytest.approx(2 / 6)
    assert mood.high == pytest.approx(5 / 6)


def test_a_forgotten_week_is_a_gap_and_the_months_after_the_course_are_none() -> None:
    days = [-2, 7, 14, 35, 42]
    weekly = [phq9(d, 2, 2, 2, 2, 2, 2, 2, 1, 0) for d in days]
    end = BEGUN + timedelta(days=44)
    found = trajectory(weekly, BEGUN, end + timedelta(days=200), ended_on=end)
    line = found.lines[0]
    assert line.gaps == ((BEGUN + timedelta(days=14), BEGUN + timedelta(days=35)),)


def test_a_scale_taken_before_and_after_only_misses_nothing() -> None:
    both = [total("gad7", -1, 15), total("gad7", 42, 5)]
    found = trajectory(both, BEGUN, BEGUN + timedelta(days=43))
    assert all(line.gaps == () for line in found.lines)


def test_change_counts_from_the_last_score_before_treatment() -> None:
    early = total("phq9", -40, 10)
    baseline = total("phq9", -1, 20)
    now = total("phq9", 30, 9)
    course = trajectory([now, early, baseline], BEGUN, BEGUN + timedelta(days=31)).course("phq9")
    assert course is not None
    assert course.baseline is not None
    assert course.baseline.total == 20
    assert course.latest_change is not None
    assert course.latest_change.response
    assert course.best is not None
    assert course.best.total == 9


@pytest.mark.parametrize(
    ("now", "worse"), [(14, False), (19, False), (20, True), (24, True), (8, False)]
)
def test_deterioration_needs_a_change_that_measurement_does_not_explain(
    now: int, worse: bool
) -> None:
    # PHQ-9: a reliable change is six points.
    course = trajectory(
        [total("phq9", -1, 14), total("phq9", 14, now)], BEGUN, BEGUN + timedelta(days=15)
    ).course("phq9")
    assert course is not None
    assert course.deteriorated is worse


def test_two_scales_of_one_time_are_laid_on_each_other_and_disagreement_is_seen() -> None:
    fit = trajectory(
        [total("qids_sr16", 1, 12), total("hamd17", 1, 16)], BEGUN, BEGUN + timedelta(days=2)
    ).reconciled
    assert len(fit) == 2
    assert all(pair.agree for pair in fit)
    apart = trajectory(
        [total("qids_sr16", 1, 5), total("hamd17", 1, 25)], BEGUN, BEGUN + timedelta(days=2)
    ).reconciled
    assert apart
    assert not any(pair.agree for pair in apart)
    assert "rough guide" in apart[0].converted.text or apart[0].converted.caveat
    weeks_apart = [total("qids_sr16", 1, 5), total("hamd17", 20, 25)]
    assert trajectory(weeks_apart, BEGUN, BEGUN + timedelta(days=21)).reconciled == ()


def test_a_score_from_the_future_is_refused() -> None:
    with pytest.raises(InputError, match="lies in the future"):
        trajectory([START], BEGUN, BEGUN - timedelta(days=10))


@given(st.lists(st.tuples(st.integers(-20, 200), st.integers(0, 27)), max_size=25))
@settings(max_examples=60, deadline=None)
def test_lines_hold_every_score_in_order(scores: list[tuple[int, int]]) -> None:
    results = [total("phq9", day, value) for day, value in scores]
    found = trajectory(results, BEGUN, BEGUN + timedelta(days=300))
    course = found.course("phq9")
    if not scores:
        assert course is None
        return
    assert course is not None
    days = [result.score.on for result in course.results]
    assert days == sorted(days)
    assert len(days) == len(scores)
    assert len(course.changes) == len(course.after_baseline)
