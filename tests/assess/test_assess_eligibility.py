"""Label status by date, and payer rules."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from assess_samples import ASSESSED, failed_trial, ids
from hypothesis import given
from hypothesis import strategies as st

from euthymia.assess.eligibility.label import (
    Candidate,
    Diagnosis,
    LabelStatus,
    clearances,
    diagnosis_of_icd10,
    eligibility,
    indications,
    outside_uses,
)
from euthymia.assess.eligibility.payers import (
    PayerCase,
    check_payers,
    find_payer_rule,
    intolerances,
    payer_rules,
)
from euthymia.assess.eligibility.tasks import payer_tasks
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
from euthymia.core.errors import InputError
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


# What is unknown never turns into a definite answer.

KNOWN = {
    "severity": st.sampled_from(list(EpisodeSeverity)),
    "psychotic": st.booleans(),
    "psychotherapy": st.booleans(),
    "phq9": st.sampled_from([0, 14, 15, 27]),
    "age": st.sampled_from([(14, 14), (15, 15), (17, 17), (18, 18), (60, 60)]),
    "implants": st.sampled_from([Severity.NOTE, Severity.STOP]),
}
HISTORIES = [[], FAILED_TWO, FAILED_SAME, [not_tolerated("sertraline")], FAILED_TWO[:1]]


@given(
    st.fixed_dictionaries(KNOWN),
    st.sets(st.sampled_from(sorted(KNOWN))),
    st.sampled_from(HISTORIES),
    st.sampled_from([rule.id for rule in payer_rules() if rule.in_force(ASSESSED) is not False]),
)
def test_a_payer_rule_that_is_settled_with_facts_missing_stays_so_when_they_come(
    known, left_out, trials, rule
):
    partly = {name: None if name in left_out else value for name, value in known.items()}
    before = payer(rule, trials, **partly)
    after = payer(rule, trials, **known)
    assert before is not None and after is not None
    if before.met is not None:
        assert after.met is before.met


@given(
    st.sampled_from(list(Diagnosis)),
    st.dates(date(2008, 1, 1), date(2027, 1, 1)),
    st.integers(5, 80),
    st.integers(0, 3),
    st.booleans(),
    st.sets(st.sampled_from(["age", "failures", "anxious"]), min_size=1),
)
def test_a_label_status_that_is_settled_with_facts_missing_stays_so_when_they_come(
    diagnosis, on, years, failed, anxious, left_out
):
    known = {"age_years": (years, years), "failures": tally(failed, failed), "anxious": anxious}
    names = {"age": "age_years"}
    partly = {
        key: value
        for key, value in known.items()
        if key not in {names.get(name, name) for name in left_out}
    }
    before = eligibility(Candidate(diagnosis=diagnosis, on=on, **partly))
    after = eligibility(Candidate(diagnosis=diagnosis, on=on, **known))
    if before.status not in (LabelStatus.UNDETERMINED, LabelStatus.ON_LABEL):
        assert after.status is before.status
    if before.status is LabelStatus.ON_LABEL:
        assert after.status is LabelStatus.ON_LABEL


# Versions of payers' rules


@pytest.mark.parametrize(
    ("key", "on", "found"),
    [
        ("medicare-l34998-l34522", date(2022, 12, 11), "medicare-l34998-l34522"),
        ("medicare-l34998-l34522", date(2022, 12, 10), "medicare-l34998-2019"),
        ("Medicare L34998, L34522", date(2019, 9, 26), "medicare-l34998-2019"),
        ("medicare-l33398", date(2023, 4, 1), "medicare-l33398"),
        ("medicare-noridian", date(2023, 8, 19), "medicare-noridian"),
        ("medicare-noridian", date(2018, 5, 14), "medicare-noridian"),
        ("aetna", date(2030, 1, 1), "aetna"),
    ],
)
def test_the_version_of_a_payers_rule_that_holds_on_a_day_is_found(key, on, found):
    assert find_payer_rule(key, on).id == found


@pytest.mark.parametrize(
    ("key", "on"),
    [
        ("medicare-l34998-2019", date(2019, 9, 25)),
        ("medicare-l33398", date(2023, 3, 31)),
        ("medicare-noridian", date(2023, 8, 20)),
        ("medicare-noridian", date(2018, 5, 13)),
    ],
)
def test_a_payer_without_a_rule_on_the_day_is_refused_with_its_dates(key, on):
    with pytest.raises(InputError, match="none of its rules on record holds"):
        find_payer_rule(key, on)


def test_a_rule_whose_criteria_are_not_on_record_is_open_and_never_met():
    result = payer("medicare-l33398", FAILED_TWO)
    assert result.met is None
    assert result.missing == ("the criteria of this rule",)


@pytest.mark.parametrize(("age", "met"), [(14, False), (15, None), (17, None), (18, True)])
def test_an_age_that_is_decided_case_by_case_stays_open(age, met):
    assert payer("centene", FAILED_TWO, age=(age, age)).met is met


def test_payer_rules_are_about_their_own_diagnosis():
    verdicts = [adequacy(trial, Instrument.ATRQ, ASSESSED) for trial in FAILED_TWO]
    facts = EpisodeFacts()
    case = PayerCase(
        on=ASSESSED,
        diagnosis=Diagnosis.OCD,
        episode=facts,
        failures=tally_failures(verdicts, facts),
        intolerant=(),
        psychotherapy=None,
        age_years=None,
        phq9=None,
        implants=None,
    )
    assert check_payers(case) == ()


@pytest.mark.parametrize("rule", payer_rules(), ids=lambda rule: rule.id)
def test_every_open_condition_becomes_a_task_with_a_person(rule):
    result = next(
        (r for r in [payer(rule.id, [], severity=None, age=None, implants=None)] if r), None
    )
    if result is None:
        return  # not in force on the day
    tasks = payer_tasks(result)
    for condition in result.conditions:
        if condition.held is None:
            assert any(condition.asked in task.why for task in tasks)
    assert all(task.who and task.what and task.source for task in tasks)
