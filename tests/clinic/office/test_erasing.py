"""Erasing who a patient is."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from clinic.conftest import SmallClinic
from clinic.office.reading import refused
from euthymia.clinic.accounts.models import (
    Event,
    EventKind,
    Role,
    Site,
)
from euthymia.clinic.office.services import erase_identity
from euthymia.clinic.records.documents import path_of, store
from euthymia.clinic.records.models import Document, Identity, LedgerEntry


def test_erasing_an_identity_leaves_the_chart(clinic: SmallClinic, admin: Client) -> None:
    patient, other = clinic.patient(), clinic.patient()
    account = clinic.account_of(patient)
    alone = store(patient, "letter.pdf", "application/pdf", b"Dear Example")
    shared = store(patient, "note.txt", "text/plain", b"Shared")
    store(other, "note.txt", "text/plain", b"Shared")
    found = admin.get(reverse("office_erasure"), {"code": patient.pseudonym.lower()})
    assert found.url == reverse("office_erase", args=[patient.pk])
    form = {"reason": "Request of 3 Nov", "typed": patient.pseudonym, "with_files": "on"}
    assert admin.post(found.url, form).status_code == 302
    assert list(Identity.objects.values_list("patient_id", flat=True)) == [other.pk]
    assert LedgerEntry.objects.filter(patient=patient).count() == 1
    assert not path_of(alone.sha256).exists()
    assert path_of(shared.sha256).exists()
    assert Document.objects.get().patient == other
    account.refresh_from_db()
    assert not account.is_active
    assert "Example" not in f"{account.display_name} {account.username}"
    assert Event.objects.get(kind=EventKind.IDENTITY_ERASED).about.startswith(patient.pseudonym)


def test_files_can_be_kept(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    kept = store(patient, "image.nii.gz", "application/gzip", b"image")
    erase_identity(clinic.who(Role.ADMINISTRATOR), patient, "Request", with_files=False)
    assert path_of(kept.sha256).exists()
    assert Document.objects.filter(patient=patient).exists()


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"reason": "Request of 3 Nov", "typed": "SYN-x"}, "not the code above"),
        ({"reason": "no", "typed": "right"}, "at least 10"),
    ],
)
def test_an_erasure_is_confirmed_by_the_code_and_a_reason(
    clinic: SmallClinic, admin: Client, form: dict[str, str], told: str
) -> None:
    patient = clinic.patient()
    if form["typed"] == "right":
        form = {**form, "typed": patient.pseudonym}
    assert told in refused(admin.post(reverse("office_erase", args=[patient.pk]), form))
    assert Identity.objects.exists()


def test_patients_of_other_sites_cannot_be_erased(
    clinic: SmallClinic, admin: Client, south: Site
) -> None:
    patient = clinic.patient(south)
    assert admin.get(reverse("office_erase", args=[patient.pk])).status_code == 404
    page = refused(admin.get(reverse("office_erasure"), {"code": patient.pseudonym}))
    assert "No patient of your sites" in page
