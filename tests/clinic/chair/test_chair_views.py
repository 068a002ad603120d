"""The pages of the chair: what each role sees, what is asked, what an emergency stop answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from clinic.chair.chair_samples import (
    order,
    prepared_fields,
    prescription,
    ready_patient,
    short_protocol,
)
from clinic.conftest import SmallClinic
from clinic.pages import chart_now
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.chair import sessions
from euthymia.clinic.chair.engine import running
from euthymia.clinic.chair.models import Console, ConsoleRequest, Wish
from euthymia.clinic.records.models import Patient, Reading

PASSWORD = "a long password for tests"


def _url(name: str, patient: Patient, **named: Any) -> str:
    return reverse(name, kwargs={"patient_id": patient.pk, **named})


def test_the_findings_are_shown_before_and_after_the_answers(
    clinic: SmallClinic, example: Path
) -> None:
    patient, client = ready_patient(clinic), clinic.client(Role.OPERATOR)
    url = _url("session_prepare", patient)
    page = client.get(url).content.decode()
    assert "60 % MSO" in page
    assert "120 % rMT" in page
    assert "Psychiatrist Example" in page
    assert "4 trains, 20 pulses" in page
    assert "Begin the session" not in page
    page = client.post(url, prepared_fields(do="check")).content.decode()
    assert "Most seizures came in the first exposures" in page
    assert "Begin the session" in page


def test_what_was_typed_is_never_lost_and_each_missing_answer_is_named(
    clinic: SmallClinic, example: Path
) -> None:
    patient, client = ready_patient(clinic), clinic.client(Role.OPERATOR)
    sent = prepared_fields(do="begin", chair="The blue chair", identity="")
    del sent["q_seizure"], sent["identity"]
    page = client.post(_url("session_prepare", patient), sent).content.decode()
    assert "Confirm this first." in page
    assert "Ask this, and choose an answer." in page
    assert "The blue chair" in page
    assert 'href="#id_q_seizure_0"' in page
    assert not Console.objects.exists()


def test_an_answer_that_stops_leaves_no_button_to_begin(clinic: SmallClinic, example: Path) -> None:
    patient, client = ready_patient(clinic), clinic.client(Role.OPERATOR)
    url = _url("session_prepare", patient)
    page = client.post(url, prepared_fields(do="check", q_seizure="yes")).content.decode()
    assert "Begin the session" not in page
    client.post(url, prepared_fields(do="begin", q_seizure="yes"))
    assert not Console.objects.exists()


def test_what_a_physician_must_be_asked_about_is_asked_by_name(
    clinic: SmallClinic, example: Path
) -> None:
    patient, client = ready_patient(clinic), clinic.client(Role.OPERATOR)
    url = _url("session_prepare", patient)
    page = client.post(url, prepared_fields(do="check", q_alcohol="yes")).content.decode()
    assert "Which physician was asked?" in page
    page = client.post(url, prepared_fields(do="begin", q_alcohol="yes")).content.decode()
    assert "This field is required." in page
    names = [line.split('"')[0] for line in page.split('name="') if line.startswith("ack_")]
    answer = client.post(
        url,
        prepared_fields(
            do="begin", q_alcohol="yes", physician="Dr Ada", **dict.fromkeys(names, "on")
        ),
    )
    assert answer.status_code == 302
    assert Console.objects.count() == 1


def test_a_deviation_is_signed_by_a_psychiatrist_with_the_password_and_lets_it_begin(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic, threshold=44.0)
    doctor = clinic.people[Role.PSYCHIATRIST]
    doctor.set_password(PASSWORD)
    doctor.save()
    url = _url("session_deviation", patient)
    assert clinic.client(Role.OPERATOR).get(url).status_code == 403
    client = clinic.client(Role.PSYCHIATRIST)
    fields = {
        "protocol": "short",
        "outputs": "53",
        "reason": "The threshold is lower than last week",
        "allows": ["session.output-threshold"],
    }
    page = client.post(url, {**fields, "password": "wrong"}).content.decode()
    assert "not your password" in page
    assert "The threshold is lower than last week" in page
    assert not chart_now(patient).deviations
    assert client.post(url, {**fields, "password": PASSWORD}).status_code == 302
    signed = chart_now(patient).deviations[-1]
    assert signed.fact.outputs_pct_mso == (53.0,)
    assert signed.entries[0].author.role == "psychiatrist"
    answer = clinic.client(Role.OPERATOR).post(
        _url("session_prepare", patient), prepared_fields(do="begin")
    )
    assert answer.status_code == 302


@pytest.mark.parametrize("text", ["", "abc", "0", "101", "50, 50"])
def test_an_output_that_cannot_be_is_refused_at_its_field(
    text: str, clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    answer = clinic.client(Role.PSYCHIATRIST).post(
        _url("session_deviation", patient),
        {"protocol": "short", "outputs": text, "reason": "a good reason", "password": "x"},
    )
    assert 'href="#id_outputs"' in answer.content.decode()
    assert not chart_now(patient).deviations


def _running(clinic: SmallClinic, patient: Patient) -> running.Run:
    return sessions.begin(clinic.who(Role.OPERATOR), patient, order())


def test_the_console_shows_the_session_in_words_and_its_stop_button(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    run = _running(clinic, patient)
    page = clinic.client(Role.OPERATOR).get(_url("session_run", patient)).content.decode()
    assert run.stop_key in page
    assert 'aria-live="polite"' in page
    assert page.count('class="train todo"') == 4
    told = clinic.client(Role.OPERATOR).post(_url("session_state", patient)).json()
    assert told["marks"] == "...."
    assert told["words"]["output"] == "60\u00a0% MSO"


def test_the_operators_own_page_is_a_sign_of_life_and_others_are_not(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    run = _running(clinic, patient)
    run.operator._seen -= 100.0
    before = run.operator.reached_s()
    clinic.client(Role.PSYCHIATRIST).post(_url("session_state", patient))
    assert run.operator.reached_s() - before < 50
    clinic.client(Role.OPERATOR).post(_url("session_state", patient), {"touched": "0"})
    assert run.operator.reached_s() - before > 50


def test_a_poll_in_the_background_is_not_written_into_the_log_of_readings(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    _running(clinic, patient)
    client = clinic.client(Role.OPERATOR)
    client.get(_url("session_run", patient))
    before = Reading.objects.count()
    client.post(_url("session_state", patient), headers={"X-Background": "1"})
    assert Reading.objects.count() == before


def test_a_coordinator_may_stop_and_pause_but_neither_go_on_nor_press(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    _running(clinic, patient)
    client, url = clinic.client(Role.COORDINATOR), _url("session_ask", patient)
    for wish, status in (("go_on", 403), ("press", 403), ("pause", 302), ("stop", 302)):
        assert client.post(url, {"wish": wish, "train": "1"}).status_code == status
    assert [each.wish for each in ConsoleRequest.objects.order_by("pk")] == ["pause", "stop"]
    assert client.post(url, {"wish": "dance"}).status_code == 400


def test_the_emergency_stop_needs_no_log_in_and_tells_nothing_about_anyone(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    run = _running(clinic, patient)
    running._RUNS.clear()
    stranger = Client(enforce_csrf_checks=True)
    url = reverse("emergency_stop", kwargs={"stop_key": run.stop_key})
    assert stranger.get(url).status_code == 405
    answer = stranger.post(url, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert patient.pseudonym not in answer.content.decode()
    assert "Example" not in answer.content.decode()
    assert not answer.json()["confirmed"]
    request = ConsoleRequest.objects.get()
    assert (request.wish, request.asked_by) == (Wish.EMERGENCY, None)
    wrong = stranger.post(reverse("emergency_stop", kwargs={"stop_key": "x"}))
    assert "own stop button" in wrong.content.decode()


def test_an_emergency_stop_of_a_session_that_has_ended_says_so(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    run = _running(clinic, patient)
    run.work()
    running._RUNS.clear()
    url = reverse("emergency_stop", kwargs={"stop_key": run.stop_key})
    told = Client().post(url, headers={"Accept": "application/json"}).json()
    assert told["confirmed"]
    assert "ended before" in told["sentence"]


def test_after_the_session_remark_event_and_check_in_are_recorded_once(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    _running(clinic, patient).work()
    client, url = clinic.client(Role.OPERATOR), _url("session", patient, number=1)
    page = client.get(url).content.decode()
    assert "given whole" in page
    assert "20 of 20" in page.replace("\n", " ") or "of\u00a020" in page or "of 20" in page
    remark = {"do": "remark", "remark-entry_id": str(uuid4()), "remark-text": "Slept well"}
    event = {
        "do": "adverse",
        "adverse-entry_id": str(uuid4()),
        "adverse-event": "headache",
        "adverse-severity": "mild",
        "adverse-related": "probable",
    }
    check = {
        "do": "check_in",
        "check-entry_id": str(uuid4()),
        **{f"check-item_{n}": "2" for n in range(1, 5)},
        "check-item_5": "1",
    }
    for sent in (remark, event, check):
        for _ in range(2):
            assert client.post(url, sent).status_code == 302
    chart = chart_now(patient)
    assert [each.fact.text for each in chart.notes] == ["Slept well"]
    assert [(e.fact.event, e.fact.session) for e in chart.adverse_events] == [("headache", 1)]
    assert len(chart.scales_named("check_in")) == 1
    assert len(chart.open_safety_tasks) == 1
    assert "An answer on suicide waits" in client.get(url).content.decode()


def test_an_event_without_its_severity_is_refused_and_keeps_what_was_chosen(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    _running(clinic, patient).work()
    sent = {
        "do": "adverse",
        "adverse-entry_id": str(uuid4()),
        "adverse-event": "other",
        "adverse-other": "",
        "adverse-related": "unknown",
        "adverse-action": "coil moved",
    }
    answer = clinic.client(Role.OPERATOR).post(_url("session", patient, number=1), sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "coil moved" in page
    assert "Say what it was." in page
    assert not chart_now(patient).adverse_events


def test_a_broken_session_is_offered_to_be_taken_up_or_closed_with_its_reason(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic, prescription(short_protocol(4)))
    run = _running(clinic, patient)
    run.operator.wish(Wish.EMERGENCY)
    run.work()
    client = clinic.client(Role.OPERATOR)
    assert client.get(_url("session_run", patient)).status_code == 302
    url = _url("session_recover", patient)
    assert client.get(_url("session_prepare", patient)).headers["Location"] == url
    page = client.get(url).content.decode()
    assert "is still open" in page
    assert "Emergency stop" in page
    page = client.post(url, {"do": "close", "reason": ""}).content.decode()
    assert 'href="#id_reason"' in page
    answer = client.post(url, {"do": "close", "reason": "The patient wished to stop"})
    assert answer.headers["Location"] == _url("session", patient, number=1)
    assert chart_now(patient).sessions[0].fact.remark == "The patient wished to stop"
    assert client.get(url).status_code == 302


def test_the_list_of_chairs_shows_what_runs_at_ones_own_sites(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    run = _running(clinic, patient)
    for role in (Role.PSYCHIATRIST, Role.OPERATOR, Role.COORDINATOR):
        assert run.stop_key in clinic.client(role).get(reverse("chairs")).content.decode()
    for role in (Role.RESEARCHER, Role.ADMINISTRATOR):
        assert clinic.client(role).get(reverse("chairs")).status_code == 403


PAGES = ("chair", "session_prepare", "session_run", "session_recover", "threshold")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_a_patient_at_the_chair_needs_few_queries(
    name: str, clinic: SmallClinic, example: Path, django_assert_max_num_queries: Any
) -> None:
    patient, client = ready_patient(clinic), clinic.client(Role.OPERATOR)
    client.get(_url("chair", patient))
    with django_assert_max_num_queries(20):
        client.get(_url(name, patient))


def test_after_the_end_the_console_leads_to_what_comes_next(
    clinic: SmallClinic, example: Path
) -> None:
    client, given = clinic.client(Role.OPERATOR), ready_patient(clinic)
    _running(clinic, given).work()
    assert client.get(_url("session_run", given)).headers["Location"] == _url(
        "session", given, number=1
    )
    refused = ready_patient(clinic)
    sessions.begin(clinic.who(Role.OPERATOR), refused, order(chair="Chair 2", placed=False)).work()
    running._RUNS.clear()
    assert chart_now(refused).sessions
    page = client.get(_url("chair", refused)).content.decode()
    assert "Not confirmed: Is the coil in its place" in page
