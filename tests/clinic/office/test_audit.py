"""The log of entries and readings, and the review of emergencies."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic.conftest import SmallClinic
from clinic.office.reading import refused, text
from euthymia.chart.follow_up_facts import ReminderSent
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import (
    EmergencyAccess,
    Role,
    Site,
)
from euthymia.clinic.accounts.policy import PROGRAM, Action
from euthymia.clinic.office import audit
from euthymia.clinic.office.services import erase_identity
from euthymia.clinic.records.models import Patient, Reading
from euthymia.clinic.records.services import record


def test_the_log_says_that_something_was_written_and_not_what(
    clinic: SmallClinic, admin: Client, south: Site
) -> None:
    patient, theirs = clinic.patient(), clinic.patient(south)
    page = text(admin.get(reverse("office_audit")))
    assert patient.pseudonym in page
    assert "patient registered" in page
    assert "1980" not in page
    assert theirs.pseudonym not in page
    assert "Example, Synthetic" not in page


def test_the_log_is_narrowed_by_person_patient_and_day(clinic: SmallClinic, admin: Client) -> None:
    first, second = clinic.patient(), clinic.patient()
    address = reverse("office_audit")
    author = clinic.people[Role.COORDINATOR].pk
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()

    def shown(**asked: object) -> set[str]:
        page = text(admin.get(address, asked))
        return {each.pseudonym for each in (first, second) if f"{each.pseudonym}<" in page}

    assert shown(code=first.pseudonym.lower()) == {first.pseudonym}
    assert len(shown(user=author)) == 2
    assert shown(user=clinic.people[Role.OPERATOR].pk) == set()
    assert shown(since=tomorrow) == set()
    assert len(shown(until=clock.today().isoformat())) == 2


def test_who_has_no_account_is_named_as_the_entry_itself_does(
    clinic: SmallClinic, admin: Client
) -> None:
    reminded = ReminderSent(sent_at=clock.now(), channel="email", about="other")
    record(PROGRAM, clinic.patient(), reminded, Action.SEND_REMINDER)
    page = text(admin.get(reverse("office_audit")))
    authors = re.findall(r'data-label="Author"><span>(.*?)</span>', page)
    assert authors == ["Euthymia", "Coordinator Example"]


def test_a_long_log_is_not_counted_to_its_end(
    clinic: SmallClinic, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "AT_MOST", 3)
    for _ in range(5):
        clinic.patient()
    page = text(admin.get(reverse("office_audit")))
    assert page.count("patient registered") == 3
    assert "The newest 3 are shown" in page


def test_readings_are_listed(clinic: SmallClinic, admin: Client) -> None:
    patient = clinic.patient()
    clinic.client(Role.OPERATOR).get(f"/patients/{patient.pk}/")
    page = text(admin.get(reverse("office_readings")))
    assert patient.pseudonym in page
    assert "Operator Example" in page


def test_the_log_of_identities_says_which_fields_and_never_what(
    clinic: SmallClinic, admin: Client, south: Site
) -> None:
    patient, theirs = clinic.patient(), clinic.patient(south)
    erase_identity(clinic.who(Role.ADMINISTRATOR), patient, "Request of 3 Nov", with_files=False)
    page = text(admin.get(reverse("office_identities")))
    assert "added: family name, given name" in page
    assert "removed: family name, given name" in page
    assert "Request of 3 Nov" in page
    assert "Coordinator Example" in page
    assert theirs.pseudonym not in page
    assert "Synthetic" not in page


def emergency(clinic: SmallClinic, patient: Patient, role: Role = Role.OPERATOR) -> EmergencyAccess:
    now = clock.now()
    return EmergencyAccess.objects.create(
        user=clinic.people[role],
        patient_id=patient.pk,
        reason="Found unwell in the hall",
        since=now,
        until=now + timedelta(hours=4),
    )


def test_an_emergency_is_reviewed_by_somebody_else(clinic: SmallClinic, admin: Client) -> None:
    patient = clinic.patient()
    access = emergency(clinic, patient)
    user = clinic.people[Role.OPERATOR]
    Reading.objects.create(
        user=user,
        patient=patient,
        at=clock.now(),
        what="read a chart",
        route="x",
        in_emergency=True,
    )
    assert "to review" in text(admin.get(reverse("office_emergencies")))
    address = reverse("office_emergency", args=[access.pk])
    page = text(admin.get(address))
    assert "Found unwell in the hall" in page
    assert "read a chart" in page
    admin.post(address, {"note": "Sound."})
    access.refresh_from_db()
    assert access.reviewed_by == clinic.people[Role.ADMINISTRATOR]
    assert access.review_note == "Sound."
    admin.post(address, {"note": "Something else."})
    access.refresh_from_db()
    assert access.review_note == "Sound."


def test_nobody_reviews_their_own_emergency(clinic: SmallClinic, admin: Client) -> None:
    access = emergency(clinic, clinic.patient(), Role.ADMINISTRATOR)
    page = admin.post(reverse("office_emergency", args=[access.pk]), {"note": "All was well."})
    assert "nobody reviews their own" in refused(page)
    access.refresh_from_db()
    assert access.reviewed_at is None
