"""The Django application of the chair."""

from __future__ import annotations

from django.apps import AppConfig


class Chair(AppConfig):
    """Motor thresholds and sessions."""

    name = "euthymia.clinic.chair"
    label = "clinic_chair"
    verbose_name = "Chair"
