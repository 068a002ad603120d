"""Starting, cancelling and retrying jobs; and finding those that were left behind."""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.http import Http404
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from euthymia.clinic import clock
from euthymia.clinic.accounts.identify import who_is
from euthymia.clinic.accounts.models import User
from euthymia.clinic.accounts.policy import PROGRAM, Action, Who, can, check
from euthymia.clinic.accounts.views import ClinicRequest
from euthymia.clinic.jobs.kinds import Arguments, kind_of, kinds_by_themselves
from euthymia.clinic.jobs.models import ACTIVE, Job, State, Worker
from euthymia.clinic.records.access import patient_for
from euthymia.clinic.records.models import Patient
from euthymia.core.errors import InputError

SILENT_S = 30.0
"""A worker that gave no sign of life for so long is taken to be dead."""
DUE_AGAIN_AFTER = timedelta(minutes=4)
"""So long after one job the program starts no other of that kind by itself."""
KEPT_FOR = timedelta(days=14)
"""So long the queue remembers what it has done; jobs themselves are kept."""


def start(
    who: Who, kind: str, patient: Patient | None = None, arguments: dict[str, Any] | None = None
) -> Job:
    """Put work into the queue; it begins when a worker is free.

    Asked for again while the same work waits or runs, it returns that job instead of a second.
    Raises PermissionDenied, or InputError for an unknown kind.
    """
    known = kind_of(kind)
    check(known.action, who, patient)
    given = arguments or {}
    with transaction.atomic():
        same = Job.objects.filter(kind=kind, patient=patient, state__in=ACTIVE, cancel_asked=False)
        for job in same:
            if job.arguments == given:
                return job
        job = Job.objects.create(
            kind=kind,
            patient=patient,
            started_by_id=who.user_id,
            arguments=given,
            asked_at=clock.now(),
        )
        _enqueue(job)
    return job


def start_due() -> int:
    """Start what is due of the kinds that nobody has to ask for; how many."""
    since, started = clock.now() - DUE_AGAIN_AFTER, 0
    for kind in kinds_by_themselves():
        lately = Job.objects.filter(kind=kind.name, asked_at__gt=since)
        if not lately.exists() and kind.due is not None and kind.due():
            start(PROGRAM, kind.name)
            started += 1
    return started


def cancel(who: Who, job: Job) -> None:
    """Stop a job: at once if it waits, else at its next step. What has ended stays as it is."""
    check(kind_of(job.kind).action, who, job.patient)
    with transaction.atomic():
        waiting = Job.objects.filter(pk=job.pk, state=State.QUEUED)
        if not waiting.update(state=State.CANCELLED, ended_at=clock.now()):
            Job.objects.filter(pk=job.pk, state=State.RUNNING).update(cancel_asked=True)
    job.refresh_from_db()


def retry(who: Who, job: Job) -> None:
    """Put a job that failed or was cancelled into the queue again."""
    check(kind_of(job.kind).action, who, job.patient)
    with transaction.atomic():
        if not _requeue(Job.objects.filter(pk=job.pk, state__in=(State.FAILED, State.CANCELLED))):
            raise InputError(
                f"job {job.label}", "it has not failed, so it cannot be retried", "Look at its page"
            )
        job.refresh_from_db()
        _enqueue(job)


def job_for(request: ClinicRequest, job_id: UUID) -> Job:
    """The job, if this person may see it; of a patient's job the reading is logged."""
    job = Job.objects.select_related("patient", "started_by").filter(pk=job_id).first()
    if job is None:
        raise Http404
    if job.patient_id is not None:
        job.patient = patient_for(request, job.patient_id, _action_of(job))
        return job
    if job.started_by_id != request.who.user_id and not can(Action.ADMINISTER, request.who):
        raise Http404
    return job


def jobs_of(who: Who) -> QuerySet[Job]:
    """The jobs that this person started, newest first."""
    mine = Job.objects.filter(started_by_id=who.user_id)
    return mine.select_related("patient", "started_by").order_by("-asked_at")


def may_change(who: Who, job: Job) -> bool:
    """Whether this person may cancel or retry that job."""
    try:
        return can(kind_of(job.kind).action, who, job.patient)
    except InputError:
        return False


def starter_of(arguments: Arguments) -> Who:
    """Who started the job whose work has these arguments, with the rights of this moment."""
    user = User.objects.filter(pk=arguments["user_id"]).first()
    if user is None or not user.is_active:
        raise PermissionDenied("The person who started this can no longer log in.")
    return who_is(user)


def recover() -> int:
    """Put jobs that were left behind into the queue again, or give them up; how many.

    Left behind: running under a worker that died, or waiting with nothing in the queue (after a
    restore). A job over which a worker died twice has failed: it may be what kills them.
    """
    found = 0
    with transaction.atomic():
        for worker in Worker.objects.select_for_update().order_by("beat_at"):
            if _is_dead(worker):
                found += _take_from(worker)
                worker.delete()
        orphans = Job.objects.filter(state=State.RUNNING, worker=None)
        found += _left(orphans.filter(began_at__lt=clock.now() - timedelta(seconds=SILENT_S)))
        found += _enqueue_forgotten()
    DBTaskResult.objects.filter(finished_at__lt=clock.now() - KEPT_FOR).delete()
    return found


def give_back(job: Job) -> None:
    """Put a running job into the queue again because its worker is being stopped on purpose."""
    with transaction.atomic():
        running = Job.objects.filter(pk=job.pk, attempt=job.attempt, state=State.RUNNING)
        if _requeue(running):
            job.refresh_from_db()
            _enqueue(job)


def lose(job: Job) -> None:
    """A running job's process is gone: once it is begun again, the second time it has failed."""
    with transaction.atomic():
        _left(Job.objects.filter(pk=job.pk, attempt=job.attempt, state=State.RUNNING))


def _take_from(worker: Worker) -> int:
    return _left(Job.objects.filter(worker=worker, state=State.RUNNING))


def _left(jobs: QuerySet[Job]) -> int:
    found = list(jobs)
    for job in found:
        row = Job.objects.filter(pk=job.pk)
        if job.cancel_asked:
            row.update(state=State.CANCELLED, ended_at=clock.now(), worker=None)
        elif job.lost:
            row.update(
                state=State.FAILED,
                ended_at=clock.now(),
                worker=None,
                error="The process that did it stopped twice without an answer, perhaps because "
                "the memory did not suffice. Close other programs and retry it.",
            )
        else:
            row.update(lost=F("lost") + 1)
            _requeue(row)
            _enqueue(job)
    return len(found)


def _enqueue_forgotten() -> int:
    waiting = DBTaskResult.objects.filter(status=TaskResultStatus.READY).values("id")
    lacking = list(
        Job.objects.filter(state=State.QUEUED).filter(Q(task_id=None) | ~Q(task_id__in=waiting))
    )
    for job in lacking:
        _enqueue(job)
    return len(lacking)


def _requeue(jobs: QuerySet[Job]) -> bool:
    return bool(
        jobs.update(
            state=State.QUEUED,
            title="",
            fraction=0.0,
            error="",
            result=None,
            cancel_asked=False,
            worker=None,
            ended_at=None,
        )
    )


def _enqueue(job: Job) -> None:
    from euthymia.clinic.jobs.tasks import do_job  # noqa: PLC0415 - needs the applications ready

    Job.objects.filter(pk=job.pk).update(task_id=do_job.enqueue(str(job.pk)).id)


def _is_dead(worker: Worker) -> bool:
    if (clock.now() - worker.beat_at).total_seconds() > SILENT_S:
        return True
    return worker.host == socket.gethostname() and not _process_lives(worker.pid)


def _process_lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's process: it is there
    return True


def _action_of(job: Job) -> Action:
    try:
        return kind_of(job.kind).action
    except InputError:
        return Action.READ_CHART
