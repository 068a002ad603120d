"""The Django application of plans and prescriptions; the chart holds them, so it has no tables."""

from __future__ import annotations

from django.apps import AppConfig


class Prescribing(AppConfig):
    """Plans, prescriptions, signatures."""

    name = "euthymia.clinic.prescribing"
    label = "clinic_prescribing"
    verbose_name = "Prescribing"
