"""Fitting the check-in model together with its recalibration, by folds of patients."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy

from euthymia.core.errors import InputError
from euthymia.learn.forecast.ordinal import FloatArray, IntArray, OrdinalModel, places_in_course
from euthymia.learn.forecast.ordinal_fit import fit_ordinal
from euthymia.learn.forecast.provenance import FittedOn
from euthymia.learn.forecast.recalibration import NAMES, Recalibration, linear, log_odds

_FOLDS = 5
_FEWEST_PATIENTS = 25
_SEED = 20
_STEPS_IN_FOLD = 2
"""A fold's model differs little from that of all, from which its fit starts."""
_TARGETS = 4
"""Forecast are the sessions at the quarters of the course, each from every session before it."""
_PRIOR_SD = 0.5
"""Of each number about none, set beforehand: most corrections keep log odds within a factor 1.6."""


@dataclass(frozen=True, slots=True)
class Forecasts:
    """Forecasts for patients that their model had not seen, and what came of them.

    odds: (n, 3) log odds; places: (n, 2) how far ahead and of which session, as shares of the
    course; outcomes: (n,) 0 to 3. weight: of a row; a patient gives many, which together weigh as
    one for each target.
    """

    odds: FloatArray
    places: FloatArray
    outcomes: IntArray
    weight: float


def fit_check_ins(ratings: IntArray, fitted_on: FittedOn) -> OrdinalModel:
    """The check-in model of these ratings with its recalibration.

    ratings: (patients, sessions + 1) 0 to 3, or -1 where missing. The recalibration is learned from
    forecasts across folds of these patients, so each is made without its own patient. The same
    data give the same model.
    """
    if len(ratings) < _FEWEST_PATIENTS:
        raise InputError(
            "recalibrating the forecast",
            f"{len(ratings)} patients are too few for {_FOLDS} folds",
            f"Wait for {_FEWEST_PATIENTS}, and use the published model until then",
        )
    model = fit_ordinal(ratings, fitted_on)
    numbers = fitted_numbers(left_out(ratings, model))
    found = dict(zip(NAMES, numbers.tolist(), strict=True))
    return replace(model, recalibration=Recalibration(**found, fitted_on=fitted_on))


def fitted_numbers(made: Forecasts) -> FloatArray:
    """(7,) the numbers of the most probable correction."""
    found = scipy.optimize.minimize(
        cost_of_correction, np.zeros(len(NAMES)), args=(made,), jac=True, method="L-BFGS-B"
    )
    return np.asarray(found.x)


def left_out(ratings: IntArray, model: OrdinalModel) -> Forecasts:
    """Forecasts for each patient by a model fitted on the other folds."""
    last = ratings.shape[1] - 1
    fold_of = np.random.default_rng(_SEED).permutation(len(ratings)) % _FOLDS
    targets = [round(last * part / _TARGETS) for part in range(1, _TARGETS + 1)]
    pairs = [(known, at) for at in targets for known in range(at)]
    odds, places, outcomes = [], [], []
    for fold in range(_FOLDS):
        seen, unseen = ratings[fold_of != fold], ratings[fold_of == fold]
        part = fit_ordinal(seen, model.parameters.fitted_on, _STEPS_IN_FOLD, model)
        for known, at in pairs:
            answered = unseen[unseen[:, at] >= 0]
            odds.append(log_odds(part.filtered(answered, known, at)[1]))
            places.append(places_in_course(answered, known, at, last))
            outcomes.append(answered[:, at])
    return Forecasts(
        np.concatenate(odds),
        np.concatenate(places),
        np.concatenate(outcomes),
        _TARGETS / len(pairs),
    )


def cost_of_correction(numbers: FloatArray, made: Forecasts) -> tuple[float, FloatArray]:
    """Minus the log posterior of the correction, and its gradient (7,)."""
    row = np.arange(len(made.outcomes))
    better = scipy.special.expit(linear(numbers, made.odds, made.places))
    ends = np.ones((len(row), 1))
    bounds = np.hstack([ends, better, 0 * ends])
    above, below = bounds[row, made.outcomes], bounds[row, made.outcomes + 1]
    share = np.maximum(above - below, 1e-9)
    by_odds = np.zeros((len(row), 5))
    by_odds[row, made.outcomes] = above * (1 - above) / share
    by_odds[row, made.outcomes + 1] -= below * (1 - below) / share
    by_odds = made.weight * by_odds[:, 1:4]
    gap, session = (made.places - 0.5).T
    by_slope = (by_odds * made.odds).sum(axis=1) * np.exp(numbers[0] + numbers[1] * gap)
    by_shift = by_odds.sum(axis=1)
    gradient = np.array(
        [
            by_slope.sum(),
            by_slope @ gap,
            by_shift.sum(),
            by_shift @ gap,
            by_shift @ session,
            by_odds[:, 0].sum(),
            by_odds[:, 2].sum(),
        ]
    )
    penalty = 1 / _PRIOR_SD**2
    cost = 0.5 * penalty * float(numbers @ numbers) - made.weight * float(np.log(share).sum())
    return cost, penalty * numbers - gradient
