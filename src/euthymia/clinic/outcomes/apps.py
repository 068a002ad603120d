"""The Django application of outcomes."""

from __future__ import annotations

from django.apps import AppConfig


class OutcomesConfig(AppConfig):
    """Outcomes, and the worklist as a projection."""

    name = "euthymia.clinic.outcomes"
    label = "clinic_outcomes"
    verbose_name = "Outcomes"

    def ready(self) -> None:
        """Keep the worklist up."""
        from euthymia.clinic.outcomes.projections import WorkProjection  # noqa: PLC0415
        from euthymia.clinic.records.projections import register  # noqa: PLC0415

        register(WorkProjection())
