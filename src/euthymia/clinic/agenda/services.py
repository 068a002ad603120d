"""Setting, moving, missing and making up appointments; every change is an entry of the chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.db import transaction

from euthymia.chart.appointment_facts import (
    AppointmentMissed,
    AppointmentMoved,
    AppointmentReason,
    AppointmentsSet,
)
from euthymia.chart.appointments import Appointment, AppointmentState, fixed_ids, set_from_course
from euthymia.chart.chart import Chart
from euthymia.chart.entries import Entry
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Site
from euthymia.clinic.accounts.policy import Action, Who
from euthymia.clinic.agenda.places import calendar_site, overlapping, taken
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import record
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.plan.course.hours import Availability
from euthymia.plan.course.reschedule import reschedule
from euthymia.plan.course.schedule import schedule
from euthymia.plan.course.values import Choices, Course, ExtensionPlan, PlannedSession
from euthymia.plan.protocol.algebra import Duration
from euthymia.plan.protocol.catalogue import entry as known_protocol
from euthymia.plan.protocol.courses import CourseRule
from euthymia.plan.protocol.courses import course as known_course


@dataclass(frozen=True, slots=True)
class Wish:
    """Where and from when a course is to be set on the calendar."""

    first_day: date
    chair: str
    device: str = ""
    preferred: time | None = None
    sessions_per_day: int | None = None
    min_gap_min: int | None = None
    days_per_week: int | None = None
    extension: bool = True

    @property
    def choices(self) -> Choices:
        """What the publication leaves open."""
        return Choices(
            days_per_week=self.days_per_week,
            sessions_per_day=self.sessions_per_day,
            min_gap_min=self.min_gap_min,
            extension=ExtensionPlan.PROVISIONAL if self.extension else ExtensionPlan.LEFT_OUT,
        )


@dataclass(frozen=True, slots=True)
class Treatment:
    """What the calendar is for: the course's rule and the minutes of one session."""

    protocol: str
    rule: CourseRule
    minutes: float
    plan_sha256: str | None


def treatment_of(chart: Chart) -> Treatment:
    """The treatment that the chart prescribes, or asks to be planned.

    Refuses a chart without either, and a protocol without a course.
    """
    written = chart.standing_prescription
    asked = chart.plan_request
    if written is not None:
        protocol, course_id = written.fact.protocol, written.fact.course
        plan = written.fact.plan_sha256
    elif asked is not None:
        protocol, course_id, plan = asked.fact.protocol, asked.fact.course, None
    else:
        raise InputError(
            "calendar", "nothing is planned for this patient yet", "Ask for a plan first"
        )
    known = known_protocol(protocol)
    rule = known_course(course_id) if course_id else known.course_rule
    if rule is None:
        raise InputError(
            f"protocol {protocol}",
            "it is published without a course",
            "Choose a course when you ask for the plan",
        )
    minutes = float(known.build().duration_s(Duration.WITH_LAST_INTERVAL)) / 60
    return Treatment(protocol, rule, minutes, plan)


def proposed(patient: Patient, chart: Chart, wish: Wish) -> Course:
    """The course on the calendar as it would be set; nothing is written."""
    treatment = treatment_of(chart)
    course = schedule(
        treatment.rule,
        wish.first_day,
        _availability(chart),
        calendar_site(
            patient.site, taken(patient.site, wish.chair, wish.first_day, str(patient.pk))
        ),
        treatment.minutes,
        today=clock.today(),
        choices=wish.choices,
        preferred=wish.preferred,
    )
    return replace(course, findings=(*_unknown_hours(chart), *course.findings))


def repaired(patient: Patient, chart: Chart, wish: Wish) -> Course:
    """The rest of the course from a day on, missed sessions made up; nothing is written.

    Refuses while an appointment has passed of which nobody has said what became of it.
    """
    treatment = treatment_of(chart)
    known = chart.appointments
    overdue = [each for each in known if each.is_overdue(clock.now())]
    if overdue:
        raise InputError(
            f"appointment of {overdue[0].day}",
            "nobody has said what became of it",
            "Record it as missed, or record the session",
        )
    sessions = tuple(_planned(each, number) for number, each in enumerate(known, start=1))
    missed = [
        session.number
        for session, each in zip(sessions, known, strict=True)
        if each.state is AppointmentState.MISSED and each.day < wish.first_day
    ]
    running = Course(
        treatment.rule, wish.choices, treatment.minutes, patient.site.time_zone, sessions, ()
    )
    return reschedule(
        running,
        missed,
        wish.first_day,
        _availability(chart),
        calendar_site(
            patient.site, taken(patient.site, wish.chair, wish.first_day, str(patient.pk))
        ),
        today=clock.today(),
        preferred=wish.preferred,
    )


def set_appointments(
    who: Who, patient: Patient, wish: Wish, *, repair: bool, entry_id: str = ""
) -> Entry:
    """Set the course, or its rest, on the calendar; two people cannot take one chair at once."""
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=patient.site_id)
        fresh = Patient.objects.select_related("site").get(pk=patient.pk)
        chart = chart_of(fresh).chart
        course = (repaired if repair else proposed)(fresh, chart, wish)
        coming = [each for each in course.sessions if each.day >= wish.first_day]
        stops = [each for each in course.findings if each.severity is Severity.STOP]
        if stops or not coming:
            why = stops[0].message if stops else "no session is left to be set"
            raise InputError("calendar", why, "Choose another day, time or chair")
        holds_from = datetime.combine(wish.first_day, time(), coming[0].start.tzinfo)
        fact = AppointmentsSet(
            appointments=set_from_course(
                coming, wish.chair, wish.device or None, fixed_ids(chart.appointments, holds_from)
            ),
            holds_from=holds_from,
            plan_sha256=treatment_of(chart).plan_sha256,
        )
        return record(who, fresh, fact, Action.SET_APPOINTMENTS, entry_id=entry_id)


def move(
    who: Who,
    patient: Patient,
    appointment: Appointment,
    start: datetime,
    chair: str,
    reason: AppointmentReason,
    note: str = "",
    entry_id: str = "",
) -> Entry:
    """Move one appointment to another time or chair; refused if somebody else has it."""
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=patient.site_id)
        other = overlapping(patient.site, chair, start, appointment.minutes, patient.pk)
        if other is not None:
            raise InputError(
                f"{chair} at {start:%H:%M} on {start:%Y-%m-%d}",
                f"{other.patient.pseudonym} has it",
                "Choose another time or chair",
            )
        fact = AppointmentMoved(
            appointment=appointment.id, start=start, chair=chair, reason=reason, note=note
        )
        return record(who, patient, fact, Action.SET_APPOINTMENTS, entry_id=entry_id)


def miss(
    who: Who,
    patient: Patient,
    appointment: Appointment,
    reason: AppointmentReason,
    note: str = "",
    entry_id: str = "",
) -> Entry:
    """Say that an appointment is not kept."""
    fact = AppointmentMissed(appointment=appointment.id, reason=reason, note=note)
    return record(who, patient, fact, Action.RECORD_MISSED, entry_id=entry_id)


def appointment_of(chart: Chart, appointment_id: str) -> Appointment:
    """The standing appointment of that id; refuses one that is kept, missed or unknown."""
    for each in chart.appointments:
        if each.id == appointment_id and each.stands:
            return each
    raise InputError(
        f"appointment {appointment_id}",
        "it does not stand on the calendar (any more)",
        "Open the calendar again",
    )


def weeks_of(known: Sequence[Appointment]) -> list[tuple[date, list[Appointment]]]:
    """Appointments by the Monday of their week."""
    weeks: dict[date, list[Appointment]] = {}
    for each in known:
        weeks.setdefault(each.day - timedelta(days=each.day.weekday()), []).append(each)
    return sorted(weeks.items())


def _availability(chart: Chart) -> Availability:
    return chart.availability.fact.availability if chart.availability else Availability()


def _unknown_hours(chart: Chart) -> tuple[Finding, ...]:
    if chart.availability is not None:
        return ()
    return (
        Finding(
            "agenda.hours-unknown",
            Severity.CAUTION,
            "free hours",
            "Nobody has asked when the patient can come; any opening hour is taken for free",
        ),
    )


def _planned(each: Appointment, number: int) -> PlannedSession:
    return PlannedSession(
        number=number,
        phase=each.phase,
        day_index=number,
        start=each.start,
        stimulation_start=each.start,
        end=each.end,
        provisional=each.provisional,
        note=each.note,
    )
