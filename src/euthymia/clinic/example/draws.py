"""Courses drawn from the models of virtual trials: scores by week, drop-out, how long it lasts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from euthymia.clinic.example.assumptions import assumptions
from euthymia.learn.forecast.published import growth_model
from euthymia.learn.virtual.cohort import Assumptions, cohort
from euthymia.plan.protocol.courses import course

COURSE = "standard-36"
"""Every invented course follows it: daily sessions first, and then a taper."""

SESSIONS = course(COURSE).sessions_total
_FIRST = course(COURSE).phases[0]
DAILY = _FIRST.sessions
_A_WEEK = _FIRST.days_per_week or 1
_SPARE = 64


@dataclass(frozen=True, slots=True)
class CourseDraw:
    """One drawn course.

    totals: PHQ-9 before the course and after each `marks` of sessions; None after drop-out.
    missed: planned days on which the patient did not come. end_lost: nobody took the last score.
    kept_months: how long the response lasted; None without response, infinite through follow-up.
    drift_pct: change of the motor threshold over the course.
    """

    totals: tuple[int | None, ...]
    delivered: int
    missed: int
    end_lost: bool
    kept_months: float | None
    drift_pct: float

    @property
    def last_total(self) -> int:
        """The last score that there is."""
        return next(total for total in reversed(self.totals) if total is not None)

    def cut(self, delivered: int) -> CourseDraw:
        """The same course, given up after so many sessions."""
        totals = tuple(
            total if mark <= delivered else None
            for mark, total in zip(MARKS, self.totals, strict=True)
        )
        missed = round(self.missed * delivered / self.delivered)
        return CourseDraw(totals, delivered, missed, True, None, self.drift_pct)


MARKS = tuple(min(_A_WEEK * week, SESSIONS) for week in range(math.ceil(SESSIONS / _A_WEEK) + 1))
"""Sessions after which a score is due."""


class Draws:
    """A pool of drawn courses, from which each patient gets the one of the own number."""

    def __init__(self, patients: int, seed: int) -> None:
        given = Assumptions(
            scale="PHQ-9",
            sessions=SESSIONS,
            least_score=growth_model("PHQ-9").parameters.least_to_enter,
            attendance=assumptions().treatment.attendance,
        )
        drawn = cohort(2 * patients + _SPARE, seed, given)
        self._all = [
            CourseDraw(
                tuple(None if math.isnan(total) else int(total) for total in row),
                int(delivered),
                int(days - delivered),
                math.isnan(end),
                None if math.isnan(kept) else float(kept),
                float(drift),
            )
            for row, delivered, days, end, kept, drift in zip(
                drawn.weekly.tolist(),
                drawn.delivered.tolist(),
                drawn.days.tolist(),
                drawn.end.tolist(),
                drawn.kept_months.tolist(),
                drawn.threshold_pct.tolist(),
                strict=True,
            )
        ]
        self._whole = [each for each in self._all if each.delivered == SESSIONS]
        self._lost = [
            each
            for each in self._whole
            if each.kept_months is not None and 1 < each.kept_months < math.inf
        ]

    def any(self, number: int) -> CourseDraw:
        """A course as they come, drop-out among them."""
        return self._all[number % len(self._all)]

    def whole(self, number: int) -> CourseDraw:
        """A course of which every session was given."""
        return self._whole[number % len(self._whole)]

    def lost_again(self, number: int) -> CourseDraw:
        """A whole course with a response that was lost within two years."""
        return self._lost[number % len(self._lost)]


def clinician_total(draw: Random, patients_total: int, patients_first: int, first: int) -> int:
    """A HAM-D17 that moves with the patient's own score, as loosely as is assumed."""
    model = growth_model("HAM-D17").parameters
    noise = draw.gauss(0, assumptions().scores.noise_share * model.highest)
    return _within(first * patients_total / max(patients_first, 1) + noise, model.highest)


def clinician_first(draw: Random) -> int:
    """A HAM-D17 before treatment, high enough to be treated."""
    model = growth_model("HAM-D17").parameters
    return _within(
        max(draw.gauss(model.baseline, model.baseline_sd), model.least_to_enter), model.highest
    )


def _within(value: float, highest: float) -> int:
    return round(min(max(value, 0), highest))
