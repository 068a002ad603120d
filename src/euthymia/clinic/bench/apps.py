"""The Django application of the planning bench."""

from __future__ import annotations

from django.apps import AppConfig


class Bench(AppConfig):
    """The coil over a patient's head, and the field that follows."""

    name = "euthymia.clinic.bench"
    label = "clinic_bench"
    verbose_name = "Planning bench"
