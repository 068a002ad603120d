"""A patient's own appointments as a calendar file that tells nobody what they are for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from euthymia.chart.appointments import Appointment, AppointmentState
from euthymia.clinic.portal.figures import USUAL_COURSE
from euthymia.clinic.records.models import Patient
from euthymia.plan.course.ical import to_ical
from euthymia.plan.course.site import zone_of
from euthymia.plan.course.values import Choices, Course, PlannedSession
from euthymia.plan.protocol.courses import course as known_course


def calendar_file(patient: Patient, appointments: Sequence[Appointment], stamp: datetime) -> str:
    """The calendar text: every appointment that was not missed, under a title that says no more.

    The number of the chart's last line counts the issues up, so that programs move events instead
    of keeping old ones.
    """
    going = [each for each in appointments if each.state is not AppointmentState.MISSED]
    # Of two appointments for one session the later one stands; a program knows them by the number.
    by_number = {each.session: each for each in going}
    # A calendar text gives wall-clock times of the site's zone; an entry may hold another offset.
    zone = zone_of(patient.site.time_zone)
    sessions = tuple(
        PlannedSession(
            number=each.session,
            phase=each.phase,
            day_index=place,
            start=each.start.astimezone(zone),
            stimulation_start=each.start.astimezone(zone),
            end=each.end.astimezone(zone),
            provisional=each.provisional,
        )
        for place, each in enumerate(sorted(by_number.values(), key=lambda a: a.start), start=1)
    )
    course = Course(
        rule=known_course(USUAL_COURSE),  # a calendar text says nothing of the rule
        choices=Choices(),
        session_minutes=0,
        timezone=patient.site.time_zone,
        sessions=sessions,
        findings=(),
    )
    return to_ical(
        course,
        uid=patient.pk.hex,
        stamp=stamp,
        title=_("Appointment"),
        revision=patient.head_seq,
    )
