"""The links that open a patient's own pages."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models

from euthymia.clinic.records.models import Patient


class Kind(models.TextChoices):
    """What a link opens."""

    PAGES = "pages", "own pages"
    CALENDAR = "calendar", "calendar feed"


class OwnLink(models.Model):
    """One link for one patient; it stands for nothing once it has run out or was revoked.

    Its address carries the signed id and no secret is stored. wrong_answers: how often the year of
    birth that it asks for was answered wrongly; at the limit it is revoked by itself.
    made_by: None for the link in a reminder that the program sent by itself.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="own_links")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PAGES)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    wrong_answers = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.kind} of {self.patient_id} until {self.until:%Y-%m-%d}"

    def works_at(self, moment: datetime) -> bool:
        """True while it has neither run out nor been revoked."""
        return self.revoked_at is None and moment < self.until
