"""The table of the worklist."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from euthymia.clinic.accounts.models import Site
from euthymia.clinic.records.models import Patient


class WorkKind(models.TextChoices):
    """What kind of thing waits."""

    SAFETY = "safety", _("safety task")
    ADVERSE = "adverse", _("adverse event not resolved")
    PLAN = "plan", _("plan waits for a signature")
    PRESCRIPTION = "prescription", _("prescription waits for a signature")
    AUTHORIZATION = "authorization", _("payer has not answered")
    SCALE = "scale", _("questionnaire due")
    FOLLOW_UP = "follow_up", _("follow-up")


class WorkItem(models.Model):
    """Projection: one thing that waits for somebody.

    due_on: from this day on it waits; None means it waits now. about: the entry it comes from.
    """

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="work")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=WorkKind.choices)
    role = models.CharField(max_length=20)
    due_on = models.DateField(null=True)
    what = models.CharField(max_length=240)
    about = models.UUIDField(null=True)

    class Meta:
        verbose_name = "worklist"
        indexes: ClassVar = [
            models.Index(fields=["site", "role", "due_on"], name="work_of_a_role"),
            models.Index(fields=["site", "kind", "due_on"], name="work_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.patient_id}: {self.what}"

    @property
    def kind_label(self) -> str:
        return str(WorkKind(self.kind).label)
