"""The Django application of suitability."""

from __future__ import annotations

from django.apps import AppConfig


class Suitability(AppConfig):
    """Scales, safety screen, eligibility, prior authorisation."""

    name = "euthymia.clinic.suitability"
    label = "clinic_suitability"
    verbose_name = "Suitability"
