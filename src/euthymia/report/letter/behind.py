"""Which chart entries stand behind a condition of a payer's rule or of a label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from euthymia.assess.assessment import Assessment
from euthymia.assess.eligibility.label import Fact
from euthymia.assess.medication.catalogue import AgentKind
from euthymia.assess.medication.episode import in_current_episode
from euthymia.assess.medication.verdicts import Role, TrialVerdict, Verdict
from euthymia.chart.chart import Chart, Recorded
from euthymia.chart.entries import Entry
from euthymia.chart.patient_facts import MedicationTrialRecorded

Judged = tuple[Recorded[MedicationTrialRecorded], TrialVerdict]
"""A recorded trial with its verdict by the ATRQ."""


def judged_trials(chart: Chart, assessment: Assessment) -> tuple[Judged, ...]:
    """Every trial of the chart with its verdict, in the order of the chart."""
    return tuple(zip(chart.trials, assessment.trials, strict=True))


def counted(chart: Chart, assessment: Assessment) -> tuple[Judged, ...]:
    """The antidepressants of the episode that failed adequately or were not tolerated."""
    wanted = (Verdict.ADEQUATE_FAILURE, Verdict.INTOLERANCE)
    return tuple(
        (found, verdict)
        for found, verdict in judged_trials(chart, assessment)
        if verdict.role is Role.ANTIDEPRESSANT
        and verdict.verdict in wanted
        and in_current_episode(verdict.trial, assessment.episode) is not False
    )


def entries_behind(chart: Chart, assessment: Assessment) -> Mapping[Fact, tuple[Entry, ...]]:
    """The entries, amendments included, on which each kind of condition rests."""
    episode = chart.episode.entries if chart.episode else ()
    phq9 = chart.scales_named("phq9")
    request = chart.plan_request.entries if chart.plan_request else ()
    judged = judged_trials(chart, assessment)
    therapies = [r for r, verdict in judged if verdict.agent.kind is AgentKind.PSYCHOTHERAPY]
    return {
        Fact.DIAGNOSIS: chart.patient.entries,
        Fact.AGE: chart.patient.entries,
        Fact.SEVERITY: episode,
        Fact.PSYCHOSIS: episode,
        Fact.IMPLANT: (*_of(chart.screens), *_of(chart.implants)),
        Fact.FAILURES: _of(found for found, _ in counted(chart, assessment)),
        Fact.PSYCHOTHERAPY: _of(therapies),
        Fact.PHQ9: phq9[-1].entries if phq9 else (),
        Fact.CLEARANCE: request,
        Fact.ANXIETY: episode,
        Fact.CRITERIA: (),
    }


def _of(facts: Iterable[Recorded]) -> tuple[Entry, ...]:  # type: ignore[type-arg]
    return tuple(entry for found in facts for entry in found.entries)
