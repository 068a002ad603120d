"""Scales filled in by the right people, scored as the engine scores, suicide acted on at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from clinic.conftest import SmallClinic
from clinic.pages import address, chart_now, errors_of, send, text_of
from euthymia.assess.scales.scale_rules import all_scales, find_scale
from euthymia.assess.scales.score import ScaleScore, change, score_scale
from euthymia.chart.patient_facts import ScaleFilled
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.records.models import LedgerEntry, Patient
from euthymia.clinic.records.services import record
from euthymia.clinic.suitability.scales import filled_of


@pytest.fixture
def operator(clinic: SmallClinic) -> Client:
    return clinic.client(Role.OPERATOR)


@pytest.fixture
def psychiatrist(clinic: SmallClinic) -> Client:
    return clinic.client(Role.PSYCHIATRIST)


def _fill(browser: Client, patient: Patient, key: str = "phq9", **values: Any) -> Any:
    sent = {"on": clock.today().isoformat(), **values}
    return send(browser, address("fill_scale", patient, key=key), **sent)


def _items(*answers: int | None) -> dict[str, str]:
    return {f"item_{n}": str(a) for n, a in enumerate(answers, start=1) if a is not None}


def test_items_are_scored_as_the_engine_scores_them(operator: Client, patient: Patient) -> None:
    answer = _fill(operator, patient, **_items(3, 2, 3, 2, 1, 2, 1, 1, 0))
    assert answer["Location"] == address("scale", patient, key="phq9")
    (filled,) = chart_now(patient).scales
    assert filled.fact.score.items == (3, 2, 3, 2, 1, 2, 1, 1, 0)
    assert filled.fact.rated_by == "patient"
    said = text_of(operator.get(answer["Location"]))
    assert "15 of 27, moderately severe" in said


def test_an_unanswered_item_is_unknown_and_makes_the_total_a_range(
    operator: Client, patient: Patient
) -> None:
    _fill(operator, patient, **_items(3, 2, None, 2, 1, 2, 1, 1, 0))
    (filled,) = chart_now(patient).scales
    assert filled.fact.score.items[2] is None
    said = text_of(operator.get(address("scale", patient, key="phq9")))
    assert "12 to 15 of 27" in said
    assert "Not answered: items 3" in said


def test_a_total_alone_will_do(psychiatrist: Client, patient: Patient) -> None:
    assert _fill(psychiatrist, patient, "hamd17", total="24").status_code == 302
    (filled,) = chart_now(patient).scales
    assert (filled.fact.score.total, filled.fact.score.items) == (24, ())
    assert filled.fact.rated_by == "clinician"


@pytest.mark.parametrize(
    ("key", "sent", "field"),
    [
        ("phq9", {}, "total"),
        ("phq9", {"total": "28"}, "total"),
        ("phq9", {"total": "7.5"}, "total"),
        ("phq9", {"total": "12", **_items(0, 0, 0, 0, 0, 0, 0, 0, 0)}, "total"),
        ("phq9", {"item_1": "7"}, "item_1"),
        ("hamd17", {"item_4": "3"}, "item_4"),
        ("phq9", {"total": "9", "on": "2099-01-01"}, "on"),
        ("phq9", {"total": "9", "on": "soon"}, "on"),
        ("cssrs_screen", _items(1, 0, 1, 0, 0, 0, None), "__all__"),
        ("cgi_s", {}, "total"),
    ],
)
def test_a_score_that_cannot_be_is_refused_and_kept_in_the_form(
    psychiatrist: Client, patient: Patient, key: str, sent: dict[str, str], field: str
) -> None:
    before = LedgerEntry.objects.count()
    answer = _fill(psychiatrist, patient, key, note="after lunch", **sent)
    assert answer.status_code == 422
    assert field in errors_of(answer), errors_of(answer)
    form = answer.context["form"]
    assert {name: form[name].value() for name in sent} == sent
    assert "after lunch" in answer.content.decode()
    assert LedgerEntry.objects.count() == before


def test_clinicians_scales_are_rated_by_psychiatrists_alone(
    operator: Client, patient: Patient
) -> None:
    for scale in all_scales():
        answer = operator.get(address("fill_scale", patient, key=scale.id))
        assert answer.status_code == (403 if scale.rater == "clinician" else 200), scale.id
    said = operator.get(address("scales", patient)).content.decode()
    assert address("fill_scale", patient, key="phq9") in said
    assert address("fill_scale", patient, key="hamd17") not in said


def test_every_scale_has_its_form_and_its_page(psychiatrist: Client, patient: Patient) -> None:
    for scale in all_scales():
        assert psychiatrist.get(address("fill_scale", patient, key=scale.id)).status_code == 200
        assert psychiatrist.get(address("scale", patient, key=scale.id)).status_code == 200
    assert psychiatrist.get(address("scale", patient, key="nothing")).status_code == 404


def test_questions_whose_licence_does_not_allow_it_are_not_shown(
    psychiatrist: Client, patient: Patient
) -> None:
    said = text_of(psychiatrist.get(address("fill_scale", patient, key="cssrs_screen")))
    assert "The questions of this scale are not shown" in said
    assert find_scale("phq9").items[0] in text_of(
        psychiatrist.get(address("fill_scale", patient, key="phq9"))
    )


def test_the_change_is_that_of_the_engine(clinic: SmallClinic, patient: Patient) -> None:
    day = clock.today()
    scores = [
        ScaleScore("phq9", day - timedelta(days=n), total=t)
        for n, t in ((28, 20), (14, 14), (0, 9))
    ]
    for score in scores:
        record(clinic.who(Role.OPERATOR), patient, ScaleFilled(score=score), Action.RECORD_SCALE)
    found = filled_of(chart_now(patient), find_scale("phq9"))
    first, _, last = (score_scale(score) for score in scores)
    assert found[0].change is None
    assert found[2].change == change(first, last)
    assert found[2].gain == "11 points better (55 %)"
    assert found[2].outcome[0] == "response"


def test_forms_of_two_versions_are_not_compared(clinic: SmallClinic, patient: Patient) -> None:
    for version, day in (("a", date(2026, 1, 1)), ("b", date(2026, 2, 1))):
        fact = ScaleFilled(score=ScaleScore("phq9", day, total=10, version=version))
        record(clinic.who(Role.OPERATOR), patient, fact, Action.RECORD_SCALE)
    assert filled_of(chart_now(patient), find_scale("phq9"))[1].gain == ""


def test_an_answer_on_suicide_leads_to_the_task_at_once(operator: Client, patient: Patient) -> None:
    answer = _fill(operator, patient, **_items(1, 1, 1, 1, 1, 1, 1, 1, 2))
    (task,) = chart_now(patient).open_safety_tasks
    assert answer["Location"] == address("safety_task", patient, entry_id=task.entry_id)
    said = text_of(operator.get(answer["Location"]))
    assert "Thoughts that you would be better off dead" in said
    assert "2 (More than half the days)" in said
    assert "asks directly about suicide" in said
    assert "A psychiatrist closes it." in said
    for page in ("scales", "safety_tasks"):
        assert "Open" in text_of(operator.get(address(page, patient)))


def test_only_a_psychiatrist_closes_it_and_with_words(
    operator: Client, psychiatrist: Client, patient: Patient
) -> None:
    _fill(operator, patient, **_items(1, 1, 1, 1, 1, 1, 1, 1, 1))
    (task,) = chart_now(patient).open_safety_tasks
    url = address("safety_task", patient, entry_id=task.entry_id)
    sent = {"person": "Dr Ada Meyer", "assessed_on": clock.today().isoformat(), "note": "No plan"}
    assert operator.post(url, sent).status_code == 403
    wrong = send(psychiatrist, url, **{**sent, "note": "..."})
    assert "note" in errors_of(wrong)
    assert chart_now(patient).open_safety_tasks
    assert send(psychiatrist, url, **sent).status_code == 302
    assert chart_now(patient).open_safety_tasks == ()
    assert "No plan" in text_of(psychiatrist.get(url))
    again = psychiatrist.post(url, sent)
    assert again.status_code == 422
    assert "is closed already" in text_of(again)


def test_a_task_of_another_patient_is_not_found(
    operator: Client, clinic: SmallClinic, patient: Patient
) -> None:
    _fill(operator, patient, **_items(1, 1, 1, 1, 1, 1, 1, 1, 1))
    (task,) = chart_now(patient).open_safety_tasks
    other = clinic.patient()
    assert operator.get(address("safety_task", other, entry_id=task.entry_id)).status_code == 404


def test_sent_twice_it_is_filled_in_once(operator: Client, patient: Patient) -> None:
    url = address("fill_scale", patient, key="phq9")
    entry_id = operator.get(url).context["form"]["entry_id"].value()
    sent = {"on": clock.today().isoformat(), "total": "12", "entry_id": entry_id}
    assert [operator.post(url, sent).status_code for _ in range(2)] == [302, 302]
    assert len(chart_now(patient).scales) == 1
    other = operator.post(url, {**sent, "total": "13"})
    assert other.status_code == 422
    assert "recorded before with another content" in text_of(other)
