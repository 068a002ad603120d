"""The projection that lists of patients are made from."""

from __future__ import annotations

from collections.abc import Sequence

from euthymia.assess.scales.score import score_scale
from euthymia.chart.chart import Chart
from euthymia.chart.course_facts import SignatureMeaning
from euthymia.chart.follow_inputs import planned_sessions
from euthymia.clinic.records.models import Overview, Patient, Way

MAIN_SCALES = ("phq9", "hamd17", "madrs", "qids_sr16")
"""Lists show the first of these that the chart holds."""


class OverviewProjection:
    """One row for each patient."""

    model = Overview
    kinds = None

    def rows(self, patient: Patient, chart: Chart) -> Sequence[Overview]:
        """The patient's row."""
        known = chart.patient.fact
        scale = next((name for name in MAIN_SCALES if chart.scales_named(name)), "")
        filled = chart.scales_named(scale) if scale else ()
        totals = [score_scale(found.fact.score).total for found in filled]
        sessions = chart.sessions
        return [
            Overview(
                patient=patient,
                way=_way(chart),
                diagnosis=known.diagnosis.label if known.diagnosis else "",
                birth_year=known.year_of_birth,
                protocol=chart.plan_request.fact.protocol if chart.plan_request else "",
                sessions_given=len(sessions),
                sessions_planned=planned_sessions(chart),
                last_session_on=sessions[-1].fact.started_at.date() if sessions else None,
                last_scale=scale,
                last_total=totals[-1] if totals else None,
                last_scale_on=filled[-1].fact.score.on if filled else None,
                baseline_total=totals[0] if totals else None,
                open_safety_tasks=len(chart.open_safety_tasks),
                last_entry_at=chart.entries[-1].at,
            )
        ]


def _way(chart: Chart) -> str:
    given, planned = len(chart.sessions), planned_sessions(chart)
    if given and planned is not None and given >= planned:
        return Way.AFTER.value
    if given:
        return Way.IN_COURSE.value
    if any(found.fact.meaning is SignatureMeaning.APPROVED for found in chart.signatures):
        return Way.SIGNED.value
    if chart.plans or chart.plan_request:
        return Way.PLANNED.value
    if chart.scales or chart.screens or chart.trials:
        return Way.ASSESSED.value
    return Way.REFERRED.value
