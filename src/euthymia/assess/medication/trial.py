"""The treatment history as it was told: trials, their dose steps, and the episode they belong to.

These are facts only; `euthymia.assess.medication.adequacy` judges them. Every fact may be unknown,
and unknown is said (`None` or `UNKNOWN`), never left to be guessed. Names of agents may be generic
or brand; `euthymia.assess.medication.catalogue` resolves them. Electroconvulsive therapy,
psychotherapy, earlier TMS and esketamine are trials, too: their agent is the name of the treatment.

What is known only roughly ("spring 2021", "about 6 weeks", "50 to 100 mg") stands in fields of its
own (`DayBounds`, `ToldDose`), so that nothing that is rough can be mistaken for an exact fact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from euthymia.core.errors import InputError


class Adherence(StrEnum):
    """Whether the treatment was really taken as prescribed."""

    GOOD = "good"
    POOR = "poor"
    UNKNOWN = "unknown"


class Response(StrEnum):
    """The best improvement during the trial, in the steps of the treatment questionnaires."""

    NONE = "none"
    """Less than 25 % better."""
    PARTIAL = "partial"
    """25 to 49 % better."""
    RESPONSE = "response"
    """50 to 75 % better."""
    REMISSION = "remission"
    """More than 75 % better."""
    LOST = "lost"
    """Had responded, and lost it again on the same treatment (tachyphylaxis)."""
    UNKNOWN = "unknown"


class StopReason(StrEnum):
    """Why the trial ended, or that it has not."""

    NO_BENEFIT = "no_benefit"
    """It never helped enough; an effect that came and went is `Response.LOST`."""
    SIDE_EFFECTS = "side_effects"
    ONGOING = "ongoing"
    OTHER = "other"
    UNKNOWN = "unknown"


class EpisodeSeverity(StrEnum):
    """How severe the present episode was at its baseline; psychosis is a fact of its own."""

    SUBSYNDROMAL = "subsyndromal"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


@dataclass(frozen=True, slots=True)
class DayBounds:
    """A day that is known only within bounds, both of them possible; a bound may be open (None)."""

    earliest: date | None
    latest: date | None

    def __post_init__(self) -> None:
        _refuse_reversed("days known within bounds", self.earliest, self.latest)


@dataclass(frozen=True, slots=True)
class DoseStep:
    """A span of time on one dose, in mg per day (mg per 24 h for a patch).

    The first and the last day both count. `end` None: lasts until the next step or the trial's end.
    `dose_mg_per_day` None: taken, but the dose is unknown.
    """

    start: date
    end: date | None
    dose_mg_per_day: float | None

    def __post_init__(self) -> None:
        _refuse_reversed("dose step", self.start, self.end)
        if self.dose_mg_per_day is not None:
            _refuse_dose(f"dose step from {self.start.isoformat()}", self.dose_mg_per_day)


@dataclass(frozen=True, slots=True)
class ToldDose:
    """A dose as it was told, in mg per day: anything from `low` to `high`, None for an open end.

    `begins` bounds its first day, `least_days` and `most_days` how long it was taken. Told doses
    stand in order of time, one after the other without a gap.
    """

    low_mg_per_day: float | None = None
    high_mg_per_day: float | None = None
    begins: DayBounds | None = None
    least_days: int | None = None
    most_days: int | None = None

    def __post_init__(self) -> None:
        low, high = self.low_mg_per_day, self.high_mg_per_day
        for dose in (low, high):
            if dose is not None:
                _refuse_dose("told dose", dose)
        if low is not None and high is not None and low > high:
            raise InputError(
                "told dose",
                f"it runs from {low:g} down to {high:g} mg",
                "Give the lower dose first",
            )
        _refuse_days("told dose", self.least_days, self.most_days)


@dataclass(frozen=True, slots=True)
class MedicationTrial:
    """One agent taken once: when, how much, how well taken, what it did, why it was stopped.

    `steps` are in order of time and do not overlap. `end` None together with the stop reason
    ONGOING means still taken; with another reason it means that the day of stopping is unknown.
    `augments` names the agent that this one was added to. `current_episode` None: unknown, and
    then worked out from the dates where the onset of the episode is known.
    `sessions` counts treatments that are given by session (ECT, TMS, psychotherapy, esketamine).
    `start_between` and `end_between` bound a day that is not known exactly, `least_days` and
    `most_days` how long it was taken, and `doses` holds doses whose days or size are known only
    roughly, instead of `steps`.
    """

    agent: str
    start: date | None
    end: date | None
    steps: tuple[DoseStep, ...] = ()
    adherence: Adherence = Adherence.UNKNOWN
    response: Response = Response.UNKNOWN
    stop_reason: StopReason = StopReason.UNKNOWN
    side_effects: tuple[str, ...] = ()
    augments: str | None = None
    current_episode: bool | None = None
    note: str = ""
    sessions: int | None = None
    start_between: DayBounds | None = None
    end_between: DayBounds | None = None
    least_days: int | None = None
    most_days: int | None = None
    doses: tuple[ToldDose, ...] = ()

    def __post_init__(self) -> None:
        # Lists are taken as well, and kept as tuples, so that a trial stays hashable.
        object.__setattr__(self, "steps", tuple(self.steps))
        object.__setattr__(self, "side_effects", tuple(self.side_effects))
        object.__setattr__(self, "doses", tuple(self.doses))
        if not self.agent.strip():
            raise InputError("medication trial", "it names no agent", "Name the drug or treatment")
        _refuse_reversed(self._name, self.start, self.end)
        ended = self.end or (self.end_between and self.end_between.latest)
        if self.stop_reason is StopReason.ONGOING and ended:
            raise InputError(
                self._name,
                f"it is called ongoing and yet ended on {ended.isoformat()}",
                "Leave out the end, or give the reason why it was stopped",
            )
        if self.sessions is not None and self.sessions < 0:
            raise InputError(
                self._name,
                f"{self.sessions} sessions are not possible",
                "Count from 0, or leave the number out if it is unknown",
            )
        self._refuse_impossible_steps()
        self._refuse_said_twice()

    @property
    def _name(self) -> str:
        return f"trial of {self.agent}"

    @property
    def earliest_start(self) -> date | None:
        """The first day that it may have begun on, as far as it was told."""
        return self.start or (self.start_between.earliest if self.start_between else None)

    @property
    def latest_start(self) -> date | None:
        """The last day that it may have begun on, as far as it was told."""
        return self.start or (self.start_between.latest if self.start_between else None)

    @property
    def earliest_end(self) -> date | None:
        """The first day that may have been its last, as far as it was told."""
        return self.end or (self.end_between.earliest if self.end_between else None)

    @property
    def latest_end(self) -> date | None:
        """The last day that may have been its last, as far as it was told."""
        return self.end or (self.end_between.latest if self.end_between else None)

    @property
    def highest_dose_mg(self) -> float | None:
        """The highest daily dose on record, in mg; None where none is known."""
        told = [dose.high_mg_per_day or dose.low_mg_per_day for dose in self.doses]
        dated = [step.dose_mg_per_day for step in self.steps]
        return max((dose for dose in (*told, *dated) if dose), default=None)

    @property
    def days(self) -> Iterator[date]:
        """Every day that it names, a bound that is only a latest one left out."""
        named = [self.start, self.end, self.earliest_start, self.earliest_end]
        named += [day for step in self.steps for day in (step.start, step.end)]
        named += [dose.begins.earliest for dose in self.doses if dose.begins]
        return (day for day in named if day is not None)

    def _refuse_impossible_steps(self) -> None:
        for step in self.steps:
            if (self.start and step.start < self.start) or (
                self.end and max(step.start, step.end or step.start) > self.end
            ):
                raise InputError(
                    self._name,
                    f"the dose step from {step.start.isoformat()} lies outside the trial",
                    "Correct the dates of the step or of the trial",
                )
        for earlier, later in pairwise(self.steps):
            if later.start <= (earlier.end or earlier.start):
                raise InputError(
                    self._name,
                    f"the dose step from {later.start.isoformat()} begins before the one from "
                    f"{earlier.start.isoformat()} is over",
                    "Give the steps in order of time, each ending before the next begins",
                )

    def _refuse_said_twice(self) -> None:
        """A fact is either exact or told roughly, never both."""
        _refuse_days(self._name, self.least_days, self.most_days)
        pairs = (
            ("its start", self.start, self.start_between),
            ("its end", self.end, self.end_between),
            ("its dose", self.steps or None, self.doses or None),
        )
        for what, exact, rough in pairs:
            if exact is not None and rough is not None:
                raise InputError(
                    self._name,
                    f"{what} is given twice, exactly and roughly",
                    "Keep the exact one only",
                )


@dataclass(frozen=True, slots=True)
class EpisodeFacts:
    """What is known of the present depressive episode; None means unknown.

    `augmentation_used` and `ect_used` are asked beside the list of trials because histories are
    often told that way ("never had ECT") without a trial behind it. `onset_between` bounds an onset
    that is not known to the day.
    """

    onset: date | None = None
    severity: EpisodeSeverity | None = None
    psychotic: bool | None = None
    augmentation_used: bool | None = None
    ect_used: bool | None = None
    onset_between: DayBounds | None = None

    def __post_init__(self) -> None:
        if self.onset is not None and self.onset_between is not None:
            raise InputError(
                "onset of the episode",
                "it is given twice, exactly and roughly",
                "Keep the exact one only",
            )

    @property
    def earliest_onset(self) -> date | None:
        return self.onset or (self.onset_between.earliest if self.onset_between else None)

    @property
    def latest_onset(self) -> date | None:
        return self.onset or (self.onset_between.latest if self.onset_between else None)


def refuse_future(trials: Iterable[MedicationTrial], episode: EpisodeFacts, on: date) -> None:
    """Refuse a history that holds a day after `on`, naming the entry."""
    for trial in trials:
        for day in trial.days:
            _refuse_after(f"trial of {trial.agent}", day, on)
    _refuse_after("onset of the episode", episode.earliest_onset, on)


def _refuse_after(subject: str, day: date | None, on: date) -> None:
    if day is not None and day > on:
        raise InputError(
            subject,
            f"{day.isoformat()} lies after the day of assessment, {on.isoformat()}",
            "Correct the date, or assess on a later day",
        )


def _refuse_reversed(subject: str, start: date | None, end: date | None) -> None:
    if start is not None and end is not None and end < start:
        raise InputError(
            subject,
            f"it ends on {end.isoformat()}, before it starts on {start.isoformat()}",
            "Exchange or correct the two dates",
        )


def _refuse_dose(subject: str, dose: float) -> None:
    if not (math.isfinite(dose) and dose > 0):
        raise InputError(
            subject,
            f"a dose of {dose:g} mg per day is not possible",
            "Give a dose above 0 mg per day, or leave it out if it is unknown",
        )


def _refuse_days(subject: str, least: int | None, most: int | None) -> None:
    if (least is not None and least < 0) or (most is not None and most < max(least or 0, 1)):
        raise InputError(
            subject,
            f"it was taken for {least if least is not None else '?'} to "
            f"{most if most is not None else '?'} days, which is not possible",
            "Give the shorter time first, in days",
        )
