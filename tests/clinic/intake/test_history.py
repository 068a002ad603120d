"""The history page: every trial with every judgement, episode and medicines beside it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from clinic.conftest import SmallClinic
from clinic.pages import address, chart_now, errors_of, send, text_of
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.told.lines import read_history
from euthymia.assess.medication.trial import MedicationTrial, StopReason
from euthymia.chart.patient_facts import MedicationTrialRecorded
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.intake.history import history_of
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import record

LINES = """sertraline 50->150 mg, 2024-03-01 to 2024-09-30, no response
lithium 900 mg added to sertraline, 2024-06-01 to 2024-09-30, no response
mirtazapine 45 mg since 2025-01-10"""


@pytest.fixture
def patient(clinic: SmallClinic) -> Patient:
    found = clinic.patient()
    for trial in read_history(LINES, clock.today()).trials:
        fact = MedicationTrialRecorded(trial=trial)
        record(clinic.who(Role.PSYCHIATRIST), found, fact, Action.RECORD_HISTORY)
    return found


@pytest.fixture
def browser(clinic: SmallClinic) -> Client:
    return clinic.client(Role.PSYCHIATRIST)


def test_every_trial_stands_with_the_rule_of_every_instrument(
    browser: Client, patient: Patient
) -> None:
    said = text_of(browser.get(address("history", patient)))
    for instrument in Instrument:
        assert said.count(instrument.rule.name) >= 3
    assert "of 7 instruments count it as an adequate failure" in said
    assert "50 → 150 mg" in said
    assert "2024-03-01 to 2024-09-30" in said


def test_an_augmentation_is_never_called_a_counted_failure(patient: Patient) -> None:
    lithium = history_of(chart_now(patient)).lines[1]
    assert lithium.main.agent.name == "lithium"
    assert "adequate failure" not in lithium.word
    assert "counted apart" in lithium.counted


def test_the_page_and_the_engine_judge_alike(patient: Patient) -> None:
    history = history_of(chart_now(patient))
    for line, verdict in zip(history.lines, history.judged.trials, strict=True):
        assert line.main is verdict
    assert "<svg" in history.figure


def test_an_unknown_drug_is_shown_and_stops_the_stage_but_not_the_page(
    browser: Client, patient: Patient, clinic: SmallClinic
) -> None:
    trial = MedicationTrial("sertralin", None, None, stop_reason=StopReason.OTHER)
    who = clinic.who(Role.PSYCHIATRIST)
    record(who, patient, MedicationTrialRecorded(trial=trial), Action.RECORD_HISTORY)
    said = text_of(browser.get(address("history", patient)))
    assert "sertralin (perhaps sertraline" in said
    assert "What would settle more" not in said


def test_a_chart_without_treatments_says_what_to_do(browser: Client, clinic: SmallClinic) -> None:
    said = text_of(browser.get(address("history", clinic.patient())))
    assert "No treatment is recorded yet" in said


def test_the_episode_is_recorded_and_shown_again_for_correction(
    browser: Client, patient: Patient
) -> None:
    url = address("episode", patient)
    sent = {"onset": "spring 2024", "severity": "severe", "psychotic": "no", "ect_used": "no",
            "augmentation_used": ""}  # fmt: skip
    assert send(browser, url, **sent).status_code == 302
    recorded = chart_now(patient).episode
    assert recorded is not None
    episode = recorded.fact.episode
    assert (episode.earliest_onset, episode.latest_onset) == (date(2024, 3, 1), date(2024, 5, 31))
    assert (episode.psychotic, episode.augmentation_used) == (False, None)
    form = browser.get(url).context["form"]
    assert form["onset"].value() == "2024-03-01 to 2024-05-31"
    assert form["psychotic"].value() == "no"


def test_a_day_that_cannot_be_read_is_refused_with_what_was_typed(
    browser: Client, patient: Patient
) -> None:
    answer = send(browser, address("episode", patient), onset="a while ago", severity="mild")
    assert "onset" in errors_of(answer)
    assert answer.context["form"]["onset"].value() == "a while ago"


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ({"taken": "Zoloft 100 mg\n\n- lithium\nlithium"}, ("Zoloft 100 mg", "lithium")),
        ({"taken": "wine; coffee"}, ("wine", "coffee")),
        ({"taken": "", "nothing": "on"}, ()),
    ],
)
def test_present_medicines_are_listed_one_a_line(
    browser: Client, patient: Patient, sent: dict[str, Any], taken: tuple[str, ...]
) -> None:
    url = address("medicines", patient)
    assert send(browser, url, listed_on=clock.today().isoformat(), **sent).status_code == 302
    listed = chart_now(patient).medicines
    assert listed is not None
    assert listed.fact.taken == taken


@pytest.mark.parametrize("sent", [{"taken": ""}, {"taken": "lithium", "nothing": "on"}])
def test_an_empty_list_has_to_be_meant(
    browser: Client, patient: Patient, sent: dict[str, str]
) -> None:
    answer = send(browser, address("medicines", patient), listed_on="2026-01-01", **sent)
    assert "taken" in errors_of(answer)
    assert chart_now(patient).medicines is None


def test_a_running_drug_that_the_list_lacks_is_pointed_out(
    browser: Client, patient: Patient
) -> None:
    day = clock.today().isoformat()
    send(browser, address("medicines", patient), listed_on=day, taken="sertraline")
    said = text_of(browser.get(address("history", patient)))
    assert "Still running by the history, but not on the list mirtazapine" in said
    assert "findings on seizures" in said or "finding on seizures" in said
