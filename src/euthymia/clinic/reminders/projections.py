"""Occasions for mails, made from the chart of a patient who agreed to them."""

from __future__ import annotations

from collections.abc import Sequence

from euthymia.chart.chart import Chart
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.overview import BUT_TRAINS
from euthymia.clinic.reminders.models import Occasion
from euthymia.clinic.reminders.occasions import agreed, reasons


class OccasionProjection:
    """One row for each thing to remind of; none for who did not agree, which are most charts."""

    model = Occasion
    kinds = BUT_TRAINS

    def rows(self, patient: Patient, chart: Chart) -> Sequence[Occasion]:
        """What this patient is to be reminded of, sooner or later."""
        if not agreed(chart):
            return []
        return [
            Occasion(
                patient=patient,
                site_id=patient.site_id,
                about=each.about.value,
                key=each.key,
                reference=each.reference,
                start=each.start,
                due_on=each.due_on,
            )
            for each in reasons(chart)
        ]
