"""What a running job tells about itself, and how it learns that it should stop."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from django.db.models import QuerySet

from euthymia.clinic.jobs.models import Job, State
from euthymia.core.progress import CallbackProgress, Report

AT_MOST_EVERY_S = 0.5


class Cancelled(Exception):  # noqa: N818 - it is no error
    """Somebody asked that the job stop."""


class Abandoned(Exception):  # noqa: N818 - it is no error
    """The job is no longer this process's: its worker died, or another one took it over."""


class JobProgress(CallbackProgress):
    """Writes how far a job is into its row, at most twice a second; raises when it should stop.

    parent: the process that must be alive for the work to make sense; None: any.
    """

    def __init__(
        self,
        job: Job,
        *,
        parent: int | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(self._tell)
        self._job, self._parent, self._monotonic_s = job, parent, monotonic_s
        self._told_at: float | None = None
        self._said: tuple[str, float] = ("", -1.0)

    def _tell(self, report: Report) -> None:
        if report.finished:
            return  # a stage also ends because the work stops; that is no time to raise
        moment = self._monotonic_s()
        if self._told_at is not None and moment - self._told_at < AT_MOST_EVERY_S:
            return
        self._told_at = moment
        self._look_up()
        said = (report.title[:200], round(report.fraction, 3))
        if said != self._said:
            self._said = said
            mine(self._job).update(title=said[0], fraction=said[1])

    def _look_up(self) -> None:
        if self._parent is not None and os.getppid() != self._parent:
            raise Abandoned
        asked = mine(self._job).values_list("cancel_asked", flat=True).first()
        if asked is None:
            raise Abandoned
        if asked:
            raise Cancelled


def mine(job: Job) -> QuerySet[Job]:
    """The row of a job while it is running in this very attempt; none once it is not."""
    return Job.objects.filter(pk=job.pk, attempt=job.attempt, state=State.RUNNING)
