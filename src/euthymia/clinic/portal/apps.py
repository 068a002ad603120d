"""The patient's pages as a Django application."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register


class PortalConfig(AppConfig):
    """Links that open a patient's own pages are its only table."""

    name = "euthymia.clinic.portal"
    label = "clinic_portal"
    verbose_name = "The patient's pages"

    def ready(self) -> None:
        """Have the clinic's own files for patients checked at the start."""
        from euthymia.clinic.portal.checks import own_files  # noqa: PLC0415 - models come first

        register(own_files)
