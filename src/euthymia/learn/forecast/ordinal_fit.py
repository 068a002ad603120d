"""Fitting the check-in model to session-by-session data, and reading such data."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from scipy import optimize

from euthymia.core.errors import InputError, require_file
from euthymia.learn.forecast.ordinal import (
    MISSING,
    Change,
    FloatArray,
    IntArray,
    OrdinalModel,
    OrdinalParameters,
)
from euthymia.learn.forecast.provenance import FittedOn

_POINTS = 4
_FEWEST_PATIENTS = 20
_DRIFT_PRIOR_SD = 1.6
_GROWTH_PRIOR_SD = 2.2
_BEGINNING = np.array([-2.7, 1.45, 1.3, -0.45, -2.5, -2.0, *[0.12] * _POINTS, 0.0])


def fit_ordinal(ratings: IntArray, fitted_on: FittedOn, rounds: int = 500) -> OrdinalModel:
    """The model that makes the ratings most probable, under weak priors on the drift.

    ratings: (patients, sessions + 1) 0 to 3, or -1 where missing; column 0 is before treatment.
    rounds: about how many evaluations of the likelihood are spent (a few are enough to follow a
    clinic that differs little from the published data).
    """
    if ratings.ndim != 2 or ratings.shape[1] < 3:
        raise InputError("ratings", "they are no table of sessions", "Give a row for each patient")
    if len(ratings) < _FEWEST_PATIENTS:
        raise InputError(
            "fitting the forecast",
            f"{len(ratings)} patients are too few",
            f"Wait for {_FEWEST_PATIENTS}, and use the published model until then",
        )
    strange = (ratings < MISSING) | (ratings > max(Change))
    if strange.any():
        raise InputError("ratings", "some lie outside 0 to 3", "Use -1 for a missing rating")
    sessions = ratings.shape[1] - 1

    def cost(x: FloatArray) -> float:
        model = OrdinalModel(_parameters(x, fitted_on))
        log_likelihood, _ = model.filtered(ratings, sessions, sessions)
        value = _prior(x) - float(log_likelihood.sum())
        return value if np.isfinite(value) else 1e12

    coarse = optimize.minimize(
        cost,
        _BEGINNING,
        method="Nelder-Mead",
        options={"maxfev": rounds, "xatol": 1e-2, "fatol": 0.05, "adaptive": True},
    )
    fine = optimize.minimize(
        cost, coarse.x, method="Powell", options={"maxfev": rounds, "xtol": 1e-2, "ftol": 1e-4}
    )
    return OrdinalModel(_parameters(fine.x, fitted_on))


def _parameters(x: FloatArray, fitted_on: FittedOn) -> OrdinalParameters:
    first = float(x[0])
    second = first + float(np.exp(x[1]))
    return OrdinalParameters(
        thresholds=(first, second, second + float(np.exp(x[2]))),
        step_sd=float(np.exp(np.clip(x[3], -4.0, 0.3))),
        drift_sd=float(np.exp(np.clip(x[4], -8.0, 0.0))),
        start_sd=float(np.exp(np.clip(x[5], -4.0, 1.0))),
        mean_drift=tuple(float(v) for v in x[6 : 6 + _POINTS]),
        drift_growth=float(x[6 + _POINTS]),
        fitted_on=fitted_on,
    )


def _prior(x: FloatArray) -> float:
    """Minus the log prior: drifts near zero, differences between patients about constant."""
    drift = x[6 : 6 + _POINTS] / _DRIFT_PRIOR_SD
    return float(0.5 * (drift @ drift) + 0.5 * (x[6 + _POINTS] / _GROWTH_PRIOR_SD) ** 2)


def read_ratings(path: Path) -> tuple[IntArray, tuple[str, ...]]:
    """The check-ins of a CSV file, and the patients' ids in the order of its rows.

    Columns patient_id, session (0 is before treatment), rating (1 worse, 2 same, 3 a bit better,
    4 much better, empty where missing).
    """
    require_file(path, "a table of check-ins (CSV)")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    wanted = ("patient_id", "session", "rating")
    if not rows or any(name not in rows[0] for name in wanted):
        raise InputError(
            str(path), f"it lacks the columns {', '.join(wanted)}", "Name the columns so"
        )
    ids = tuple(dict.fromkeys(row["patient_id"] for row in rows))
    place = {name: index for index, name in enumerate(ids)}
    cells: dict[tuple[int, int], int] = {}
    for line, row in enumerate(rows, start=2):
        session, rating = _numbers(path, line, row)
        cell = (place[row["patient_id"]], session)
        if cell in cells:
            raise InputError(
                f"{path}, line {line}", "that session stands twice for the patient", "Keep one"
            )
        cells[cell] = rating
    table = np.full((len(ids), max(session for _, session in cells) + 1), MISSING, dtype=np.int64)
    for (patient, session), rating in cells.items():
        table[patient, session] = rating
    return table, ids


def _numbers(path: Path, line: int, row: dict[str, str]) -> tuple[int, int]:
    try:
        session = int(row["session"])
        rating = int(row["rating"]) - 1 if row["rating"].strip() else MISSING
    except ValueError as problem:
        raise InputError(
            f"{path}, line {line}", "session or rating is no whole number", "Correct that line"
        ) from problem
    if session < 0 or not MISSING <= rating <= max(Change):
        raise InputError(
            f"{path}, line {line}",
            "the session is negative or the rating outside 1 to 4",
            "Correct that line",
        )
    return session, rating
