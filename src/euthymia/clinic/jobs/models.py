"""The tables of jobs: what is to be done, how far it is, and who does it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from euthymia.clinic.records.models import Patient


class State(models.TextChoices):
    """Where a job stands."""

    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


ACTIVE = (State.QUEUED, State.RUNNING)


class Worker(models.Model):
    """A process that does jobs, and the last sign of life it gave."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


class Job(models.Model):
    """One piece of long work.

    attempt: how often it was begun; a worker writes only to the attempt that it was given, so one
    that was thought dead cannot disturb its successor. lost: how often a worker died over it.
    result: what the work returned; its `url`, if there is one, leads to what was made.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    patient = models.ForeignKey(
        Patient, null=True, blank=True, on_delete=models.CASCADE, related_name="jobs"
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    title = models.CharField(max_length=200, blank=True)
    fraction = models.FloatField(default=0.0)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    lost = models.PositiveSmallIntegerField(default=0)
    cancel_asked = models.BooleanField(default=False)
    task_id = models.UUIDField(null=True)
    worker = models.ForeignKey(Worker, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(db_index=True)
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state"]),
            models.Index(fields=["started_by", "-asked_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def percent(self) -> int:
        return int(self.fraction * 100)

    @property
    def label(self) -> str:
        """What it does, as its kind says."""
        from euthymia.clinic.jobs.kinds import label_of  # noqa: PLC0415 - a table knows no code

        return label_of(self.kind)

    @property
    def url(self) -> str:
        """Where its result is, if the work said so."""
        return str(self.result.get("url", "")) if isinstance(self.result, dict) else ""
