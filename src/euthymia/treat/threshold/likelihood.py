"""The chance of an answer as a function of output and threshold, on a grid of thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import scipy
from numpy.typing import NDArray

from euthymia.treat.threshold.method import Trial

Row = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ThresholdGrid:
    """Thresholds from `low_pct` to `high_pct` in equal steps, and the model over them.

    P(answer | x, t) = Phi((x - t) / (spread * t)); Awiszus 2003.
    """

    low_pct: float
    high_pct: float
    step_pct: float
    spread: float
    values: Row = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        count = round((self.high_pct - self.low_pct) / self.step_pct) + 1
        values = self.low_pct + self.step_pct * np.arange(count)
        values.setflags(write=False)
        object.__setattr__(self, "values", values)

    def log_chance(self, pct_mso: float, answered: bool) -> Row:
        """(n,) log P of that answer at that output, for each threshold of the grid."""
        return _log_chance(self, pct_mso, answered)

    def log_likelihood(self, trials: Sequence[Trial]) -> Row:
        """(n,) log likelihood of the trials, for each threshold of the grid."""
        total = np.zeros(len(self.values))
        for trial in trials:
            total += self.log_chance(trial.pct_mso, trial.answered)
        return total


@lru_cache(maxsize=4096)
def _log_chance(grid: ThresholdGrid, pct_mso: float, answered: bool) -> Row:
    z = (pct_mso - grid.values) / (grid.spread * grid.values)
    row = np.asarray(scipy.special.log_ndtr(z if answered else -z))
    row.setflags(write=False)
    return row


@lru_cache(maxsize=16)
def chance_table(grid: ThresholdGrid, outputs_pct: tuple[float, ...]) -> NDArray[np.float64]:
    """(m, n) P(answer) at m outputs for n thresholds."""
    table = np.exp(np.stack([grid.log_chance(output, True) for output in outputs_pct]))
    table.setflags(write=False)
    return table
