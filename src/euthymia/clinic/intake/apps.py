"""The Django application of the intake."""

from __future__ import annotations

from django.apps import AppConfig


class Intake(AppConfig):
    """Referral, registration, medication history, consents, notes, corrections."""

    name = "euthymia.clinic.intake"
    label = "clinic_intake"
    verbose_name = "Intake"
