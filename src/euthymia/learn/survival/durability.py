"""How likely a response is to last: published figures, updated by what is seen.

Published are the shares of responders who kept their response at 3, 6 and 12 months. Weibull curves
S(t) = exp(-(t / scale)^shape) through pairs of shares at 3 and 12 months stand on a grid that is
even on the logit scale; how well the published figures fix them is carried as weights, each figure
counting by its interval. Follow-up of patients (a clinic's, or this one's) multiplies the weights
by its likelihood. The published figures are of the state at a visit, not of a first relapse, and
many patients had further treatment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.core.references import Citation
from euthymia.learn.evidence.catalogue import published_pooled
from euthymia.learn.evidence.effects import Measure
from euthymia.learn.survival.curves import FollowUp

FloatArray = NDArray[np.float64]

LONGEST_KNOWN_MONTHS = 12.0
"""Beyond this the published figures say nothing; the curve goes on by its form alone."""

_EARLY_MONTHS = 3.0


def _grid() -> tuple[FloatArray, FloatArray]:
    """(cells,) shape and scale of every curve on the grid."""
    early, late = np.meshgrid(
        _from_log_odds(np.linspace(-2.5, 5.5, 90)),
        _from_log_odds(np.linspace(-4.5, 5.0, 110)),
        indexing="ij",
    )
    falling = late < early - 1e-3
    lost_early, lost_late = -np.log(early[falling]), -np.log(late[falling])
    shape = np.log(lost_late / lost_early) / np.log(LONGEST_KNOWN_MONTHS / _EARLY_MONTHS)
    return shape, _EARLY_MONTHS / lost_early ** (1 / shape)


def _from_log_odds(log_odds: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))


SHAPES, SCALES = _grid()


@dataclass(frozen=True, slots=True)
class Lasting:
    """The probability that the response is still there at a time, with its interval.

    from_month: up to when it is known to have lasted. extrapolated: the time lies beyond published
    follow-up, so that only the form of the curve speaks.
    """

    at_month: float
    from_month: float
    probability: float
    low: float
    high: float
    coverage: float
    extrapolated: bool


@dataclass(frozen=True, eq=False)
class DurabilityModel:
    """A distribution over Weibull curves: weights (cells,) of those on the grid.

    followed: how many patients of one's own are in it beside the published figures.
    """

    weights: FloatArray
    followed: int
    sources: tuple[Citation, ...]

    def lasting(self, at_month: float, from_month: float = 0.0, coverage: float = 0.8) -> Lasting:
        """How likely the response lasts to a month, given that it has lasted up to another."""
        if not 0 <= from_month <= at_month:
            raise InputError(
                "durability",
                f"month {at_month:g} does not come after month {from_month:g}",
                "Ask for a time after the last follow-up",
            )
        kept_so_far = _survival(from_month)
        weights = self.weights * kept_so_far
        weights = weights / weights.sum()
        share = _survival(at_month) / np.maximum(kept_so_far, 1e-300)
        order = np.argsort(share)
        low, high = np.interp(
            [0.5 - coverage / 2, 0.5 + coverage / 2], weights[order].cumsum(), share[order]
        )
        return Lasting(
            at_month,
            from_month,
            float(weights @ share),
            float(low),
            float(high),
            coverage,
            at_month > LONGEST_KNOWN_MONTHS,
        )

    def updated(self, follow_ups: Sequence[FollowUp]) -> DurabilityModel:
        """The model after follow-up of further responders; competing events end follow-up."""
        log_weights = np.log(np.maximum(self.weights, 1e-300))
        for each in follow_ups:
            months = max(each.months, 0.01)  # a loss on the first day has no finite density
            log_weights = log_weights - (months / SCALES) ** SHAPES
            if each.event == 1:
                log_weights = (
                    log_weights + np.log(SHAPES / SCALES) + (SHAPES - 1) * np.log(months / SCALES)
                )
        weights = np.exp(log_weights - log_weights.max())
        return DurabilityModel(
            weights / weights.sum(), self.followed + len(follow_ups), self.sources
        )

    def curve(self, months: Sequence[float], from_month: float = 0.0) -> tuple[Lasting, ...]:
        """The probability at each of several months."""
        return tuple(self.lasting(month, from_month) for month in months)


def published_durability() -> DurabilityModel:
    """The model from the published shares at 3, 6 and 12 months alone.

    The three figures come from overlapping studies, so each counts half: taken as independent they
    would claim more than they know.
    """
    rows = [
        row
        for row in published_pooled()
        if row.measure is Measure.PROPORTION and row.months is not None
    ]
    log_weights = np.zeros_like(SHAPES)
    for row in rows:
        effect, months = row.effect, row.months
        if effect is None or months is None:
            continue
        curve = np.clip(_survival(float(months)), 1e-9, 1 - 1e-9)
        log_weights -= 0.25 * (scipy.special.logit(curve) - effect.value) ** 2 / effect.variance
    weights = np.exp(log_weights - log_weights.max())
    return DurabilityModel(
        weights / weights.sum(), 0, tuple(dict.fromkeys(row.source for row in rows))
    )


def _survival(months: float) -> FloatArray:
    """(cells,) share kept at a time on every curve of the grid."""
    return np.asarray(np.exp(-((months / SCALES) ** SHAPES)))
