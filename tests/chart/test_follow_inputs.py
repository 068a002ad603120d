"""From a chart to what follow-up and the registry need."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from euthymia.chart.case import Case
from euthymia.chart.follow_inputs import course_days, course_rows, scored, to_course_facts
from euthymia.follow.outlook import outlook
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
