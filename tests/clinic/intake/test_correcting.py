"""Every entry can be corrected by those who may record its kind, and stays readable."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import pytest
from django import forms
from django.test import Client

from chart.fact_samples import EVERY_KIND, KINDS_SINCE
from clinic.conftest import SmallClinic
from clinic.pages import address, chart_now, errors_of, send, text_of
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.entries import Amendable, Amended, AnyFact, Entry, Retracted, kinds
from euthymia.chart.intake_facts import NoteTopic, NoteWritten
from euthymia.chart.patient_facts import HeadMeasured, ScaleFilled
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.intake.correcting import RIGHTS_BY_KIND, may_correct
from euthymia.clinic.intake.corrections import FactForm, correction_of
from euthymia.clinic.records.models import LedgerEntry, Patient
from euthymia.clinic.records.services import record

SAMPLES = (*EVERY_KIND, *KINDS_SINCE)
_AMENDABLE = tuple(fact for fact in SAMPLES if isinstance(fact, get_args(Amendable)))


@pytest.fixture
def browser(clinic: SmallClinic) -> Client:
    return clinic.client(Role.PSYCHIATRIST)


@pytest.fixture
def note(clinic: SmallClinic, patient: Patient) -> Entry:
    fact = NoteWritten(topic=NoteTopic.INTAKE, text="Lives alone")
    return record(clinic.who(Role.OPERATOR), patient, fact, Action.WRITE_NOTE)


def _data(form: forms.Form) -> dict[str, Any]:
    """What a browser sends of a form that nobody touched."""
    return {
        field.html_name: value
        for field in form
        if (value := field.value()) is not None and value is not False
    }


def test_every_kind_of_entry_says_who_may_correct_it() -> None:
    assert set(RIGHTS_BY_KIND) == set(kinds()) - {"amended", "retracted"}


@pytest.mark.parametrize("fact", _AMENDABLE, ids=lambda fact: fact.kind)
def test_the_form_of_any_fact_sent_untouched_says_the_same(fact: AnyFact) -> None:
    unbound = FactForm(None, fact=fact)
    form = FactForm({**_data(unbound), "change_reason": "a slip"}, fact=fact)
    assert form.is_valid(), form.errors
    assert form.fact().model_dump(mode="json") == fact.model_dump(mode="json")


@pytest.mark.parametrize("fact", _AMENDABLE, ids=lambda fact: fact.kind)
def test_the_form_that_is_chosen_for_a_fact_sent_untouched_says_the_same(fact: AnyFact) -> None:
    unbound, _template = correction_of(fact, None)
    data = {**_data(unbound), "change_reason": "a slip"}
    form: Any = correction_of(fact, data)[0]
    assert form.is_valid(), form.errors
    said = form.fact().model_dump(mode="json")
    assert said == fact.model_dump(mode="json")


def test_facts_with_a_form_of_their_own_are_corrected_by_it() -> None:
    own = {
        fact.kind for fact in _AMENDABLE if not isinstance(correction_of(fact, None)[0], FactForm)
    }
    assert own >= {"episode_recorded", "medicines_recorded", "screen_answered", "scale_filled",
                   "implant_recorded"}  # fmt: skip


def test_a_correction_replaces_the_fact_and_keeps_what_stood_there(
    browser: Client, patient: Patient, note: Entry
) -> None:
    url = address("amend", patient, entry_id=note.id)
    answer = send(
        browser, url, topic="safety", text="Lives with a sister", change_reason="misheard"
    )
    assert answer.status_code == 302
    (held,) = chart_now(patient).notes
    assert (held.fact.text, held.fact.topic) == ("Lives with a sister", NoteTopic.SAFETY)
    assert held.entries[-1].reason == "misheard"
    said = text_of(browser.get(address("entry", patient, entry_id=note.id)))
    assert "Lives alone" in said
    assert "Lives with a sister" in said
    assert "misheard" in said


def test_a_second_correction_begins_from_the_first(
    browser: Client, patient: Patient, note: Entry
) -> None:
    url = address("amend", patient, entry_id=note.id)
    send(browser, url, topic="intake", text="Lives with a sister", change_reason="misheard")
    assert browser.get(url).context["form"]["text"].value() == "Lives with a sister"


def test_sent_twice_a_correction_is_recorded_once(
    browser: Client, patient: Patient, note: Entry
) -> None:
    url = address("amend", patient, entry_id=note.id)
    form = browser.get(url).context["form"]
    sent = {
        "entry_id": form["entry_id"].value(),
        "topic": "intake",
        "text": "x y",
        "change_reason": "r",
    }
    assert [browser.post(url, sent).status_code for _ in range(2)] == [302, 302]
    assert LedgerEntry.objects.filter(patient=patient, kind="amended").count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"change_reason": ""}, "change_reason"),
        ({"text": " "}, "text"),
        ({"topic": "gossip"}, "topic"),
        ({"session": "none"}, "session"),
        ({"session": "-4"}, "session"),
        ({}, "__all__"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_at_its_field(
    browser: Client, patient: Patient, note: Entry, change: dict[str, str], field: str
) -> None:
    before = LedgerEntry.objects.count()
    sent = {
        "topic": "intake",
        "text": "Lives alone",
        "session": "",
        "change_reason": "a slip",
        **change,
    }
    answer = send(browser, address("amend", patient, entry_id=note.id), **sent)
    assert answer.status_code == 422
    assert field in errors_of(answer), errors_of(answer)
    assert answer.context["form"]["change_reason"].value() == sent["change_reason"]
    assert LedgerEntry.objects.count() == before


def test_a_refusal_deep_in_a_fact_stands_at_its_field(
    browser: Client, clinic: SmallClinic, patient: Patient
) -> None:
    fact = HeadMeasured(
        measured_on=date(2026, 1, 5), nasion_inion_mm=360.0, tragus_tragus_mm=370.0,
        circumference_mm=560.0,
    )  # fmt: skip
    entry = record(clinic.who(Role.OPERATOR), patient, fact, Action.MEASURE_HEAD)
    sent = {"measured_on": "2026-01-05", "nasion_inion_mm": "36", "tragus_tragus_mm": "370",
            "circumference_mm": "560", "change_reason": "a slip"}  # fmt: skip
    answer = send(browser, address("amend", patient, entry_id=entry.id), **sent)
    assert "looks like centimetres" in str(errors_of(answer)["nasion_inion_mm"])


def test_a_score_that_the_scale_cannot_have_is_refused(
    browser: Client, clinic: SmallClinic, patient: Patient
) -> None:
    fact = ScaleFilled(score=ScaleScore("phq9", date(2026, 1, 5), total=12), rated_by="patient")
    entry = record(clinic.who(Role.OPERATOR), patient, fact, Action.RECORD_SCALE)
    form = browser.get(address("amend", patient, entry_id=entry.id)).context["form"]
    sent = {**_data(form), "total": "112", "change_reason": "a slip"}
    answer = browser.post(address("amend", patient, entry_id=entry.id), sent)
    assert answer.status_code == 422
    assert "a total of 112 is not possible" in text_of(answer).lower()


def test_a_retraction_takes_the_fact_away_and_leaves_it_readable(
    browser: Client, patient: Patient, note: Entry
) -> None:
    url = address("retract", patient, entry_id=note.id)
    assert "change_reason" in errors_of(send(browser, url, change_reason=" "))
    assert send(browser, url, change_reason="another patient's").status_code == 302
    assert chart_now(patient).notes == ()
    said = text_of(browser.get(address("entry", patient, entry_id=note.id)))
    assert "Retracted: it no longer holds" in said
    assert "Lives alone" in said
    assert "another patient's" in said


def test_what_cannot_be_retracted_or_amended_is_not(
    browser: Client, patient: Patient, note: Entry
) -> None:
    first = chart_now(patient).patient.id
    answer = send(
        browser, address("retract", patient, entry_id=first), change_reason="wrong person"
    )
    assert answer.status_code == 422
    assert "cannot be retracted" in text_of(answer)
    send(browser, address("retract", patient, entry_id=note.id), change_reason="once")
    sent = {"topic": "other", "text": "new", "change_reason": "r"}
    again = send(browser, address("amend", patient, entry_id=note.id), **sent)
    assert again.status_code == 422
    assert "was retracted before" in text_of(again)


def test_the_registered_facts_are_corrected_and_stay_the_first_entry(
    browser: Client, patient: Patient
) -> None:
    url = address("amend", patient, entry_id=chart_now(patient).patient.id)
    form = browser.get(url).context["form"]
    sent = {**_data(form), "birth_date": "1981-05-17", "change_reason": "by the passport"}
    assert browser.post(url, sent).status_code == 302
    assert chart_now(patient).patient.fact.birth_date == date(1981, 5, 17)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.COORDINATOR, Role.PSYCHIATRIST])
@pytest.mark.parametrize("fact", SAMPLES, ids=lambda fact: fact.kind)
def test_who_may_correct_is_who_may_record(
    clinic: SmallClinic, patient: Patient, role: Role, fact: AnyFact
) -> None:
    if isinstance(fact, Amended | Retracted):
        return
    who = clinic.who(role)
    may = may_correct(who, patient, fact)
    if not isinstance(fact, ScaleFilled):
        assert may is any(can(each, who, patient) for each in RIGHTS_BY_KIND[fact.kind])


def test_an_entry_of_another_patient_is_not_found(
    browser: Client, clinic: SmallClinic, note: Entry
) -> None:
    other = clinic.patient()
    for name in ("entry", "amend", "retract"):
        assert browser.get(address(name, other, entry_id=note.id)).status_code == 404


def test_an_amendment_leads_to_what_it_amends(
    browser: Client, patient: Patient, note: Entry
) -> None:
    send(browser, address("amend", patient, entry_id=note.id), topic="intake", text="new text",
         change_reason="r")  # fmt: skip
    amendment = chart_now(patient).entries[-1]
    answer = browser.get(address("entry", patient, entry_id=amendment.id))
    assert answer["Location"] == address("entry", patient, entry_id=note.id)


def test_rows_of_a_list_can_be_changed_and_left_out() -> None:
    fact = next(each for each in SAMPLES if each.kind == "screen_answered")
    form = FactForm(None, fact=fact)
    data = {**_data(form), "change_reason": "r", "answers__0__detail": "as a child"}
    changed: Any = _sent(fact, data).fact()
    assert changed.answers[0].detail == "as a child"
    fewer: Any = _sent(fact, {**data, "answers__0__omit": "on"})
    if len(changed.answers) > 1:
        assert len(fewer.fact().answers) == len(changed.answers) - 1


def _sent(fact: AnyFact, data: dict[str, Any]) -> FactForm:
    form = FactForm(data, fact=fact)
    assert form.is_valid(), form.errors
    return form
