"""The Bayesian search: a prior, each pulse where it teaches most, an end by certainty.

The belief over thresholds is kept on a grid. The next pulse is the output whose answer tells most
about the threshold (the mutual information between them is largest). The search ends when the
central 95 % interval is narrow enough in relation to the threshold, or after the most pulses. The
interval is a belief: it covers as often as it says if the prior fits the patients and the spread
is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from euthymia.assess.safety.session_rules import session_rules
from euthymia.core.errors import InputError
from euthymia.core.quantities import Estimate
from euthymia.treat.threshold.likelihood import Row, ThresholdGrid, chance_table
from euthymia.treat.threshold.method import Advice, Belief, Trial, to_step
from euthymia.treat.threshold.rules import PriorRule, threshold_rules


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed of the threshold before the first pulse, in % MSO.

    Uniform between `low_pct` and `high_pct`, or normal with `mean_pct` and `sd_pct`.
    """

    low_pct: float | None = None
    high_pct: float | None = None
    mean_pct: float | None = None
    sd_pct: float | None = None

    @classmethod
    def named(cls, name: str) -> Prior:
        """One of the priors of the data file."""
        try:
            rule: PriorRule = threshold_rules().priors[name]
        except KeyError:
            known = ", ".join(threshold_rules().priors)
            raise InputError(f"prior {name!r}", "it is not known", f"Choose: {known}") from None
        return cls(rule.low_pct, rule.high_pct, rule.mean_pct, rule.sd_pct)

    @classmethod
    def around(cls, threshold: Estimate) -> Prior:
        """The belief after an earlier threshold of the same patient, stimulator and coil.

        Two thresholds of one patient differ by the error of the earlier one and by a real drift;
        the drift's standard deviation is half of what would ask for a second look.
        """
        drift = session_rules().redetermination.changed_pct / 100.0 * threshold.value / 2.0
        error = 0.0
        if threshold.low is not None and threshold.high is not None:
            error = (threshold.high - threshold.low) / (2 * 1.96)
        return cls(mean_pct=threshold.value, sd_pct=float(np.hypot(drift, error)))

    def log_density(self, values: Row) -> Row:
        """(n,) log of the belief at the thresholds, up to a constant."""
        if self.mean_pct is not None and self.sd_pct is not None:
            return np.asarray(-0.5 * ((values - self.mean_pct) / self.sd_pct) ** 2)
        low, high = self.low_pct or 0.0, self.high_pct or float("inf")
        inside = (values >= low) & (values <= high)
        return np.where(inside, 0.0, -np.inf)


@dataclass(frozen=True, slots=True)
class Bayesian:
    """The Bayesian search with its prior and its end.

    width_pct: it ends when the 95 % interval is no wider than this, in % of the threshold.
    start_pct: output of the first pulse; None leaves it to the method. step_pct: of the device.
    """

    prior: Prior = Prior.named("adults")  # noqa: RUF009 - frozen
    width_pct: float = threshold_rules().bayesian.width_pct
    least_pulses: int = threshold_rules().bayesian.least_pulses
    most_pulses: int = threshold_rules().bayesian.most_pulses
    start_pct: float | None = None
    step_pct: float = 1.0

    @property
    def id(self) -> str:
        return "bayesian"

    def belief(self, trials: Sequence[Trial]) -> Belief:
        """What is believed of the threshold after these trials."""
        grid = _grid()
        return Belief(grid.values, _belief(grid, self.prior, trials))

    def advise(self, trials: Sequence[Trial]) -> Advice:
        """The output that teaches most, until the belief is narrow enough."""
        grid = _grid()
        belief = _belief(grid, self.prior, trials)
        estimate = _estimate(grid, belief)
        assert estimate.low is not None
        assert estimate.high is not None
        width_pct = 100.0 * (estimate.high - estimate.low) / estimate.value
        shown = estimate if trials else None
        if len(trials) >= self.least_pulses and width_pct <= self.width_pct:
            return Advice(None, shown, f"the interval is {width_pct:.0f} % of the threshold wide")
        if len(trials) >= self.most_pulses:
            return Advice(None, shown, f"{self.most_pulses} pulses are given")
        if not trials and self.start_pct is not None:
            return Advice(to_step(self.start_pct, self.step_pct), None, "the first pulse")
        return Advice(
            _most_telling(grid, belief, self.step_pct),
            shown,
            f"the interval is {width_pct:.0f} % of the threshold wide",
        )


@cache
def _grid() -> ThresholdGrid:
    rule = threshold_rules().bayesian
    return ThresholdGrid(
        rule.grid_from_pct,
        rule.grid_to_pct,
        rule.grid_step_pct,
        threshold_rules().spread.relative,
    )


def _belief(grid: ThresholdGrid, prior: Prior, trials: Sequence[Trial]) -> Row:
    """(n,) probability of each threshold of the grid; adds up to 1."""
    log_belief = prior.log_density(grid.values) + grid.log_likelihood(trials)
    best = log_belief.max()
    if not np.isfinite(best):
        raise InputError(
            "answers of the muscle",
            "they contradict the prior",
            "Check the answers, or search with the broad prior",
        )
    belief = np.exp(log_belief - best)
    return np.asarray(belief / belief.sum())


def _estimate(grid: ThresholdGrid, belief: Row) -> Estimate:
    """The mean of the belief, with its central 95 % interval."""
    middle = float(belief @ grid.values)
    low, high = _quantiles(grid, belief, (0.025, 0.975))
    return Estimate(
        round(middle, 2),
        "%MSO",
        round(min(low, middle), 2),
        round(max(high, middle), 2),
        how="belief after all answers; a relative spread of 0.07 is assumed",
    )


def _quantiles(grid: ThresholdGrid, belief: Row, parts: tuple[float, ...]) -> tuple[float, ...]:
    """Thresholds below which so much of the belief lies; each grid cell is filled evenly."""
    edges = np.append(grid.values, grid.values[-1] + grid.step_pct) - grid.step_pct / 2
    filled = np.concatenate([[0.0], np.cumsum(belief)])
    return tuple(float(np.interp(part, filled, edges)) for part in parts)


def _most_telling(grid: ThresholdGrid, belief: Row, step_pct: float) -> float:
    """The output whose answer tells most about the threshold (largest mutual information)."""
    outputs = _outputs(step_pct)
    chances = chance_table(grid, outputs)
    told = _entropy(chances @ belief) - _noise(grid, step_pct) @ belief
    return outputs[int(np.argmax(told))]


@cache
def _noise(grid: ThresholdGrid, step_pct: float) -> NDArray[np.float64]:
    """(m, n) the uncertainty of each output's answer that remains when the threshold is known."""
    return _entropy(chance_table(grid, _outputs(step_pct)))


def _entropy(chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The uncertainty of a yes-or-no answer with these chances, in nats."""
    no = 1.0 - chance
    least = np.finfo(float).tiny
    return np.asarray(
        -(chance * np.log(np.maximum(chance, least)) + no * np.log(np.maximum(no, least)))
    )


@cache
def _outputs(step_pct: float) -> tuple[float, ...]:
    return tuple(float(x) for x in np.arange(step_pct, 100.0 + step_pct / 2, step_pct))
