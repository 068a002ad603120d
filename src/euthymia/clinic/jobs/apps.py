"""The Django application of jobs."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig
from django.conf import settings


class Jobs(AppConfig):
    """Jobs and the workers that do them."""

    name = "euthymia.clinic.jobs"
    label = "clinic_jobs"
    verbose_name = "Jobs"

    def ready(self) -> None:
        """Let every room that has a module `work` register its kinds of job."""
        for room in settings.BUILT_ROOMS:
            if find_spec(f"euthymia.clinic.{room}.work"):
                import_module(f"euthymia.clinic.{room}.work")
