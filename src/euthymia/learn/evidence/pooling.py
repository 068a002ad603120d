"""Many studies taken together: fixed and random effects, heterogeneity, prediction.

Estimators of the variance between studies: DerSimonian and Laird 1986 (moments), restricted maximum
likelihood (Viechtbauer 2005), Paule and Mandel 1982. The interval of the mean is normal or that of
Hartung and Knapp 2001 (with or without the bound that it be never narrower, Röver 2015); the
prediction interval is that of Higgins, Thompson and Spiegelhalter 2009; the interval of the
variance between studies is that of the Q profile (Viechtbauer 2007).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import scipy
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.learn.evidence.effects import Effect, Measure

FloatArray = NDArray[np.float64]


class Between(StrEnum):
    """How the variance between studies is estimated."""

    NONE = "fixed effect"
    MOMENTS = "DerSimonian-Laird"
    RESTRICTED_LIKELIHOOD = "REML"
    PAULE_MANDEL = "Paule-Mandel"


class Spread(StrEnum):
    """How the interval of the pooled mean is made."""

    NORMAL = "normal"
    HARTUNG_KNAPP = "Hartung-Knapp"
    HARTUNG_KNAPP_BOUNDED = "Hartung-Knapp, never narrower than normal"


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """How far studies differ beyond chance.

    q on `freedom` degrees with its p value; i_squared the share of variation that is not chance;
    tau_squared the variance between studies on the pooling scale with its Q-profile interval.
    """

    q: float
    freedom: int
    p_value: float
    i_squared: float
    tau_squared: float
    tau_squared_low: float
    tau_squared_high: float


@dataclass(frozen=True, slots=True)
class Pooled:
    """The common effect of several studies, on the pooling scale of the measure.

    `weights` sum to 1 and are in the order of `effects`. `predicted` is where the true effect of a
    new study would lie; None below three studies or with a fixed effect.
    """

    effects: tuple[Effect, ...]
    between: Between
    spread: Spread
    coverage: float
    value: float
    standard_error: float
    low: float
    high: float
    p_value: float
    weights: tuple[float, ...]
    heterogeneity: Heterogeneity
    predicted: tuple[float, float] | None

    @property
    def measure(self) -> Measure:
        return self.effects[0].measure

    @property
    def shown(self) -> tuple[float, float, float]:
        """Value, low and high end as people read them."""
        to = self.measure.shown
        return to(self.value), to(self.low), to(self.high)

    @property
    def predicted_shown(self) -> tuple[float, float] | None:
        if self.predicted is None:
            return None
        low, high = self.predicted
        return self.measure.shown(low), self.measure.shown(high)


def pool(
    effects: Sequence[Effect],
    between: Between = Between.RESTRICTED_LIKELIHOOD,
    spread: Spread = Spread.HARTUNG_KNAPP_BOUNDED,
    coverage: float = 0.95,
) -> Pooled:
    """The common effect of at least one study; all effects must be of one measure.

    With one study its own effect comes back. Hartung-Knapp needs two studies; below that, and with
    a fixed effect, the interval is normal.
    """
    _refuse_mixed(effects)
    y = np.array([effect.value for effect in effects])
    v = np.array([effect.variance for effect in effects])
    tau_squared = between_variance(y, v, between)
    w = 1.0 / (v + tau_squared)
    mean = float(w @ y / w.sum())
    variance = float(1.0 / w.sum())
    k = len(effects)
    quantile: Callable[[float], float] = scipy.stats.norm.ppf
    tail: Callable[[float], float] = scipy.stats.norm.sf
    if between is Between.NONE or k == 1:
        spread = Spread.NORMAL
    if spread is not Spread.NORMAL:
        factor = float(w @ (y - mean) ** 2 / (k - 1))
        bounded = spread is Spread.HARTUNG_KNAPP_BOUNDED
        variance *= max(1.0, factor) if bounded else factor
        quantile, tail = scipy.stats.t(k - 1).ppf, scipy.stats.t(k - 1).sf
    error = math.sqrt(variance)
    reach = float(quantile(0.5 + coverage / 2)) * error
    # With identical studies the unbounded Hartung-Knapp error is zero, and so is p.
    p_value = 2 * float(tail(abs(mean) / error)) if error > 0 else float(mean == 0)
    return Pooled(
        tuple(effects),
        between,
        spread,
        coverage,
        mean,
        error,
        mean - reach,
        mean + reach,
        p_value,
        tuple((w / w.sum()).tolist()),
        _heterogeneity(y, v, tau_squared, coverage),
        _predicted(mean, variance, tau_squared, k, between, coverage),
    )


def between_variance(y: FloatArray, v: FloatArray, between: Between) -> float:
    """The variance between studies; y: (k,) effects, v: (k,) their variances."""
    if between is Between.NONE or len(y) < 2:
        return 0.0
    if between is Between.MOMENTS:
        w = 1.0 / v
        scale = float(w.sum() - (w**2).sum() / w.sum())
        return max(0.0, (_q(y, v, 0.0) - (len(y) - 1)) / scale)
    if between is Between.PAULE_MANDEL:
        return _rising_to(lambda t: _q(y, v, t), len(y) - 1, y, v)
    return _restricted_likelihood(y, v)


def _restricted_likelihood(y: FloatArray, v: FloatArray) -> float:
    """The maximum of the restricted likelihood: the best of the roots of its slope, or zero."""
    top = _ceiling(y, v)
    # The slope may have several roots: they are bracketed on a grid that is fine near zero.
    grid = np.concatenate([[0.0], np.geomspace(1e-8 * top, top, 200)])
    slopes = np.array([_slope(y, v, t) for t in grid])
    candidates = [0.0]
    for left in np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0)):
        candidates.append(
            float(
                scipy.optimize.brentq(
                    lambda t: _slope(y, v, t), grid[left], grid[left + 1], xtol=1e-14, rtol=1e-13
                )
            )
        )
    return max(candidates, key=lambda t: _log_likelihood(y, v, t))


def _slope(y: FloatArray, v: FloatArray, tau_squared: float) -> float:
    """Twice the derivative of the restricted log likelihood."""
    w = 1.0 / (v + tau_squared)
    mean = w @ y / w.sum()
    return float((w**2) @ (y - mean) ** 2 - w.sum() + (w**2).sum() / w.sum())


def _log_likelihood(y: FloatArray, v: FloatArray, tau_squared: float) -> float:
    w = 1.0 / (v + tau_squared)
    mean = w @ y / w.sum()
    return float(0.5 * (np.log(w).sum() - np.log(w.sum()) - w @ (y - mean) ** 2))


def _q(y: FloatArray, v: FloatArray, tau_squared: float) -> float:
    """The weighted sum of squares around the mean; falls as the variance between studies rises."""
    w = 1.0 / (v + tau_squared)
    return float(w @ (y - w @ y / w.sum()) ** 2)


def _rising_to(
    q_of: Callable[[float], float], wanted: float, y: FloatArray, v: FloatArray
) -> float:
    """The variance at which the falling function reaches a value; 0 where it starts below it."""
    if q_of(0.0) <= wanted:
        return 0.0
    top = _ceiling(y, v)
    while q_of(top) > wanted:
        top *= 4.0
    return float(
        scipy.optimize.brentq(lambda t: q_of(t) - wanted, 0.0, top, xtol=1e-14, rtol=1e-13)
    )


def _ceiling(y: FloatArray, v: FloatArray) -> float:
    return float(10.0 * np.var(y, ddof=1) + v.max()) if len(y) > 1 else float(v.max())


def _heterogeneity(
    y: FloatArray, v: FloatArray, tau_squared: float, coverage: float
) -> Heterogeneity:
    freedom = len(y) - 1
    if freedom == 0:
        return Heterogeneity(0.0, 0, 1.0, 0.0, 0.0, 0.0, math.inf)
    q = _q(y, v, 0.0)
    outer = (1 - coverage) / 2
    low, high = (
        _rising_to(lambda t: _q(y, v, t), float(scipy.stats.chi2.ppf(level, freedom)), y, v)
        for level in (1 - outer, outer)
    )
    return Heterogeneity(
        q,
        freedom,
        float(scipy.stats.chi2.sf(q, freedom)),
        max(0.0, (q - freedom) / q) if q > 0 else 0.0,
        tau_squared,
        low,
        high,
    )


def _predicted(
    mean: float, variance: float, tau_squared: float, k: int, between: Between, coverage: float
) -> tuple[float, float] | None:
    if k < 3 or between is Between.NONE:
        return None
    reach = float(scipy.stats.t(k - 2).ppf(0.5 + coverage / 2)) * math.sqrt(variance + tau_squared)
    return mean - reach, mean + reach


def _refuse_mixed(effects: Sequence[Effect]) -> None:
    if not effects:
        raise InputError("pooling", "no study is left to pool", "Give at least one study")
    measures = {effect.measure for effect in effects}
    if len(measures) > 1:
        raise InputError(
            "pooling",
            f"the effects are of different kinds ({', '.join(sorted(measures))})",
            "Pool one measure at a time",
        )
