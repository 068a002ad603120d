"""Fitting the forecast of scores to a clinic's own charts, starting from the published model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import scipy

from euthymia.core.errors import InputError
from euthymia.learn.forecast.growth import FloatArray, GrowthModel, GrowthParameters
from euthymia.learn.forecast.provenance import FittedOn

_FEWEST_PATIENTS = 30
_PULL = np.array([0.35, 0.35, 0.35, 0.5, 0.35, 0.35])
"""How far, as SD on the fitted scale, the numbers may stray from the published ones unasked."""


def fit_growth(
    start: GrowthParameters, histories: Sequence[Mapping[int, float]], fitted_on: FittedOn
) -> GrowthModel:
    """The model that makes the charts' scores most probable, pulled weakly towards `start`.

    histories: for each patient the scores by session. Learned are the baseline and its spread, the
    noise of a score, what remains in the kinds that respond, its spread, and the speed; then the
    shares of the kinds. With few patients the published numbers prevail.
    """
    known = [history for history in histories if history]
    if len(known) < _FEWEST_PATIENTS:
        raise InputError(
            "fitting the forecast",
            f"{len(known)} patients with a score are too few",
            f"Wait for {_FEWEST_PATIENTS}, and use the published model until then",
        )
    rows = [
        (np.array(sorted(h), dtype=float), np.array([h[s] for s in sorted(h)], dtype=float))
        for h in known
    ]

    def cost(x: FloatArray) -> float:
        model = GrowthModel(_moved(start, x, fitted_on))
        evidence = sum(model.log_evidence(sessions, values) for sessions, values in rows)
        return 0.5 * float(((x / _PULL) ** 2).sum()) - evidence

    found = scipy.optimize.minimize(
        cost, np.zeros(len(_PULL)), method="Powell", options={"maxfev": 250, "xtol": 0.01}
    )
    moved = _moved(start, found.x, fitted_on)
    return GrowthModel(_shares_learned(moved, rows))


def _moved(start: GrowthParameters, x: FloatArray, fitted_on: FittedOn) -> GrowthParameters:
    """The parameters with each learned number multiplied by exp of its coordinate."""
    factor = np.exp(np.clip(x, -2.0, 2.0))
    kinds = tuple(
        kind
        if kind.remaining > 0.85  # those who do not respond stay what they are
        else kind.model_copy(
            update={
                "remaining": kind.remaining * float(factor[3]),
                "remaining_sd": kind.remaining_sd * float(factor[4]),
                "half_life_sessions": kind.half_life_sessions * float(factor[5]),
            }
        )
        for kind in start.kinds
    )
    return start.model_copy(
        update={
            "baseline": start.baseline * float(factor[0]),
            "baseline_sd": start.baseline_sd * float(factor[1]),
            "noise_sd": start.noise_sd * float(factor[2]),
            "kinds": kinds,
            "fitted_on": fitted_on,
        }
    )


def _shares_learned(
    parameters: GrowthParameters, rows: Sequence[tuple[FloatArray, FloatArray]], rounds: int = 20
) -> GrowthParameters:
    """The shares of the kinds by expectation and maximisation, with 20 patients' worth of prior."""
    prior = 20.0 * np.array([kind.share for kind in parameters.kinds])
    for _ in range(rounds):
        model = GrowthModel(parameters)
        counts = prior.copy()
        for sessions, values in rows:
            weights, _, _ = model.posterior(sessions, values)
            counts += weights.reshape(len(prior), -1).sum(axis=1)
        shares = counts / counts.sum()
        kinds = tuple(
            kind.model_copy(update={"share": float(share)})
            for kind, share in zip(parameters.kinds, shares, strict=True)
        )
        parameters = parameters.model_copy(update={"kinds": kinds})
    return parameters
