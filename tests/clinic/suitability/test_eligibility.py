"""Stages, label and payers as the engine judges them; nothing where it cannot."""

from __future__ import annotations

import pytest
from django.test import Client

from clinic.conftest import SmallClinic
from clinic.pages import address, chart_now, text_of
from euthymia.assess.medication.trial import MedicationTrial
from euthymia.chart.patient_facts import MedicationTrialRecorded
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import record
from euthymia.clinic.suitability.assessed import assessed


@pytest.fixture
def patient(candidate: Patient) -> Patient:
    return candidate


@pytest.fixture
def browser(clinic: SmallClinic) -> Client:
    return clinic.client(Role.COORDINATOR)


def test_every_stage_definition_label_and_payer_stands_on_the_page(
    browser: Client, patient: Patient
) -> None:
    found = assessed(chart_now(patient)).found
    assert found is not None
    assert found.eligibility is not None
    said = text_of(browser.get(address("eligibility", patient)))
    for definition in found.definitions:
        assert definition.definition.name in said
    for stage in found.history.stages:
        assert stage.name in said
        assert stage.sentence.rstrip(".")[1:] in said
    assert found.eligibility.sentence in said
    assert found.payers
    for payer in found.payers:
        assert payer.rule.name in said
        for condition in payer.conditions:
            assert condition.reason.text[1:] in said


def test_what_is_open_is_a_task_with_who_does_it(browser: Client, patient: Patient) -> None:
    said = text_of(browser.get(address("eligibility", patient)))
    assert "Psychiatrist: confirm:" in said
    assert "What to do" in said


def test_an_unknown_drug_gives_a_refusal_and_no_stage(
    browser: Client, clinic: SmallClinic, patient: Patient
) -> None:
    trial = MedicationTrialRecorded(trial=MedicationTrial("qwertol", None, None))
    entry = record(clinic.who(Role.PSYCHIATRIST), patient, trial, Action.RECORD_HISTORY)
    page = browser.get(address("eligibility", patient))
    said = text_of(page)
    assert "It cannot be assessed as it stands" in said
    assert "Maudsley" not in said
    assert address("amend", patient, entry_id=entry.id) in page.content.decode()
    assert "It cannot be assessed" in text_of(browser.get(address("safety", patient)))


def test_without_a_coded_diagnosis_nothing_is_said_of_label_and_payers(
    browser: Client, clinic: SmallClinic
) -> None:
    said = text_of(browser.get(address("eligibility", clinic.patient())))
    assert "the diagnosis is not recorded in ICD-10" in said
    assert "No payer's rule about this diagnosis" in said


def test_a_chart_with_nothing_but_its_patient_has_its_page(
    browser: Client, clinic: SmallClinic
) -> None:
    for name in ("eligibility", "safety", "scales", "letter", "authorization", "history"):
        assert browser.get(address(name, clinic.patient())).status_code == 200
