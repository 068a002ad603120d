"""What may follow what in a chart: each entry against those before it.

Every refusal names the entry, what is wrong with its place, and the remedy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from euthymia.chart.appointment_facts import AppointmentMissed, AppointmentMoved, AppointmentsSet
from euthymia.chart.appointments import (
    Appointment,
    AppointmentState,
    CalendarEntry,
    GivenSession,
    appointments,
    fixed_ids,
    from_time,
)
from euthymia.chart.course_facts import PlanProposed, PlanSigned
from euthymia.chart.entries import Amended, Entry, Retracted
from euthymia.chart.facts import Fact
from euthymia.chart.follow_up_facts import CourseEnded, FollowUpDone, FollowUpSet, ReminderSent
from euthymia.chart.intake_facts import ConsentDecision, ConsentRecorded
from euthymia.chart.patient_facts import PatientRegistered
from euthymia.chart.prescription_facts import (
    DeviationSigned,
    PlacementChosen,
    PrescriptionSigned,
    PrescriptionWritten,
)
from euthymia.chart.recorded import Recorded, Standing
from euthymia.chart.safety_facts import SafetyTaskClosed
from euthymia.chart.safety_tasks import safety_tasks
from euthymia.chart.session_facts import SessionDelivered
from euthymia.core.errors import InputError

CALENDAR = (AppointmentsSet, AppointmentMoved, AppointmentMissed, CourseEnded)


def require_place(entry: Entry, before: Standing) -> None:
    """Refuse an entry that cannot stand after those before it."""
    if entry.id in before.entries:
        raise InputError(entry.title, f"its id {entry.id} stands twice", "Give it a new id")
    if isinstance(entry.fact, PatientRegistered) == bool(before.entries):
        raise _wrong_patient(entry)
    rule = _RULES.get(type(entry.fact))
    if rule is not None:
        rule(entry, entry.fact, before)


def standing_appointments(
    calendar: tuple[Recorded[Any], ...], sessions: tuple[Recorded[SessionDelivered], ...]
) -> tuple[Appointment, ...]:
    """The appointments from the calendar's facts in force; a session without a pulse keeps none."""
    given = (
        GivenSession(found.fact.number, found.fact.started_at)
        for found in sessions
        if found.fact.pulses > 0
    )
    return appointments(
        (CalendarEntry(found.id, found.entries[0].at, found.fact) for found in calendar), given
    )


def _wrong_patient(entry: Entry) -> InputError:
    if isinstance(entry.fact, PatientRegistered):
        return InputError(
            entry.title,
            "the chart has its patient already",
            "Amend the first entry, or make a new chart for another patient",
        )
    return InputError(
        entry.title,
        "the chart does not begin with the registration of its patient",
        "Record the patient first",
    )


# --- corrections --------------------------------------------------------------------------------


def _amended(entry: Entry, fact: Amended, before: Standing) -> None:
    target = _standing(entry, fact.entry_id, before)
    if isinstance(target.fact, Amended):
        raise InputError(
            entry.title,
            f"it amends {target.title}, which is an amendment itself",
            f"Amend entry {target.fact.entry_id}, which that one amends",
        )
    if target.fact.kind != fact.fact.kind:
        raise InputError(
            entry.title,
            f"it would turn {target.title} into {fact.fact.kind!r}",
            "Retract that entry and record the other fact as a new one",
        )


def _retracted(entry: Entry, fact: Retracted, before: Standing) -> None:
    target = _standing(entry, fact.entry_id, before)
    if isinstance(target.fact, PatientRegistered | Retracted):
        remedy = (
            "Amend it instead"
            if isinstance(target.fact, PatientRegistered)
            else "Record the retracted fact again as a new entry"
        )
        raise InputError(entry.title, f"{target.title} cannot be retracted", remedy)
    if isinstance(target.fact, PlacementChosen):
        for found in before.held(PrescriptionWritten):
            if found.fact.placement == target.id:
                raise InputError(
                    entry.title,
                    f"{found.entries[0].title} is to be given at {target.title}",
                    "Retract that prescription first",
                )


def _standing(entry: Entry, target_id: str, before: Standing) -> Entry:
    target = before.entries.get(target_id)
    if target is None:
        raise InputError(
            entry.title,
            f"there is no entry {target_id} before it",
            "Give the id of an entry of this chart",
        )
    if before.is_retracted(target.id):
        raise InputError(
            entry.title, f"{target.title} was retracted before", "Record the fact anew"
        )
    return target


# --- plans, prescriptions, consent --------------------------------------------------------------


def _plan_signed(entry: Entry, fact: PlanSigned, before: Standing) -> None:
    _require_plan(entry, fact.plan_sha256, before, "Sign a plan that was proposed here")


def _require_plan(entry: Entry, digest: str, before: Standing, remedy: str) -> None:
    if all(found.fact.plan_sha256 != digest for found in before.held(PlanProposed)):
        raise InputError(
            entry.title, f"no plan with the hash {digest} stands proposed in this chart", remedy
        )


def _prescription_written(entry: Entry, fact: PrescriptionWritten, before: Standing) -> None:
    if fact.plan_sha256 is not None:
        _require_plan(
            entry, fact.plan_sha256, before, "Name a plan that was proposed here, or none"
        )
    if fact.placement is None:
        return
    placements = {found.id: found.fact for found in before.held(PlacementChosen)}
    chosen = placements.get(fact.placement)
    if chosen is None:
        raise InputError(
            entry.title,
            f"entry {fact.placement} is no placement that stands in this chart",
            "Choose the placement first, and give the id of its entry",
        )
    if (chosen.coil, chosen.target) != (fact.coil, fact.target):
        raise InputError(
            entry.title,
            f"its placement is for {chosen.coil} at {chosen.target}, and it prescribes "
            f"{fact.coil} at {fact.target}",
            "Choose a placement for this coil and this target",
        )


def _prescription_signed(entry: Entry, fact: PrescriptionSigned, before: Standing) -> None:
    _require_written(
        entry, fact.prescription_sha256, before, "Sign a prescription that was written here"
    )


def _deviation_signed(entry: Entry, fact: DeviationSigned, before: Standing) -> None:
    if fact.prescription_sha256 is not None:
        _require_written(
            entry, fact.prescription_sha256, before, "Deviate from one that was written, or none"
        )


def _require_written(entry: Entry, sha256: str, before: Standing, remedy: str) -> None:
    written = before.held(PrescriptionWritten)
    if all(found.fact.sha256 != sha256 for found in written):
        raise InputError(
            entry.title, f"no prescription with the hash {sha256} stands in this chart", remedy
        )


def _consent_recorded(entry: Entry, fact: ConsentRecorded, before: Standing) -> None:
    if fact.decision is not ConsentDecision.WITHDRAWN:
        return
    about = [found.fact for found in before.held(ConsentRecorded) if found.fact.about == fact.about]
    if not about or about[-1].decision is not ConsentDecision.GIVEN:
        raise InputError(
            entry.title,
            f"no consent about {fact.about.value.replace('_', ' ')} stands that could be withdrawn",
            "Record the consent that was given, or record it as withheld",
        )


def _task_closed(entry: Entry, fact: SafetyTaskClosed, before: Standing) -> None:
    tasks = {task.entry_id: task for task in safety_tasks(before.entries.values())}
    task = tasks.get(fact.entry_id)
    if task is None:
        raise InputError(
            entry.title,
            f"entry {fact.entry_id} opened no safety task",
            "Give the id of the filled-in scale whose answer on suicide was above zero",
        )
    if not task.is_open:
        raise InputError(
            entry.title,
            f"the safety task of {task.opened_by.title} is closed already",
            "Retract that closing first if it was wrong",
        )


# --- the calendar, and the time after the course ------------------------------------------------


def _appointments(before: Standing) -> tuple[Appointment, ...]:
    return standing_appointments(before.in_order(*CALENDAR), before.held(SessionDelivered))


def _appointments_set(entry: Entry, fact: AppointmentsSet, before: Standing) -> None:
    if fact.plan_sha256 is not None:
        _require_plan(
            entry, fact.plan_sha256, before, "Name a plan that was proposed here, or none"
        )
    fixed = fixed_ids(_appointments(before), from_time(fact, entry.at))
    for each in fact.appointments:
        if each.id in fixed:
            raise InputError(
                entry.title,
                f"the id {each.id!r} belongs to an earlier appointment that stays as it is",
                "Give the new appointment an id of its own",
            )


def _appointment_changed(
    entry: Entry, fact: AppointmentMoved | AppointmentMissed, before: Standing
) -> None:
    found = _known_appointment(entry, fact.appointment, before)
    if found.stands:
        return
    if found.state is AppointmentState.KEPT:
        raise InputError(
            entry.title,
            f"the appointment {found.id!r} was kept by session {found.given_session}",
            "Name an appointment that is still to come",
        )
    raise InputError(
        entry.title,
        f"the appointment {found.id!r} is recorded as missed",
        "Set a new appointment, or retract the miss if it was wrong",
    )


def _known_appointment(entry: Entry, name: str, before: Standing) -> Appointment:
    found = next((each for each in _appointments(before) if each.id == name), None)
    if found is None:
        raise InputError(
            entry.title,
            f"no appointment {name!r} stands in this chart",
            "Give the id of an appointment that was set and not replaced",
        )
    return found


def _follow_up_done(entry: Entry, fact: FollowUpDone, before: Standing) -> None:
    _require_follow_up(entry, fact.entry_id, before)
    for other in before.held(FollowUpDone):
        if other.fact.entry_id == fact.entry_id:
            raise InputError(
                entry.title,
                f"{other.entries[0].title} says already that this contact has taken place",
                "Amend that entry if it is wrong",
            )


def _require_follow_up(entry: Entry, entry_id: str, before: Standing) -> None:
    if all(found.id != entry_id for found in before.held(FollowUpSet)):
        raise InputError(
            entry.title,
            f"entry {entry_id} set no contact that stands in this chart",
            "Give the id of the entry that set the contact",
        )


def _reminder_sent(entry: Entry, fact: ReminderSent, before: Standing) -> None:
    if fact.appointment is not None:
        _known_appointment(entry, fact.appointment, before)
    if fact.follow_up is not None:
        _require_follow_up(entry, fact.follow_up, before)


_RULES: Mapping[type[Fact], Callable[[Entry, Any, Standing], None]] = {
    Amended: _amended,
    Retracted: _retracted,
    PlanSigned: _plan_signed,
    PrescriptionWritten: _prescription_written,
    PrescriptionSigned: _prescription_signed,
    DeviationSigned: _deviation_signed,
    ConsentRecorded: _consent_recorded,
    SafetyTaskClosed: _task_closed,
    AppointmentsSet: _appointments_set,
    AppointmentMoved: _appointment_changed,
    AppointmentMissed: _appointment_changed,
    FollowUpDone: _follow_up_done,
    ReminderSent: _reminder_sent,
}
