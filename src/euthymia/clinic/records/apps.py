"""The Django application of records."""

from __future__ import annotations

from django.apps import AppConfig


class Records(AppConfig):
    """Patients, identities, ledger entries, documents, the log of readings."""

    name = "euthymia.clinic.records"
    label = "clinic_records"
    verbose_name = "Records"

    def ready(self) -> None:
        """Register the projection of patients; other rooms register theirs in the same way."""
        from euthymia.clinic.records.overview import OverviewProjection  # noqa: PLC0415
        from euthymia.clinic.records.projections import register  # noqa: PLC0415

        register(OverviewProjection())
