"""Questionnaires: answers go into the chart as the patient's own; suicide is acted on at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from clinic.conftest import SmallClinic
from euthymia.assess.scales.scale_rules import all_scales, find_scale
from euthymia.chart.patient_facts import ScaleFilled
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.portal import services
from euthymia.clinic.portal.wordings import questionnaire, questionnaires
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient, Reading
from euthymia.core.errors import InputError


def _own(clinic: SmallClinic, patient: Patient) -> Client:
    client = Client()
    client.force_login(clinic.account_of(patient))
    return client


def _answers(*items: int | None, entry_id: str = "", **more: str) -> dict[str, str]:
    said = {f"item_{n}": str(item) for n, item in enumerate(items, start=1) if item is not None}
    return {"entry_id": entry_id or str(uuid4()), **said, **more}


def _fact(patient: Patient) -> ScaleFilled:
    return chart_of(Patient.objects.get(pk=patient.pk)).chart.scales[-1].fact


def _count(patient: Patient) -> int:
    return len(chart_of(Patient.objects.get(pk=patient.pk)).chart.scales)


def test_answers_are_recorded_item_by_item_as_the_patients_own(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    answer = _own(clinic, patient).post("/me/fill/phq9/", _answers(1, 2, 3, 0, 1, 2, 3, 0, 0))
    assert answer.status_code == 302
    fact = _fact(patient)
    assert fact.score.items == (1, 2, 3, 0, 1, 2, 3, 0, 0)
    assert fact.rated_by == "patient"
    assert fact.score.on == clock.today()
    entry = chart_of(Patient.objects.get(pk=patient.pk)).entries[-1]
    assert entry.author.role == "patient"


def test_sending_twice_records_once(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    client = _own(clinic, patient)
    sent = _answers(*[1] * 9)
    first, second = (client.post("/me/fill/phq9/", sent) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert _count(patient) == 1


@pytest.mark.parametrize("scale", [s.id for s in all_scales() if s.suicide and s.items
                                   and s.rater == "patient"])  # fmt: skip
def test_an_answer_on_suicide_shows_whom_to_call_and_opens_a_task(
    clinic: SmallClinic, scale: str
) -> None:
    patient = clinic.patient()
    known = find_scale(scale)
    assert known.suicide is not None
    items = [0] * len(known.item_max)
    items[known.suicide.items[0] - 1] = known.suicide.at_least
    done = _own(clinic, patient).post(f"/me/fill/{scale}/", _answers(*items), follow=True)
    page = done.content.decode()
    assert 'href="tel:988"' in page  # the small clinic stands in the United States
    assert "named person" in page
    assert len(chart_of(Patient.objects.get(pk=patient.pk)).chart.open_safety_tasks) == 1


def test_without_such_an_answer_there_is_neither(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    done = _own(clinic, patient).post("/me/fill/phq9/", _answers(*[3] * 8, 0), follow=True)
    assert "tel:988" not in done.content.decode()
    assert not chart_of(Patient.objects.get(pk=patient.pk)).chart.open_safety_tasks


def test_what_was_left_out_is_named_and_may_be_sent_anyway(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    client = _own(clinic, patient)
    sent = _answers(1, None, 1, 1, 1, 1, 1, 1, 0)
    page = client.post("/me/fill/phq9/", sent).content.decode()
    assert 'href="#question-2"' in page
    assert page.count("checked") == 8
    assert _count(patient) == 0
    client.post("/me/fill/phq9/", {**sent, "anyway": "1"})
    assert _fact(patient).score.items == (1, None, 1, 1, 1, 1, 1, 1, 0)


def test_an_answer_on_suicide_is_kept_at_once_whatever_was_left_out(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    sent = _answers(*[None] * 8, 1)
    page = _own(clinic, patient).post("/me/fill/phq9/", sent, follow=True).content.decode()
    assert "tel:988" in page
    assert len(chart_of(Patient.objects.get(pk=patient.pk)).chart.open_safety_tasks) == 1


def test_an_empty_form_is_never_recorded(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    client = _own(clinic, patient)
    assert client.post("/me/fill/phq9/", _answers(anyway="1")).status_code == 200
    assert _count(patient) == 0


@pytest.mark.parametrize("value", ["4", "-1", "x", "1.5"])
def test_an_answer_that_cannot_be_is_refused_and_the_others_are_kept(
    clinic: SmallClinic, value: str
) -> None:
    patient = clinic.patient()
    sent = {**_answers(*[1] * 9), "item_3": value}
    page = _own(clinic, patient).post("/me/fill/phq9/", sent).content.decode()
    assert 'href="#id_item_3_0"' in page
    assert page.count("checked") == 8
    assert _count(patient) == 0


def test_an_answer_that_cannot_be_does_not_hide_whom_to_call(clinic: SmallClinic) -> None:
    sent = {**_answers(*[1] * 9), "item_3": "99"}
    page = _own(clinic, clinic.patient()).post("/me/fill/phq9/", sent).content.decode()
    assert 'id="crisis-now" role="alert">' in page


@pytest.mark.parametrize("scale", ["madrs", "bdi2", "no-such-scale", "hamd17"])
def test_what_patients_may_not_fill_in_or_read_is_not_found(
    clinic: SmallClinic, scale: str
) -> None:
    assert _own(clinic, clinic.patient()).get(f"/me/fill/{scale}/").status_code == 404


def test_every_scale_whose_words_may_ship_is_offered_and_no_other() -> None:
    offered = {each.scale.id for each in questionnaires()}
    assert {"phq9", "gad7", "check_in", "pcl5"} <= offered
    assert offered == {s.id for s in all_scales() if s.rater == "patient" and s.items}
    for each in questionnaires():
        highest = [question.answers[-1][0] for question in each.questions]
        assert tuple(highest) == each.scale.item_max


def test_a_clinic_brings_the_words_of_a_scale_that_it_holds_the_licence_for(
    clinic: SmallClinic,
) -> None:
    folder = settings.PLACE.home / "wordings"
    folder.mkdir(parents=True, exist_ok=True)
    path = Path(folder / "who5.toml")
    item = '[[item]]\ntext = "Invented words %d"\n'
    patient = clinic.patient()
    try:
        path.write_text('licence = "ours"\n' + "".join(item % n for n in range(1, 6)))
        client = _own(clinic, patient)
        assert "Invented words 3" in client.get("/me/fill/who5/").content.decode()
        client.post("/me/fill/who5/", _answers(5, 4, 3, 2, 1))
        assert _fact(patient).score.items == (5, 4, 3, 2, 1)
        path.write_text('licence = "ours"\n' + item % 1)
        with pytest.raises(InputError, match="holds 1 items"):
            questionnaire(find_scale("who5"))
        path.write_text("licence = ")
        with pytest.raises(InputError, match="cannot be read"):
            questionnaire(find_scale("who5"))
    finally:
        path.unlink()


def test_a_questionnaire_is_due_again_after_a_week(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    _own(clinic, patient).post("/me/fill/phq9/", _answers(*[1] * 9))
    chart = chart_of(Patient.objects.get(pk=patient.pk)).chart

    def due(days: int) -> bool:
        rows = services.offered(chart, clock.today() + timedelta(days=days))
        return next(row.due for row in rows if row.questionnaire.scale.id == "phq9")

    assert not due(6)
    assert due(7)


@pytest.mark.parametrize("address", ["/me/", "/me/fill/phq9/", "/me/progress/", "/me/calendar/",
                                     "/me/calendar.ics"])  # fmt: skip
def test_the_own_pages_are_for_patients_alone(clinic: SmallClinic, address: str) -> None:
    for role in Role:
        if role is not Role.PATIENT:
            assert clinic.client(role).get(address).status_code == 403
    assert Client().get(address).status_code == 302


def test_a_patient_opens_no_other_record_and_each_opening_is_logged(clinic: SmallClinic) -> None:
    mine, other = clinic.patient(), clinic.patient()
    client = _own(clinic, mine)
    assert client.get(f"/patients/{other.pk}/").status_code in (403, 404)
    assert client.get(f"/patients/{mine.pk}/").status_code in (403, 404)
    assert client.get("/patients/").status_code == 403
    before = Reading.objects.count()
    assert client.get("/me/progress/").status_code == 200
    logged = Reading.objects.order_by("pk").last()
    assert Reading.objects.count() == before + 1
    assert logged is not None
    assert logged.patient_id == mine.pk


def test_another_patients_entry_is_not_found(clinic: SmallClinic) -> None:
    one, other = clinic.patient(), clinic.patient()
    done = _own(clinic, one).post("/me/fill/phq9/", _answers(*[0] * 8, 2))["Location"]
    assert _own(clinic, other).get(done).status_code == 404


@pytest.mark.parametrize("address", ["/me/", "/me/fill/phq9/", "/me/progress/", "/me/calendar/"])
def test_an_own_page_asks_the_database_little_however_much_was_answered(
    clinic: SmallClinic, django_assert_max_num_queries: Any, address: str
) -> None:
    patient = clinic.patient()
    client = _own(clinic, patient)
    for _ in range(8):
        client.post("/me/fill/phq9/", _answers(*[1] * 9))
    with django_assert_max_num_queries(20):
        client.get(address)
