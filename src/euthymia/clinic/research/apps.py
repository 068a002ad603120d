"""The Django application of research; it reads, and keeps no tables."""

from __future__ import annotations

from django.apps import AppConfig


class Research(AppConfig):
    """Registry, evidence, virtual clinic."""

    name = "euthymia.clinic.research"
    label = "clinic_research"
    verbose_name = "Research"
