"""The safety screen: questions, implants under two rule sets, drugs, age, figures of risk."""

from __future__ import annotations

import pytest
from assess_samples import ids
from scipy.stats import chi2

from euthymia.assess.examples import load_examples
from euthymia.assess.safety.implants import (
    Implant,
    ImplantKind,
    RuleSet,
    check_implants,
    implant_kinds,
    implant_rules,
)
from euthymia.assess.safety.screen import (
    Answer,
    ScreenAnswer,
    clearance,
    questionnaires,
    screen,
    screen_items,
)
from euthymia.assess.safety.seizure_drugs import check_drugs, drug_groups, seizure_risk
from euthymia.core.errors import InputError
from euthymia.core.findings import Severity, worst

IMPLANTS = load_examples("implants").rows
ITEMS = screen_items()


def answers(yes=(), unknown=(), leave_out=()):
    """Every question answered with no, but for those named."""
    return [
        ScreenAnswer(
            item.id,
            Answer.YES if item.id in yes else Answer.UNKNOWN if item.id in unknown else Answer.NO,
        )
        for item in ITEMS
        if item.id not in leave_out
    ]


def codes(findings):
    return [finding.code for finding in findings]


def test_a_complete_screen_with_nothing_to_find_finds_nothing():
    assert screen(answers(), current_drugs=(), age_years=40) == ()


def test_a_patient_who_was_not_screened_cannot_start():
    found = screen([])
    assert worst(found) is Severity.STOP
    for item in ITEMS:
        assert f"safety.screen.{item.id}.unknown" in codes(found)
    assert "safety.age" in codes(found)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_a_question_left_out_is_a_finding_as_is_an_unknown_answer(item):
    out = screen(answers(leave_out=[item.id]), current_drugs=(), age_years=40)
    unknown = screen(answers(unknown=[item.id]), current_drugs=(), age_years=40)
    assert codes(out) == codes(unknown) == [f"safety.screen.{item.id}.unknown"]
    assert out[0].severity.label == item.unknown
    assert out[0].severity >= Severity.ACKNOWLEDGE


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_a_yes_is_a_finding_with_its_message_and_source(item):
    found = screen(answers(yes=[item.id]), current_drugs=(), age_years=40)
    yes = next(f for f in found if f.code == f"safety.screen.{item.id}.yes")
    assert yes.severity.label == item.yes
    assert yes.message == item.message
    assert yes.source == item.source


@pytest.mark.parametrize("item", [i for i in ITEMS if i.implant_kinds], ids=lambda item: item.id)
def test_an_implant_that_is_told_has_to_be_recorded(item):
    told = screen(answers(yes=[item.id]), current_drugs=(), age_years=40)
    assert f"safety.screen.{item.id}.not-recorded" in codes(told)
    assert worst(told) is Severity.STOP
    recorded = screen(
        answers(yes=[item.id]), [Implant(item.implant_kinds[0])], current_drugs=(), age_years=40
    )
    assert f"safety.screen.{item.id}.not-recorded" not in codes(recorded)


@pytest.mark.parametrize("item", [i for i in ITEMS if i.implant_kinds], ids=lambda item: item.id)
def test_a_recorded_implant_contradicts_a_no(item):
    found = screen(answers(), [Implant(item.implant_kinds[0])], current_drugs=(), age_years=40)
    assert f"safety.screen.{item.id}.contradiction" in codes(found)


def test_an_answer_to_no_question_and_two_answers_to_one_are_refused():
    with pytest.raises(InputError, match=r"'shoe-size'.*no such question"):
        screen([ScreenAnswer("shoe-size", Answer.NO)])
    with pytest.raises(InputError, match=r"'seizure'.*answered twice"):
        screen([ScreenAnswer("seizure", Answer.NO), ScreenAnswer("seizure", Answer.YES)])


def test_the_questionnaires_are_asked_whole():
    assert sorted(i.tass for i in ITEMS if i.tass) == sorted({*range(1, 15)})
    ifcn = {i.ifcn for i in ITEMS if i.ifcn}
    assert ifcn == set(range(1, 14))
    assert all(item.tass or item.ifcn or item.clinician for item in ITEMS)
    assert set(questionnaires()) == {"tass", "ifcn", "checklist", "clinician"}


def test_psychosis_of_the_episode_stands_in_for_the_question():
    found = screen(answers(), current_drugs=(), age_years=40, psychotic=True)
    assert codes(found) == ["safety.screen.psychosis.yes"]


def test_medicines_that_are_taken_but_not_listed_are_a_finding():
    found = screen(answers(yes=["medicines"]), age_years=40)
    assert "safety.screen.medicines.not-listed" in codes(found)
    listed = screen(answers(yes=["medicines"]), current_drugs=["sertraline"], age_years=40)
    assert "safety.screen.medicines.not-listed" not in codes(listed)


@pytest.mark.parametrize(("age", "found"), [(17, True), (18, False), (90, False)])
def test_age_is_a_relative_contraindication_in_children(age, found):
    assert ("safety.age" in codes(screen(answers(), current_drugs=(), age_years=age))) is found


def test_an_impossible_age_is_refused():
    with pytest.raises(InputError, match="-1 years"):
        screen(answers(), age_years=-1)


# Implants


@pytest.mark.parametrize("row", IMPLANTS, ids=ids(IMPLANTS))
def test_a_worked_example_of_an_implant_comes_out_as_documented(row):
    known = ("removable", "electronic", "conductive", "mr_conditional", "intracranial")
    implant = Implant(
        ImplantKind(row["kind"]),
        distance_from_coil_cm=row.get("distance"),
        electronics_distance_cm=row.get("electronics"),
        **{name: row[name] for name in known if name in row},
    )
    found = check_implants([implant])
    for rule_set in RuleSet:
        mine = [f for f in found if f.code.startswith(f"safety.{rule_set}.")]
        assert (worst(mine).label if mine else "none") == row[rule_set.value]


def test_labels_and_guidelines_may_disagree():
    implant = Implant(ImplantKind.NERVE_STIMULATOR, "spine", 31)
    found = screen(answers(yes=["neurostimulator"]), [implant], current_drugs=(), age_years=40)
    decided = clearance(found)
    assert decided.label is Severity.CAUTION
    assert decided.guideline is Severity.ACKNOWLEDGE
    assert not decided.agree


def test_a_piece_within_the_skull_cannot_be_far_from_the_coil():
    with pytest.raises(InputError, match="within the skull cannot be 35 cm"):
        check_implants([Implant(ImplantKind.DBS, distance_from_coil_cm=35)])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"distance_from_coil_cm": -1}, "-1 cm"),
        ({"distance_from_coil_cm": float("inf")}, "inf cm"),
        ({"distance_from_coil_cm": 20, "electronics_distance_cm": 10}, "nearer than its nearest"),
    ],
)
def test_impossible_distances_are_refused(fields, words):
    with pytest.raises(InputError, match=words):
        Implant(ImplantKind.VNS, **fields)


def test_a_property_that_contradicts_the_kind_is_refused():
    with pytest.raises(InputError, match="not electronic, but the kind is electronic"):
        check_implants([Implant(ImplantKind.PACEMAKER, electronic=False)])


@pytest.mark.parametrize("kind", ImplantKind)
def test_an_implant_of_which_nothing_is_known_never_passes_the_labels_unseen(kind):
    row = next(row for row in implant_kinds() if row.id is kind)
    found = check_implants([Implant(kind)])
    assert found, row.name
    label = [f for f in found if f.code.startswith("safety.label.")]
    if kind not in (ImplantKind.DENTAL, ImplantKind.HEARING_AID):
        assert worst(label) is Severity.STOP


def test_knowing_more_of_an_implant_never_makes_a_rule_graver():
    for kind in ImplantKind:
        unknown = {f.code: f.severity for f in check_implants([Implant(kind)])}
        for distance in (5, 15, 29):
            known = check_implants([Implant(kind, distance_from_coil_cm=distance)])
            for finding in known:
                assert finding.code in unknown
                rule = next(r for r in implant_rules() if finding.code == f"safety.{r.id}")
                assert finding.severity.label in (rule.severity, rule.if_unknown)


# Drugs


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("amitriptyline", "safety.drug.strong"),
        ("Elavil", "safety.drug.strong"),
        ("clozapine", "safety.drug.strong"),
        ("Vyvanse", "safety.drug.strong"),
        ("alcohol", "safety.drug.strong"),
        ("Prozac", "safety.drug.relative"),
        ("Effexor XR", "safety.drug.relative"),
        ("Symbyax", "safety.drug.relative"),
        ("Wellbutrin", "safety.drug.relative"),
        ("lithium carbonate", "safety.drug.relative"),
        ("Atarax", "safety.drug.relative"),
        ("Xanax", "safety.drug.raises-threshold"),
        ("lamotrigine", "safety.drug.raises-threshold"),
        ("ibuprofen", "safety.drug.unlisted"),
        ("escitalopram", "safety.drug.unlisted"),
    ],
)
def test_a_current_drug_is_matched_by_any_of_its_names(name, code):
    found = check_drugs([name])
    assert codes(found) == [code]
    assert found[0].source is not None


def test_several_drugs_that_lower_the_threshold_are_a_caution():
    found = check_drugs(["Prozac", "mirtazapine"])
    assert "safety.drug.several" in codes(found)
    assert worst(found) is Severity.CAUTION
    assert "safety.drug.several" not in codes(check_drugs(["Prozac", "ibuprofen"]))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("alcohol", "safety.drug.withdrawal"),
        ("Ativan", "safety.drug.withdrawal"),
        ("phenobarbital", "safety.drug.withdrawal"),
        ("sertraline", "safety.drug.change"),
    ],
)
def test_withdrawal_is_matched_and_any_change_asks_for_a_new_threshold(name, code):
    assert codes(check_drugs([], [name])) == [code]


def test_every_drug_group_has_its_source():
    assert {group.id for group in drug_groups()} == {
        "strong", "relative", "withdrawal", "raises-threshold",
    }  # fmt: skip


# Figures of risk


@pytest.mark.parametrize("figure", [f for f in seizure_risk() if f.events], ids=lambda f: f.id)
def test_a_published_risk_follows_from_its_counts(figure):
    """Exact Poisson interval of the count, from the chi-square distribution."""
    scale = figure.per / figure.exposures
    digits = 2
    assert round(figure.events * scale, digits) == figure.value
    if figure.low is not None:
        low = chi2.ppf(0.025, 2 * figure.events) / 2 * scale
        high = chi2.ppf(0.975, 2 * figure.events + 2) / 2 * scale
        assert round(low, digits) == figure.low
        # 0.4849 is printed as 0.48 and 1.1145 as 1.11
        assert abs(high - figure.high) < 0.006
    assert figure.estimate.source == figure.source
