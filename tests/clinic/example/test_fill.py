"""The example clinic in the database: equal to the slow way, and only where it may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import Client

from clinic.example.made import MONDAY
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role, User
from euthymia.clinic.agenda.models import Booking
from euthymia.clinic.config.place import Mode
from euthymia.clinic.example.fill import PASSWORD, Filled, bulk_load, fill_example
from euthymia.clinic.office.models import Chair, Device, is_due
from euthymia.clinic.records import charts
from euthymia.clinic.records.charts import chart_of, verification_of
from euthymia.clinic.records.documents import content_of
from euthymia.clinic.records.models import Document, Identity, LedgerEntry, Patient
from euthymia.clinic.records.projections import differences
from euthymia.core.errors import InputError


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(settings, "PLACE", replace(settings.PLACE, mode=Mode.EXAMPLE))
    charts.forget_all()
    with clock.at(MONDAY):
        yield
    charts.forget_all()


@pytest.mark.django_db
def test_the_example_is_whole_and_its_lists_say_what_the_charts_say(example: None) -> None:
    filled = fill_example()
    assert filled.patients == Patient.objects.count() == Identity.objects.count()
    assert filled.entries == LedgerEntry.objects.count()
    for patient in Patient.objects.all():
        checked = verification_of(patient)
        assert checked.intact
        assert checked.findings == ()
        assert list(differences(patient, chart_of(patient).chart)) == []
    names = set(User.objects.values_list("username", flat=True))
    roles = set(User.objects.values_list("memberships__role", flat=True)) - {None}
    assert roles == set(Role.values) - {"patient"}
    assert "patient" in names
    own = User.objects.get(username="patient")
    assert own.display_name == f"patient {Patient.objects.get(pk=own.patient_id).pseudonym}"
    assert {chair.device.name for chair in Chair.objects.all() if chair.device} >= set(
        Booking.objects.values_list("device", flat=True)
    )
    due = [is_due(device, MONDAY.date()) for device in Device.objects.order_by("pk")]
    assert due == [False, False, False, True]
    for document in Document.objects.all()[:5]:
        assert b"synthetic" in content_of(document)


@pytest.mark.django_db
def test_everyone_of_the_example_can_log_in_and_see_a_page(example: None) -> None:
    fill_example()
    for user in User.objects.all():
        browser = Client()
        answer = browser.post(
            "/account/login/", {"login": user.username, "password": PASSWORD}, follow=False
        )
        assert answer.status_code == 302, user.username
    assert settings.PLACE.example


@pytest.mark.django_db
def test_the_large_clinic_has_whole_courses_and_lists_to_match(example: None) -> None:
    filled: Filled = bulk_load(40)
    assert filled.sessions > 30 * 36 * 0.8
    for patient in Patient.objects.all():
        assert list(differences(patient, chart_of(patient).chart)) == []


@pytest.mark.django_db
def test_a_clinic_for_real_patients_is_never_filled() -> None:
    with pytest.raises(InputError, match="EUTHYMIA_MODE=example"):
        fill_example()
    assert not Patient.objects.exists()


@pytest.mark.django_db
def test_what_is_not_empty_is_not_filled_again(example: None) -> None:
    bulk_load(1)
    with pytest.raises(InputError, match="not empty"):
        bulk_load(1)
