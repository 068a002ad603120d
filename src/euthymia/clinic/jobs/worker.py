"""A worker: takes jobs from the queue and does each in a process beneath it.

The worker itself only watches. So a job that holds the interpreter for minutes does not look dead,
one that crashes takes nothing with it, its memory is given back, and cancelling ends it even if it
never asks. Two workers never take the same job: the queue's row is claimed under a lock.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import sys
import time
from multiprocessing.context import ForkContext, SpawnContext
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

from django.db import Error, close_old_connections, connections
from django_tasks_db.models import DBTaskResult, DBTaskResultQuerySet
from django_tasks_db.utils import exclusive_transaction

from euthymia.clinic import clock
from euthymia.clinic.jobs import child, services
from euthymia.clinic.jobs.models import Job, State
from euthymia.clinic.jobs.models import Worker as Row
from euthymia.clinic.jobs.performing import begin, end

LOG = logging.getLogger("euthymia.jobs")

LOOK_EVERY_S = 0.5
BEAT_EVERY_S = 5.0
RECOVER_EVERY_S = 20.0
LOOK_FOR_DUE_EVERY_S = 60.0
CANCEL_GRACE_S = 10.0
"""So long a cancelled job may take to stop by itself."""


class Worker:
    """One worker; `run` returns when it is told to stop or its parent is gone.

    parent: the process that started it and must live on; None for a worker of its own.
    """

    def __init__(self, parent: int | None = None) -> None:
        self._parent = parent
        self._stopping = False
        self._row = Row(host=socket.gethostname(), pid=os.getpid(), started_at=clock.now())
        self._beat_at = self._recovered_at = self._due_at = -1e9

    def stop(self, signum: int = 0, frame: FrameType | None = None) -> None:
        """Finish soon; a running job goes back into the queue."""
        self._stopping = True

    def run(self, *, until_idle: bool = False) -> None:
        """Do jobs until told to stop; with `until_idle`, until none waits."""
        try:
            while not self._over():
                close_old_connections()
                try:
                    found = self._do_next()
                except Error:
                    # The database is away or busy: it comes back, and so does this.
                    LOG.exception("the worker did not reach the database")
                    found = False
                if until_idle and not found:
                    break
                if not found:
                    time.sleep(LOOK_EVERY_S)
        finally:
            with contextlib.suppress(Error):
                Row.objects.filter(pk=self._row.pk).delete()
            connections.close_all()

    def _over(self) -> bool:
        return self._stopping or (self._parent is not None and os.getppid() != self._parent)

    def _do_next(self) -> bool:
        """Do one job, if there is one."""
        self._keep_up()
        task = _claim(str(self._row.pk))
        if task is None:
            return False
        job = begin(task.args_kwargs["args"][0], self._row)
        if job is not None:
            self._attend(job)
        task.set_successful(None)
        return True

    def _keep_up(self) -> None:
        """Give a sign of life, look for jobs left behind and for what is due, each in its time."""
        moment = time.monotonic()
        if moment - self._beat_at >= BEAT_EVERY_S:
            self._beat_at = moment
            self._row.beat_at = clock.now()
            self._row.save()  # also after somebody took this worker for dead and removed its row
        if moment - self._recovered_at >= RECOVER_EVERY_S:
            self._recovered_at = moment
            services.recover()
        if moment - self._due_at >= LOOK_FOR_DUE_EVERY_S:
            self._due_at = moment
            services.start_due()

    def _attend(self, job: Job) -> None:
        """Let a process do the job and watch it until it is over."""
        connections.close_all()  # a connection must not live in two processes
        process = _context().Process(
            target=child.do, args=(str(job.pk), job.attempt, os.getpid()), name="job"
        )
        process.start()
        cancelled_at: float | None = None
        while True:
            process.join(LOOK_EVERY_S)
            if process.exitcode is not None:
                break
            if self._over():
                _end_process(process)
                services.give_back(job)
                return
            close_old_connections()  # one that the database broke is opened anew
            try:
                self._keep_up()
                asked = Job.objects.filter(pk=job.pk, cancel_asked=True).exists()
            except Error:
                LOG.exception("the worker did not reach the database")
                continue
            if asked and cancelled_at is None:
                cancelled_at = time.monotonic()
            if cancelled_at is not None and time.monotonic() - cancelled_at > CANCEL_GRACE_S:
                _end_process(process)
                end(job, State.CANCELLED)
                return
        if process.exitcode != 0:
            LOG.warning("the process of a job died", extra={"job": str(job.pk)})
        services.lose(job)  # finds nothing if the process wrote down how it ended


def _claim(worker_id: str) -> DBTaskResult[..., Any] | None:
    """The next task of the queue, taken; None if none waits."""
    waiting: DBTaskResultQuerySet = DBTaskResult.objects.ready()
    if not waiting.exists():
        return None  # looking costs no lock
    with exclusive_transaction(waiting.db):
        task = waiting.get_locked()
        if task is not None:
            task.claim(worker_id)
    return task


def _context() -> ForkContext | SpawnContext:
    """On Linux a copy of the worker begins at once; elsewhere copies are not safe."""
    if sys.platform == "linux":
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


def _end_process(process: BaseProcess) -> None:
    """End a job's process with everything that it started."""
    for force in (signal.SIGTERM, signal.SIGKILL):
        if process.pid is not None and process.is_alive():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, force)
        process.join(3)
        if process.exitcode is not None:
            return


def main(parent: int | None = None) -> None:
    """Be a worker until SIGTERM or Ctrl-C."""
    worker = Worker(parent)
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    worker.run()
