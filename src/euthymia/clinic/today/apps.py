"""The Django application of today's list; it has no tables of its own."""

from __future__ import annotations

from django.apps import AppConfig


class Today(AppConfig):
    """Today's list."""

    name = "euthymia.clinic.today"
    label = "clinic_today"
    verbose_name = "Today"
