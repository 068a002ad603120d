"""Do small studies show larger effects? Tests of a funnel plot's lopsidedness, and trim and fill.

A lopsided funnel may come from unpublished null studies, but also from chance or from differences
between small and large studies; with fewer than ten studies the tests have little power, and their
result says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.learn.evidence.effects import Effect, Measure, TwoByTwo, comparable
from euthymia.learn.evidence.pooling import Between, Pooled, Spread, pool

FEWEST = 10
"""Below this many studies a funnel test says little (Sterne 2011)."""


@dataclass(frozen=True, slots=True)
class FunnelTest:
    """One test of lopsidedness: its statistic, two-sided p value, and whether it has any power.

    intercept: how far the line misses the point where an infinitely precise study would lie.
    """

    name: str
    intercept: float
    p_value: float
    studies: int

    @property
    def has_power(self) -> bool:
        return self.studies >= FEWEST


def egger(effects: Sequence[Effect]) -> FunnelTest:
    """Egger 1997: the regression of effect over its error on precision, by least squares."""
    y, error = _arrays(effects)
    design = np.column_stack([np.ones(len(y)), 1 / error])
    intercept, p = _first_coefficient(design, y / error, np.ones(len(y)))
    return FunnelTest("Egger", intercept, p, len(y))


def peters(tables: Sequence[TwoByTwo]) -> FunnelTest:
    """Peters 2006: the log odds ratio against the inverse of the size.

    Unlike Egger's it keeps its level with odds ratios, whose error depends on the ratio itself.
    The slope is reported in `intercept`.
    """
    kept = [table for table in tables if not table.is_empty]
    effects, _ = comparable(kept, Measure.ODDS_RATIO)
    y, _ = _arrays(effects)
    size = np.array([table.treated + table.control for table in kept], dtype=float)
    events = np.array([table.events + table.control_events for table in kept], dtype=float)
    weight = 1.0 / (1.0 / events + 1.0 / (size - events))
    design = np.column_stack([1 / size, np.ones(len(y))])
    slope, p = _first_coefficient(design, y, weight)
    return FunnelTest("Peters", slope, p, len(y))


def begg(effects: Sequence[Effect]) -> FunnelTest:
    """Begg and Mazumdar 1994: rank correlation of standardised effect and variance (Kendall)."""
    y, error = _arrays(effects)
    v = error**2
    centre = float((y / v).sum() / (1 / v).sum())
    standard = (y - centre) / np.sqrt(v - 1 / (1 / v).sum())
    tau, p = scipy.stats.kendalltau(standard, v)
    return FunnelTest("Begg", float(tau), float(p), len(y))


@dataclass(frozen=True, slots=True)
class Trimmed:
    """The pooled effect after mirror images of the most extreme studies were added.

    `added` counts them; it shows how far an answer leans on small studies, and corrects nothing.
    """

    pooled: Pooled
    added: int


def trim_and_fill(effects: Sequence[Effect], between: Between = Between.MOMENTS) -> Trimmed:
    """Duval and Tweedie 2000, estimator L0, on the side on which studies are missing."""
    y, _ = _arrays(effects)
    side = 1.0 if egger(effects).intercept >= 0 else -1.0
    order = np.argsort(side * y)
    missing = 0
    for _ in range(len(y)):
        kept = [effects[i] for i in order[: len(y) - missing]]
        centre = pool(kept, between, Spread.NORMAL).value
        found = _missing(side * (y - centre))
        if found == missing:
            break
        missing = found
    centre = pool([effects[i] for i in order[: len(y) - missing]], between, Spread.NORMAL).value
    mirrored = [
        Effect(f"mirror of {e.study}", e.measure, 2 * centre - e.value, e.variance)
        for e in (effects[i] for i in order[len(y) - missing :])
    ]
    return Trimmed(pool([*effects, *mirrored], between, Spread.NORMAL), missing)


def _missing(offset: NDArray[np.float64]) -> int:
    """How many studies lack their mirror image, by the rank sum of those on the fuller side."""
    n = len(offset)
    ranks = scipy.stats.rankdata(np.abs(offset))
    total = float(ranks[offset > 0].sum())
    estimate = (4 * total - n * (n + 1)) / (2 * n - 1)
    return min(max(0, round(estimate)), n - 2)


def _arrays(effects: Sequence[Effect]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if len(effects) < 3:
        raise InputError("funnel test", f"{len(effects)} studies are too few", "Give three or more")
    y = np.array([effect.value for effect in effects])
    return y, np.array([effect.standard_error for effect in effects])


def _first_coefficient(
    design: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[float, float]:
    """The first coefficient of a weighted regression, and its two-sided p value."""
    normal = design.T @ (weight[:, None] * design)
    inverse = np.linalg.inv(normal)
    beta = inverse @ design.T @ (weight * y)
    freedom = len(y) - design.shape[1]
    spread = float(weight @ (y - design @ beta) ** 2) / freedom
    error = math.sqrt(spread * float(inverse[0, 0]))
    if error == 0:
        return float(beta[0]), float(beta[0] == 0)
    return float(beta[0]), 2 * float(scipy.stats.t(freedom).sf(abs(float(beta[0])) / error))
