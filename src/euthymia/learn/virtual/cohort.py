"""A cohort of invented patients: course of the score, missed sessions, drop-out, relapse.

Each patient is drawn from the forecast model of scores and from the durability model, so that the
cohort shows what these models hold, and no more. What is not published (how often sessions are
missed, how the motor threshold drifts) is an assumption that the caller sets and sees.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.learn.forecast.growth import GrowthModel
from euthymia.learn.forecast.published import growth_model
from euthymia.learn.registry.rows import CourseRow, Courses
from euthymia.learn.survival.durability import SCALES, SHAPES, published_durability

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

FOLLOWED_MONTHS = 24.0


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the cohort is given, beside the models.

    sessions: planned. least_score: to be treated. attendance: chance that a planned day is kept.
    dropout_per_session: chance to stop for good after a session. lost_end_score: chance that nobody
    takes the end score of one who stayed; those who dropped out lose it half of the time more.
    effect: of a treatment's whole gain that is there (1 as published, 0 as nothing happened).
    threshold_drift_pct: SD of the change of the motor threshold over a course.
    """

    scale: str = "HAM-D17"
    sessions: int = 30
    least_score: float = 18.0
    attendance: float = 0.93
    dropout_per_session: float = 0.0025
    lost_end_score: float = 0.05
    effect: float = 1.0
    threshold_drift_pct: float = 5.0

    def __post_init__(self) -> None:
        shares = (self.attendance, self.dropout_per_session, self.lost_end_score)
        if self.sessions < 1 or not all(0 <= share <= 1 for share in shares):
            raise InputError(
                "virtual cohort",
                "the number of sessions is below 1 or a chance lies outside 0 to 1",
                "Correct the assumptions",
            )


@dataclass(frozen=True, eq=False)
class Cohort:
    """Invented patients, one row each.

    weekly: (n, weeks + 1) scores before and after each week (five sessions), NaN once dropped out.
    end: NaN where it was not taken. delivered: sessions. days: treatment days used, missed ones
    among them. kept_months: how long the response lasted, infinite if through follow-up, NaN
    without response. threshold_pct: change of the motor threshold over the course.
    """

    assumptions: Assumptions
    seed: int
    weekly: FloatArray
    baseline: FloatArray
    end: FloatArray
    true_end: FloatArray
    delivered: IntArray
    days: IntArray
    kept_months: FloatArray
    threshold_pct: FloatArray
    kind: IntArray
    notes: tuple[str, ...] = field(default=("Every patient here is invented (synthetic).",))

    def __len__(self) -> int:
        return len(self.baseline)

    @property
    def responded(self) -> NDArray[np.bool_]:
        """Who truly fell to half or less, whether or not the score was taken."""
        return self.true_end <= self.baseline / 2

    def courses(self, site: str = "virtual") -> Courses:
        """The cohort as a registry table, each row marked as synthetic."""
        kept = np.where(np.isfinite(self.kept_months), self.kept_months, FOLLOWED_MONTHS)
        lost = np.isfinite(self.kept_months)
        return Courses.of(
            CourseRow(
                pseudonym=f"virtual-{self.seed}-{index}",
                site=site,
                operator="",
                protocol="",
                target="",
                indication="depression",
                stage="",
                scale=self.assumptions.scale,
                sex="",
                age_years=float("nan"),
                baseline=float(self.baseline[index]),
                end=float(self.end[index]),
                failed_trials=float("nan"),
                sessions_planned=float(self.assumptions.sessions),
                sessions_delivered=float(self.delivered[index]),
                kept_months=float(kept[index]) if self.responded[index] else float("nan"),
                event=float(lost[index]) if self.responded[index] else 0.0,
                synthetic=True,
            )
            for index in range(len(self))
        )


def cohort(
    patients: int,
    seed: int,
    assumptions: Assumptions | None = None,
    model: GrowthModel | None = None,
) -> Cohort:
    """Invented patients; the same seed gives the same patients everywhere."""
    if patients < 1:
        raise InputError("virtual cohort", f"{patients} patients", "Ask for at least one")
    given = assumptions or Assumptions()
    growth = model or growth_model(given.scale)
    rng = np.random.default_rng(seed)
    weeks = int(np.ceil(given.sessions / 5))
    marks = np.minimum(np.arange(weeks + 1) * 5, given.sessions)
    scores, levels, kind = _entered(growth, marks, patients, given.least_score, rng)
    stopped = rng.geometric(max(given.dropout_per_session, 1e-12), patients)
    delivered = np.minimum(stopped, given.sessions).astype(np.int64)
    missed = rng.negative_binomial(delivered, max(given.attendance, 1e-3))
    if given.effect != 1.0:
        shift = (1 - given.effect) * (levels[:, :1] - levels)
        scores, levels = scores + shift, levels + shift
    shown = np.clip(np.round(scores), 0, growth.parameters.highest)
    reached = marks[None] <= delivered[:, None]
    last = np.maximum((reached.sum(axis=1) - 1), 0)
    true_end = shown[np.arange(patients), last]
    weekly = np.where(reached, shown, np.nan)
    early = delivered < given.sessions
    lost = rng.random(patients) < np.where(
        early, 0.5 + given.lost_end_score / 2, given.lost_end_score
    )
    kept = _kept_months(true_end <= shown[:, 0] / 2, rng)
    drift = given.threshold_drift_pct * rng.standard_normal(patients)
    return Cohort(
        given,
        seed,
        weekly,
        shown[:, 0],
        np.where(lost, np.nan, true_end),
        true_end,
        delivered,
        delivered + missed.astype(np.int64),
        kept,
        drift,
        kind,
    )


def _entered(
    growth: GrowthModel,
    marks: IntArray,
    patients: int,
    least: float,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Scores, levels and kinds of patients whose first score is high enough to be treated."""
    parts: list[tuple[FloatArray, FloatArray, IntArray]] = []
    found = 0
    for _ in range(200):
        scores, levels, kind = growth.drawn(2 * patients, marks, rng)
        enough = np.round(scores[:, 0]) >= least
        parts.append((scores[enough], levels[enough], kind[enough]))
        found += int(enough.sum())
        if found >= patients:
            joined = [np.concatenate(column)[:patients] for column in zip(*parts, strict=True)]
            return joined[0], joined[1], joined[2].astype(np.int64)
    raise InputError(
        "virtual cohort",
        f"hardly any patient of the model scores {least:g} or more",
        "Lower the score needed to enter",
    )


def _kept_months(responded: NDArray[np.bool_], rng: np.random.Generator) -> FloatArray:
    """Months until the response is lost; infinite beyond follow-up, NaN without response."""
    model = published_durability()
    cells = rng.choice(len(model.weights), len(responded), p=model.weights)
    months = SCALES[cells] * rng.weibull(SHAPES[cells])
    return np.where(responded, np.where(months < FOLLOWED_MONTHS, months, np.inf), np.nan)


def cohorts(
    count: int,
    patients: int,
    seed: int,
    assumptions: Assumptions | None = None,
    executor: Executor | None = None,
) -> tuple[Cohort, ...]:
    """Several independent cohorts, made here or by an executor; the result is the same."""
    seeds = [int(s) for s in np.random.SeedSequence(seed).generate_state(count)]
    make = _Maker(patients, assumptions or Assumptions())
    return tuple(map(make, seeds) if executor is None else executor.map(make, seeds))


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the cohort of a seed; a value, so that another process can be sent it."""

    patients: int
    assumptions: Assumptions

    def __call__(self, seed: int) -> Cohort:
        return cohort(self.patients, seed, self.assumptions)
