"""The Django application of reminders."""

from __future__ import annotations

from django.apps import AppConfig


class RemindersConfig(AppConfig):
    """Mails to patients, and a projection of what they are to be reminded of."""

    name = "euthymia.clinic.reminders"
    label = "clinic_reminders"
    verbose_name = "Reminders"

    def ready(self) -> None:
        """Keep up what patients are to be reminded of."""
        from euthymia.clinic.records.projections import register  # noqa: PLC0415
        from euthymia.clinic.reminders.projections import OccasionProjection  # noqa: PLC0415

        register(OccasionProjection())
