"""The long work of this room: preparing a head for the bench."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.bench.choice import from_json
from euthymia.clinic.jobs.kinds import Arguments, job_kind
from euthymia.core.progress import Progress
from euthymia.core.store import Store

PREPARE_HEAD = "prepare_head"


@job_kind(PREPARE_HEAD, label="Preparing the head for the planning bench", action=Action.USE_BENCH)
def prepare_head(arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """Prepare a head and keep it in the store; begun twice, it finds what was kept."""
    from euthymia.clinic.bench.preparing import prepare_bench  # noqa: PLC0415 - the engine is heavy

    prepare_bench(from_json(arguments["head"]), Store.default(), progress)
    return {"url": reverse("bench", kwargs={"patient_id": arguments["patient_id"]})}
