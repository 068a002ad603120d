"""The long work of this room: gathering the registry."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import ngettext

from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.jobs.kinds import Arguments, job_kind
from euthymia.clinic.research.gathering import Gathered, gather
from euthymia.core.progress import Progress

GATHER = "gather_registry"


@job_kind(GATHER, label="Gathering the registry", action=Action.READ_REGISTRY)
def gather_registry(arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """Read every chart and write the registry's tables."""
    found = gather(progress)
    return {
        "url": reverse("registry"),
        "patients": found.patients,
        "courses": found.courses,
        "broken": list(found.broken),
        "said": _said(found),
    }


def _said(found: Gathered) -> str:
    charts = ngettext("%d chart was read", "%d charts were read", found.patients) % found.patients
    courses = ngettext("%d course was found", "%d courses were found", found.courses)
    told = f"{charts}, {courses % found.courses}."
    return " ".join((told, *found.broken))
