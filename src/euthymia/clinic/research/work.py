"""The long work of this room: gathering the registry."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.jobs.kinds import Arguments, job_kind
from euthymia.clinic.research.gathering import gather
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
    }
