"""The own visits on the page, as a file, and as a feed that keeps itself up to date."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from clinic.conftest import SmallClinic
from euthymia.chart.appointment_facts import (
    AppointmentMissed,
    AppointmentMoved,
    AppointmentReason,
    AppointmentSet,
    AppointmentsSet,
)
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.portal.models import Kind, OwnLink
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import record

CHICAGO = ZoneInfo("America/Chicago")


def _booked(clinic: SmallClinic, zone: ZoneInfo = CHICAGO) -> Patient:
    """A patient with three appointments on coming days at nine in Chicago, told in any zone."""
    clinic.site.time_zone = CHICAGO.key
    clinic.site.save()
    patient = clinic.patient()
    first = (clock.now() + timedelta(days=3)).astimezone(CHICAGO)
    first = first.replace(hour=9, minute=0, second=0, microsecond=0)
    rows = tuple(
        AppointmentSet(
            id=f"s{n}", session=n, minutes=40, chair="Chair 1", note="Depression, secret",
            start=(first + timedelta(days=n)).astimezone(zone),
        )
        for n in (1, 2, 3)
    )  # fmt: skip
    who = clinic.who(Role.COORDINATOR)
    record(who, patient, AppointmentsSet(appointments=rows), Action.SET_APPOINTMENTS)
    return patient


def _own(clinic: SmallClinic, patient: Patient) -> Client:
    client = Client()
    client.force_login(clinic.account_of(patient))
    return client


def _events(text: str) -> list[dict[str, str]]:
    unfolded = text.replace("\r\n ", "")
    return [
        dict(row.split(":", 1) for row in part.split("END:VEVENT")[0].strip().splitlines())
        for part in unfolded.split("BEGIN:VEVENT")[1:]
    ]


@pytest.mark.parametrize("zone", ["America/Chicago", "UTC", "Asia/Tokyo"])
def test_times_are_the_sites_own_whatever_zone_an_entry_was_written_in(
    clinic: SmallClinic, zone: str
) -> None:
    patient = _booked(clinic, ZoneInfo(zone))
    text = _own(clinic, patient).get("/me/calendar.ics").content.decode()
    starts = [event["DTSTART;TZID=America/Chicago"] for event in _events(text)]
    assert len(starts) == 3
    assert all(start.endswith("T090000") for start in starts)


def test_the_file_says_appointment_and_nothing_of_what_it_is_for(clinic: SmallClinic) -> None:
    patient = _booked(clinic)
    text = _own(clinic, patient).get("/me/calendar.ics").content.decode()
    assert "Appointment 1 of 3" in text
    for word in ("Depression", "secret", "TMS", "Chair", patient.pseudonym, "Example"):
        assert word not in text.replace("PRODID:-//Euthymia//Course calendar//EN", "")


def test_a_missed_visit_leaves_the_file_and_a_moved_one_keeps_its_name(
    clinic: SmallClinic,
) -> None:
    patient = _booked(clinic)
    client = _own(clinic, patient)
    before = _events(client.get("/me/calendar.ics").content.decode())
    who = clinic.who(Role.COORDINATOR)
    missed = AppointmentMissed(appointment="s1", reason=AppointmentReason.PATIENT)
    record(who, patient, missed, Action.RECORD_MISSED)
    start = datetime.fromisoformat(before[2]["DTSTART;TZID=America/Chicago"])
    later = start.replace(tzinfo=CHICAGO) + timedelta(days=1)
    moved = AppointmentMoved(appointment="s3", start=later, reason=AppointmentReason.CLINIC)
    record(who, patient, moved, Action.SET_APPOINTMENTS)
    after = _events(client.get("/me/calendar.ics").content.decode())
    assert [event["UID"] for event in after] == [event["UID"] for event in before[1:]]
    assert after[1]["DTSTART;TZID=America/Chicago"] == f"{later:%Y%m%dT%H%M%S}"
    assert int(after[1]["SEQUENCE"]) > int(before[2]["SEQUENCE"])


def test_a_feed_needs_no_login_until_the_patient_switches_it_off(clinic: SmallClinic) -> None:
    patient = _booked(clinic)
    client = _own(clinic, patient)
    assert "/me/feed/" not in client.get("/me/calendar/").content.decode()
    for _ in range(2):
        client.post("/me/calendar/", {"feed": "on"})
    assert OwnLink.objects.filter(patient=patient, kind=Kind.CALENDAR).count() == 1
    page = client.get("/me/calendar/").content.decode()
    address = page[page.index("/me/feed/") : page.index(".ics", page.index("/me/feed/")) + 4]
    answer = Client().get(address)
    assert answer["Content-Type"].startswith("text/calendar")
    assert len(_events(answer.content.decode())) == 3
    client.post("/me/calendar/", {"feed": "off"})
    assert Client().get(address).status_code == 404


def test_the_page_shows_what_comes_and_what_was_missed(clinic: SmallClinic) -> None:
    patient = _booked(clinic)
    who = clinic.who(Role.OPERATOR)
    missed = AppointmentMissed(appointment="s2", reason=AppointmentReason.CLINIC)
    record(who, patient, missed, Action.RECORD_MISSED)
    page = _own(clinic, patient).get("/me/calendar/").content.decode()
    coming, past = page.split("<details")
    assert coming.count("session 1") + coming.count("session 3") == 2
    assert "session 2" not in coming
    assert "missed" in past


def test_without_a_visit_the_page_says_so_and_the_file_is_empty(clinic: SmallClinic) -> None:
    client = _own(clinic, clinic.patient())
    assert "No visit is set" in client.get("/me/calendar/").content.decode()
    text = client.get("/me/calendar.ics").content.decode()
    assert text.startswith("BEGIN:VCALENDAR")
    assert "VEVENT" not in text
