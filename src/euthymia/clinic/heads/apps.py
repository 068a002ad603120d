"""The Django application of heads; they lie in folders, and the chart says which, so no tables."""

from __future__ import annotations

from django.apps import AppConfig


class Heads(AppConfig):
    """Tape, images, building."""

    name = "euthymia.clinic.heads"
    label = "clinic_heads"
    verbose_name = "Heads"
