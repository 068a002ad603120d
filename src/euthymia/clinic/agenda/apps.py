"""The Django application of the calendar."""

from __future__ import annotations

from django.apps import AppConfig


class Agenda(AppConfig):
    """Bookings, a projection of all charts' appointments."""

    name = "euthymia.clinic.agenda"
    label = "clinic_agenda"
    verbose_name = "Calendar"

    def ready(self) -> None:
        """Keep the bookings up."""
        from euthymia.clinic.agenda.projections import BookingProjection  # noqa: PLC0415
        from euthymia.clinic.records.projections import register  # noqa: PLC0415

        register(BookingProjection())
