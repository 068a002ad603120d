"""Own progress: plain words by the scale's cited rules, and gaps that look like gaps."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from clinic.conftest import SmallClinic
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.chart import Chart
from euthymia.chart.patient_facts import ScaleFilled
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.portal import progress
from euthymia.clinic.portal.progress import Progress, progress_of
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import record

BEGUN = date(2026, 10, 5)
WEEK = timedelta(weeks=1)


def _chart(clinic: SmallClinic, *scores: tuple[int, int | None]) -> Chart:
    """A chart with PHQ-9 totals by week; None leaves the first item out."""
    patient = clinic.patient()
    for week, total in scores:
        score = ScaleScore("phq9", on=BEGUN + week * WEEK, items=_items(total))
        fact = ScaleFilled(score=score, rated_by="patient")
        record(clinic.who(Role.PSYCHIATRIST), patient, fact, Action.RECORD_SCALE)
    return chart_of(Patient.objects.get(pk=patient.pk)).chart


def _items(total: int | None) -> tuple[int | None, ...]:
    if total is None:
        return (None, *[1] * 8)
    return (*(min(3, max(0, total - 3 * place)) for place in range(8)), 0)


def _during(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a course have run from the first day, five days a week for six weeks."""
    days = tuple(BEGUN + timedelta(days=n) for n in range(42) if n % 7 < 5)
    monkeypatch.setattr(progress, "course_days", lambda chart, on: (days,))


def _only(chart: Chart, weeks: int) -> Progress:
    (found,) = progress_of(chart, BEGUN + weeks * WEEK)
    return found


@pytest.mark.parametrize(
    ("before", "last", "said"),
    [
        (20, 3, "Doctors call that remission"),
        (20, 9, "Doctors call that a response"),
        (20, 14, "a change that people feel"),
        (20, 18, "no clear change"),
        (20, 24, "no clear change"),
        (16, 22, "worse than before"),
    ],
)
def test_the_words_follow_the_scales_rules(
    clinic: SmallClinic, monkeypatch: pytest.MonkeyPatch, before: int, last: int, said: str
) -> None:
    _during(monkeypatch)
    found = _only(_chart(clinic, (0, before), (1, 19), (2, 18), (3, last)), 3)
    words = " ".join(found.sentences)
    assert said in words
    assert f"{last} of 27" in words
    others = {"remission", "a response", "people feel", "no clear change", "worse than"}
    assert sum(other in words for other in others) == 1


def test_a_missing_week_breaks_the_line_and_is_said(
    clinic: SmallClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    _during(monkeypatch)
    full = _only(_chart(clinic, (0, 20), (1, 18), (2, 16), (3, 14), (4, 12)), 4)
    gap = _only(_chart(clinic, (0, 20), (1, 18), (3, 14), (4, 12)), 4)
    assert "did not come" not in " ".join(full.sentences)
    assert "did not come" in " ".join(gap.sentences)
    assert full.picture and gap.picture
    assert full.picture.count("<polyline") == 4
    assert gap.picture.count("<polyline") == 2
    assert "no answer" in gap.picture
    assert "no answer" not in full.picture


def test_scores_far_apart_are_joined_only_loosely(clinic: SmallClinic) -> None:
    found = _only(_chart(clinic, (0, 20), (1, 18), (6, 9)), 6)
    assert found.picture
    assert found.picture.count("stroke-dasharray") == 1


def test_an_open_item_is_a_range_and_no_dot(clinic: SmallClinic) -> None:
    found = _only(_chart(clinic, (0, 20), (1, 18), (2, None)), 2)
    assert "8 to 11 of 27" in found.rows[0][1]
    assert found.picture
    assert found.picture.count("<circle") == 2


def test_one_score_alone_makes_no_picture_and_none_makes_no_page_fail(
    clinic: SmallClinic,
) -> None:
    assert _only(_chart(clinic, (0, 20)), 1).picture is None
    assert progress_of(_chart(clinic), BEGUN) == ()


def test_a_score_by_the_doctor_is_not_shown_as_the_patients_own(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    fact = ScaleFilled(score=ScaleScore("hamd17", on=BEGUN, total=20), rated_by="clinician")
    record(clinic.who(Role.PSYCHIATRIST), patient, fact, Action.RECORD_SCALE)
    chart = chart_of(Patient.objects.get(pk=patient.pk)).chart
    assert progress_of(chart, BEGUN) == ()


def test_the_picture_says_every_score_in_words(clinic: SmallClinic) -> None:
    found = _only(_chart(clinic, (0, 20), (1, 18)), 1)
    assert found.picture
    told = re.search(r"<desc[^>]*>(.*?)</desc>", found.picture)
    assert told is not None
    assert "20 of 27" in told[1]
    assert "18 of 27" in told[1]


def test_a_score_of_tomorrow_waits_until_tomorrow(clinic: SmallClinic) -> None:
    chart = _chart(clinic, (0, 20), (1, 18))
    (found,) = progress_of(chart, BEGUN)
    assert len(found.rows) == 1
    assert datetime(2026, 10, 5, tzinfo=UTC).date() == found.rows[0][0]
