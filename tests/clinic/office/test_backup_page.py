"""Starting a check of the records from the office."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from clinic.conftest import SmallClinic
from clinic.office.reading import text
from euthymia.clinic.jobs.models import Job, State
from euthymia.clinic.jobs.performing import begin, perform
from euthymia.clinic.operation.passphrase import FILE_VARIABLE, VARIABLE
from euthymia.clinic.records.models import LedgerEntry


def test_verifying_is_started_as_a_job_and_noted(clinic: SmallClinic, admin: Client) -> None:
    clinic.patient()
    admin.post(reverse("office_backup_start"), {"kind": "verify"})
    job = begin(str(Job.objects.get().pk))
    assert job is not None
    perform(job)
    job.refresh_from_db()
    assert (job.state, job.error) == (State.DONE, "")
    page = text(admin.get(reverse("office_backup")))
    assert "0 faults" in page
    assert "Everything is as it was written." in page


def test_a_fault_fails_the_job_with_its_name(clinic: SmallClinic, admin: Client) -> None:
    patient = clinic.patient()
    LedgerEntry.objects.update(kind="other")
    admin.post(reverse("office_backup_start"), {"kind": "verify"})
    job = begin(str(Job.objects.get().pk))
    assert job is not None
    perform(job)
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert f"{patient.pseudonym} entry 1" in job.error


def test_no_other_job_is_started_from_there(admin: Client) -> None:
    answer = admin.post(reverse("office_backup_start"), {"kind": "make_plan"})
    assert answer.status_code == 422
    assert not Job.objects.exists()


def test_the_page_says_whether_backups_are_encrypted(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    monkeypatch.delenv(VARIABLE, raising=False)
    assert "It is not encrypted" in text(admin.get(reverse("office_backup")))
    monkeypatch.setenv(VARIABLE, "quiet otter, 4 lanterns")
    assert "It is encrypted with the passphrase" in text(admin.get(reverse("office_backup")))
