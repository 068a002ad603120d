"""How long an agent was taken, and how long at an adequate dose, as far as it is known.

Every count of days is a range: what the recorded facts prove, and what they do not exclude. Days
are counted with the first and the last one. A trial becomes a row of stretches, each on one dose
(or on any dose within bounds), with boundaries that may be known only roughly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby

from euthymia.assess.data_files import Span
from euthymia.assess.medication.timeline import Gap, Matrix, tightened
from euthymia.assess.medication.trial import DayBounds, MedicationTrial, StopReason, ToldDose
from euthymia.core.errors import InputError

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
            unit = "day" if self.low == 1 else "days"
            return f"at least {self.low} {unit}" if self.low else "an unknown number of days"
        unit = "day" if self.high == 1 else "days"
        return f"{self.low} {unit}" if self.low == self.high else f"{self.low} to {self.high} days"

    def surely_reaches(self, days: float) -> bool:
        return self.low >= days

    def may_reach(self, days: float) -> bool:
        return self.high is None or self.high >= days


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time on one dose in mg per day, anything from `low` to `high`; both None: unknown."""

    low_mg_per_day: float | None = None
    high_mg_per_day: float | None = None

    @property
    def exact(self) -> bool:
        return self.low_mg_per_day is not None and self.low_mg_per_day == self.high_mg_per_day

    def surely_reaches(self, minimum: float | None) -> bool:
        if minimum is None:
            return True
        return self.low_mg_per_day is not None and self.low_mg_per_day >= minimum

    def may_reach(self, minimum: float | None) -> bool:
        high = self.high_mg_per_day
        return minimum is None or high is None or high >= minimum


@dataclass(frozen=True, slots=True)
class Exposure:
    """One trial laid out in time up to the day of assessment, without gaps.

    `most_days[i][j]` is the longest time from boundary i to boundary j; the stretch i lies between
    the boundaries i and i + 1. `began` and `ended` bound its first and last day. `start_known`
    False: nothing bounds its beginning; `end_known` False: nothing bounds its end before today.
    """

    stretches: tuple[Stretch, ...]
    most_days: Matrix
    began: DayBounds
    ended: DayBounds
    start_known: bool
    end_known: bool

    @classmethod
    def of(cls, trial: MedicationTrial, on: date) -> Exposure:
        """Lay out a trial; refuses one whose dates and durations contradict each other."""
        return _lay_out(trial, on)

    @property
    def total(self) -> DayRange:
        """How long the agent was taken at all."""
        return self._between(0, len(self.stretches))

    def longest(self, minimum_mg_per_day: Span | None) -> DayRange:
        """The longest time in a row at or above a minimum dose.

        `Span()` asks for no dose at all. None: no minimum is on record, so that no day is proven.
        """
        if minimum_mg_per_day is None:
            return DayRange(0, self.total.high)
        lenient, strict = minimum_mg_per_day.low, minimum_mg_per_day.high
        sure = [stretch.surely_reaches(strict) for stretch in self.stretches]
        possible = [stretch.may_reach(lenient) for stretch in self.stretches]
        proven = max((self._between(*run).low for run in _runs(sure)), default=0)
        most = [self._between(*run).high for run in _runs(possible)]
        open_end = None in most
        return DayRange(proven, None if open_end else max((m for m in most if m), default=0))

    def _between(self, first: int, last: int) -> DayRange:
        most, least = self.most_days[first][last], -self.most_days[last][first]
        return DayRange(max(int(least), 0), None if math.isinf(most) else int(most))

    @property
    def doses(self) -> tuple[Stretch, ...]:
        """The doses on record, in order of time, each once."""
        return tuple(dict.fromkeys(self.stretches))


def _runs(flags: list[bool]) -> Iterator[tuple[int, int]]:
    """The first and the last boundary of every run of true flags."""
    for flag, members in groupby(range(len(flags)), key=flags.__getitem__):
        if flag:
            places = list(members)
            yield places[0], places[-1] + 1


@lru_cache(maxsize=1024)  # every instrument asks for the same layout of the same trial
def _lay_out(trial: MedicationTrial, on: date) -> Exposure:
    row = _told(trial) if trial.doses or not trial.steps else _stepped(trial)
    row.pin_ends(trial, on)
    most = tightened(len(row.stretches) + 1, row.gaps)
    if most is None:
        raise InputError(
            f"trial of {trial.agent}",
            "its dates and the time that it is said to have lasted contradict each other",
            "Correct the dates or the duration",
        )
    last = len(row.stretches)
    known_end = trial.stop_reason is StopReason.ONGOING or trial.latest_end is not None
    return Exposure(
        tuple(row.stretches),
        most,
        began=_days(most, 0),
        ended=_days(most, last, before=True),
        start_known=trial.earliest_start is not None,
        end_known=known_end,
    )


def _days(most: Matrix, boundary: int, *, before: bool = False) -> DayBounds:
    """The calendar days that a boundary may fall on; `before`: the days before it."""
    origin = len(most) - 1
    earliest, latest = -most[boundary][origin], most[origin][boundary]
    shift = 1 if before else 0
    return DayBounds(
        None if math.isinf(earliest) else date.fromordinal(int(earliest) - shift),
        None if math.isinf(latest) else date.fromordinal(int(latest) - shift),
    )


class _Row:
    """Stretches in order of time, and what is known of the days between their boundaries."""

    def __init__(self) -> None:
        self.stretches: list[Stretch] = []
        self.gaps: list[Gap] = []

    def add(self, stretch: Stretch, least: int | None = None, most: int | None = None) -> None:
        """The next stretch; it may be empty unless `least` says otherwise."""
        place = len(self.stretches)
        self.stretches.append(stretch)
        self.gaps.append(Gap(place, place + 1, least or 0, most))

    def pin(self, boundary: int, earliest: date | None, latest: date | None) -> None:
        """Bound the day that a boundary falls on."""
        if earliest is not None or latest is not None:
            first = earliest.toordinal() if earliest else None
            last = latest.toordinal() if latest else None
            self.gaps.append(Gap(None, boundary, first, last))

    def pin_ends(self, trial: MedicationTrial, on: date) -> None:
        """What is known of the whole trial: its first and last day, its length, and today."""
        last = len(self.stretches)
        after = on + _DAY
        self.pin(0, trial.earliest_start, min(trial.latest_start or on, on))
        ongoing = trial.stop_reason is StopReason.ONGOING
        earliest = after if ongoing else _next(trial.earliest_end)
        self.pin(last, earliest, after if ongoing else min(_next(trial.latest_end) or after, after))
        # A date proves that it was taken on that day; without any, nothing is proven.
        known = trial.least_days or (1 if any(True for _ in trial.days) else 0)
        self.gaps.append(Gap(0, last, known, trial.most_days))


def _next(day: date | None) -> date | None:
    return day + _DAY if day else None


def _told(trial: MedicationTrial) -> _Row:
    """Doses that were told in order, each taken for a day at least."""
    row = _Row()
    for dose in trial.doses or (ToldDose(),):
        if dose.begins:
            row.pin(len(row.stretches), dose.begins.earliest, dose.begins.latest)
        least = dose.least_days or (1 if trial.doses else 0)
        row.add(Stretch(dose.low_mg_per_day, dose.high_mg_per_day), least, dose.most_days)
    return row


def _stepped(trial: MedicationTrial) -> _Row:
    """Dated dose steps, with stretches of unknown dose before, between and after them."""
    row, steps = _Row(), trial.steps
    if trial.start is None or trial.start < steps[0].start:
        row.add(Stretch())
    for place, step in enumerate(steps):
        row.pin(len(row.stretches), step.start, step.start)
        row.add(Stretch(step.dose_mg_per_day, step.dose_mg_per_day), 1)
        following = steps[place + 1].start if place + 1 < len(steps) else None
        if step.end is not None and _next(step.end) != following:
            row.pin(len(row.stretches), _next(step.end), _next(step.end))
            if following or trial.end != step.end:
                row.add(Stretch())
    return row
