"""Response and remission in a registry, with the missing ones counted and bounded.

A share among those with a score says little when many scores are missing: those who did badly
leave more often. So four answers stand side by side: those seen; as if every missing one had
failed; as if every missing one had done well; and those seen, weighted so that they stand for all
by what was known before (inverse probability of being seen).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.learn.registry.rows import Courses

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_LEAST_CHANCE = 0.05
"""Nobody stands for more than twenty: the chance of being seen is not taken below this."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its exact interval (Clopper and Pearson 1934) and the counts behind it."""

    events: int
    patients: int
    value: float
    low: float
    high: float

    @classmethod
    def of(cls, events: int, patients: int, coverage: float = 0.95) -> Share:
        """The share of a count; of nobody it is unknown, between 0 and 1."""
        if not 0 <= events <= patients:
            raise InputError("share", f"{events} of {patients} cannot be", "Check the counts")
        if patients == 0:
            return cls(0, 0, float("nan"), 0.0, 1.0)
        outer = (1 - coverage) / 2
        low = scipy.stats.beta.ppf(outer, events, patients - events + 1) if events else 0.0
        high = scipy.stats.beta.ppf(1 - outer, events + 1, patients - events)
        return cls(
            events,
            patients,
            events / patients,
            float(low),
            float(high) if events < patients else 1.0,
        )


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many had an outcome, in the four ways of looking at those without a score.

    missing: courses without a baseline or an end score on the scale.
    """

    kind: str
    courses: int
    missing: int
    seen: Share
    if_missing_failed: Share
    if_missing_succeeded: Share
    weighted: float


def responded(courses: Courses) -> tuple[BoolArray, BoolArray]:
    """Who fell to half of the baseline or less, and whose outcome is known; (n,) both."""
    known = np.isfinite(courses["baseline"]) & np.isfinite(courses["end"])
    with np.errstate(invalid="ignore"):
        return known & (courses["end"] <= courses["baseline"] / 2), known


def remitted(courses: Courses, cuts: Mapping[str, float]) -> tuple[BoolArray, BoolArray]:
    """Who ended at or below the scale's cut, and whose outcome is known; (n,) both.

    cuts: for each scale its highest score of remission; another scale's outcome is unknown.
    """
    limit = np.full(len(courses), np.nan)
    for scale, cut in cuts.items():
        limit[courses["scale"] == scale] = cut
    known = np.isfinite(courses["end"]) & np.isfinite(limit)
    with np.errstate(invalid="ignore"):
        return known & (courses["end"] <= limit), known


def outcomes(courses: Courses, kind: str, had: BoolArray, known: BoolArray) -> Outcomes:
    """The four shares of an outcome."""
    events, seen, everyone = int(had.sum()), int(known.sum()), len(courses)
    missing = everyone - seen
    return Outcomes(
        kind,
        everyone,
        missing,
        Share.of(events, seen),
        Share.of(events, everyone),
        Share.of(events + missing, everyone),
        _weighted(courses, had, known),
    )


def _weighted(courses: Courses, had: BoolArray, known: BoolArray) -> float:
    """The share if those seen stand for all who were like them before treatment."""
    if known.all() or not known.any():
        return float(had.sum() / known.sum()) if known.any() else float("nan")
    chance = np.maximum(fitted_chance(case_mix(courses), known), _LEAST_CHANCE)
    weight = known / chance
    return float((weight * had).sum() / weight.sum())


def case_mix(courses: Courses) -> FloatArray:
    """(n, k) what was known before treatment, standardised, missing values at the mean and marked.

    Age, baseline (within its scale), failed trials, sex.
    """
    baseline = courses["baseline"].astype(float).copy()
    for _, own in courses.groups("scale"):
        baseline[own] = _standard(baseline[own])
    parts = [np.ones(len(courses))]
    for column in (courses["age_years"], baseline, courses["failed_trials"]):
        values = _standard(column.astype(float))
        missing = ~np.isfinite(values)
        parts.append(np.where(missing, 0.0, values))
        if missing.any() and not missing.all():
            parts.append(missing.astype(float))
    for word in ("female", "male"):
        own = (courses["sex"] == word).astype(float)
        if 0 < own.mean() < 1:
            parts.append(own - own.mean())
            break
    return np.column_stack(parts)


def fitted_chance(design: FloatArray, happened: BoolArray) -> FloatArray:
    """(n,) probabilities of a logistic regression, with a little ridge so that it settles."""
    beta = np.zeros(design.shape[1])
    ridge = np.diag([0.0] + [1.0] * (design.shape[1] - 1))
    for _ in range(40):
        fitted = scipy.special.expit(design @ beta)
        weight = np.maximum(fitted * (1 - fitted), 1e-6)
        slope = design.T @ (happened - fitted) - ridge @ beta
        step = np.linalg.solve(design.T @ (weight[:, None] * design) + ridge, slope)
        beta = beta + step
        if np.abs(step).max() < 1e-8:
            break
    return np.asarray(scipy.special.expit(design @ beta))


def _standard(values: FloatArray) -> FloatArray:
    known = values[np.isfinite(values)]
    if len(known) < 2 or known.std() == 0:
        return np.where(np.isfinite(values), 0.0, np.nan)
    return np.asarray((values - known.mean()) / known.std())
