"""Curves of what is kept and what is lost over time, from follow-up that is cut short for many.

Kaplan and Meier 1958 with Greenwood's variance and log-log intervals; the cumulative incidence of
competing events by Aalen and Johansen 1978.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from euthymia.core.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """How long one patient was followed, and how it ended.

    months: from the end of the course. event: 0 followed so far without an event (censored), 1 the
    event itself (relapse), 2 and up competing events (another treatment, death).
    """

    months: float
    event: int

    def __post_init__(self) -> None:
        if not self.months >= 0 or self.event < 0:
            raise InputError(
                "follow-up",
                f"{self.months} months with event {self.event} cannot be",
                "Give months from the end of the course, and an event of 0 or more",
            )


@dataclass(frozen=True, eq=False)
class Curve:
    """A step curve: from each time on, its value with its interval; before the first it is `first`.

    at_risk: how many were still followed just before each time.
    """

    times_months: FloatArray
    values: FloatArray
    low: FloatArray
    high: FloatArray
    at_risk: NDArray[np.int64]
    first: float
    patients: int

    def at(self, months: float) -> float:
        """The value at a time."""
        index = int(np.searchsorted(self.times_months, months, side="right")) - 1
        return self.first if index < 0 else float(self.values[index])


def kept(follow_ups: Sequence[FollowUp], coverage: float = 0.95) -> Curve:
    """The share without any event over time (Kaplan-Meier); every event ends it."""
    months, events = _arrays(follow_ups)
    times = np.unique(months[events > 0])
    at_risk, lost = _counts(months, events > 0, times)
    share: FloatArray = np.cumprod(1 - lost / at_risk, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.cumsum(lost / (at_risk * (at_risk - lost)))
        error = np.sqrt(spread) / np.abs(np.log(share))
        reach = float(scipy.stats.norm.ppf(0.5 + coverage / 2)) * error
        low, high = share ** np.exp(reach), share ** np.exp(-reach)
    # Where everyone has been lost, no interval can be made from those left.
    low = np.where(np.isfinite(low), low, 0.0)
    high = np.where(np.isfinite(high), high, share)
    return Curve(times, share, low, high, at_risk, 1.0, len(months))


def incidence(follow_ups: Sequence[FollowUp], event: int = 1, coverage: float = 0.95) -> Curve:
    """The share that has had that event, others having made it impossible (Aalen-Johansen)."""
    months, events = _arrays(follow_ups)
    times = np.unique(months[events > 0])
    at_risk, any_lost = _counts(months, events > 0, times)
    _, this = _counts(months, events == event, times)
    before = np.concatenate([[1.0], np.cumprod(1 - any_lost / at_risk)[:-1]])
    steps = before * this / at_risk
    share = np.cumsum(steps)
    error = np.sqrt(_incidence_variance(share, before, at_risk, any_lost, this))
    reach = float(scipy.stats.norm.ppf(0.5 + coverage / 2)) * error
    return Curve(
        times,
        share,
        np.clip(share - reach, 0, 1),
        np.clip(share + reach, 0, 1),
        at_risk,
        0.0,
        len(months),
    )


def _incidence_variance(
    share: FloatArray,
    before: FloatArray,
    at_risk: NDArray[np.int64],
    any_lost: NDArray[np.int64],
    this: NDArray[np.int64],
) -> FloatArray:
    """The variance of the cumulative incidence (delta method, Marubini and Valsecchi 1995)."""
    n, d = at_risk.astype(float), any_lost.astype(float)
    out = np.zeros_like(share)
    with np.errstate(divide="ignore", invalid="ignore"):
        a = np.where(n > d, d / (n * (n - d)), 0.0)
    b = (n - this) / n * this / n**2
    c = this / n**2
    for index in range(len(share)):
        gap = share[index] - share[: index + 1]
        part = slice(0, index + 1)
        out[index] = (
            (gap**2 * a[part]).sum()
            + (before[part] ** 2 * b[part]).sum()
            - 2 * (gap * before[part] * c[part]).sum()
        )
    return np.maximum(out, 0.0)


def _counts(
    months: FloatArray, had: NDArray[np.bool_], times: FloatArray
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many were followed to each time, and how many of them had the event then."""
    ordered = np.sort(months)
    at_risk = len(months) - np.searchsorted(ordered, times, side="left")
    own = np.sort(months[had])
    lost = np.searchsorted(own, times, side="right") - np.searchsorted(own, times, side="left")
    return at_risk.astype(np.int64), lost.astype(np.int64)


def _arrays(follow_ups: Sequence[FollowUp]) -> tuple[FloatArray, NDArray[np.int64]]:
    if not follow_ups:
        raise InputError("follow-up curve", "nobody was followed", "Give at least one patient")
    months = np.array([each.months for each in follow_ups], dtype=float)
    return months, np.array([each.event for each in follow_ups], dtype=np.int64)
