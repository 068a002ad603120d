"""The Django application of the office."""

from __future__ import annotations

from django.apps import AppConfig


class Office(AppConfig):
    """What administrators look after."""

    name = "euthymia.clinic.office"
    label = "clinic_office"
    verbose_name = "Office"
