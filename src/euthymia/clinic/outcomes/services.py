"""Recording what came of a treatment, and looking at it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from euthymia.chart.chart import Chart
from euthymia.chart.entries import Entry
from euthymia.chart.follow_inputs import scored, to_course_facts
from euthymia.chart.follow_up_facts import (
    CourseEnded,
    EndReason,
    FollowUpDone,
    FollowUpSet,
    ReminderSent,
)
from euthymia.chart.session_facts import AdverseEventRecorded
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, Who, check
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.entry_forms import sent_before
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import Wanted, record, record_all
from euthymia.core.errors import InputError
from euthymia.follow.durability import follow_up_plan
from euthymia.follow.outlook import Outlook, outlook

_DAYS_A_MONTH = 365.25 / 12


def outlook_of(chart: Chart, on: date) -> Outlook:
    """Everything that follow-up says of a chart on a day."""
    return outlook(scored(chart, on), to_course_facts(chart, on), on)


def record_event(who: Who, patient: Patient, known: Mapping[str, Any], entry_id: str) -> Entry:
    """Record an adverse event, with the session in or after which it came."""
    chart = chart_of(patient).chart
    before = [
        found.fact.number
        for found in chart.sessions
        if found.fact.started_at.date() <= known["onset_on"]
    ]
    fact = AdverseEventRecorded(
        event=known["event"],
        onset_on=known["onset_on"],
        severity=known["severity"],
        serious=known["serious"],
        related=known["related"],
        resolved_on=known["resolved_on"],
        action=known["action"],
        session=before[-1] if before else None,
    )
    return record(who, patient, fact, Action.RECORD_ADVERSE_EVENT, entry_id=entry_id)


def end_course(
    who: Who,
    patient: Patient,
    ended_on: date,
    why: EndReason,
    note: str,
    *,
    contacts: bool,
    entry_id: str,
) -> tuple[Entry, ...]:
    """Record the end of the course, and the contacts of the time after it."""
    wanted = [Wanted(CourseEnded(ended_on=ended_on, why=why, note=note), entry_id=entry_id)]
    if contacts and not sent_before(patient, entry_id):
        check(Action.SET_FOLLOW_UP, who, patient)
        wanted += [
            Wanted(
                FollowUpSet(
                    what=f"Scored visit {visit.number} after the course",
                    due_on=visit.due_on,
                    role="coordinator",
                    month=max(1, round((visit.due_on - ended_on).days / _DAYS_A_MONTH)),
                )
            )
            for visit in follow_up_plan(ended_on)
        ]
    return record_all(who, patient, wanted, Action.END_COURSE)


def set_contact(who: Who, patient: Patient, known: Mapping[str, Any], entry_id: str) -> Entry:
    """Put a contact into the worklist."""
    fact = FollowUpSet(what=known["what"], due_on=known["due_on"], role=known["role"])
    return record(who, patient, fact, Action.SET_FOLLOW_UP, entry_id=entry_id)


def contact_done(
    who: Who, patient: Patient, contact: str, done_on: date, result: str, entry_id: str
) -> Entry:
    """Record that a contact took place; refused if it is not open."""
    known = {each.entry_id: each for each in chart_of(patient).chart.follow_ups}
    found = known.get(contact)
    if found is None or not (found.is_open or sent_before(patient, entry_id)):
        raise InputError("this follow-up", "it is not open (any more)", "Open the page again")
    fact = FollowUpDone(entry_id=contact, done_on=done_on, result=result)
    return record(who, patient, fact, Action.DO_FOLLOW_UP, entry_id=entry_id)


def reminded(who: Who, patient: Patient, channel: Any, about: Any, entry_id: str) -> Entry:
    """Record that the patient was reminded."""
    fact = ReminderSent(sent_at=clock.now(), channel=channel, about=about)
    return record(who, patient, fact, Action.DO_FOLLOW_UP, entry_id=entry_id)
