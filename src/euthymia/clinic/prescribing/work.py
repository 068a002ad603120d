"""The long work of this room: making a plan."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.jobs.kinds import Arguments, job_kind
from euthymia.clinic.jobs.services import starter_of
from euthymia.clinic.records.models import Patient
from euthymia.core.progress import Progress

MAKE_PLAN = "make_plan"


@job_kind(MAKE_PLAN, label="Making the plan", action=Action.MAKE_PLAN)
def make_plan(arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """Compute the plan that the patient's chart asks for, and propose it."""
    from euthymia.clinic.prescribing.planning import plan  # noqa: PLC0415 - only the worker needs it

    patient = Patient.objects.select_related("site").get(pk=arguments["patient_id"])
    made = plan(starter_of(arguments), patient, clock.today(), progress)
    return {
        "url": reverse("prescribing", args=[patient.pk]),
        "plan_sha256": made.plan_sha256,
        "no_draft": made.no_draft,
        "said": f"It amounts to no prescription. {made.no_draft}" if made.no_draft else "",
    }
