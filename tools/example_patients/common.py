"""What the invented patients share: the people of the clinic, and short ways to write facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid5

from euthymia.assess.medication.trial import (
    Adherence,
    DoseStep,
    MedicationTrial,
)
from euthymia.assess.safety.screen import Answer, ScreenAnswer, screen_items
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.entries import AnyFact
from euthymia.chart.envelope import Author
from euthymia.chart.patient_facts import (
    MedicationTrialRecorded,
    ScaleFilled,
    ScreenAnswered,
)

TARGET = "fox-2013"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
CLINIC_TIME = timezone(timedelta(hours=-6))
NAMESPACE = UUID("6f1c1d1e-5d0f-4f5e-9a53-7e0a3e1d2c01")

PSYCHIATRIST = Author("Hanna Okafor (invented)", "psychiatrist")
NURSE = Author("Piet Lindholm (invented)", "nurse")
OPERATOR = Author("Rosa Delgado (invented)", "TMS operator")


@dataclass(frozen=True)
class Visit:
    """What one person wrote down at one visit, five minutes an entry."""

    start: datetime
    author: Author
    facts: tuple[AnyFact, ...]
    reason: str = ""


@dataclass(frozen=True)
class Example:
    """One invented patient: folder, headline, what is to be seen, and the visits."""

    folder: str
    title: str
    story: str
    visits: tuple[Visit, ...]


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=CLINIC_TIME)


def entry_id(folder: str, number: int) -> str:
    """The id of the entry on that line of an example's chart."""
    return str(uuid5(NAMESPACE, f"{folder}/{number}"))


def steps(*changes: tuple[date, float | None]) -> tuple[DoseStep, ...]:
    """Dose steps from the days on which the dose changed; each lasts until the next."""
    return tuple(DoseStep(day, None, dose) for day, dose in changes)


def trial(
    agent: str,
    start: date,
    end: date | None,
    doses: tuple[DoseStep, ...],
    **facts: Any,
) -> MedicationTrialRecorded:
    """A trial that was taken as prescribed, with further facts by name."""
    return MedicationTrialRecorded(
        trial=MedicationTrial(agent, start, end, doses, Adherence.GOOD, **facts)
    )


def screen(day: date, yes: dict[str, str]) -> ScreenAnswered:
    """Every question of the screen answered: yes with what was said, no to all others."""
    answers = [
        ScreenAnswer(item.id, Answer.YES, yes[item.id])
        if item.id in yes
        else ScreenAnswer(item.id, Answer.NO)
        for item in screen_items()
    ]
    return ScreenAnswered(answered_on=day, answers=tuple(answers))


def scale(name: str, day: date, items: tuple[int, ...]) -> ScaleFilled:
    """A scale with all its items answered."""
    return ScaleFilled(
        score=ScaleScore(name, day, sum(items), items),
        rated_by="patient" if name == "phq9" else "clinician",
    )
