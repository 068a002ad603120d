"""A chart assessed today, or the sentence that says why it cannot be."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.assess.assessment import Assessment, assess
from euthymia.assess.medication.names import lookup_agent
from euthymia.chart.assessment_inputs import to_assessment_inputs
from euthymia.chart.chart import Chart, Recorded
from euthymia.chart.patient_facts import MedicationTrialRecorded
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, Who, can
from euthymia.clinic.records.models import Patient
from euthymia.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Assessed:
    """An assessment, or why there is none; a result never leaves out what it could not judge.

    unknown: trials of drugs that the catalogue does not have, which is why there is none.
    """

    found: Assessment | None
    refusal: InputError | None
    unknown: tuple[Recorded[MedicationTrialRecorded], ...]


def may_correct_history(who: Who, patient: Patient) -> bool:
    """Whether this person may mend what stands in the way of an assessment."""
    return can(Action.AMEND, who, patient) and can(Action.RECORD_HISTORY, who, patient)


def assessed(chart: Chart) -> Assessed:
    """Assess a chart on the present day."""
    unknown = tuple(each for each in chart.trials if not lookup_agent(each.fact.trial.agent))
    try:
        return Assessed(assess(**to_assessment_inputs(chart, clock.today())), None, ())
    except InputError as refusal:
        return Assessed(None, refusal, unknown)
