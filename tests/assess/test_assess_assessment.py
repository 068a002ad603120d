"""The assessment as a whole, and the reference pages that are rendered from the rules."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from assess_samples import ASSESSED, failed_trial
from history_samples import NAMES, explained, random_episode, random_trials

import euthymia.assess
from euthymia.assess.assessment import assess
from euthymia.assess.eligibility.label import Diagnosis, LabelStatus
from euthymia.assess.examples import EXAMPLE_FILES, load_examples
from euthymia.assess.medication.catalogue import all_agents
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.trial import (
    DoseStep,
    EpisodeFacts,
    EpisodeSeverity,
    MedicationTrial,
    StopReason,
)
from euthymia.assess.reference import reference_pages
from euthymia.assess.rule_tables import RULE_FILES, cited_rules, unverified_rules
from euthymia.assess.safety.implants import Implant, ImplantKind
from euthymia.assess.safety.screen import Answer, ScreenAnswer, screen_items
from euthymia.assess.scales.score import ScaleScore
from euthymia.assess.staging.judged import judge_history
from euthymia.core.errors import InputError
from euthymia.core.findings import Severity, worst
from euthymia.core.references import Tag

NO = [ScreenAnswer(item.id, Answer.NO) for item in screen_items() if item.id != "medicines"]
EPISODE = EpisodeFacts(ASSESSED - timedelta(days=500), EpisodeSeverity.SEVERE, False, False, False)


def candidate(**more):
    """A clear candidate: two adequate failures, everything asked and answered."""
    given = {
        "on": ASSESSED,
        "trials": [failed_trial("sertraline"), failed_trial("venlafaxine")],
        "episode": EPISODE,
        "answers": NO,
        "current_drugs": [],
        "scales": [ScaleScore("phq9", ASSESSED, items=(3, 3, 2, 3, 2, 2, 2, 1, 0))],
        "diagnosis": Diagnosis.MDD,
        "age_years": 42,
    }
    return assess(**{**given, **more})


def test_a_clear_candidate_is_resistant_safe_and_on_label():
    found = candidate()
    assert found.trd.met is True
    assert found.maudsley.sentence == "Maudsley stage 7 of 15 (moderate)"
    assert found.findings == ()
    assert found.eligibility.status is LabelStatus.ON_LABEL
    assert found.missing == ()
    assert {result.rule.id for result in found.payers if result.met} >= {"medicare-l34998-l34522"}


def test_the_summary_says_everything_with_its_source():
    texts = [statement.text for statement in candidate().summary]
    assert texts[0] == "2 trials, judged by MGH ATRQ: adequate failure: sertraline, venlafaxine"
    assert "PHQ-9 18 of 27 (moderately severe) on 2026-06-30" in texts
    assert all(s.source for s in candidate().summary if not s.text.startswith("The safety screen"))


def test_intolerance_is_not_resistance():
    trials = [
        replace(
            failed_trial(name),
            start=ASSESSED - timedelta(days=10),
            steps=(),
            stop_reason=StopReason.SIDE_EFFECTS,
        )
        for name in ("sertraline", "venlafaxine", "bupropion")
    ]
    found = candidate(trials=trials)
    assert found.trd.met is False
    assert found.maudsley.applicable is False
    assert found.eligibility.status is LabelStatus.UNDETERMINED


def test_a_contraindication_stands_at_the_top_of_the_findings():
    implant = Implant(ImplantKind.PACEMAKER, "chest", 35)
    told = [a for a in NO if a.item != "cardiac-device"]
    told.append(ScreenAnswer("cardiac-device", Answer.YES, "pacemaker since 2019"))
    found = candidate(answers=told, implants=[implant])
    assert found.findings[0].code == "safety.label.physiological-device"
    assert not found.clearance.agree
    assert any("differ on the implants" in statement.text for statement in found.summary)


def test_nothing_known_gives_an_assessment_that_stops_and_says_what_is_missing():
    found = assess(on=ASSESSED)
    assert worst(found.findings) is Severity.STOP
    assert found.trd.met is False
    assert found.maudsley.applicable is False
    assert found.eligibility is None
    assert found.summary


def test_a_list_of_medicines_answers_the_question_on_medicines():
    assert not [f for f in candidate(current_drugs=[]).findings if "medicines" in f.code]
    found = candidate(current_drugs=None)
    assert "safety.screen.medicines.unknown" in [finding.code for finding in found.findings]


def test_a_running_trial_counts_as_taken_now_and_only_once():
    running = MedicationTrial(
        "amitriptyline",
        ASSESSED - timedelta(days=20),
        None,
        (DoseStep(ASSESSED - timedelta(days=20), None, 50),),
        stop_reason=StopReason.ONGOING,
    )
    for listed in ([], ["Elavil"]):
        found = candidate(trials=[running], current_drugs=listed).findings
        assert [f.code for f in found].count("safety.drug.strong") == 1


def test_an_age_known_by_its_year_only_is_taken_as_both():
    found = candidate(age_years=(17, 18), on=date(2023, 6, 30), trials=[], scales=[],
                      episode=EpisodeFacts())  # fmt: skip
    assert "safety.age" in [finding.code for finding in found.findings]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"trials": [MedicationTrial("sertralin", None, None)]}, "Did you mean sertraline"),
        ({"trials": [MedicationTrial("sertraline", date(2030, 1, 1), None)]}, "2030-01-01"),
        ({"episode": EpisodeFacts(date(2030, 1, 1))}, "onset of the episode"),
        ({"scales": [ScaleScore("phq9", date(2030, 1, 1), 3)]}, "scale phq9"),
        ({"scales": [ScaleScore("phq9", ASSESSED, 30)]}, "a total of 30 is not possible"),
        ({"answers": [*NO, NO[0]]}, "answered twice"),
    ],
)
def test_bad_input_is_refused_with_the_field_and_the_remedy(more, words):
    with pytest.raises(InputError) as refusal:
        candidate(**more)
    assert words in str(refusal.value)


def random_history(seed: int) -> dict:
    """A history as messy as they come, with everything else of a patient, of a seed."""
    dice = random.Random(seed)
    return {
        "on": ASSESSED,
        "trials": random_trials(dice),
        "episode": random_episode(dice),
        "answers": dice.sample(NO, dice.randrange(len(NO))),
        "implants": [Implant(dice.choice(list(ImplantKind)))] if dice.random() < 0.3 else [],
        "current_drugs": dice.choice([None, [], dice.sample(NAMES, 3)]),
        "diagnosis": dice.choice([None, *Diagnosis]),
        "age_years": dice.choice([None, 16, 42, (17, 18)]),
    }


def test_random_histories_never_crash_and_every_result_explains_itself():
    """`benchmarks/histories.py` does the same for 10,000, and times it."""
    for seed in range(1500):
        dice = random.Random(seed)
        trials, episode = random_trials(dice), random_episode(dice)
        assert explained(judge_history(trials, episode, ASSESSED)), seed


def test_random_patients_are_assessed_and_every_finding_has_its_source():
    for seed in range(300):
        found = assess(**random_history(seed))
        assert explained(found.history), seed
        assert all(finding.message and finding.source for finding in found.findings), seed
        assert found.summary


# Rules as documents


def test_every_citation_names_a_registered_reference():
    assert len(cited_rules()) > 150
    for rule in cited_rules():
        assert rule.citation.reference.title


def test_unverified_rules_are_listed_and_shown_as_unverified():
    listed = unverified_rules()
    assert listed
    assert all(rule.citation.tag is Tag.RECALLED for rule in listed)
    page = reference_pages()["unverified"]
    assert page.count("unverified") > len(listed)


def test_the_pages_hold_every_rule_and_every_example():
    pages = reference_pages()
    for agent in all_agents():
        assert agent.name in pages["medication"]
    for instrument in Instrument:
        assert instrument.rule.name in pages["medication"]
    for item in screen_items():
        assert item.text in pages["safety"]
    for name in EXAMPLE_FILES:
        for row in load_examples(name).rows:
            assert row.get("name", row.get("line")) in pages["examples"]


def test_the_tables_of_the_pages_are_well_formed():
    for page in reference_pages().values():
        width = 0
        for line in page.splitlines():
            if not line.startswith("|"):
                width = 0
                continue
            cells = line.replace("\\|", "").count("|")
            assert width in (0, cells), line
            width = cells


def test_there_are_enough_worked_examples():
    assert sum(len(load_examples(name).rows) for name in EXAMPLE_FILES) >= 150


def test_the_list_of_rule_files_is_complete():
    folder = Path(euthymia.assess.__file__).parent / "data"
    assert {file.name for file in folder.glob("*.toml")} == set(RULE_FILES)
