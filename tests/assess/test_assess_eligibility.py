"""Label status by date, and payer rules."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from assess_samples import ASSESSED, failed_trial, ids

from euthymia.assess.eligibility.label import (
    Candidate,
    Diagnosis,
    clearances,
    diagnosis_of_icd10,
    eligibility,
    indications,
    outside_uses,
)
from euthymia.assess.eligibility.payers import PayerCase, check_payers, intolerances
from euthymia.assess.examples import load_examples
from euthymia.assess.medication.adequacy import adequacy
from euthymia.assess.medication.episode import Tally, tally_failures
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.trial import (
    Adherence,
    EpisodeFacts,
    EpisodeSeverity,
    MedicationTrial,
    Response,
    StopReason,
)
from euthymia.assess.scales.score import ScaleScore, score_scale
from euthymia.core.findings import Severity

ROWS = load_examples("eligibility").rows
AGENTS = ["sertraline", "venlafaxine", "mirtazapine", "nortriptyline"]


def tally(low: int, high: int) -> Tally:
    verdicts = [adequacy(failed_trial(n), Instrument.ATRQ, ASSESSED) for n in AGENTS]
    missing = ("the dose of something",) if low < high else ()
    return Tally(tuple(verdicts[:low]), tuple(verdicts[:high]), missing)


@pytest.mark.parametrize("row", ROWS, ids=ids(ROWS))
def test_a_worked_example_of_eligibility_comes_out_as_documented(row):
    result = eligibility(
        Candidate(
            diagnosis=Diagnosis(row["diagnosis"]),
            on=row["on"],
            age_years=tuple(row["age"]) if "age" in row else None,
            failures=tally(*row["failures"]) if "failures" in row else None,
            unsatisfied=row.get("unsatisfied", 0),
            anxious=row.get("anxious"),
            device=row.get("device"),
        )
    )
    assert result.status.value == row["status"]
    assert bool(result.missing) == (row["status"] == "undetermined")
    assert result.sentence


@pytest.mark.parametrize("row", clearances(), ids=lambda row: row.number)
def test_a_clearance_holds_from_its_day_on_and_not_before(row):
    day = timedelta(days=1)
    assert row.holds_on(row.earliest - day) is False
    assert row.holds_on(row.latest) is True
    if row.earliest < row.latest:
        assert row.holds_on(row.latest - day) is None
    known = {indication.id for indication in indications()}
    assert set(row.indications) <= known


def test_every_diagnosis_has_a_word_for_what_lies_outside():
    assert {row.diagnosis for row in outside_uses()} == set(Diagnosis)


@pytest.mark.parametrize(
    ("code", "diagnosis"),
    [
        ("F33.2", Diagnosis.MDD),
        ("f32.1", Diagnosis.MDD),
        ("F31.4", Diagnosis.BIPOLAR_DEPRESSION),
        ("F43.10", Diagnosis.PTSD),
        ("F43.2", Diagnosis.OTHER),
        ("F42.2", Diagnosis.OCD),
        ("F41.1", Diagnosis.ANXIETY),
        ("Z00", Diagnosis.OTHER),
    ],
)
def test_an_icd_10_code_names_the_diagnosis(code, diagnosis):
    assert diagnosis_of_icd10(code) is diagnosis


def not_tolerated(name: str) -> MedicationTrial:
    return MedicationTrial(
        name,
        ASSESSED - timedelta(days=9),
        ASSESSED,
        adherence=Adherence.GOOD,
        response=Response.NONE,
        stop_reason=StopReason.SIDE_EFFECTS,
        current_episode=True,
    )


def payer(name: str, trials, *, on=ASSESSED, psychotherapy=True, phq9=20, **episode):
    facts = EpisodeFacts(
        severity=episode.get("severity", EpisodeSeverity.SEVERE),
        psychotic=episode.get("psychotic", False),
    )
    verdicts = [adequacy(trial, Instrument.ATRQ, ASSESSED) for trial in trials]
    case = PayerCase(
        on=on,
        diagnosis=Diagnosis.MDD,
        episode=facts,
        failures=tally_failures(verdicts, facts),
        intolerant=intolerances(verdicts, facts),
        psychotherapy=psychotherapy,
        age_years=episode.get("age", (40, 40)),
        phq9=None if phq9 is None else score_scale(ScaleScore("phq9", on, phq9)),
        implants=episode.get("implants", Severity.NOTE),
    )
    return {result.rule.id: result for result in check_payers(case)}.get(name)


FAILED_TWO = [failed_trial("sertraline"), failed_trial("venlafaxine")]
FAILED_SAME = [failed_trial("sertraline"), failed_trial("fluoxetine")]
OPEN = [failed_trial("sertraline"), failed_trial("venlafaxine", dose_known=False)]


@pytest.mark.parametrize(
    ("rule", "trials", "more", "met"),
    [
        ("medicare-l34998-l34522", [failed_trial("sertraline")], {}, True),
        ("medicare-l34998-l34522", [not_tolerated("sertraline")], {}, True),
        ("medicare-l34998-l34522", [], {}, False),
        (
            "medicare-l34998-l34522",
            [failed_trial("sertraline")],
            {"severity": EpisodeSeverity.MODERATE},
            False,
        ),
        ("medicare-l34998-l34522", [failed_trial("sertraline")], {"severity": None}, None),
        ("uhc-optum", FAILED_TWO, {}, True),
        ("uhc-optum", FAILED_SAME, {}, False),
        ("uhc-optum", [not_tolerated("sertraline"), not_tolerated("paroxetine")], {}, True),
        ("uhc-optum", FAILED_TWO, {"psychotherapy": None}, None),
        ("uhc-optum", FAILED_TWO, {"psychotherapy": False}, False),
        ("uhc-optum", FAILED_TWO, {"age": (17, 17)}, False),
        ("uhc-optum", FAILED_TWO, {"age": (17, 18)}, None),
        ("uhc-optum", FAILED_TWO, {"age": None}, None),
        ("uhc-optum", OPEN, {}, None),
        ("centene", FAILED_TWO, {"phq9": 15}, True),
        ("centene", FAILED_TWO, {"phq9": 14}, False),
        ("centene", FAILED_TWO, {"phq9": None}, None),
        ("aetna", [], {}, True),
        ("aetna", [], {"psychotic": True}, False),
        ("aetna", [], {"psychotic": None}, None),
        ("aetna", [], {"implants": Severity.STOP}, False),
        ("aetna", [], {"implants": None}, None),
        ("medicare-l34998-l34522", [failed_trial("sertraline")], {"implants": None}, None),
    ],
)
def test_a_payer_rule_is_met_open_or_not_met(rule, trials, more, met):
    result = payer(rule, trials, **more)
    assert result.met is met
    assert bool(result.missing) == (met is None)
    assert result.rule.name in result.sentence


def test_a_payer_rule_is_applied_only_while_it_is_in_force():
    early, late = date(2021, 6, 1), date(2024, 6, 1)
    assert payer("medicare-before-2022", [], on=early) is not None
    assert payer("medicare-before-2022", [], on=late) is None
    assert payer("medicare-l34998-l34522", [], on=date(2022, 12, 10)) is None
    assert payer("medicare-l34998-l34522", [], on=date(2022, 12, 11)) is not None
    assert "not on record" in payer("aetna", [], on=late).sentence
