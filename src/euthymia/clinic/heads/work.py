"""The long work of this room: building a head."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.jobs.kinds import Arguments, job_kind
from euthymia.clinic.records.models import Patient
from euthymia.core.progress import Progress

BUILD_HEAD = "build_head"


@job_kind(BUILD_HEAD, label="Building the head", action=Action.BUILD_HEAD)
def build(arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """Build the head of the patient's image."""
    from euthymia.clinic.heads.building import build_head  # noqa: PLC0415 - only the worker needs it

    patient = Patient.objects.select_related("site").get(pk=arguments["patient_id"])
    report = build_head(patient, clock.today(), progress)
    return {"url": reverse("head", args=[patient.pk]), "report": report.sha256}
