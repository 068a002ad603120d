"""The first page of a chart: where the way stands, what comes next, what today's numbers are."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from clinic.conftest import SmallClinic
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.appointment_facts import (
    AppointmentMissed,
    AppointmentReason,
    AppointmentSet,
    AppointmentsSet,
)
from euthymia.chart.entries import AnyFact
from euthymia.chart.patient_facts import ScaleFilled
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.glance import Glance, glance
from euthymia.clinic.records.models import Overview, Patient, Way
from euthymia.clinic.records.services import record


def _glance(clinic: SmallClinic, patient: Patient, role: Role = Role.PSYCHIATRIST) -> Glance:
    fresh = Patient.objects.select_related("overview").get(pk=patient.pk)
    return glance(clinic.who(role), fresh, chart_of(fresh).chart, clock.now())


def _record(clinic: SmallClinic, patient: Patient, fact: AnyFact, action: Action) -> None:
    record(clinic.who(Role.PSYCHIATRIST), patient, fact, action)


def _fill(clinic: SmallClinic, patient: Patient, on: date, items: tuple[int | None, ...]) -> None:
    fact = ScaleFilled(score=ScaleScore("phq9", on=on, items=items), rated_by="patient")
    _record(clinic, patient, fact, Action.RECORD_SCALE)


def _tile(found: Glance, label: str) -> Any:
    return next(tile for tile in found.tiles if tile.label == label)


@pytest.mark.parametrize("way", list(Way))
def test_one_step_is_the_present_one_and_those_before_it_are_done(
    clinic: SmallClinic, way: Way
) -> None:
    patient = clinic.patient()
    Overview.objects.filter(patient=patient).update(way=way.value)
    states = [step.state for step in _glance(clinic, patient).steps]
    here = states.index("current")
    assert states[:here] == ["done"] * here
    assert set(states[here + 1 :]) <= {"todo"}


def test_what_is_not_known_says_so(clinic: SmallClinic) -> None:
    found = _glance(clinic, clinic.patient())
    assert _tile(found, "Resting motor threshold").value == "not measured"
    assert _tile(found, "Next visit").value == "none"
    assert dict(found.facts)["Diagnosis"] is None
    page = clinic.client(Role.PSYCHIATRIST).get(f"/patients/{clinic.patient().pk}/")
    assert "not known" in page.content.decode()


def test_the_last_score_says_what_changed_and_which_way_is_better(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    today = clock.today()
    _fill(clinic, patient, today - timedelta(days=14), (2,) * 9)
    _fill(clinic, patient, today, (1,) * 9)
    tile = _tile(_glance(clinic, patient), "PHQ-9")
    assert (tile.value, tile.unit) == ("9", "of 27")
    assert tile.detail.startswith("9 better since")
    _fill(clinic, patient, today, (3,) * 9)
    assert _tile(_glance(clinic, patient), "PHQ-9").detail.startswith("9 worse since")


def test_an_open_item_leaves_the_score_a_range_and_the_change_open(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    today = clock.today()
    _fill(clinic, patient, today - timedelta(days=7), (2,) * 9)
    _fill(clinic, patient, today, (None, *[1] * 8))
    tile = _tile(_glance(clinic, patient), "PHQ-9")
    assert tile.value == "8 to 11"
    assert "better" not in tile.detail


def test_the_next_visit_is_the_first_that_still_stands(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    first: datetime = (clock.now() + timedelta(days=1)).replace(microsecond=0)
    rows = tuple(
        AppointmentSet(id=f"s{n}", session=n, start=first + timedelta(days=n), minutes=30,
                       chair="Chair 1")
        for n in (1, 2)
    )  # fmt: skip
    _record(clinic, patient, AppointmentsSet(appointments=rows), Action.SET_APPOINTMENTS)
    assert "session 1" in _tile(_glance(clinic, patient), "Next visit").detail
    missed = AppointmentMissed(appointment="s1", reason=AppointmentReason.PATIENT)
    _record(clinic, patient, missed, Action.RECORD_MISSED)
    assert "session 2" in _tile(_glance(clinic, patient), "Next visit").detail


def test_the_next_step_is_offered_to_those_who_may_do_it(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    assert _glance(clinic, patient, Role.PSYCHIATRIST).next_step is not None
    assert _glance(clinic, patient, Role.OPERATOR).next_step is None


def test_the_page_stays_within_its_queries_and_shows_an_open_task(
    clinic: SmallClinic, django_assert_max_num_queries: Any
) -> None:
    patient = clinic.patient()
    _fill(clinic, patient, clock.today(), (0,) * 8 + (2,))
    client = clinic.client(Role.OPERATOR)
    with django_assert_max_num_queries(20):
        page = client.get(f"/patients/{patient.pk}/").content.decode()
    assert "Open safety task" in page
    assert page.count("<h1") == 1
