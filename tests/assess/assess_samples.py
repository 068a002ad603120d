"""Builds the inputs of the assessment from the rows of the worked examples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from euthymia.assess.medication.episode import add_months
from euthymia.assess.medication.names import find_agent
from euthymia.assess.medication.trial import (
    Adherence,
    DoseStep,
    EpisodeFacts,
    EpisodeSeverity,
    MedicationTrial,
    Response,
    StopReason,
)

START = date(2023, 1, 1)
ASSESSED = date(2026, 6, 30)
LATELY = ASSESSED - timedelta(days=89)


def trial_of_row(row: Mapping[str, Any]) -> tuple[MedicationTrial, date]:
    """The trial of an adequacy example, and the day on which it is judged."""
    steps, day = [], START
    for days, dose in row["doses"]:
        last = day + timedelta(days=days - 1)
        steps.append(DoseStep(day, last, None if dose == "unknown" else float(dose)))
        day = last + timedelta(days=1)
    stop = StopReason(row["stop"])
    last = day - timedelta(days=1)
    open_end = row.get("end") == "unknown"
    if open_end and steps:
        steps[-1] = DoseStep(steps[-1].start, None, steps[-1].dose_mg_per_day)
    trial = MedicationTrial(
        agent=row["agent"],
        start=None if row.get("start") == "unknown" else START,
        end=None if open_end or stop is StopReason.ONGOING else last,
        steps=tuple(steps),
        adherence=Adherence(row.get("adherence", "good")),
        response=Response(row["response"]),
        stop_reason=stop,
        augments=row.get("augments"),
        sessions=row.get("sessions"),
    )
    return trial, last if stop is StopReason.ONGOING else ASSESSED


def failed_trial(
    name: str, *, dose_known: bool = True, augments: str | None = None
) -> MedicationTrial:
    """A trial that is an adequate failure for every instrument, if its dose is known."""
    agent = find_agent(name)
    spans = [agent.usual, *agent.minimum.values()]
    dose = 2 * max((span.high or 0 for span in spans if span), default=0) or None
    if name == "nortriptyline":
        dose = 150
    return MedicationTrial(
        agent=name,
        start=LATELY,
        end=ASSESSED,
        steps=(DoseStep(LATELY, None, dose if dose_known else None),),
        adherence=Adherence.GOOD,
        response=Response.NONE,
        stop_reason=StopReason.NO_BENEFIT,
        augments=augments,
        current_episode=True,
    )


def history_of_row(row: Mapping[str, Any]) -> tuple[list[MedicationTrial], EpisodeFacts]:
    """The trials and the episode of a staging example."""
    trials = [failed_trial(name) for name in row["failed"]]
    trials += [failed_trial(name, dose_known=False) for name in row.get("open", ())]
    trials += [_added(name) for name in row.get("added", ())]
    severity = row.get("severity")
    episode = EpisodeFacts(
        onset=_onset(row),
        severity=EpisodeSeverity(severity) if severity else None,
        psychotic=row.get("psychotic"),
        augmentation_used=row.get("augmentation"),
        ect_used=row.get("ect"),
    )
    return trials, episode


def _onset(row: Mapping[str, Any]) -> date | None:
    """The day from which, counted in months and days, the day of assessment is reached."""
    if "months" not in row:
        return None
    return add_months(ASSESSED, -row["months"]) - timedelta(days=row.get("days", 0))


def _added(name: str) -> MedicationTrial:
    agent = find_agent(name)
    if agent.molecule == "ect":
        return MedicationTrial(name, None, None, sessions=12, current_episode=True)
    if agent.id == "lithium":
        return MedicationTrial(name, LATELY, ASSESSED, current_episode=True)
    return failed_trial(name, augments="sertraline")


def tri_state(word: str) -> bool | None:
    """ "yes", "no" and "open" as True, False and None."""
    return {"yes": True, "no": False, "open": None}[word]


def ids(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]
