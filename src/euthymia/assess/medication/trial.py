"""The treatment history as it was told: trials, their dose steps, and the episode they belong to.

These are facts only; `euthymia.assess.medication.adequacy` judges them. Every fact may be unknown,
and unknown is said (`None` or `UNKNOWN`), never left to be guessed. Names of agents may be generic
or brand; `euthymia.assess.medication.catalogue` resolves them. Electroconvulsive therapy,
psychotherapy, earlier TMS and esketamine are trials, too: their agent is the name of the treatment.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
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
        dose = self.dose_mg_per_day
        if dose is not None and not (math.isfinite(dose) and dose > 0):
            raise InputError(
                f"dose step from {self.start.isoformat()}",
                f"a dose of {dose:g} mg per day is not possible",
                "Give a dose above 0 mg per day, or leave it out if it is unknown",
            )


@dataclass(frozen=True, slots=True)
class MedicationTrial:
    """One agent taken once: when, how much, how well taken, what it did, why it was stopped.

    `steps` are in order of time and do not overlap. `end` None together with the stop reason
    ONGOING means still taken; with another reason it means that the day of stopping is unknown.
    `augments` names the agent that this one was added to. `current_episode` None: unknown, and
    then worked out from the dates where the onset of the episode is known.
    `sessions` counts treatments that are given by session (ECT, TMS, psychotherapy, esketamine).
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

    def __post_init__(self) -> None:
        # Lists are taken as well, and kept as tuples, so that a trial stays hashable.
        object.__setattr__(self, "steps", tuple(self.steps))
        object.__setattr__(self, "side_effects", tuple(self.side_effects))
        if not self.agent.strip():
            raise InputError("medication trial", "it names no agent", "Name the drug or treatment")
        _refuse_reversed(f"trial of {self.agent}", self.start, self.end)
        if self.stop_reason is StopReason.ONGOING and self.end is not None:
            raise InputError(
                f"trial of {self.agent}",
                f"it is called ongoing and yet ended on {self.end.isoformat()}",
                "Leave out the end, or give the reason why it was stopped",
            )
        if self.sessions is not None and self.sessions < 0:
            raise InputError(
                f"trial of {self.agent}",
                f"{self.sessions} sessions are not possible",
                "Count from 0, or leave the number out if it is unknown",
            )
        self._refuse_impossible_steps()

    def _refuse_impossible_steps(self) -> None:
        for step in self.steps:
            if (self.start and step.start < self.start) or (
                self.end and max(step.start, step.end or step.start) > self.end
            ):
                raise InputError(
                    f"trial of {self.agent}",
                    f"the dose step from {step.start.isoformat()} lies outside the trial",
                    "Correct the dates of the step or of the trial",
                )
        for earlier, later in pairwise(self.steps):
            if later.start <= (earlier.end or earlier.start):
                raise InputError(
                    f"trial of {self.agent}",
                    f"the dose step from {later.start.isoformat()} begins before the one from "
                    f"{earlier.start.isoformat()} is over",
                    "Give the steps in order of time, each ending before the next begins",
                )


@dataclass(frozen=True, slots=True)
class EpisodeFacts:
    """What is known of the present depressive episode; None means unknown.

    `augmentation_used` and `ect_used` are asked beside the list of trials because histories are
    often told that way ("never had ECT") without a trial behind it.
    """

    onset: date | None = None
    severity: EpisodeSeverity | None = None
    psychotic: bool | None = None
    augmentation_used: bool | None = None
    ect_used: bool | None = None


def refuse_future(trials: Iterable[MedicationTrial], episode: EpisodeFacts, on: date) -> None:
    """Refuse a history that holds a day after `on`, naming the entry."""
    for trial in trials:
        days = [trial.start, trial.end, *(step.start for step in trial.steps)]
        days += [step.end for step in trial.steps]
        for day in days:
            _refuse_after(f"trial of {trial.agent}", day, on)
    _refuse_after("onset of the episode", episode.onset, on)


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
