"""Maximum-likelihood PEST: each pulse at the most likely threshold of all answers so far.

Awiszus 2003: the threshold that makes all answers most likely, on a grid, with two answers put in
at the start (none at no output, one at full output), so that there is a maximum from the first
pulse on. The interval holds the thresholds whose likelihood ratio a test at 5 % would keep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from euthymia.core.quantities import Estimate
from euthymia.treat.threshold.likelihood import Row, ThresholdGrid
from euthymia.treat.threshold.method import Advice, Belief, Trial, to_step
from euthymia.treat.threshold.rules import threshold_rules

_CHI2_95_HALF = 3.841458820694124 / 2


@dataclass(frozen=True, slots=True)
class MlPest:
    """Maximum-likelihood PEST with a fixed number of pulses.

    start_pct: output of the first pulse; None leaves it to the method. step_pct: of the device.
    """

    pulses: int = threshold_rules().ml_pest.pulses
    start_pct: float | None = None
    step_pct: float = 1.0

    @property
    def id(self) -> str:
        return "ml_pest"

    def belief(self, trials: Sequence[Trial]) -> Belief:
        """The likelihood of each threshold, scaled so that all together are 1."""
        likelihood = _seeded(_grid(), trials)
        chance = np.exp(likelihood - likelihood.max())
        return Belief(_grid().values, np.asarray(chance / chance.sum()))

    def advise(self, trials: Sequence[Trial]) -> Advice:
        """The most likely threshold as the next output, until the pulses are spent."""
        likelihood = _seeded(_grid(), trials)
        best = likelihood.max()
        values = _grid().values
        most_likely = float(values[likelihood >= best - 1e-9].mean())
        estimate = None
        if trials:
            kept = values[likelihood >= best - _CHI2_95_HALF]
            estimate = Estimate(
                round(most_likely, 2),
                "%MSO",
                float(kept[0]),
                float(kept[-1]),
                how="likelihood ratio; a relative spread of 0.07 is assumed",
            )
        if len(trials) >= self.pulses:
            return Advice(None, estimate, f"{self.pulses} pulses are given")
        if not trials and self.start_pct is not None:
            return Advice(to_step(self.start_pct, self.step_pct), None, "the first pulse")
        return Advice(
            to_step(most_likely, self.step_pct),
            estimate,
            f"pulse {len(trials) + 1} of {self.pulses}",
        )


@cache
def _grid() -> ThresholdGrid:
    rule = threshold_rules().ml_pest
    return ThresholdGrid(
        rule.grid_from_pct,
        rule.grid_to_pct,
        rule.grid_step_pct,
        threshold_rules().spread.relative,
    )


def _seeded(grid: ThresholdGrid, trials: Sequence[Trial]) -> Row:
    """The log likelihood with the two answers that are put in at the start."""
    none_at_zero = grid.log_chance(0.0, False)
    one_beyond_all = grid.log_chance(grid.high_pct + grid.step_pct, True)
    return np.asarray(grid.log_likelihood(trials) + none_at_zero + one_beyond_all)
