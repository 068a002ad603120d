"""What the assessment needs to know, taken from a chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypedDict

from euthymia.assess.assessment import Assessment, assess
from euthymia.assess.eligibility.label import Diagnosis, diagnosis_of_icd10
from euthymia.assess.medication.trial import EpisodeFacts, MedicationTrial
from euthymia.assess.safety.implants import Implant
from euthymia.assess.safety.screen import ScreenAnswer
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.chart import Chart
from euthymia.plan.protocol.stimulators import stimulators


class AssessmentInputs(TypedDict):
    """The arguments of `euthymia.assess.assessment.assess` that a chart can answer."""

    on: date
    trials: Sequence[MedicationTrial]
    episode: EpisodeFacts | None
    answers: Iterable[ScreenAnswer]
    implants: Iterable[Implant]
    current_drugs: Sequence[str] | None
    withdrawn_drugs: Iterable[str]
    scales: Sequence[ScaleScore]
    diagnosis: Diagnosis | None
    age_years: tuple[int, int]
    device: str | None


def to_assessment_inputs(chart: Chart, on: date) -> AssessmentInputs:
    """A chart's facts for an assessment on a day: `assess(**to_assessment_inputs(chart, on))`.

    What the chart does not hold is handed on as unknown, never as a no. A diagnosis that is not
    coded in ICD-10 is unknown, because the label rules stand on these codes.
    """
    medicines = chart.medicines.fact if chart.medicines else None
    return AssessmentInputs(
        on=on,
        trials=tuple(found.fact.trial for found in chart.trials),
        episode=chart.episode.fact.episode if chart.episode else None,
        answers=tuple(answer for answer, _ in chart.screen_answers.values()),
        implants=tuple(found.fact.implant for found in chart.implants),
        current_drugs=medicines.taken if medicines else None,
        withdrawn_drugs=medicines.stopped if medicines else (),
        scales=tuple(found.fact.score for found in chart.scales),
        diagnosis=_diagnosis(chart),
        age_years=chart.patient.fact.age_range(on),
        device=_device(chart),
    )


def assessed(chart: Chart, on: date) -> Assessment:
    """The assessment of the patient of a chart on a day."""
    return assess(**to_assessment_inputs(chart, on))


def _device(chart: Chart) -> str | None:
    """The maker of the stimulator that a plan asks for; None where no real one is asked for."""
    asked = chart.plan_request.fact.stimulator if chart.plan_request else None
    known = next((found for found in stimulators() if found.id == asked), None)
    return known.maker if known is not None and known.maker != "none" else None


def _diagnosis(chart: Chart) -> Diagnosis | None:
    recorded = chart.patient.fact.diagnosis
    if recorded is None or not recorded.system.startswith("ICD-10"):
        return None
    return diagnosis_of_icd10(recorded.code)
