"""The log of who patients are: that an identity was entered, changed or erased, never its values.

One chain a patient, its lines sealed as a chart's lines are. A line names the fields, not what
stands in them. It vouches for the values by a hash that is salted; the salt lies in the identity's
own row and is a new one after each change. So `verify` sees a value that was changed behind the
log's back, and when a value is changed or the identity is erased, the salt of the old values is
gone and their hash tells nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from django.db import models, transaction

from euthymia.chart.envelope import (
    NO_LINE_BEFORE,
    Author,
    Draft,
    Envelope,
    canonical_json,
    parse_line,
    seal,
    sha256,
)
from euthymia.chart.verification import Anchor, verify_bytes
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, Who, check
from euthymia.clinic.records.models import Identity, IdentityLine, Patient

FIELDS = (
    "family_name",
    "given_name",
    "record_number",
    "phone",
    "email",
    "address",
    "emergency_contact",
)
"""The fields of an identity that say who it is."""

_LOG = "log of the identity"
_PARTS = ("added", "changed", "removed")


class Kind(StrEnum):
    """What happened to an identity. FOUND: it was there before there was a log."""

    FOUND = "identity_found"
    ENTERED = "identity_entered"
    CHANGED = "identity_changed"
    ERASED = "identity_erased"


class Why(models.TextChoices):
    """Why an identity is changed: a choice, for free words might tell what it was before."""

    CORRECTED = "corrected", "it was wrong"
    CHANGED = "changed", "something about the patient has changed"
    COMPLETED = "completed", "something was missing"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is not as the log was written. line: its number, 0 if it is about none."""

    line: int
    problem: str


def enter(who: Who, patient: Patient, identity: Identity) -> None:
    """Save a first identity and log it; within the transaction in which the patient is locked."""
    identity.patient = patient
    author = _author(who, Action.REGISTER_PATIENT, patient)
    entry = first_entry(patient, identity, author, clock.now())
    identity.save(force_insert=True)
    _keep(who, patient, entry)


def change(who: Who, patient: Patient, wanted: Identity, why: Why) -> tuple[str, ...]:
    """Give a patient this identity; the fields that it changed. None of them: nothing is logged."""
    check(Action.WRITE_IDENTITY, who, patient)
    with transaction.atomic():
        locked = Patient.objects.select_for_update().get(pk=patient.pk)
        before = Identity.objects.filter(patient=locked).first()
        body = _changes(values_of(before), values_of(wanted))
        changed = tuple(name for part in _PARTS for name in body[part])
        if not changed:
            return ()
        wanted.patient, wanted.salt = locked, new_salt()
        body["values_sha256"] = digest_of(wanted)
        kind = Kind.ENTERED if before is None else Kind.CHANGED
        author = _author(who, Action.WRITE_IDENTITY, locked)
        entry = _sealed(locked, author, clock.now(), kind, body, why.value)
        wanted.save(force_insert=before is None, force_update=before is not None)
        _keep(who, locked, entry)
    return changed


def erase(who: Who, patient: Patient, reason: str) -> bool:
    """Remove the identity with its salt, and log it; whether there was one. In a transaction."""
    check(Action.ERASE_IDENTITY, who, patient)
    locked = Patient.objects.select_for_update().get(pk=patient.pk)
    there = Identity.objects.filter(patient=locked).first()
    body = _changes(values_of(there), {})
    author = _author(who, Action.ERASE_IDENTITY, locked)
    entry = _sealed(locked, author, clock.now(), Kind.ERASED, body, reason)
    Identity.objects.filter(patient=locked).delete()
    _keep(who, locked, entry)
    return there is not None


def first_entry(
    patient: Patient, identity: Identity, author: Author, at: datetime, kind: Kind = Kind.ENTERED
) -> Envelope:
    """The first line about an identity; salts it and moves the patient's anchor, saves nothing."""
    identity.salt = new_salt()
    body = _changes({}, values_of(identity))
    body["values_sha256"] = digest_of(identity)
    return _sealed(patient, author, at, kind, body, "")


def row_of(patient: Patient, entry: Envelope, recorded_by: int | None) -> IdentityLine:
    """A line as it is stored."""
    return IdentityLine(
        patient=patient,
        seq=entry.seq,
        at=entry.at,
        kind=entry.kind,
        line=entry.line,
        recorded_by_id=recorded_by,
    )


def new_salt() -> str:
    """So much chance that nobody can try all values against a hash."""
    return secrets.token_hex(32)


def values_of(identity: Identity | None) -> dict[str, str]:
    """The values that are there; empty ones are none."""
    if identity is None:
        return {}
    # In a migration the model is an older one, which may lack a field.
    return {name: value for name in FIELDS if (value := getattr(identity, name, ""))}


def digest_of(identity: Identity) -> str:
    """The salted hash by which a line vouches for the values: of `{"salt":...,"values":{...}}`."""
    return sha256(canonical_json({"salt": identity.salt, "values": values_of(identity)}))


def problems(
    patient: Patient, identity: Identity | None, rows: Sequence[IdentityLine]
) -> Iterator[Problem]:
    """What is not as it was written: a broken chain, a lost line, an identity changed beside it."""
    anchor = Anchor(patient.identity_seq, patient.identity_sha256) if patient.identity_seq else None
    verified = verify_bytes(b"".join(bytes(row.line) + b"\n" for row in rows), anchor)
    for envelope, row in zip(verified.entries, rows, strict=False):
        if (envelope.seq, envelope.at, envelope.kind) != (row.seq, row.at, row.kind):
            yield Problem(row.seq, f"{_LOG}: the columns do not say what the line says")
    if verified.broken is not None:
        yield Problem(verified.broken.line, f"{_LOG}: {verified.broken.problem}")
        return
    if len(rows) > patient.identity_seq:
        yield Problem(patient.identity_seq + 1, f"{_LOG}: the patient's anchor does not know of it")
    last = verified.entries[-1] if verified.entries else None
    vouched = "" if last is None else str(last.body.get("values_sha256", ""))
    if identity is None and vouched:
        yield Problem(0, "the identity is gone, and the log does not know of it")
    if identity is not None and digest_of(identity) != vouched:
        yield Problem(0, "the identity is not the one that its log vouches for")


def told(row: IdentityLine) -> tuple[str, Mapping[str, Sequence[str]]]:
    """The reason that a stored line gives, and the fields that were added, changed, removed."""
    try:
        envelope = parse_line(bytes(row.line))
    except ValueError:
        envelope = None
    if envelope is None:
        return "", {}
    return envelope.reason, {each: envelope.body.get(each, ()) for each in _PARTS}


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, Any]:
    both = [name for name in FIELDS if name in before and name in after]
    return {
        "added": [name for name in FIELDS if name in after and name not in before],
        "changed": [name for name in both if before[name] != after[name]],
        "removed": [name for name in FIELDS if name in before and name not in after],
    }


def _sealed(
    patient: Patient,
    author: Author,
    at: datetime,
    kind: Kind,
    body: Mapping[str, Any],
    reason: str,
) -> Envelope:
    """The next line about a patient's identity; moves the patient's anchor."""
    drafted = Draft(str(uuid4()), at, author, kind.value, body, reason)
    entry = seal(drafted, patient.identity_seq + 1, patient.identity_sha256 or NO_LINE_BEFORE)
    patient.identity_seq, patient.identity_sha256 = entry.seq, entry.line_sha256
    return entry


def _keep(who: Who, patient: Patient, entry: Envelope) -> None:
    row_of(patient, entry, who.user_id).save(force_insert=True)
    patient.save(update_fields=["identity_seq", "identity_sha256"])


def _author(who: Who, action: Action, patient: Patient) -> Author:
    return Author(who.name, who.role_for(action, patient).value)
