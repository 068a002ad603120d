"""The Django application of the interface for programs."""

from __future__ import annotations

from django.apps import AppConfig


class Api(AppConfig):
    """Tokens, and the addresses under /api/."""

    name = "euthymia.clinic.api"
    label = "clinic_api"
    verbose_name = "Interface for programs"
