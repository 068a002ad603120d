"""What came of a treatment: seen, recorded, and what waits because of it."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from clinic.conftest import SmallClinic
from clinic.courses import give_course
from clinic.pages import chart_now
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.patient_facts import ScaleFilled
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.outcomes.models import WorkItem, WorkKind
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.projections import differences
from euthymia.clinic.records.services import record
from euthymia.follow.trajectory import weekly


@pytest.fixture(autouse=True)
def _noon(noon: datetime) -> Any:
    with clock.at(noon):
        yield


def _in_course(clinic: SmallClinic, sessions: int = 10, last_score_days: int = 2) -> Patient:
    """A patient after so many sessions, one a day until yesterday."""
    patient, who = clinic.patient(), clinic.who(Role.PSYCHIATRIST)
    first = clock.now() - timedelta(days=sessions)
    give_course(who, patient, first, sessions)
    for days, total in ((sessions, 21), (last_score_days, 14)):
        _score(clinic, patient, total, clock.today() - timedelta(days=days))
    return patient


def _score(clinic: SmallClinic, patient: Patient, total: int, on: date) -> None:
    fact = ScaleFilled(score=ScaleScore(scale="phq9", on=on, total=total))
    record(clinic.who(Role.OPERATOR), patient, fact, Action.RECORD_SCALE)


def test_the_page_shows_course_forecast_beside_the_usual_and_advice(clinic: SmallClinic) -> None:
    patient = _in_course(clinic)
    page = clinic.client(Role.PSYCHIATRIST).get(reverse("outcomes", args=[patient.pk]))
    text = page.content.decode()
    assert page.status_code == 200
    for word in ("Patients like this one", "Usual", "What the rules suggest", "<svg"):
        assert word in text


def test_who_may_not_read_a_forecast_sees_none(clinic: SmallClinic) -> None:
    patient = _in_course(clinic)
    page = clinic.client(Role.OPERATOR).get(reverse("outcomes", args=[patient.pk]))
    assert page.status_code == 200
    assert "Patients like this one" not in page.content.decode()


def test_a_patient_without_any_score_has_a_page_that_says_so(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    page = clinic.client(Role.PSYCHIATRIST).get(reverse("outcomes", args=[patient.pk]))
    assert "No scale was filled in" in page.content.decode()


def test_an_adverse_event_waits_until_it_is_resolved(clinic: SmallClinic) -> None:
    patient = _in_course(clinic, 3)
    form = {
        "event": "headache",
        "onset_on": clock.today().isoformat(),
        "severity": "mild",
        "related": "probable",
        "entry_id": str(uuid.uuid4()),
    }
    client = clinic.client(Role.OPERATOR)
    for _twice in range(2):
        sent = client.post(reverse("adverse_event", args=[patient.pk]), form)
        assert sent.status_code == 302
    events = chart_now(patient).adverse_events
    assert len(events) == 1
    assert events[0].fact.session == 3
    assert WorkItem.objects.filter(patient=patient, kind=WorkKind.ADVERSE).count() == 1


def test_a_date_in_the_future_is_told_in_the_form(clinic: SmallClinic) -> None:
    patient = _in_course(clinic, 1)
    form = {
        "event": "headache",
        "onset_on": "2030-01-01",
        "severity": "mild",
        "related": "unknown",
        "entry_id": str(uuid.uuid4()),
    }
    page = clinic.client(Role.OPERATOR).post(reverse("adverse_event", args=[patient.pk]), form)
    assert page.status_code == 422
    assert "This day is still to come." in page.content.decode()
    assert 'value="headache"' in page.content.decode()
    assert not chart_now(patient).adverse_events


def test_the_end_of_a_course_plans_the_contacts_of_two_years_once(clinic: SmallClinic) -> None:
    patient = _in_course(clinic, 4)
    form = {
        "ended_on": clock.today().isoformat(),
        "why": "completed",
        "contacts": "on",
        "entry_id": str(uuid.uuid4()),
    }
    client = clinic.client(Role.PSYCHIATRIST)
    for _twice in range(2):
        assert client.post(reverse("end_course", args=[patient.pk]), form).status_code == 302
    chart = chart_now(patient)
    assert len(chart.courses_ended) == 1
    due = [each.contact.due_on for each in chart.follow_ups]
    assert len(due) == len(set(due)) > 3
    first = chart.follow_ups[0]
    done = {"done_on": clock.today().isoformat(), "result": "well", "entry_id": str(uuid.uuid4())}
    address = reverse("follow_up_done", args=[patient.pk, first.entry_id])
    assert clinic.client(Role.COORDINATOR).post(address, done).status_code == 302
    waiting = WorkItem.objects.filter(patient=patient, kind=WorkKind.FOLLOW_UP)
    assert waiting.count() == len(due) - 1


def test_a_questionnaire_falls_due_as_the_rule_for_courses_says(clinic: SmallClinic) -> None:
    days = weekly().due_every_days
    late, fresh = _in_course(clinic, days + 2, days), _in_course(clinic, days + 2, days - 1)
    page = clinic.client(Role.OPERATOR).get(reverse("worklist") + "?kind=scale")
    text = page.content.decode()
    assert reverse("scales", args=[late.pk]) in text
    assert reverse("scales", args=[fresh.pk]) not in text


def test_the_worklist_is_what_the_chart_says(clinic: SmallClinic) -> None:
    patient = _in_course(clinic)
    fresh = Patient.objects.get(pk=patient.pk)
    assert not list(differences(fresh, chart_now(patient)))


def test_safety_tasks_stand_first(clinic: SmallClinic) -> None:
    days = weekly().due_every_days
    _in_course(clinic, days + 2, days + 1)
    patient = clinic.patient()
    items = (0,) * 8 + (2,)
    fact = ScaleFilled(score=ScaleScore(scale="phq9", on=clock.today(), items=items))
    record(clinic.who(Role.OPERATOR), patient, fact, Action.RECORD_SCALE)
    page = clinic.client(Role.PSYCHIATRIST).get(reverse("worklist"))
    lines = page.context["lines"]
    assert lines[0].item.kind == WorkKind.SAFETY
    assert lines[0].item.patient_id == patient.pk


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.ADMINISTRATOR])
def test_who_has_no_right_sees_nothing(clinic: SmallClinic, role: Role) -> None:
    patient = _in_course(clinic, 1)
    client = clinic.client(role)
    assert client.get(reverse("worklist")).status_code == 403
    assert client.get(reverse("outcomes", args=[patient.pk])).status_code in (403, 404)
