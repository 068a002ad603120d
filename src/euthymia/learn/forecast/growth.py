"""Scores of a scale over a course: exponential approach to an end, in several kinds of course.

A patient's level after n sessions is E + (B - E) exp(-n / tau): it starts at B, and half of the
gain is there after tau ln 2 sessions. Patients differ in B, in E and in tau; they come in kinds
(no response, rapid, gradual) that have their own means. Given tau and the kind, everything is
linear and normal, so the posterior is an exact mixture over kinds and a grid of tau: no sampling,
and any subset of scores can be used. Form: Berlow 2023. Kinds: Kaster 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from euthymia.core.errors import InputError
from euthymia.learn.forecast.provenance import FittedOn

FloatArray = NDArray[np.float64]

_USUAL_PATIENTS, _USUAL_SEED = 40_000, 1

_TAUS = 15
"""How many values of tau stand for its distribution in each kind."""


class Kind(BaseModel):
    """One kind of course. Lengths in sessions; levels as shares of the mean baseline."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    share: float = Field(gt=0, le=1)
    relative_baseline: float = Field(gt=0)
    remaining: float = Field(ge=0)
    remaining_sd: float = Field(gt=0)
    half_life_sessions: float = Field(gt=0)
    half_life_spread: float = Field(gt=0)


class GrowthParameters(BaseModel):
    """What is usual on one scale: its range, baseline and noise, and the kinds of course.

    noise_sd: how far one score lies from the patient's level by chance and measurement.
    least_to_enter: the score from which patients were treated in the data behind it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale: str
    highest: float = Field(gt=0)
    baseline: float = Field(gt=0)
    baseline_sd: float = Field(gt=0)
    noise_sd: float = Field(gt=0)
    least_to_enter: float = Field(ge=0)
    kinds: tuple[Kind, ...] = Field(min_length=1)
    fitted_on: FittedOn

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> GrowthParameters:
        if abs(sum(kind.share for kind in self.kinds) - 1) > 1e-6:
            raise ValueError("the shares of the kinds do not sum to one")
        return self


@dataclass(frozen=True, eq=False)
class ScoreForecast:
    """What a score may be at a session: a mixture of normals, cut at the ends of the scale.

    kinds: the probability of each kind of course now. observed: how many scores it rests on.
    """

    scale: str
    at_session: int
    weights: FloatArray
    means: FloatArray
    sds: FloatArray
    highest: float
    kinds: Mapping[str, float]
    observed: int
    fitted_on: FittedOn
    cautions: tuple[str, ...]

    def below(self, score: float) -> float:
        """The probability of a score at or below this one."""
        if score >= self.highest:
            return 1.0
        return (
            float(self.weights @ scipy.special.ndtr((score - self.means) / self.sds))
            if score >= 0
            else 0.0
        )

    def quantile(self, level: float) -> float:
        """The score that lies above that share of the probability."""
        if not 0 < level < 1:
            raise InputError("quantile", f"{level} is no share", "Give a number between 0 and 1")
        if self.below(0.0) >= level:
            return 0.0
        if self.below(self.highest - 1e-9) <= level:
            return self.highest
        root = scipy.optimize.brentq(lambda s: self.below(s) - level, 0.0, self.highest, xtol=1e-4)
        return float(root)

    @property
    def median(self) -> float:
        return self.quantile(0.5)

    def interval(self, coverage: float = 0.8) -> tuple[float, float]:
        return self.quantile(0.5 - coverage / 2), self.quantile(0.5 + coverage / 2)


@dataclass(frozen=True, eq=False)
class UsualCourse:
    """What becomes of all who are treated: the base rate beside a patient's forecast.

    scores: (n,) of invented patients at the session, rising. response: share at half or less.
    """

    at_session: int
    scores: FloatArray
    response: float

    def below(self, score: float) -> float:
        """The share with a score at or below this one."""
        return float(np.searchsorted(self.scores, score, side="right") / len(self.scores))

    @property
    def median(self) -> float:
        return float(np.median(self.scores))

    def interval(self, coverage: float = 0.8) -> tuple[float, float]:
        low, high = np.quantile(self.scores, [0.5 - coverage / 2, 0.5 + coverage / 2])
        return float(low), float(high)


@dataclass(frozen=True, eq=False)
class GrowthModel:
    """The model of one scale, ready to forecast."""

    parameters: GrowthParameters

    def forecast(self, scores: Mapping[int, float], at_session: int) -> ScoreForecast:
        """A score at a session, given any scores (number of sessions had by then to score)."""
        self._refuse_odd(scores)
        sessions = np.array(sorted(scores), dtype=float)
        values = np.array([scores[int(s)] for s in sessions], dtype=float)
        weights, mean, covariance = self.posterior(sessions, values)
        basis = self._basis(np.array([float(at_session)]))[:, 0]
        spread = np.einsum("ci,cij,cj->c", basis, covariance, basis)
        p = self.parameters
        count = len(p.kinds)
        by_kind = weights.reshape(count, _TAUS).sum(axis=1)
        return ScoreForecast(
            p.scale,
            at_session,
            weights,
            np.einsum("ci,ci->c", basis, mean),
            np.sqrt(spread + p.noise_sd**2),
            p.highest,
            {k.name: float(share) for k, share in zip(p.kinds, by_kind, strict=True)},
            len(scores),
            p.fitted_on,
            tuple(self._cautions(scores, at_session)),
        )

    def usual(self, at_session: int) -> UsualCourse:
        """What is usual at that session for all who are treated; the same at every call."""
        known = self._usual_by_session.get(at_session)
        if known is None:
            known = self._usual_by_session[at_session] = self._drawn_usual(at_session)
        return known

    @cached_property
    def _usual_by_session(self) -> dict[int, UsualCourse]:
        return {}

    def _drawn_usual(self, at_session: int) -> UsualCourse:
        rng = np.random.default_rng(_USUAL_SEED)
        drawn, _, _ = self.drawn(_USUAL_PATIENTS, np.array([0, at_session]), rng)
        shown = np.clip(np.round(drawn), 0, self.parameters.highest)
        start, end = shown[shown[:, 0] >= self.parameters.least_to_enter].T
        return UsualCourse(at_session, np.sort(end), float((end <= start / 2).mean()))

    def chance_of_response(self, scores: Mapping[int, float], at_session: int) -> float:
        """The probability of at most half of the baseline score; needs the score of session 0."""
        if 0 not in scores:
            raise InputError(
                "forecast of response",
                "there is no score from before treatment",
                "Enter the baseline score",
            )
        return self.forecast(scores, at_session).below(scores[0] / 2)

    def posterior(
        self, sessions: FloatArray, values: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The mixture after the scores: weights (c,), means (c, 2) and covariances (c, 2, 2).

        Components are kinds times values of tau; the two unknowns are B and E.
        """
        weights, mean, covariance = self._prior
        if len(sessions) == 0:
            return weights, mean, covariance
        basis = self._basis(sessions)
        noise = self.parameters.noise_sd**2
        innovation = basis @ covariance @ basis.transpose(0, 2, 1) + noise * np.eye(len(sessions))
        residual = values[None] - np.einsum("cni,ci->cn", basis, mean)
        solved = np.linalg.solve(
            innovation, np.concatenate([residual[..., None], basis @ covariance], axis=2)
        )
        fit = np.einsum("cn,cn->c", residual, solved[..., 0])
        log_weights = np.log(weights) - 0.5 * (fit + np.linalg.slogdet(innovation)[1])
        updated = np.exp(log_weights - log_weights.max())
        gain = basis @ covariance
        return (
            updated / updated.sum(),
            mean + np.einsum("cni,cn->ci", gain, solved[..., 0]),
            covariance - np.einsum("cni,cnj->cij", gain, solved[..., 1:]),
        )

    def log_evidence(self, sessions: FloatArray, values: FloatArray) -> float:
        """The log probability density of a patient's scores."""
        weights, mean, covariance = self._prior
        basis = self._basis(sessions)
        noise = self.parameters.noise_sd**2
        innovation = basis @ covariance @ basis.transpose(0, 2, 1) + noise * np.eye(len(sessions))
        residual = values[None] - np.einsum("cni,ci->cn", basis, mean)
        fit = np.einsum(
            "cn,cn->c", residual, np.linalg.solve(innovation, residual[..., None])[..., 0]
        )
        logs = np.log(weights) - 0.5 * (
            fit + np.linalg.slogdet(innovation)[1] + len(values) * np.log(2 * np.pi)
        )
        top = float(logs.max())
        return top + float(np.log(np.exp(logs - top).sum()))

    def drawn(
        self, patients: int, sessions: NDArray[np.integer], rng: np.random.Generator
    ) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
        """Invented patients: scores (n, sessions), levels (n, sessions), and the kind of each (n,).

        Scores may leave the scale; cut them to it where they are shown.
        """
        weights, mean, covariance = self._prior
        component = rng.choice(len(weights), patients, p=weights)
        roots = np.linalg.cholesky(covariance)
        unknown = mean[component] + np.einsum(
            "nij,nj->ni", roots[component], rng.standard_normal((patients, 2))
        )
        basis = self._basis(np.asarray(sessions, dtype=float))[component]
        levels = np.einsum("nsi,ni->ns", basis, unknown)
        noise = self.parameters.noise_sd * rng.standard_normal(levels.shape)
        return levels + noise, levels, component // _TAUS

    @cached_property
    def _taus(self) -> FloatArray:
        """(components,) tau of each component: equally probable values in each kind."""
        places = scipy.stats.norm.ppf((np.arange(_TAUS) + 0.5) / _TAUS)
        return np.concatenate(
            [
                kind.half_life_sessions / np.log(2) * np.exp(kind.half_life_spread * places)
                for kind in self.parameters.kinds
            ]
        )

    @cached_property
    def _prior(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        p = self.parameters
        weights, means, covariances = [], [], []
        for kind in p.kinds:
            start, left = p.baseline * kind.relative_baseline, kind.remaining
            own, end = p.baseline_sd**2, (kind.remaining_sd * p.baseline) ** 2
            weights.append(kind.share / _TAUS)
            means.append([start, left * start])
            covariances.append([[own, left * own], [left * own, left**2 * own + end]])
        repeat = np.repeat(np.arange(len(p.kinds)), _TAUS)
        return np.array(weights)[repeat], np.array(means)[repeat], np.array(covariances)[repeat]

    def _basis(self, sessions: FloatArray) -> FloatArray:
        """(components, n, 2) weight of B and of E in the level after those sessions."""
        left = np.exp(-sessions[None] / self._taus[:, None])
        return np.stack([left, 1 - left], axis=-1)

    def _cautions(self, scores: Mapping[int, float], at_session: int) -> list[str]:
        said = []
        last = self.parameters.fitted_on.last_session
        if not scores:
            said.append("There is no score yet: this is what is usual, not this patient.")
        elif 0 not in scores:
            said.append("The score from before treatment is missing, which widens the forecast.")
        if at_session > last:
            said.append(f"Session {at_session} lies beyond what is known (session {last}).")
        return said

    def _refuse_odd(self, scores: Mapping[int, float]) -> None:
        p = self.parameters
        for session, score in scores.items():
            if session < 0 or not 0 <= score <= p.highest:
                raise InputError(
                    f"{p.scale} after session {session}",
                    f"{score:g} does not lie on the scale (0 to {p.highest:g}), or the session "
                    "is below 0",
                    "Correct the score or the session",
                )
