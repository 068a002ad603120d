"""Pooling of two-by-two tables as counts, which needs no correction of sparse tables.

Mantel and Haenszel 1959, with the variances of Robins, Breslow and Greenland 1986 (odds ratio),
Greenland and Robins 1985 (risk ratio) and Sato 1989 (risk difference); Peto's one-step odds ratio
(Yusuf 1985).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.learn.evidence.effects import Measure, TwoByTwo


@dataclass(frozen=True, slots=True)
class CountsPooled:
    """A common effect of tables, on the pooling scale of the measure, with its normal interval."""

    method: str
    measure: Measure
    value: float
    standard_error: float
    low: float
    high: float
    p_value: float

    @property
    def shown(self) -> tuple[float, float, float]:
        to = self.measure.shown
        return to(self.value), to(self.low), to(self.high)


def mantel_haenszel(
    tables: Sequence[TwoByTwo], measure: Measure, coverage: float = 0.95
) -> CountsPooled:
    """The Mantel-Haenszel odds ratio, risk ratio or risk difference of a stratified comparison."""
    a, b, c, d = _cells(tables)
    n, m = a + b, c + d
    total = n + m
    if measure is Measure.ODDS_RATIO:
        value, variance = _odds_ratio(a, b, c, d, total)
    elif measure is Measure.RISK_RATIO:
        r, s = float((a * m / total).sum()), float((c * n / total).sum())
        _refuse_zero(r, s)
        p = (n * m * (a + c) - a * c * total) / total**2
        value, variance = math.log(r / s), float(p.sum()) / (r * s)
    elif measure is Measure.RISK_DIFFERENCE:
        w = n * m / total
        value = float(((a * m - c * n) / total).sum() / w.sum())
        # Sato's variance is valid with few large and with many small strata.
        p = (n**2 * c - m**2 * a + n * m * (m - n) / 2) / total**2
        q = (a * d + c * b) / (2 * total)
        variance = float((value * p.sum() + q.sum()) / w.sum() ** 2)
    else:
        raise InputError(str(measure), "it does not compare counts", "Choose a ratio or difference")
    return _finished("Mantel-Haenszel", measure, value, variance, coverage)


def peto(tables: Sequence[TwoByTwo], coverage: float = 0.95) -> CountsPooled:
    """Peto's odds ratio: good for rare outcomes and balanced arms, biased for large effects."""
    a, b, c, d = _cells(tables)
    n, m = a + b, c + d
    total = n + m
    expected = n * (a + c) / total
    variance = n * m * (a + c) * (b + d) / (total**2 * (total - 1))
    information = float(variance.sum())
    if information <= 0:
        raise InputError("pooling", "no table carries information", "Give tables with outcomes")
    value = float((a - expected).sum()) / information
    return _finished("Peto", Measure.ODDS_RATIO, value, 1 / information, coverage)


def _odds_ratio(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    c: NDArray[np.float64],
    d: NDArray[np.float64],
    total: NDArray[np.float64],
) -> tuple[float, float]:
    r, s = a * d / total, b * c / total
    p, q = (a + d) / total, (b + c) / total
    big_r, big_s = float(r.sum()), float(s.sum())
    _refuse_zero(big_r, big_s)
    variance = (
        (p * r).sum() / (2 * big_r**2)
        + (p * s + q * r).sum() / (2 * big_r * big_s)
        + (q * s).sum() / (2 * big_s**2)
    )
    return math.log(big_r / big_s), float(variance)


def _refuse_zero(*sums: float) -> None:
    if min(sums) <= 0:
        raise InputError(
            "pooling",
            "one arm has no outcome in any study, so the ratio has no finite value",
            "Pool risk differences instead",
        )


def _cells(tables: Sequence[TwoByTwo]) -> tuple[NDArray[np.float64], ...]:
    if not tables:
        raise InputError("pooling", "no study is left to pool", "Give at least one study")
    return tuple(np.array([table.cells for table in tables], dtype=float).T)


def _finished(
    method: str, measure: Measure, value: float, variance: float, coverage: float
) -> CountsPooled:
    error = math.sqrt(variance)
    reach = float(scipy.stats.norm.ppf(0.5 + coverage / 2)) * error
    p_value = 2 * float(scipy.stats.norm.sf(abs(value) / error))
    return CountsPooled(method, measure, value, error, value - reach, value + reach, p_value)
