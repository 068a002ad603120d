"""The calendar: a course is set, missed, made up and moved; no chair is taken twice."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from django.urls import reverse

from clinic.conftest import SmallClinic
from euthymia.chart.appointment_facts import AppointmentReason
from euthymia.chart.course_facts import AvailabilityRecorded, PlanRequested
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.agenda import services
from euthymia.clinic.agenda.models import Booking
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.projections import differences
from euthymia.clinic.records.services import record
from euthymia.core.errors import InputError
from euthymia.plan.course.hours import WEEKDAYS, Availability, WeekHours

MONDAY = date(2026, 11, 30)


def _planned(clinic: SmallClinic) -> Patient:
    patient = clinic.patient()
    who = clinic.who(Role.PSYCHIATRIST)
    asked = PlanRequested(
        protocol="HF10-19",
        target="left-dlpfc-beam-f3",
        stimulator="magventure-magpro-r30",
        coil="magventure-c-b60",
        start_on=MONDAY,
    )
    record(who, patient, asked, Action.REQUEST_PLAN)
    hours = AvailabilityRecorded(
        availability=Availability(WeekHours.on(WEEKDAYS[:5], "08:00-18:00")), time_zone="UTC"
    )
    record(who, patient, hours, Action.SET_APPOINTMENTS)
    return Patient.objects.get(pk=patient.pk)


def _wish(**named: object) -> services.Wish:
    return services.Wish(**{"first_day": MONDAY, "chair": "Chair 1", **named})  # type: ignore[arg-type]


def _fresh(patient: Patient) -> Patient:
    return Patient.objects.select_related("site").get(pk=patient.pk)


@pytest.fixture(autouse=True)
def _friday(noon: datetime):  # type: ignore[no-untyped-def]
    with clock.at(noon):
        yield


def test_a_course_is_set_and_stands_in_the_bookings(clinic: SmallClinic) -> None:
    patient = _planned(clinic)
    services.set_appointments(clinic.who(Role.COORDINATOR), patient, _wish(), repair=False)
    chart = chart_of(_fresh(patient)).chart
    known = services.treatment_of(chart).rule
    least = known.sessions_total
    assert Booking.objects.filter(patient=patient).count() == len(chart.appointments) >= least
    assert not list(differences(_fresh(patient), chart))


def test_what_something_stops_is_not_set(clinic: SmallClinic) -> None:
    patient, who = _planned(clinic), clinic.who(Role.COORDINATOR)
    wish = _wish(first_day=MONDAY - timedelta(days=365))
    with pytest.raises(InputError, match="The date lies in the past"):
        services.set_appointments(who, patient, wish, repair=False)
    assert not chart_of(_fresh(patient)).chart.appointments


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "abc"])
def test_a_day_that_no_calendar_shows_is_answered_with_today(clinic: SmallClinic, day: str) -> None:
    page = clinic.client(Role.COORDINATOR).get(reverse("agenda"), {"day": day, "view": "week"})
    assert page.context["day"] == clock.today()


def test_two_patients_never_have_one_chair_at_one_time(clinic: SmallClinic) -> None:
    who = clinic.who(Role.COORDINATOR)
    for _number in range(4):
        wish = _wish(preferred=time(10, 0))
        services.set_appointments(who, _planned(clinic), wish, repair=False)
    rows = list(Booking.objects.order_by("start").values_list("start", "end", "patient_id"))
    for first, second in pairwise(rows):
        assert first[1] <= second[0]


def test_missed_sessions_are_made_up_at_the_end(clinic: SmallClinic, noon: datetime) -> None:
    patient, who = _planned(clinic), clinic.who(Role.COORDINATOR)
    services.set_appointments(who, patient, _wish(extension=False), repair=False)
    before = chart_of(_fresh(patient)).chart.appointments
    with clock.at(noon + timedelta(days=4)):  # Tuesday noon: Monday and perhaps today passed
        for each in before:
            if each.is_overdue(clock.now()):
                services.miss(who, patient, each, AppointmentReason.PATIENT)
        wish = _wish(first_day=MONDAY + timedelta(days=2), extension=False)
        services.set_appointments(who, _fresh(patient), wish, repair=True)
        after = chart_of(_fresh(patient)).chart.appointments
    coming = [each for each in after if each.stands]
    missed = [each for each in after if each.state == "missed"]
    assert missed
    # Nothing was given yet, so the whole number is still to come, the missed ones included.
    assert len(coming) == len(before)
    assert coming[-1].day > before[-1].day


def test_a_repair_waits_until_every_passed_appointment_is_settled(
    clinic: SmallClinic, noon: datetime
) -> None:
    patient, who = _planned(clinic), clinic.who(Role.COORDINATOR)
    services.set_appointments(who, patient, _wish(), repair=False)
    with clock.at(noon + timedelta(days=5)), pytest.raises(InputError, match="what became of it"):
        services.set_appointments(
            who, _fresh(patient), _wish(first_day=MONDAY + timedelta(days=3)), repair=True
        )


def test_a_move_onto_a_taken_chair_is_refused(clinic: SmallClinic) -> None:
    who = clinic.who(Role.COORDINATOR)
    first, second = _planned(clinic), _planned(clinic)
    services.set_appointments(who, first, _wish(), repair=False)
    services.set_appointments(who, second, _wish(), repair=False)
    taken = chart_of(_fresh(first)).chart.appointments[0]
    own = chart_of(_fresh(second)).chart.appointments[0]
    with pytest.raises(InputError, match="has it"):
        services.move(who, _fresh(second), own, taken.start, "Chair 1", AppointmentReason.PATIENT)


def test_the_pages_lead_from_hours_to_a_set_course(clinic: SmallClinic) -> None:
    patient = _planned(clinic)
    client = clinic.client(Role.COORDINATOR)
    address = reverse("set_appointments", args=[patient.pk])
    form = {
        "first_day": "2026-11-30",
        "chair": "Chair 1",
        "entry_id": str(uuid.uuid4()),
        "keep_extension": "on",
    }
    shown = client.post(address, form)
    assert shown.status_code == 200
    assert not Booking.objects.filter(patient=patient).exists()
    assert client.post(address, {**form, "confirm": "yes"}).status_code == 302
    client.post(address, {**form, "confirm": "yes"})  # sent twice by a nervous hand
    starts = [each.start for each in chart_of(_fresh(patient)).chart.appointments]
    assert len(starts) == len(set(starts)) > 0
    for name in ("agenda", "today"):
        page = client.get(reverse(name) + "?day=2026-11-30")
        assert page.status_code == 200
    assert client.get(reverse("patient_agenda", args=[patient.pk])).status_code == 200


def test_a_wrong_hour_stands_at_its_own_day_and_nothing_is_lost(clinic: SmallClinic) -> None:
    patient = _planned(clinic)
    form = {
        "mon": "8 to noon",
        "tue": "09:00-12:00",
        "busy": "soon",
        "entry_id": str(uuid.uuid4()),
    }
    page = clinic.client(Role.COORDINATOR).post(reverse("patient_hours", args=[patient.pk]), form)
    text = page.content.decode()
    assert "not of the form 08:00-17:00" in text
    assert "“soon” is not understood" in text
    assert 'value="09:00-12:00"' in text


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.ADMINISTRATOR])
def test_who_has_no_right_sees_no_calendar(clinic: SmallClinic, role: Role) -> None:
    patient = _planned(clinic)
    client = clinic.client(role)
    assert client.get(reverse("agenda")).status_code == 403
    assert client.get(reverse("patient_agenda", args=[patient.pk])).status_code in (403, 404)
