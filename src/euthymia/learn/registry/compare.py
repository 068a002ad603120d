"""Sites and operators beside each other, fairly: funnel limits, and what their case mix explains.

A small site lies far from the mean by chance alone, so its place is judged against limits that
widen with few patients (Spiegelhalter 2005), and what it achieved is divided by what would be
expected of patients like its own (indirect standardisation). With many sites some lie outside the
95 % limits by chance; only the 99.8 % limits call for a look, and even they name no cause.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.learn.registry.outcomes import BoolArray, Share, case_mix, fitted_chance
from euthymia.learn.registry.rows import Courses

INNER, OUTER = 0.95, 0.998


@dataclass(frozen=True, slots=True)
class Unit:
    """One site or operator: what was seen, what its case mix leads one to expect, and its place.

    expected: patients with the outcome. ratio: observed to expected; the adjusted share is that
    ratio times the share of all. missing: courses without a known outcome.
    beyond: which limits it passes (None, 0.95 or 0.998).
    """

    name: str
    share: Share
    missing: int
    expected: float
    ratio: float
    adjusted_share: float
    beyond: float | None


@dataclass(frozen=True, eq=False)
class Comparison:
    """All units, the share of all, and funnel limits at any size."""

    column: str
    overall: float
    units: tuple[Unit, ...]

    def limits(self, patients: NDArray[np.float64], coverage: float) -> NDArray[np.float64]:
        """(2, n) lower and upper share between which a unit of that size lies by chance."""
        return limits(self.overall, patients, coverage)


def compare(courses: Courses, column: str, had: BoolArray, known: BoolArray) -> Comparison:
    """Compare the units named in a column ("site" or "operator") on a known outcome.

    Courses whose unit is not recorded form a unit of their own, named "not recorded".
    """
    if not known.any():
        raise InputError("comparison", "no outcome is known", "Enter end scores first")
    expected = np.zeros(len(courses))
    expected[known] = fitted_chance(case_mix(courses.where(known)), had[known])
    overall = float(had[known].mean())
    units = [
        _unit(name, own, had, known, expected, overall) for name, own in courses.groups(column)
    ]
    return Comparison(column, overall, tuple(units))


def _unit(
    name: str,
    own: BoolArray,
    had: BoolArray,
    known: BoolArray,
    expected: NDArray[np.float64],
    overall: float,
) -> Unit:
    seen = own & known
    share = Share.of(int(had[seen].sum()), int(seen.sum()))
    awaited = float(expected[seen].sum())
    ratio = share.events / awaited if awaited > 0 else float("nan")
    adjusted = ratio * overall
    return Unit(
        name,
        share,
        int((own & ~known).sum()),
        awaited,
        ratio,
        adjusted,
        _beyond(adjusted, share.patients, overall),
    )


def _beyond(adjusted: float, patients: int, overall: float) -> float | None:
    if patients == 0 or not np.isfinite(adjusted):
        return None
    for coverage in (OUTER, INNER):
        low, high = limits(overall, np.array([float(patients)]), coverage)
        if not low[0] <= adjusted <= high[0]:
            return coverage
    return None


def limits(overall: float, patients: NDArray[np.float64], coverage: float) -> NDArray[np.float64]:
    """(2, n) binomial limits around a share, interpolated between counts (Spiegelhalter 2005)."""
    sizes = np.maximum(np.asarray(patients, dtype=float), 1.0)
    ends = []
    for level in (0.5 - coverage / 2, 0.5 + coverage / 2):
        count = scipy.stats.binom.ppf(level, np.round(sizes), overall)
        reached = scipy.stats.binom.cdf(count, np.round(sizes), overall)
        at = scipy.stats.binom.pmf(count, np.round(sizes), overall)
        # Counts are whole; the limit lies as far back as the level was overshot.
        ends.append(np.clip((count - (reached - level) / np.maximum(at, 1e-300)) / sizes, 0, 1))
    return np.array(ends)
