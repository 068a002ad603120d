"""The projection that lists of patients are made from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from euthymia.assess.scales.score import score_scale
from euthymia.chart.chart import Chart
from euthymia.chart.course_facts import SignatureMeaning
from euthymia.chart.follow_inputs import planned_sessions
from euthymia.chart.recorded import Recorded
from euthymia.chart.session_facts import SessionDelivered
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
        sessions = latest_course(chart)
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


def latest_course(chart: Chart) -> tuple[Recorded[SessionDelivered], ...]:
    """The sessions of the course that is under way, or of the last one: those since an end."""
    if not chart.sessions:
        return ()
    last = chart.sessions[-1].fact.started_at.date()
    ends = [found.fact.ended_on for found in chart.courses_ended if found.fact.ended_on < last]
    since = max(ends, default=date.min)
    return tuple(each for each in chart.sessions if each.fact.started_at.date() > since)


def _is_over(chart: Chart, sessions: Sequence[Recorded[SessionDelivered]]) -> bool:
    """Whether a course was ended, or all its sessions given."""
    last, planned = sessions[-1].fact.started_at.date(), planned_sessions(chart)
    ended = any(found.fact.ended_on >= last for found in chart.courses_ended)
    return ended or (planned is not None and len(sessions) >= planned)


def _way(chart: Chart) -> str:
    sessions = latest_course(chart)
    since = 0
    if sessions:
        if not _is_over(chart, sessions):
            return Way.IN_COURSE.value
        # What is planned and signed after a course is for another one.
        since = max(session.seq for session in sessions)
    if any(
        found.fact.meaning is SignatureMeaning.APPROVED and found.seq > since
        for found in chart.signatures
    ):
        return Way.SIGNED.value
    asked = (*chart.plans, *((chart.plan_request,) if chart.plan_request else ()))
    if any(found.seq > since for found in asked):
        return Way.PLANNED.value
    if sessions:
        return Way.AFTER.value
    if chart.scales or chart.screens or chart.trials:
        return Way.ASSESSED.value
    return Way.REFERRED.value
