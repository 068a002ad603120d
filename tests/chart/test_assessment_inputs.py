"""What the assessment gets from a chart: every fact in force, and unknown where there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from fact_samples import EPISODE, PATIENT, TODAY, TRIAL, chart_of, entry, phq9

from euthymia.assess.assessment import assess
from euthymia.assess.eligibility.label import Diagnosis as Indication
from euthymia.assess.medication.trial import MedicationTrial
from euthymia.assess.safety.implants import Implant, ImplantKind
from euthymia.assess.safety.screen import Answer, ScreenAnswer
from euthymia.chart.assessment_inputs import to_assessment_inputs
from euthymia.chart.chart import replay
from euthymia.chart.entries import Amended, Retracted
from euthymia.chart.patient_facts import (
    Diagnosis,
    ImplantRecorded,
    MedicationTrialRecorded,
    MedicinesRecorded,
    ScreenAnswered,
)
from euthymia.core.errors import InputError


def test_every_fact_in_force_is_handed_on() -> None:
    pacemaker = Implant(ImplantKind.PACEMAKER)
    chart = chart_of(
        EPISODE,
        TRIAL,
        phq9(21),
        ScreenAnswered(answered_on=TODAY, answers=(ScreenAnswer("stroke", Answer.YES),)),
        ImplantRecorded(implant=pacemaker),
        MedicinesRecorded(listed_on=TODAY, taken=("lithium",), stopped=("lorazepam",)),
        Amended(entry_id=str(UUID(int=4)), fact=phq9(12)),
        ImplantRecorded(implant=Implant(ImplantKind.DENTAL)),
        Retracted(entry_id=str(UUID(int=9))),
    )
    inputs = to_assessment_inputs(chart, TODAY)
    assert inputs["trials"] == (TRIAL.trial,)
    assert inputs["episode"] == EPISODE.episode
    assert [score.total for score in inputs["scales"]] == [12]
    assert inputs["answers"] == (ScreenAnswer("stroke", Answer.YES),)
    assert inputs["implants"] == (pacemaker,)
    assert inputs["current_drugs"] == ("lithium",)
    assert inputs["withdrawn_drugs"] == ("lorazepam",)
    assert inputs["diagnosis"] is Indication.MDD
    assert inputs["age_years"] == (43, 44)
    assert assess(**inputs).maudsley.instrument


def test_what_was_never_asked_is_unknown_and_not_a_no() -> None:
    bare = replay([entry(1, PATIENT.model_copy(update={"diagnosis": None}))])
    inputs = to_assessment_inputs(bare, TODAY)
    assert inputs["episode"] is None
    assert inputs["current_drugs"] is None
    assert inputs["diagnosis"] is None
    assert inputs["answers"] == ()
    assert any(finding.code.endswith(".unknown") for finding in assess(**inputs).safety)


def test_an_empty_list_of_medicines_is_not_an_unknown_one() -> None:
    chart = chart_of(MedicinesRecorded(listed_on=TODAY, taken=()))
    assert to_assessment_inputs(chart, TODAY)["current_drugs"] == ()


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        ("ICD-10-CM", "F33.2", Indication.MDD),
        ("ICD-10", "F42.0", Indication.OCD),
        ("ICD-10", "J06", Indication.OTHER),
        ("DSM-5-TR", "F33.2", None),
        ("ICD-11", "6A71.3", None),
    ],
)
def test_only_a_diagnosis_in_icd_10_reaches_the_label_rules(
    system: str, code: str, expected: Indication | None
) -> None:
    diagnosis = Diagnosis(system=system, code=code, label="x")  # type: ignore[arg-type]
    chart = replay([entry(1, PATIENT.model_copy(update={"diagnosis": diagnosis}))])
    assert to_assessment_inputs(chart, TODAY)["diagnosis"] is expected


def test_an_unknown_drug_is_refused_by_the_assessment_and_not_by_the_chart() -> None:
    told = MedicationTrialRecorded(trial=replace(TRIAL.trial, agent="zyxolam"))
    inputs = to_assessment_inputs(chart_of(EPISODE, told), TODAY)
    with pytest.raises(InputError, match="zyxolam"):
        assess(**inputs)


def test_an_assessment_before_a_recorded_day_is_refused_in_one_sentence() -> None:
    late = MedicationTrialRecorded(trial=MedicationTrial("sertraline", date(2026, 11, 1), None))
    inputs = to_assessment_inputs(chart_of(late), date(2026, 1, 1))
    with pytest.raises(InputError, match="sertraline"):
        assess(**inputs)
