"""A course of treatment in the chart of a patient, one session a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from euthymia.chart.course_facts import PlanRequested
from euthymia.chart.session_facts import SessionDelivered
from euthymia.clinic.accounts.policy import Action, Who
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import record


def give_course(who: Who, patient: Patient, first: datetime, sessions: int) -> None:
    """Ask for a plan, and give so many sessions, the first of them at that moment."""
    asked = PlanRequested(
        protocol="HF10-19",
        target="fox-2012",
        stimulator="magventure-magpro-r30",
        coil="magventure-c-b60",
        start_on=first.date(),
    )
    record(who, patient, asked, Action.REQUEST_PLAN)
    for number in range(sessions):
        start = first + timedelta(days=number)
        fact = SessionDelivered(
            number=number + 1,
            protocol="HF10-19",
            started_at=start,
            ended_at=start + timedelta(minutes=19),
            pulses=3000,
            completed=True,
        )
        record(who, patient, fact, Action.RUN_SESSION)
