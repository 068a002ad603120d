"""Bookings, made from the appointments of one chart."""

from __future__ import annotations

from collections.abc import Sequence

from euthymia.chart.chart import Chart
from euthymia.chart.follow_inputs import planned_sessions
from euthymia.clinic.agenda.models import Booking
from euthymia.clinic.records.models import Patient


class BookingProjection:
    """One row for each appointment that was not replaced."""

    model = Booking
    kinds = frozenset(
        {
            "appointments_set",
            "appointment_moved",
            "appointment_missed",
            "session_delivered",
            "course_ended",
            "plan_requested",
        }
    )

    def rows(self, patient: Patient, chart: Chart) -> Sequence[Booking]:
        """The patient's bookings in order of time."""
        protocol = chart.plan_request.fact.protocol if chart.plan_request else ""
        planned = planned_sessions(chart)
        return [
            Booking(
                patient=patient,
                site_id=patient.site_id,
                appointment=each.id,
                session=each.session,
                start=each.start,
                end=each.end,
                chair=each.chair,
                device=each.device or "",
                protocol=protocol,
                sessions_planned=planned,
                state=each.state.value,
                provisional=each.provisional,
            )
            for each in chart.appointments
        ]
