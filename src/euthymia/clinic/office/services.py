"""What administration does beyond accounts: reviewing emergencies and erasing identities."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from euthymia.clinic import clock
from euthymia.clinic.accounts.events import note
from euthymia.clinic.accounts.models import EmergencyAccess, EventKind, User
from euthymia.clinic.accounts.policy import Action, Who, check
from euthymia.clinic.accounts.services import log_off
from euthymia.clinic.records import identity_log
from euthymia.clinic.records.documents import path_of
from euthymia.clinic.records.models import Document, Patient
from euthymia.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure removed."""

    identity: bool
    accounts: int
    files: int


def erase_identity(who: Who, patient: Patient, reason: str, *, with_files: bool) -> Erased:
    """Forget who a patient is; the chart stays, under its code. It cannot be undone.

    The patient's own account is closed and its name taken away. With `with_files` the stored
    files and head models go, too, unless another patient's record holds the same content.
    """
    check(Action.ERASE_IDENTITY, who, patient)
    with transaction.atomic():
        there = identity_log.erase(who, patient, reason)
        accounts = list(User.objects.filter(patient_id=patient.pk))
        for account in accounts:
            log_off(account)
            account.username = f"erased-{account.pk}"
            account.display_name = patient.pseudonym
            account.first_name = account.last_name = account.email = ""
            account.set_unusable_password()
            account.is_active = False
            account.save()
        digests = _forget_files(patient) if with_files else []
        note(EventKind.IDENTITY_ERASED, who.user_id, f"{patient.pseudonym}: {reason}")
    for digest in digests:
        path_of(digest).unlink(missing_ok=True)
    if with_files:
        shutil.rmtree(settings.PLACE.heads / str(patient.pk), ignore_errors=True)
    return Erased(there, len(accounts), len(digests))


def _forget_files(patient: Patient) -> list[str]:
    """Remove the rows of a patient's files; the hashes of those that nobody else has."""
    own = Document.objects.filter(patient=patient)
    digests = set(own.values_list("sha256", flat=True))
    own.delete()
    shared = Document.objects.filter(sha256__in=digests).values_list("sha256", flat=True)
    return sorted(digests - set(shared))


def review(who: Who, access: EmergencyAccess, found: str) -> None:
    """Note that somebody else looked at an emergency access, and what came of it."""
    check(Action.READ_AUDIT, who)
    if access.user_id == who.user_id:
        raise InputError(
            "emergency access", "nobody reviews their own", "Ask another administrator"
        )
    if access.reviewed_at is not None:
        raise InputError("emergency access", "it was reviewed already", "Read the note")
    with transaction.atomic():
        access.reviewed_by_id = who.user_id
        access.reviewed_at = clock.now()
        access.review_note = found
        access.save(update_fields=["reviewed_by", "reviewed_at", "review_note"])
        note(EventKind.EMERGENCY_REVIEWED, who.user_id, str(access))
