"""How long an agent was taken, and how long at an adequate dose, as far as it is known.

Every count of days is a range: what the recorded facts prove, and what they do not exclude. Days
are counted with the first and the last one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from euthymia.assess.data_files import Span
from euthymia.assess.medication.trial import DoseStep, MedicationTrial, StopReason

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayRange:
    """A number of days known within bounds; `high` None: nothing bounds it from above."""

    low: int
    high: int | None

    @property
    def text(self) -> str:
        """ "42 days", "28 to 60 days", "at least 28 days", "an unknown number of days"."""
        if self.high is None:
            return f"at least {self.low} days" if self.low else "an unknown number of days"
        return f"{self.low} days" if self.low == self.high else f"{self.low} to {self.high} days"

    def surely_reaches(self, days: float) -> bool:
        return self.low >= days

    def may_reach(self, days: float) -> bool:
        return self.high is None or self.high >= days


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row on one dose, in mg per day; `dose` None: unknown; not `sure`: perhaps taken."""

    first: date
    last: date
    dose_mg_per_day: float | None
    sure: bool

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Exposure:
    """One trial laid out in time up to the day of assessment, without gaps.

    `start_known` False: it may have begun before the first stretch. `end_known` False: the
    stretches after the last recorded day are possible, not sure.
    """

    stretches: tuple[Stretch, ...]
    start_known: bool
    end_known: bool

    @classmethod
    def of(cls, trial: MedicationTrial, on: date) -> Exposure:
        """Lay out a trial; a trial without any date has no stretches and unknown bounds."""
        return _lay_out(trial, on)

    @property
    def total(self) -> DayRange:
        """How long the agent was taken at all."""
        return self.longest(Span())

    def longest(self, minimum_mg_per_day: Span | None) -> DayRange:
        """The longest time in a row at or above a minimum dose.

        `Span()` asks for no dose at all. None: no minimum is on record, so that no day is proven.
        """
        asked = minimum_mg_per_day or Span()
        proven = 0
        if minimum_mg_per_day is not None:
            proven = _longest_run(
                (s.sure and _reaches(s, asked.high, unknown=False), s.days) for s in self.stretches
            )
        if not self.start_known:
            return DayRange(proven, None)
        possible = _longest_run(
            (_reaches(s, asked.low, unknown=True), s.days) for s in self.stretches
        )
        return DayRange(proven, possible)

    @property
    def doses_mg_per_day(self) -> tuple[float | None, ...]:
        """The doses on record, in order of time; None where a stretch has no known dose."""
        return tuple(dict.fromkeys(s.dose_mg_per_day for s in self.stretches))


@lru_cache(maxsize=1024)  # every instrument asks for the same layout of the same trial
def _lay_out(trial: MedicationTrial, on: date) -> Exposure:
    steps = trial.steps
    first = trial.start or (steps[0].start if steps else None)
    end = on if trial.stop_reason is StopReason.ONGOING else trial.end
    if first is None:
        # A last day alone says that the agent was taken on that day, and no more.
        lone = (Stretch(end, end, None, True),) if end else ()
        return Exposure(lone, start_known=False, end_known=end is not None)
    recorded = max([first, *(step.end or step.start for step in steps)])
    spans = _fill(first, end or recorded, steps)
    if end is None and recorded < on:
        spans.append(_perhaps_longer(recorded, on, steps))
    return Exposure(tuple(spans), start_known=trial.start is not None, end_known=end is not None)


def _reaches(stretch: Stretch, minimum: float | None, *, unknown: bool) -> bool:
    if minimum is None:
        return True
    if stretch.dose_mg_per_day is None:
        return unknown
    return stretch.dose_mg_per_day >= minimum


def _longest_run(stretches: Iterable[tuple[bool, int]]) -> int:
    best = run = 0
    for counts, days in stretches:
        run = run + days if counts else 0
        best = max(best, run)
    return best


def _fill(first: date, last: date, steps: tuple[DoseStep, ...]) -> list[Stretch]:
    """The days from first to last, with unknown doses where no step covers them."""
    spans: list[Stretch] = []
    day = first
    for position, step in enumerate(steps):
        following = steps[position + 1].start - _DAY if position + 1 < len(steps) else last
        until = step.end or following
        if step.start > day:
            spans.append(Stretch(day, step.start - _DAY, None, True))
        spans.append(Stretch(step.start, until, step.dose_mg_per_day, True))
        day = until + _DAY
    if day <= last:
        spans.append(Stretch(day, last, None, True))
    return spans


def _perhaps_longer(recorded: date, on: date, steps: tuple[DoseStep, ...]) -> Stretch:
    """The days after the last recorded one, when it is unknown how long the trial went on."""
    open_dose = steps[-1].dose_mg_per_day if steps and steps[-1].end is None else None
    return Stretch(recorded + _DAY, on, open_dose, sure=False)
