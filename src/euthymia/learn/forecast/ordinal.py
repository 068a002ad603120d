"""A state-space model of ordered check-ins: a hidden state that drifts, seen in few categories.

Each patient has a hidden state x. Between sessions it moves by a drift that differs between
patients and changes over the course, and by chance. A check-in shows in which of four categories,
worse to much better, the state lies, with some noise (ordered probit). Improvement often speeds up
late in a course, which a constant drift cannot follow; so the mean drift is a broken line over the
sessions. The hidden state and the drift are carried on a grid, so that the filter is exact up to
the grid, takes any subset of sessions, and needs no sampling.

The kind of model: Durbin and Koopman 2012 for state space, McCullagh 1980 for ordered categories.
A forecast may be corrected at its end by a recalibration; the posterior of the state never is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
import scipy
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from euthymia.core.errors import InputError
from euthymia.learn.forecast.provenance import FittedOn
from euthymia.learn.forecast.recalibration import Recalibration

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MISSING = -1
_STATES = np.linspace(-10.0, 15.2, 64)
"""Wide enough that a state at either end shows in one category only, and may come back."""
_STEP = float(_STATES[1] - _STATES[0])
_REACH_SD = 4.5
"""How far one session can move the state by chance, to either side, in SDs of that movement."""
_KINDS = 9
"""How many values the drift of a patient can take."""


class Change(IntEnum):
    """How a patient feels against the start of treatment."""

    WORSE = 0
    SAME = 1
    A_BIT_BETTER = 2
    MUCH_BETTER = 3

    @property
    def words(self) -> str:
        return ("worse", "the same", "a bit better", "much better")[self]


class OrdinalParameters(BaseModel):
    """The fitted numbers of the model. All are on the scale of the check-in's own noise (SD 1).

    thresholds: where one category ends and the next begins. step_sd: chance movement a session.
    drift_sd: how much patients' drifts differ. start_sd: spread of the state before treatment.
    mean_drift: mean movement a session at evenly spaced points of the course. drift_growth: how
    much patients' differences grow (positive) or shrink over the course, as a log ratio.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    thresholds: tuple[float, float, float]
    step_sd: float
    drift_sd: float
    start_sd: float
    mean_drift: tuple[float, ...]
    drift_growth: float
    fitted_on: FittedOn

    @model_validator(mode="after")
    def _in_order(self) -> OrdinalParameters:
        if not self.thresholds[0] < self.thresholds[1] < self.thresholds[2]:
            raise ValueError("thresholds must rise")
        if min(self.step_sd, self.drift_sd, self.start_sd) <= 0 or len(self.mean_drift) < 2:
            raise ValueError("spreads must be positive, and the drift needs two points or more")
        return self


@dataclass(frozen=True, slots=True)
class OrdinalForecast:
    """How probable each category is at a session, beside what is usual for everybody there.

    probabilities, base_rates: (4,) worse, same, a bit better, much better. observed: how many
    check-ins it rests on; with none the two are equal. cautions: what a reader has to know.
    recalibration: None where the probabilities are the state-space model's own.
    """

    at_session: int
    probabilities: tuple[float, ...]
    base_rates: tuple[float, ...]
    observed: int
    fitted_on: FittedOn
    cautions: tuple[str, ...]
    recalibration: Recalibration | None = None

    @property
    def provenance(self) -> tuple[str, ...]:
        """What the forecast rests on, in sentences."""
        fitted = (self.fitted_on.sentence,)
        return fitted if self.recalibration is None else (*fitted, self.recalibration.sentence)

    def at_least(self, change: Change) -> tuple[float, float]:
        """The probability of that change or a better one, and its base rate."""
        return sum(self.probabilities[change:]), sum(self.base_rates[change:])


@dataclass(frozen=True, eq=False)
class OrdinalModel:
    """The model with its parameters, ready to forecast. recalibration: corrects its forecasts."""

    parameters: OrdinalParameters
    recalibration: Recalibration | None = None

    def forecast(self, check_ins: Mapping[int, Change], at_session: int) -> OrdinalForecast:
        """What may be at a session, given any check-ins up to then (session number to answer).

        Session 0 is before treatment. Refuses sessions below 0 and check-ins after `at_session`.
        """
        self._refuse_odd(check_ins, at_session)
        last = self.parameters.fitted_on.last_session
        seen = np.concatenate([_row(check_ins, at_session), _row({}, at_session)])
        shares = self.forecasts(seen, at_session, at_session)
        cautions = []
        if not check_ins:
            cautions.append("There is no check-in yet: this is what is usual, not this patient.")
        if at_session > last:
            cautions.append(
                f"Session {at_session} lies beyond what the model has seen (session {last})."
            )
        if self.parameters.fitted_on.patients < 100:
            cautions.append("The model was fitted on few patients; take it as a rough guide.")
        return OrdinalForecast(
            at_session,
            tuple(shares[0].tolist()),
            tuple(shares[1].tolist()),
            len(check_ins),
            self.parameters.fitted_on,
            tuple(cautions),
            self.recalibration,
        )

    def forecasts(self, ratings: IntArray, known_to: int, at_session: int) -> FloatArray:
        """(n, 4) forecasts for many patients: the filter's shares, corrected where that is known.

        ratings, known_to: as in `filtered`.
        """
        _, shares = self.filtered(ratings, known_to, at_session)
        if self.recalibration is None:
            return shares
        course = self.parameters.fitted_on.last_session
        places = places_in_course(ratings, known_to, at_session, course)
        return self.recalibration.applied(shares, places)

    def filtered(
        self, ratings: IntArray, known_to: int, at_session: int
    ) -> tuple[FloatArray, FloatArray]:
        """Log likelihood and category shares of many patients at once.

        ratings: (n, sessions) 0 to 3, or -1 where missing; column 0 is before treatment. Check-ins
        up to `known_to` are used; shares (n, 4) are those at `at_session`.
        """
        log_likelihood, places = self._places(ratings, known_to, at_session)
        shares = places @ self._emission.T
        return log_likelihood, shares / shares.sum(axis=1, keepdims=True)

    def hidden(
        self, check_ins: Mapping[int, Change], at_session: int
    ) -> tuple[FloatArray, FloatArray]:
        """The grid of hidden states, and how probable each is at a session; (states,) both."""
        self._refuse_odd(check_ins, at_session)
        _, places = self._places(_row(check_ins, at_session), at_session, at_session)
        return _STATES, places[0]

    def _places(
        self, ratings: IntArray, known_to: int, at_session: int
    ) -> tuple[FloatArray, FloatArray]:
        """Log likelihood (n,) and the probability of each hidden state (n, states)."""
        # numba takes a while to import, and who only reads a chart needs no forecast
        from euthymia.learn.forecast.ordinal_filter import run_filter  # noqa: PLC0415

        transitions, shifts = self._movement(at_session)
        log_likelihood = np.empty(len(ratings))
        places = np.empty((len(ratings), len(_STATES)))
        run_filter(
            np.ascontiguousarray(ratings, dtype=np.int64),
            min(known_to, ratings.shape[1] - 1),
            at_session,
            self._emission,
            transitions,
            shifts,
            self._start,
            log_likelihood,
            places,
        )
        return log_likelihood, places

    def drawn(
        self, patients: int, sessions: int, rng: np.random.Generator
    ) -> tuple[IntArray, FloatArray]:
        """Check-ins and hidden states of invented patients, (patients, sessions + 1) both."""
        p = self.parameters
        kinds = rng.choice(_KINDS, patients, p=_kind_shares())
        state = p.start_sd * rng.standard_normal(patients)
        out = np.empty((patients, sessions + 1), dtype=np.int64)
        states = np.empty((patients, sessions + 1))
        drift = self._drift(sessions)
        for session in range(sessions + 1):
            if session > 0:
                state = state + drift[session - 1, kinds]
                state = state + p.step_sd * rng.standard_normal(patients)
            states[:, session] = state
            noisy = state + rng.standard_normal(patients)
            out[:, session] = np.searchsorted(np.array(p.thresholds), noisy)
        return out, states

    @cached_property
    def _emission(self) -> FloatArray:
        """(4, states) probability of each category in each state."""
        bounds = np.array([-np.inf, *self.parameters.thresholds, np.inf])
        low, high = bounds[:-1, None] - _STATES, bounds[1:, None] - _STATES
        # Taken in the nearer tail, so that the least likely answer still weighs more than a less
        # likely one.
        ndtr = scipy.special.ndtr
        shares = np.where(low > 0, ndtr(-low) - ndtr(-high), ndtr(high) - ndtr(low))
        return np.asarray(np.maximum(shares, 1e-100))

    @cached_property
    def _start(self) -> FloatArray:
        """(kinds, states) joint probability before treatment."""
        edges = np.append(_STATES - _STEP / 2, _STATES[-1] + _STEP / 2)
        place = np.diff(scipy.special.ndtr(edges / self.parameters.start_sd))
        joint = _kind_shares()[:, None] * place[None]
        return np.asarray(joint / joint.sum())

    def _drift(self, sessions: int) -> FloatArray:
        """(sessions, kinds) movement between sessions, for each kind of patient."""
        p = self.parameters
        last = p.fitted_on.last_session
        middle = np.arange(sessions) + 0.5
        mean = np.interp(middle, np.linspace(0, last, len(p.mean_drift)), p.mean_drift)
        growth = np.exp(p.drift_growth * (np.minimum(middle, last) / last - 0.5))
        drift = mean[:, None] + p.drift_sd * _kind_values()[None] * growth[:, None]
        # Nothing tells that a gain goes on beyond the last session seen: there the state moves by
        # chance only, and the forecast grows less sure.
        return np.asarray(np.where((middle < last)[:, None], drift, 0.0))

    def _movement(self, sessions: int) -> tuple[FloatArray, IntArray]:
        """Chance movement (sessions, kinds, 2 reach + 1), whole-cell shifts (sessions, kinds)."""
        drift = self._drift(max(sessions, 1))
        shifts = np.round(drift / _STEP).astype(np.int64)
        left = drift - shifts * _STEP
        # Spreading over whole cells adds the variance of a cell, which is taken off beforehand.
        cell = _STEP**2 / 12
        sd = float(np.sqrt(max(self.parameters.step_sd**2 - cell, cell)))
        reach = int(np.ceil(_REACH_SD * sd / _STEP))
        offset = np.arange(-reach, reach + 1) * _STEP - left[..., None]
        ndtr = scipy.special.ndtr
        kernel = ndtr((offset + _STEP / 2) / sd) - ndtr((offset - _STEP / 2) / sd)
        return kernel / kernel.sum(axis=-1, keepdims=True), shifts

    def _refuse_odd(self, check_ins: Mapping[int, Change], at_session: int) -> None:
        if at_session < 0:
            raise InputError("forecast", f"session {at_session} does not exist", "Give 0 or more")
        for session in check_ins:
            if not 0 <= session <= at_session:
                raise InputError(
                    f"check-in of session {session}",
                    f"it does not lie between session 0 and session {at_session}",
                    "Forecast a session at or after the last check-in",
                )


def places_in_course(ratings: IntArray, known_to: int, at_session: int, course: int) -> FloatArray:
    """(n, 2) how far `at_session` lies from the last check-in up to `known_to`, and where it lies.

    Both as shares of the course, at most 1. Without a check-in it lies as far as from the start.
    """
    known = ratings[:, : known_to + 1] >= 0
    last = np.where(known, np.arange(known.shape[1])[None], 0).max(axis=1)
    places = np.column_stack([at_session - last, np.full(len(ratings), at_session)])
    return np.minimum(places / course, 1.0)


def _row(check_ins: Mapping[int, Change], sessions: int) -> IntArray:
    """(1, sessions + 1) the check-ins of one patient as a row."""
    row = np.full((1, sessions + 1), MISSING, dtype=np.int64)
    for session, change in check_ins.items():
        row[0, session] = int(change)
    return row


def _kind_edges() -> FloatArray:
    middles = np.array([-1.55, -0.975, -0.555, -0.18, 0.18, 0.555, 0.975, 1.55])
    return np.concatenate([[-np.inf], middles, [np.inf]])


def _kind_shares() -> FloatArray:
    """(kinds,) share of a standard normal between the edges."""
    return np.asarray(np.diff(scipy.stats.norm.cdf(_kind_edges())))


def _kind_values() -> FloatArray:
    """(kinds,) mean of a standard normal between the edges."""
    density = scipy.stats.norm.pdf(_kind_edges())
    return np.asarray((density[:-1] - density[1:]) / _kind_shares())
