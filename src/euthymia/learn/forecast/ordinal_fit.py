"""Fitting the check-in model to session-by-session data, and reading such data."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np

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

Evidence = Callable[[FloatArray], FloatArray]
"""Coordinates to the log likelihood of each patient."""

_POINTS = 4
_FEWEST_PATIENTS = 20
_BEGINNING = np.array([-2.7, 1.45, 1.3, -0.45, -2.5, -1.5, *[0.12] * _POINTS, 0.0])
_USUAL = np.array([0, 0, 0, np.log(0.5), np.log(0.1), np.log(0.3), *[0.0] * _POINTS, 0.0])
_PULL = np.array([0, 0, 0, 1.0, 1.0, 1 / 0.7, *[1 / 1.6] * _POINTS, 1 / 2.2])
"""One over the SD of the prior around the usual: weak on spreads and drift, none on thresholds."""
_DIFFERENCE = 1e-3
_ENOUGH = 0.02
"""Fitting ends where a step promises less than this in log likelihood."""
_SHORTEST_STEP = 1e-3


def fit_ordinal(
    ratings: IntArray, fitted_on: FittedOn, steps: int = 30, start: OrdinalModel | None = None
) -> OrdinalModel:
    """The model that makes the ratings most probable, under weak priors on spreads and drift.

    ratings: (patients, sessions + 1) 0 to 3, or -1 where missing; column 0 is before treatment.
    steps: at most so many of Fisher scoring, with the information of the patients' own scores
    (Berndt 1974). start: a model near the answer, from which a few steps are enough.
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

    def evidence(x: FloatArray) -> FloatArray:
        model = OrdinalModel(_parameters(x, fitted_on))
        return model.filtered(ratings, sessions, sessions)[0]

    at = _BEGINNING if start is None else _coordinates(start.parameters)
    return OrdinalModel(_parameters(_climbed(evidence, at, steps), fitted_on))


def _climbed(evidence: Evidence, at: FloatArray, steps: int) -> FloatArray:
    """The coordinates of the greatest posterior density near `at`."""
    by_patient = evidence(at)
    height = float(by_patient.sum()) - _prior(at)
    for _ in range(steps):
        scores = np.column_stack(
            [(evidence(at + move) - by_patient) / _DIFFERENCE
             for move in _DIFFERENCE * np.eye(len(at))]
        )  # fmt: skip
        slope = scores.sum(axis=0) - _PULL**2 * (at - _USUAL)
        information = scores.T @ scores + np.diag(_PULL**2 + 1e-3)
        step = np.linalg.solve(information, slope)
        promised = float(slope @ step)
        share = 1.0
        while promised >= _ENOUGH and share > _SHORTEST_STEP:
            reached = evidence(at + share * step)
            better = float(reached.sum()) - _prior(at + share * step)
            if better > height + 1e-4 * share * promised:
                break
            share /= 2
        else:
            break
        at, by_patient, height = at + share * step, reached, better
    return at


def _parameters(x: FloatArray, fitted_on: FittedOn) -> OrdinalParameters:
    first = float(x[0])
    second = first + float(np.exp(x[1]))
    return OrdinalParameters(
        thresholds=(first, second, second + float(np.exp(x[2]))),
        step_sd=float(np.exp(np.clip(x[3], -4.0, 1.0))),
        drift_sd=float(np.exp(np.clip(x[4], -8.0, 0.0))),
        start_sd=float(np.exp(np.clip(x[5], -4.0, 1.0))),
        mean_drift=tuple(float(v) for v in x[6 : 6 + _POINTS]),
        drift_growth=float(x[6 + _POINTS]),
        fitted_on=fitted_on,
    )


def _coordinates(p: OrdinalParameters) -> FloatArray:
    """What `_parameters` makes these parameters of."""
    first, second, third = p.thresholds
    spreads = np.log([second - first, third - second, p.step_sd, p.drift_sd, p.start_sd])
    return np.array([first, *spreads, *p.mean_drift, p.drift_growth])


def _prior(x: FloatArray) -> float:
    """Minus the log prior."""
    return 0.5 * float(((_PULL * (x - _USUAL)) ** 2).sum())


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
