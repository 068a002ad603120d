"""The one task that the queue holds: do that job."""

from __future__ import annotations

from django_tasks import task

from euthymia.clinic.jobs.performing import begin, perform


@task()
def do_job(job_id: str) -> None:
    """Do a job in this process; a worker of ours does it in a process beneath it."""
    job = begin(job_id)
    if job is not None:
        perform(job)
