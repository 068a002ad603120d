"""One treatment field by field, recorded and corrected without losing what was told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from clinic.conftest import SmallClinic
from clinic.pages import address, chart_now, errors_of, send, text_of
from euthymia.assess.medication.told.lines import read_history
from euthymia.assess.medication.trial import (
    Adherence,
    DayBounds,
    DoseStep,
    MedicationTrial,
    Response,
    StopReason,
    ToldDose,
)
from euthymia.chart.patient_facts import MedicationTrialRecorded
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.intake.trials import TrialForm, initial_of
from euthymia.clinic.records.models import LedgerEntry, Patient
from euthymia.clinic.records.services import record

SENT = {
    "agent": "Zoloft", "start": "2021-03-01", "end": "2021-09-30", "response": "none",
    "stop_reason": "no_benefit", "adherence": "good", "side_effects": "nausea, sweating",
    "current_episode": "yes", "note": "by the family doctor",
    "dose0_begins": "2021-03-01", "dose0_low": "50",
    "dose1_begins": "2021-04-01", "dose1_low": "150",
}  # fmt: skip


@pytest.fixture
def browser(clinic: SmallClinic) -> Client:
    return clinic.client(Role.PSYCHIATRIST)


def _send(browser: Client, patient: Patient, **change: Any) -> Any:
    return send(browser, address("new_trial", patient), **{**SENT, **change})


def _trial(patient: Patient) -> MedicationTrial:
    return chart_now(patient).trials[-1].fact.trial


def test_exact_days_and_doses_become_dose_steps(browser: Client, patient: Patient) -> None:
    assert _send(browser, patient).status_code == 302
    assert _trial(patient) == MedicationTrial(
        agent="Zoloft",
        start=date(2021, 3, 1),
        end=date(2021, 9, 30),
        steps=(DoseStep(date(2021, 3, 1), None, 50), DoseStep(date(2021, 4, 1), None, 150)),
        adherence=Adherence.GOOD,
        response=Response.NONE,
        stop_reason=StopReason.NO_BENEFIT,
        side_effects=("nausea", "sweating"),
        current_episode=True,
        note="by the family doctor",
    )


def test_what_is_rough_stays_rough(browser: Client, patient: Patient) -> None:
    _send(
        browser, patient, start="spring 2021", end="September 2021", least_days="60",
        dose0_begins="", dose0_low="50", dose0_high="100", dose1_begins="", dose1_low="",
    )  # fmt: skip
    trial = _trial(patient)
    assert trial.start is None
    assert trial.start_between == DayBounds(date(2021, 3, 1), date(2021, 5, 31))
    assert trial.least_days == 60
    assert trial.doses == (ToldDose(50, 100),)
    assert trial.steps == ()


def test_everything_but_the_name_may_be_unknown(browser: Client, patient: Patient) -> None:
    empty = dict.fromkeys(SENT, "")
    empty |= {
        "agent": "ECT",
        "response": "unknown",
        "stop_reason": "unknown",
        "adherence": "unknown",
    }
    assert send(browser, address("new_trial", patient), **empty).status_code == 302
    assert _trial(patient) == MedicationTrial(agent="ECT", start=None, end=None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"agent": ""}, "agent"),
        ({"agent": "Sertralin"}, "agent"),
        ({"agent": "SSRI"}, "agent"),
        ({"augments": "qwertol"}, "augments"),
        ({"start": "31 April 2021"}, "start"),
        ({"start": "2099-01-01"}, "__all__"),
        ({"end": "2020-01-01"}, "__all__"),
        ({"stop_reason": "ongoing"}, "__all__"),
        ({"dose0_low": "-5"}, "dose0_low"),
        ({"dose1_begins": "2021-02-01"}, "__all__"),
        ({"most_days": "3"}, "__all__"),
    ],
)
def test_a_refusal_is_shown_and_nothing_typed_is_lost(
    browser: Client, patient: Patient, change: dict[str, str], field: str
) -> None:
    before = LedgerEntry.objects.count()
    answer = _send(browser, patient, **change)
    assert answer.status_code == 422
    assert field in errors_of(answer)
    form = answer.context["form"]
    assert {name: form[name].value() for name in {**SENT, **change}} == {**SENT, **change}
    assert LedgerEntry.objects.count() == before


@pytest.mark.parametrize(
    "line",
    [
        "Zoloft 50->150 mg, Mar-Sep 2021, no response, weight gain",
        "Effexor XR 225 mg, about 6 weeks in spring 2022, stopped due to nausea",
        "lithium added to Cymbalta 60 mg, 2023, partial response",
        "ECT bilateral, 8 sessions, 2019 to 2020",
        "Lexapro 20 mg since last year, 30 % better",
        "sertraline 100 mg, 2021-03-01 to 2021-06-01, no response",
    ],
)
def test_the_form_holds_a_told_treatment_whole(line: str) -> None:
    (trial,) = read_history(line, date(2026, 11, 28)).trials
    first = initial_of(trial)
    assert first is not None
    form = TrialForm({k: "" if v is None else v for k, v in first.items()}, initial=first)
    assert form.is_valid(), form.errors
    assert form.fact().trial == trial


def test_a_treatment_that_the_form_cannot_hold_whole_is_left_to_the_other_form() -> None:
    open_end = MedicationTrial("sertraline", None, None, doses=(ToldDose(low_mg_per_day=50),))
    lengths = MedicationTrial("sertraline", None, None, doses=(ToldDose(50, 50, most_days=9),))
    many = MedicationTrial("sertraline", None, None, doses=(ToldDose(50, 50),) * 5)
    assert [initial_of(trial) for trial in (open_end, lengths, many)] == [None, None, None]


def test_correcting_keeps_the_ends_of_dose_steps(
    browser: Client, patient: Patient, clinic: SmallClinic
) -> None:
    steps = (
        DoseStep(date(2021, 3, 1), date(2021, 3, 20), 50),
        DoseStep(date(2021, 4, 1), date(2021, 6, 1), 100),
    )
    trial = MedicationTrial("sertraline", date(2021, 3, 1), date(2021, 6, 1), steps)
    who = clinic.who(Role.PSYCHIATRIST)
    entry = record(who, patient, MedicationTrialRecorded(trial=trial), Action.RECORD_HISTORY)
    first = {k: "" if v is None else v for k, v in (initial_of(trial) or {}).items()}
    answer = send(
        browser,
        address("amend", patient, entry_id=entry.id),
        **{**first, "note": "taken at night", "change_reason": "asked again"},
    )
    assert answer.status_code == 302, text_of(answer)
    corrected = _trial(patient)
    assert (corrected.steps, corrected.note) == (steps, "taken at night")
