"""Reporting progress without knowing who watches.

Long work takes a `Progress` and opens a stage for each part. The command line shows bars, the
clinic stores the last report, a library user may pass nothing at all (`SILENT`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol


class Stage(Protocol):
    """One running part of the work."""

    def advance(self, amount: float = 1.0) -> None:
        """Say that `amount` more of the stage's total is done."""


class Progress(Protocol):
    """Someone who is told how far the work has come."""

    def start(self, title: str, total: float) -> Stage:
        """A part of the work begins; `total` is in any unit, `advance` uses the same one."""

    def finish(self, stage: Stage) -> None:
        """The part is over, done or broken off."""


@contextmanager
def stage(progress: Progress, title: str, total: float = 1.0) -> Iterator[Stage]:
    """Open a stage for the length of a `with` block; it is finished on every way out."""
    running = progress.start(title, total)
    try:
        yield running
    finally:
        progress.finish(running)


class _Silence:
    def start(self, title: str, total: float) -> Stage:
        return self

    def finish(self, stage: Stage) -> None:
        return None

    def advance(self, amount: float = 1.0) -> None:
        return None


SILENT: Progress = _Silence()
"""Nobody watches."""


@dataclass(slots=True)
class Report:
    """How far one stage has come: what a web page or a log line shows."""

    title: str
    total: float
    done: float = 0.0
    finished: bool = False

    @property
    def fraction(self) -> float:
        return min(1.0, self.done / self.total) if self.total > 0 else 1.0


class CallbackProgress:
    """Hands every change to one function, as a `Report` (the clinic, logs, tests)."""

    def __init__(self, tell: Callable[[Report], None]) -> None:
        self._tell = tell

    def start(self, title: str, total: float) -> Stage:
        running = _CallbackStage(Report(title, total), self._tell)
        self._tell(running.report)
        return running

    def finish(self, stage: Stage) -> None:
        if isinstance(stage, _CallbackStage):
            stage.report.finished = True
            self._tell(stage.report)


class _CallbackStage:
    def __init__(self, report: Report, tell: Callable[[Report], None]) -> None:
        self.report = report
        self._tell = tell

    def advance(self, amount: float = 1.0) -> None:
        self.report.done += amount
        self._tell(self.report)
