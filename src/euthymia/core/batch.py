"""Many independent pieces of work on many processes or machines, resumable.

Any `concurrent.futures.Executor` does the work: a pool of processes here, or the workers of a dask
cluster. Each piece is kept in a folder as soon as it is done, under a hash of what it was made
from. So a run that was broken off, or a worker that died, costs only the pieces that were not done.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, cast

from euthymia.core.errors import EuthymiaError, InputError, MissingPartError
from euthymia.core.progress import SILENT, Progress, stage
from euthymia.core.store import key_of

Row = dict[str, Any]
Rows = list[Row]


class Job(Protocol):
    """One piece of work: what it is called, and all that decides its result."""

    @property
    def name(self) -> str: ...
    def inputs(self) -> Mapping[str, Any]:
        """Plain values and hashes (JSON) that decide the result."""


J = TypeVar("J", bound=Job)


class Pool(Protocol):
    """Opens executors: again after one has broken."""

    def open(self) -> AbstractContextManager[Executor]: ...


@dataclass(frozen=True, slots=True)
class Processes:
    """A pool of processes on this machine."""

    workers: int | None = None

    @contextmanager
    def open(self) -> Iterator[Executor]:
        """A fresh pool; processes are started clean, as compiled threads do not survive a fork."""
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.workers, mp_context=context) as executor:
            yield executor


@dataclass(frozen=True, slots=True)
class DaskCluster:
    """The workers of a dask cluster, by the address of its scheduler (tcp://host:8786)."""

    address: str

    @contextmanager
    def open(self) -> Iterator[Executor]:
        """The cluster as an executor; needs the optional part `cluster`."""
        try:
            from distributed import Client  # noqa: PLC0415
        except ImportError:
            raise MissingPartError(
                "the dask cluster", "the package distributed is not installed",
                "Install euthymia[cluster]",
            ) from None  # fmt: skip
        try:
            client: Any = cast(Any, Client)(self.address, timeout=20)
        except (OSError, ValueError) as problem:
            raise InputError(
                f"scheduler {self.address}", f"it does not answer ({problem})",
                "Start it with `dask scheduler`, and give its address",
            ) from None  # fmt: skip
        with client:
            yield client.get_executor(pure=False)


@dataclass(frozen=True, eq=False)
class Batch(Generic[J]):
    """A way to work through jobs. `folder` keeps what is done; None keeps nothing.

    work: a function of a module, from a job to its rows. attempts: how often a job may be begun
    when workers die under it.
    """

    work: Callable[[J], Rows]
    pool: Pool = field(default_factory=Processes)
    folder: Path | None = None
    attempts: int = 3

    def run(self, jobs: Sequence[J], progress: Progress = SILENT) -> Rows:
        """The rows of all jobs, in the order of the jobs, whoever did them and when.

        A refusal becomes a row with `job` and `refused`; the other jobs go on. Raises only when
        workers die under a job again and again.
        """
        names = [self._name(job) for job in jobs]
        done = {name: rows for name in names if (rows := self._kept(name)) is not None}
        with stage(progress, "Working through the heads", len(jobs)) as step:
            step.advance(sum(name in done for name in names))
            waiting = {name: job for name, job in zip(names, jobs, strict=True) if name not in done}
            for _ in range(self.attempts):
                if not waiting:
                    break
                for name, rows in self._round(waiting):
                    self._keep(name, rows)
                    done[name] = rows
                    step.advance()
                waiting = {name: job for name, job in waiting.items() if name not in done}
        if waiting:
            lost = ", ".join(sorted(job.name for job in waiting.values()))
            raise EuthymiaError(
                "batch",
                f"the workers died {self.attempts} times under {lost}",
                "Give each worker more memory, or fewer workers; what is done is kept",
            )
        return [row for name in names for row in done[name]]

    def _round(self, waiting: Mapping[str, J]) -> Iterator[tuple[str, Rows]]:
        """What the workers finish before one of them, if any, brings the pool down."""
        with self.pool.open() as executor:
            futures: dict[Future[Rows], str] = {}
            try:
                for name, job in waiting.items():
                    futures[executor.submit(_refusing, self.work, job)] = name
            except BrokenProcessPool:
                pass
            for future in as_completed(futures):
                try:
                    yield futures[future], future.result()
                except Exception as trouble:
                    if not _worker_died(trouble):
                        raise

    def _name(self, job: J) -> str:
        return f"{self.work.__module__}.{self.work.__qualname__}-{key_of(job.inputs())[:40]}"

    def _kept(self, name: str) -> Rows | None:
        if self.folder is None:
            return None
        try:
            found = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, list) else None

    def _keep(self, name: str, rows: Rows) -> None:
        # a refusal may be mended outside (a file put in its place): ask again next time
        if self.folder is None or any("refused" in row for row in rows):
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=self.folder, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(rows, file)
        Path(part).replace(self.folder / f"{name}.json")


def _refusing(work: Callable[[J], Rows], job: J) -> Rows:
    """The rows of a job, or one that says why it was refused. Through JSON, so that a kept result
    and a fresh one are the same."""
    try:
        found: Rows = json.loads(json.dumps(work(job)))
    except EuthymiaError as refusal:
        return [{"job": job.name, "refused": str(refusal)}]
    return found


def _worker_died(trouble: Exception) -> bool:
    return isinstance(trouble, BrokenProcessPool) or type(trouble).__name__ == "KilledWorker"
