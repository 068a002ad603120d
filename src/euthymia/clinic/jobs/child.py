"""What the process beneath a worker does: one job, and then it is gone.

Light to import: where processes are not copied, this is the first thing that the new one reads.
"""

# ruff: noqa: PLC0415 - the applications must be ready before their tables are imported

from __future__ import annotations

import os
import signal
from uuid import UUID


def do(job_id: str, attempt: int, parent: int) -> None:
    """Do that job in that attempt, for that worker."""
    if hasattr(os, "setsid"):
        os.setsid()  # what it starts ends with it, and a Ctrl-C reaches the worker alone
        os.nice(5)  # pages come before jobs
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "euthymia.clinic.config.settings")
    import django

    django.setup()
    from django.db import connections

    from euthymia.clinic.jobs.models import Job
    from euthymia.clinic.jobs.performing import perform

    try:
        job = Job.objects.filter(pk=UUID(job_id), attempt=attempt).first()
        if job is not None:
            perform(job, parent=parent)
    finally:
        connections.close_all()
