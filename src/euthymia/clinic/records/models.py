"""The tables of the records.

`LedgerEntry` is the clinical truth; `Identity` says who the patient is and can be erased without
touching it; `Overview` and every other projection can be dropped and made again.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from euthymia.clinic.accounts.models import Site


class Patient(models.Model):
    """A chart in the database: its place, and where its ledger ends.

    head_seq, head_sha256: number and SHA-256 of its last line, an anchor against lost lines.
    identity_seq, identity_sha256: the same of the log of its identity.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="patients")
    pseudonym = models.CharField(max_length=80, unique=True)
    synthetic = models.BooleanField(default=False)
    registered_at = models.DateTimeField()
    head_seq = models.PositiveIntegerField(default=0)
    head_sha256 = models.CharField(max_length=64, blank=True)
    identity_seq = models.PositiveIntegerField(default=0)
    identity_sha256 = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return self.pseudonym


class Identity(models.Model):
    """Who a patient is. Kept apart: research never sees it, and erasing it leaves the chart.

    Saved and deleted by `identity_log` alone. salt: makes the hash in the log worth nothing
    without this row.
    """

    patient = models.OneToOneField(
        Patient, primary_key=True, on_delete=models.CASCADE, related_name="identity"
    )
    family_name = models.CharField(max_length=120, db_index=True)
    given_name = models.CharField(max_length=120, blank=True)
    record_number = models.CharField(max_length=60, blank=True, db_index=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    address = models.CharField(max_length=240, blank=True)
    emergency_contact = models.CharField(max_length=240, blank=True)
    salt = models.CharField(max_length=64, blank=True, editable=False)

    def __str__(self) -> str:
        return ", ".join(part for part in (self.family_name, self.given_name) if part)


class IdentityLine(models.Model):
    """One line of the log of a patient's identity. Never changed, never removed.

    It says which fields were entered, changed or erased, by whom and why; none of their values.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="identity_log")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=24)
    line = models.BinaryField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "seq"], name="one_identity_line_a_place")
        ]

    def __str__(self) -> str:
        return f"{self.patient_id} identity line {self.seq}: {self.kind}"


class LedgerEntry(models.Model):
    """One line of a chart, byte for byte as it was sealed. Never changed, never removed.

    entry_id, at and kind repeat what the line says, so that they can be searched; `verify`
    compares them with the line. recorded_by: the account, which the line knows by name only.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="ledger")
    seq = models.PositiveIntegerField()
    entry_id = models.UUIDField()
    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=60)
    line = models.BinaryField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["patient_id", "seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "seq"], name="one_line_a_place"),
            models.UniqueConstraint(fields=["patient", "entry_id"], name="one_entry_an_id"),
        ]
        indexes: ClassVar = [models.Index(fields=["recorded_by", "at"], name="entries_of_a_person")]

    def __str__(self) -> str:
        return f"{self.patient_id} line {self.seq}: {self.kind}"


class Reading(models.Model):
    """That somebody opened a page about a patient."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_index=True)
    what = models.CharField(max_length=60)
    """The action's value."""
    route = models.CharField(max_length=120)
    in_emergency = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "at"], name="readings_of_a_person")]

    def __str__(self) -> str:
        return f"{self.user_id} read {self.patient_id}: {self.what}"


class Document(models.Model):
    """A file of a patient's: a plan, a letter, an image; stored under the hash of its content."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="documents")
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "sha256", "name"], name="one_file_once")
        ]

    def __str__(self) -> str:
        return self.name


class Way(models.TextChoices):
    """How far a patient has come."""

    REFERRED = "referred", "referred"
    ASSESSED = "assessed", "being assessed"
    PLANNED = "planned", "planned"
    SIGNED = "signed", "plan signed"
    IN_COURSE = "in_course", "in treatment"
    AFTER = "after", "after the course"


class Overview(models.Model):
    """Projection: what lists show of a patient. A pure function of the chart."""

    patient = models.OneToOneField(
        Patient, primary_key=True, on_delete=models.CASCADE, related_name="overview"
    )
    way = models.CharField(max_length=12, choices=Way.choices, db_index=True)
    diagnosis = models.CharField(max_length=160, blank=True)
    birth_year = models.PositiveSmallIntegerField()
    protocol = models.CharField(max_length=80, blank=True)
    sessions_given = models.PositiveSmallIntegerField(default=0)
    sessions_planned = models.PositiveSmallIntegerField(null=True)
    last_session_on = models.DateField(null=True, db_index=True)
    last_scale = models.CharField(max_length=40, blank=True)
    last_total = models.FloatField(null=True)
    last_scale_on = models.DateField(null=True)
    baseline_total = models.FloatField(null=True)
    open_safety_tasks = models.PositiveSmallIntegerField(default=0, db_index=True)
    last_entry_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.patient_id}: {self.way}"
