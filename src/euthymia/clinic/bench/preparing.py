"""The one-time preparation of a head for the bench, told as one bar from 0 to 100 %."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.clinic.bench.choice import HeadChoice
from euthymia.clinic.bench.opened import OpenBench
from euthymia.clinic.bench.scene import scene_parts
from euthymia.core.progress import Progress, Stage, stage
from euthymia.core.store import Store

TITLE = "Preparing the head for the planning bench"

_SHARES = {
    "Making the mesh": 12.0,
    "Choosing the modes of the outer field": 10.0,
    "Solving the modes": 46.0,
    "Measuring the error against direct solves": 14.0,
    "Opening the bench": 8.0,
}
"""About how much of the time each part takes, in per cent; parts not named here take none."""


def prepare_bench(choice: HeadChoice, store: Store, progress: Progress) -> None:
    """Make all that the bench of a head needs and keep it in the store; a job of minutes.

    A head that is prepared already takes seconds. Progress is told as one stage of 100.
    """
    with stage(progress, TITLE, 100.0) as whole:
        told = _OneBar(whole)
        head = choice.head(told)
        bench = OpenBench.of(head, store, told)
        scene_parts(bench, store)
        told.fill()


@dataclass
class _OneBar:
    """Takes the stages of all parts and advances one stage by each part's share."""

    whole: Stage
    told: float = 0.0

    def start(self, title: str, total: float) -> Stage:
        return _Part(self, _SHARES.get(title, 0.0), max(total, 1e-9))

    def finish(self, stage: Stage) -> None:
        if isinstance(stage, _Part):
            stage.advance(stage.total)

    def fill(self) -> None:
        """What was not told by any part."""
        self.add(100.0 - self.told)

    def add(self, amount: float) -> None:
        amount = min(amount, 100.0 - self.told)
        if amount > 0:
            self.told += amount
            self.whole.advance(amount)


@dataclass
class _Part:
    bar: _OneBar
    share: float
    total: float
    done: float = 0.0

    def advance(self, amount: float = 1.0) -> None:
        step = min(amount, self.total - self.done)
        self.done += step
        self.bar.add(self.share * step / self.total)
