"""Doing one job: in whatever process this is called, to its end."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.db import Error
from django.db.models import F
from django.utils import timezone

from euthymia.clinic import clock
from euthymia.clinic.accounts.identify import who_is
from euthymia.clinic.jobs.kinds import Arguments, kind_of
from euthymia.clinic.jobs.models import Job, State, Worker
from euthymia.clinic.jobs.reporting import Abandoned, Cancelled, JobProgress, mine
from euthymia.core.errors import EuthymiaError

LOG = logging.getLogger("euthymia.jobs")


def begin(job_id: str, worker: Worker | None = None) -> Job | None:
    """Take a waiting job; None if it does not wait any more (cancelled, taken, done)."""
    taken = Job.objects.filter(pk=job_id, state=State.QUEUED).update(
        state=State.RUNNING,
        attempt=F("attempt") + 1,
        began_at=clock.now(),
        worker=worker,
        title="",
        fraction=0.0,
        error="",
    )
    return Job.objects.get(pk=job_id) if taken else None


def perform(job: Job, *, parent: int | None = None) -> None:
    """Do a job that was begun, and write down how it ended. Raises nothing that the work raised."""
    try:
        progress = JobProgress(job, parent=parent)
        with timezone.override(_zone_of(job)):
            result = kind_of(job.kind).work(_arguments(job), progress)
    except Cancelled:
        end(job, State.CANCELLED)
    except Abandoned:
        LOG.warning("a job was left to another worker", extra={"job": str(job.pk)})
    except EuthymiaError as refusal:
        end(job, State.FAILED, error=str(refusal))
    except Error as problem:
        LOG.exception("the database failed a job", extra={"job": str(job.pk)})
        end(
            job,
            State.FAILED,
            error=f"The database refused or did not answer ({type(problem).__name__}). Retry it.",
        )
    except Exception as problem:  # a fault of the program: the worker goes on with other jobs
        LOG.exception("a job failed", extra={"job": str(job.pk)})
        end(
            job,
            State.FAILED,
            error=f"It stopped by a fault of the program ({type(problem).__name__}). "
            "Retry it once; if it fails again, tell an administrator.",
        )
    else:
        end(job, State.DONE, result=result)


def end(job: Job, state: State, *, result: dict[str, Any] | None = None, error: str = "") -> bool:
    """Close a job in this attempt; False if it is no longer this attempt's to close."""
    done = {"fraction": 1.0} if state is State.DONE else {}
    return bool(
        mine(job).update(
            state=state, result=result, error=error, ended_at=clock.now(), worker=None, **done
        )
    )


def _zone_of(job: Job) -> str:
    """The day is that of the patient's site; of a job for no patient, that of who asked for it."""
    if job.patient is not None:
        return job.patient.site.time_zone
    return who_is(job.started_by).time_zone or settings.TIME_ZONE


def _arguments(job: Job) -> Arguments:
    return {
        **job.arguments,
        "job_id": str(job.pk),
        "user_id": job.started_by_id,
        "patient_id": str(job.patient_id) if job.patient_id else None,
    }
