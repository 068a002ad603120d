"""How good forecasts are: ranked probability score, ranking, calibration."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def ranked_probability_score(probabilities: FloatArray, outcomes: NDArray[np.integer]) -> float:
    """Mean squared distance of cumulative probabilities from what happened; 0 is perfect.

    probabilities: (n, categories); outcomes: (n,) indices. Per categories - 1 (Epstein 1969).
    """
    categories = probabilities.shape[1]
    happened = np.arange(categories)[None] >= np.asarray(outcomes)[:, None]
    distance = probabilities.cumsum(axis=1) - happened
    return float((distance[:, :-1] ** 2).sum(axis=1).mean() / (categories - 1))


def ranking(probabilities: FloatArray, happened: NDArray[np.bool_]) -> float:
    """The area under the ROC curve: how often the one with the outcome was given more."""
    ranks = scipy.stats.rankdata(probabilities)
    yes, no = int(happened.sum()), int((~happened).sum())
    if yes == 0 or no == 0:
        return float("nan")
    return float((ranks[happened].sum() - yes * (yes + 1) / 2) / (yes * no))


def calibration(probabilities: FloatArray, happened: NDArray[np.bool_]) -> tuple[float, float]:
    """Intercept and slope of a logistic regression of what happened on the forecast's log odds.

    A slope below 1 tells of forecasts that are too extreme, above 1 of ones too timid (Cox 1958).
    """
    odds = scipy.special.logit(np.clip(probabilities, 1e-4, 1 - 1e-4))
    design = np.column_stack([np.ones_like(odds), odds])
    beta = np.zeros(2)
    for _ in range(60):
        fitted = scipy.special.expit(design @ beta)
        weight = np.maximum(fitted * (1 - fitted), 1e-9)
        step = np.linalg.solve(
            design.T @ (weight[:, None] * design), design.T @ (happened - fitted)
        )
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    return float(beta[0]), float(beta[1])


def rank_uniformity(ranks: NDArray[np.integer], possible: int, bins: int = 10) -> float:
    """The p value that ranks of simulation-based calibration are uniform (chi-square in bins).

    ranks: (n,) from 0 to `possible`. Talts 2018.
    """
    edges = np.linspace(0, possible + 1, bins + 1)
    counts, _ = np.histogram(ranks, bins=edges)
    inside = np.diff(np.ceil(edges))
    expected = len(ranks) * inside / (possible + 1)
    return float(scipy.stats.chisquare(counts, expected).pvalue)
