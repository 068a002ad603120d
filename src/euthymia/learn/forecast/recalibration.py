"""Bringing forecasts of ordered answers into line with what came true.

A state-space model is fitted to every session at once, so its forecasts of one far session may be
too bold or too timid. The correction works on the log odds of "this answer or a better one": they
are stretched by one slope and moved by a shift, which change linearly with how far ahead the
forecast looks and with the session it looks at (logistic recalibration, Cox 1958; across the
landmarks of a course as in van Houwelingen 2007). The slope is positive, so the order of patients
whose check-ins reach as far stays as it was.
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from euthymia.learn.forecast.provenance import FittedOn

FloatArray = NDArray[np.float64]

_LEAST = 1e-6
"""Probabilities nearer than this to 0 or 1 are not told apart."""


class Recalibration(BaseModel):
    """The correction of one model. All zero is no correction at all.

    log_slope, shift: for a forecast half a course ahead, of the middle of the course. *_by_gap: how
    they change from none to a whole course ahead; shift_by_session: from its start to its end.
    shift_not_worse, shift_much_better: of those two log odds beyond the shift of "improved".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    log_slope: float = 0.0
    log_slope_by_gap: float = 0.0
    shift: float = 0.0
    shift_by_gap: float = 0.0
    shift_by_session: float = 0.0
    shift_not_worse: float = 0.0
    shift_much_better: float = 0.0
    fitted_on: FittedOn

    @property
    def numbers(self) -> FloatArray:
        """(7,) the fitted numbers in the order of their names."""
        return np.array([getattr(self, name) for name in NAMES])

    @property
    def sentence(self) -> str:
        return (
            f"Recalibrated on forecasts for {self.fitted_on.patients} patients, each made by a "
            "model that had not seen the patient."
        )

    def applied(self, shares: FloatArray, places: FloatArray) -> FloatArray:
        """(n, 4) the corrected probabilities.

        shares: (n, 4) of the four answers; places: (n, 2) how far ahead the forecast looks and the
        session it looks at, both as shares of the course.
        """
        return corrected(self.numbers, log_odds(shares), places)


def log_odds(shares: FloatArray) -> FloatArray:
    """(n, 3) log odds of each answer but the first, or a better one."""
    better = shares[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    return np.asarray(scipy.special.logit(np.clip(better, _LEAST, 1 - _LEAST)))


def linear(numbers: FloatArray, odds: FloatArray, places: FloatArray) -> FloatArray:
    """(n, 3) the corrected log odds."""
    gap, session = (places - 0.5).T
    slope = np.exp(numbers[0] + numbers[1] * gap)
    shift = numbers[2] + numbers[3] * gap + numbers[4] * session
    return np.asarray(
        slope[:, None] * odds + shift[:, None] + np.array([numbers[5], 0, numbers[6]])
    )


def corrected(numbers: FloatArray, odds: FloatArray, places: FloatArray) -> FloatArray:
    """(n, 4) probabilities from log odds (n, 3) and places (n, 2)."""
    # The two shifts of their own could cross the odds at the far ends; a better answer is never
    # more probable than at least a worse one.
    better = np.minimum.accumulate(scipy.special.expit(linear(numbers, odds, places)), axis=1)
    ends = np.ones((len(better), 1))
    shares = np.hstack([ends, better]) - np.hstack([better, 0 * ends])
    shares = np.maximum(shares, _LEAST)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


NAMES = tuple(name for name in Recalibration.model_fields if name != "fitted_on")
"""The seven numbers in their order."""
