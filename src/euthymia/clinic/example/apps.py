"""The Django application of the synthetic clinic."""

from __future__ import annotations

from django.apps import AppConfig


class Example(AppConfig):
    """Fills an empty database with invented patients; has no tables and no pages of its own."""

    name = "euthymia.clinic.example"
    label = "clinic_example"
    verbose_name = "Synthetic clinic"
