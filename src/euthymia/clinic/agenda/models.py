"""The table that days and weeks are shown from."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from euthymia.clinic.accounts.models import Site
from euthymia.clinic.records.models import Patient


class BookingState(models.TextChoices):
    """How an appointment stands, as the chart says."""

    PLANNED = "planned", "planned"
    MOVED = "moved", "moved"
    KEPT = "kept", "kept"
    MISSED = "missed", "missed"


class Booking(models.Model):
    """Projection: one appointment of one chart."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="bookings")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    appointment = models.CharField(max_length=32)
    session = models.PositiveSmallIntegerField()
    start = models.DateTimeField()
    end = models.DateTimeField()
    chair = models.CharField(max_length=120)
    device = models.CharField(max_length=120, blank=True)
    protocol = models.CharField(max_length=80, blank=True)
    sessions_planned = models.PositiveSmallIntegerField(null=True)
    state = models.CharField(max_length=8, choices=BookingState.choices)
    provisional = models.BooleanField(default=False)

    class Meta:
        verbose_name = "bookings"
        indexes: ClassVar = [models.Index(fields=["site", "start"], name="bookings_of_a_day")]

    def __str__(self) -> str:
        return f"{self.patient_id} {self.start:%Y-%m-%d %H:%M}"

    @property
    def minutes(self) -> int:
        """How long the chair is taken."""
        return round((self.end - self.start).total_seconds() / 60)

    @property
    def stands(self) -> bool:
        """True while it is to be kept, or nobody has said what became of it."""
        return self.state in (BookingState.PLANNED, BookingState.MOVED)
