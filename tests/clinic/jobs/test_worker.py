"""Workers as real processes: killed, stopped, deaf; no job is lost and none is done twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen
from uuid import uuid4

import pytest

from clinic.installation import Installation, until

pytestmark = pytest.mark.slow

_WORKER = """
import clinic.jobs.kinds
from euthymia.clinic.jobs import worker
worker.CANCEL_GRACE_S = 0.5
worker.RECOVER_EVERY_S = 0.5
worker.main()
"""


class Workers:
    """An installation, its jobs and its worker processes."""

    def __init__(self, home: Path) -> None:
        self.place = Installation(home)
        self.notes = home / "notes"
        self._running: list[Popen[str]] = []

    def start(self, kind: str, **arguments: object) -> str:
        """Put a job into the table; a worker finds that the queue does not hold it."""
        job = uuid4().hex
        given = json.dumps({"notes": str(self.notes), **arguments})
        now = datetime.now(UTC).isoformat(" ")
        self.place.rows(
            "insert into clinic_jobs_job (id, kind, arguments, state, title, fraction, error, "
            "attempt, lost, cancel_asked, asked_at) "
            "values (?, ?, ?, 'queued', '', 0, '', 0, 0, 0, ?)",
            *(job, kind, given, now),
        )
        return job

    def work(self) -> Popen[str]:
        worker = self.place.begin_python(_WORKER)
        self._running.append(worker)
        return worker

    def job(self, job: str) -> dict[str, object]:
        names = ("state", "attempt", "lost", "fraction", "result", "error")
        row = self.place.rows(f"select {', '.join(names)} from clinic_jobs_job where id = ?", job)
        return dict(zip(names, row[0], strict=True))

    def reaches(self, job: str, state: str) -> None:
        until(lambda: self.job(job)["state"] == state)

    def advances(self, job: str) -> None:
        until(lambda: float(str(self.job(job)["fraction"])) > 0)

    def times_begun(self) -> int:
        return len(self.notes.read_text().splitlines())

    def close(self) -> None:
        for worker in self._running:
            worker.kill()
            worker.wait(300)


@pytest.fixture(scope="module")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    Installation(home).migrate()
    return home


@pytest.fixture
def workers(tmp_path: Path, empty_home: Path) -> Iterator[Workers]:
    shutil.copytree(empty_home, tmp_path, dirs_exist_ok=True)
    found = Workers(tmp_path)
    yield found
    found.close()


def child_of(worker: Popen[str]) -> int:
    """The process of the job that a worker does."""
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    return int(children[0])


def test_a_worker_does_what_waits_and_stops_when_told(workers: Workers) -> None:
    job = workers.start("test_add", numbers=[1, 2, 3])
    worker = workers.work()
    workers.reaches(job, "done")
    assert '"sum": 6' in str(workers.job(job)["result"])
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(300) == 0
    assert workers.place.rows("select count(*) from clinic_jobs_worker") == [(0,)]


def test_a_job_survives_the_death_of_its_worker(workers: Workers) -> None:
    job = workers.start("test_slow", steps=15)
    worker = workers.work()
    workers.advances(job)
    worker.kill()
    worker.wait(300)
    workers.work()
    workers.reaches(job, "done")
    found = workers.job(job)
    assert (found["attempt"], found["lost"]) == (2, 1)
    assert workers.times_begun() == 2


def test_a_worker_that_is_stopped_gives_its_job_back(workers: Workers) -> None:
    job = workers.start("test_slow", steps=15)
    worker = workers.work()
    workers.advances(job)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(300) == 0
    assert workers.job(job)["state"] == "queued"
    workers.work()
    workers.reaches(job, "done")
    assert (workers.job(job)["attempt"], workers.job(job)["lost"]) == (2, 0)


def test_a_job_whose_process_dies_twice_has_failed_and_the_worker_goes_on(
    workers: Workers,
) -> None:
    job = workers.start("test_slow", steps=600)
    worker = workers.work()
    for attempt in (1, 2):
        until(lambda attempt=attempt: workers.job(job)["attempt"] == attempt)
        workers.advances(job)
        os.kill(child_of(worker), signal.SIGKILL)
    workers.reaches(job, "failed")
    assert "stopped twice" in str(workers.job(job)["error"])
    after = workers.start("test_add", numbers=[1])
    workers.reaches(after, "done")


def test_cancelling_ends_a_job_that_never_asks(workers: Workers) -> None:
    job = workers.start("test_deaf")
    worker = workers.work()
    until(workers.notes.exists)
    child = child_of(worker)
    workers.place.rows("update clinic_jobs_job set cancel_asked = 1")
    workers.reaches(job, "cancelled")
    until(lambda: not Path(f"/proc/{child}").exists())


def test_two_workers_share_the_queue_and_do_nothing_twice(workers: Workers) -> None:
    jobs = [workers.start("test_slow", steps=2 + n) for n in range(4)]
    workers.work(), workers.work()
    for job in jobs:
        workers.reaches(job, "done")
    assert [workers.job(job)["attempt"] for job in jobs] == [1] * 4
    assert workers.times_begun() == 4
