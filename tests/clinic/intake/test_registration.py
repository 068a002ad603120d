"""A new patient: registered once, identity apart, doubles seen, nothing typed lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from clinic.conftest import SmallClinic
from clinic.pages import chart_now, errors_of, send, text_of
from euthymia.clinic.accounts.models import Role, Site
from euthymia.clinic.config.place import Mode
from euthymia.clinic.records.models import Identity, LedgerEntry, Patient

URL = "/patients/new/"
WHO = {"family_name": "Müller", "given_name": "Inge", "birth_date": "1971-02-03"}
REST = {"sex": "female", "handedness": "left", "urgency": "soon", "received_on": "2026-11-20"}
REFERRAL = {"referred_by": "Dr Sample, Lakeside", "question": "TMS after two failed trials?"}


@pytest.fixture
def browser(clinic: SmallClinic) -> Client:
    return clinic.client(Role.COORDINATOR)


def _register(browser: Client, **more: Any) -> Any:
    return send(browser, URL, **{**WHO, **REST, **more})


def test_a_referral_by_phone_becomes_an_identity_and_two_entries(browser: Client) -> None:
    answer = _register(browser, **REFERRAL, diagnosis="F33.2", phone="555 0100")
    patient = Patient.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == reverse("history", kwargs={"patient_id": patient.pk})
    chart = chart_now(patient)
    fact = chart.patient.fact
    assert (fact.birth_date, fact.sex, fact.handedness) == (date(1971, 2, 3), "female", "left")
    assert fact.diagnosis is not None
    assert (fact.diagnosis.system, fact.diagnosis.code) == ("ICD-10-CM", "F33.2")
    assert chart.referral is not None
    assert chart.referral.fact.urgency == "soon"
    assert patient.identity.phone == "555 0100"
    assert fact.synthetic is False


def test_the_name_stands_in_no_line_of_the_ledger(browser: Client) -> None:
    _register(browser, **REFERRAL)
    lines = b"".join(bytes(entry.line) for entry in LedgerEntry.objects.all())
    assert "Müller".encode() not in lines
    assert b"Inge" not in lines


def test_without_a_referral_the_chart_begins_with_the_patient_alone(browser: Client) -> None:
    _register(browser)
    assert LedgerEntry.objects.count() == 1


def test_sent_twice_there_is_one_patient(browser: Client) -> None:
    page = browser.get(URL)
    values = {**WHO, **REST, **REFERRAL, "site": page.context["form"]["site"].value(),
              "entry_id": page.context["form"]["entry_id"].value()}  # fmt: skip
    assert browser.post(URL, values).status_code == 302
    assert browser.post(URL, values).status_code == 302
    assert Patient.objects.count() == 1
    assert LedgerEntry.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"birth_date": ""}, "birth_date"),
        ({"birth_date": "2099-01-01"}, "birth_date"),
        ({"birth_date": "yesterday"}, "birth_date"),
        ({"birth_year": "1970"}, "__all__"),
        ({"family_name": "  "}, "family_name"),
        ({"email": "nobody"}, "email"),
        ({"other_code": "F99"}, "other_label"),
        ({"other_code": "F99", "other_label": "other", "diagnosis": "F33.2"}, "other_code"),
        ({"question": "TMS?"}, "referred_by"),
        ({**REFERRAL, "received_on": "2099-01-01"}, "received_on"),
    ],
)
def test_a_refusal_stands_at_its_field_and_nothing_is_lost_or_written(
    browser: Client, change: dict[str, str], field: str
) -> None:
    answer = _register(browser, **{"address": "12 Elm Street", **change})
    assert answer.status_code == 422
    assert field in errors_of(answer)
    assert "12 Elm Street" in answer.content.decode()
    for name, value in change.items():
        assert answer.context["form"][name].value() == value
    assert Patient.objects.count() == 0
    assert Identity.objects.count() == 0


def test_a_code_that_the_list_lacks_is_typed_with_its_label(browser: Client) -> None:
    _register(browser, other_code="f34.1", other_label="Dysthymic disorder")
    diagnosis = chart_now(Patient.objects.get()).patient.fact.diagnosis
    assert diagnosis is not None
    assert (diagnosis.code, diagnosis.label) == ("F34.1", "Dysthymic disorder")


@pytest.mark.parametrize("name", ["Müller", "MULLER", " muller "])
def test_the_same_name_and_birth_is_shown_before_a_second_chart_begins(
    browser: Client, name: str
) -> None:
    _register(browser)
    answer = _register(browser, family_name=name)
    first = Patient.objects.get()
    assert "another_person" in errors_of(answer)
    assert first.pseudonym in text_of(answer)
    assert _register(browser, family_name=name, another_person="on").status_code == 302
    assert Patient.objects.count() == 2


def test_another_birth_or_name_is_no_double_and_the_same_number_is(browser: Client) -> None:
    _register(browser, record_number="A 17")
    assert _register(browser, birth_date="1971-02-04").status_code == 302
    assert _register(browser, family_name="Maier").status_code == 302
    answer = _register(browser, family_name="Else", birth_date="1950-01-01", record_number="A 17")
    assert "same record number" in text_of(answer)


def test_patients_of_other_sites_are_not_shown_as_doubles(
    browser: Client, clinic: SmallClinic
) -> None:
    there = clinic.patient(Site.objects.create(name="South"), born=date(1971, 2, 3))
    Identity.objects.filter(patient=there).update(family_name="Müller")
    assert _register(browser).status_code == 302


def test_in_an_example_clinic_everybody_is_synthetic(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PLACE", replace(settings.PLACE, mode=Mode.EXAMPLE))
    _register(browser)
    assert Patient.objects.get().synthetic
