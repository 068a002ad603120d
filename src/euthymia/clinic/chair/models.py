"""Work under way at the chair: searches for a threshold, running sessions, requests to them.

None of it is clinical truth: that is in the ledger. These rows let every process and every
browser of the clinic see and stop what runs, and let a search go on after a reload.
"""

from __future__ import annotations

import secrets
import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from euthymia.clinic.accounts.models import Site
from euthymia.clinic.records.models import Patient


def new_stop_key() -> str:
    """What the stop button of one console carries; nobody can guess it."""
    return secrets.token_urlsafe(32)


class ThresholdSearch(models.Model):
    """A search for a motor threshold: how it is done, and the answers so far.

    answers: one object a pulse, {"pct": 52.0, "answered": true, "uv": null}; the method is replayed
    from them. pending: a simulated pulse that was fired and not judged yet. closed_at: recorded
    or given up; a patient has one open search at most.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="searches")
    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    begun_at = models.DateTimeField()
    method = models.CharField(max_length=20)
    prior = models.CharField(max_length=20, default="adults")
    answer_by = models.CharField(max_length=10)
    """twitch, emg (the operator judges a trace), or microvolt (an amplitude is typed)."""
    muscle = models.CharField(max_length=60)
    stimulator = models.CharField(max_length=80)
    coil = models.CharField(max_length=80)
    start_pct = models.FloatField(null=True)
    simulated = models.BooleanField(default=False)
    answers = models.JSONField(default=list)
    pending = models.JSONField(null=True)
    closed_at = models.DateTimeField(null=True)
    entry_id = models.UUIDField(null=True)
    """The ledger's entry, once the threshold is recorded."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=models.Q(closed_at__isnull=True),
                name="one_open_search_a_patient",
            )
        ]

    def __str__(self) -> str:
        return f"{self.patient_id}: {self.method}, {len(self.answers)} answers"


class Console(models.Model):
    """A session that is being run: who sits where, and what the engine says of itself.

    live: what pages show, written by the process that runs the engine a few times a second.
    heartbeat_at: when the engine last looked around. seen_at, touched_at: the operator's page,
    as other processes have heard of it. ended_at: nothing runs any more.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="consoles")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    chair = models.CharField(max_length=60)
    session = models.PositiveIntegerField()
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    stop_key = models.CharField(max_length=64, unique=True, default=new_stop_key)
    device = models.CharField(max_length=120)
    simulated = models.BooleanField()
    press_each_train = models.BooleanField()
    begun_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    live = models.JSONField(default=dict)
    ended_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=models.Q(ended_at__isnull=True),
                name="one_console_a_patient",
            ),
            models.UniqueConstraint(
                fields=["site", "chair"],
                condition=models.Q(ended_at__isnull=True),
                name="one_console_a_chair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chair}: session {self.session} of {self.patient_id}"


class Wish(models.TextChoices):
    """What a person can ask of a running session."""

    PAUSE = "pause", "pause"
    GO_ON = "go_on", "go on"
    STOP = "stop", "end the session"
    EMERGENCY = "emergency", "emergency stop"
    PRESS = "press", "fire this train"


class ConsoleRequest(models.Model):
    """What somebody asked of a running session; the engine's process takes it."""

    console = models.ForeignKey(Console, on_delete=models.CASCADE, related_name="requests")
    wish = models.CharField(max_length=12, choices=Wish.choices)
    train = models.PositiveIntegerField(null=True)
    """The train that a press is for."""
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["console"],
                condition=models.Q(taken_at__isnull=True),
                name="requests_not_taken",
            )
        ]

    def __str__(self) -> str:
        return f"{self.wish} for {self.console_id}"
