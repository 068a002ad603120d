"""The burden of a history, and the facts that stand beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

import pytest
from assess_samples import ASSESSED, failed_trial
from history_samples import random_episode, random_trials
from hypothesis import given
from hypothesis import strategies as st

from euthymia.assess.burden.burden import burden_of, years
from euthymia.assess.burden.evidence import burden_facts
from euthymia.assess.medication.adequacy import adequacy
from euthymia.assess.medication.exposure import DayRange
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.told.words import side_effects
from euthymia.assess.medication.trial import (
    DayBounds,
    EpisodeFacts,
    MedicationTrial,
    Response,
    StopReason,
)
from euthymia.core.references import Tag


def burden(*trials: MedicationTrial, episode: EpisodeFacts | None = None):
    verdicts = [adequacy(trial, Instrument.ATRQ, ASSESSED) for trial in trials]
    return burden_of(verdicts, episode or EpisodeFacts(), ASSESSED)


def test_trials_are_counted_by_class_and_by_what_came_of_them():
    found = burden(
        failed_trial("sertraline"),
        replace(failed_trial("fluoxetine"), stop_reason=StopReason.SIDE_EFFECTS),
        replace(failed_trial("citalopram"), response=Response.RESPONSE,
                stop_reason=StopReason.OTHER),
        MedicationTrial("venlafaxine", None, None),
        MedicationTrial("rTMS", None, None, response=Response.NONE, sessions=30),
    )  # fmt: skip
    ssri, snri, tms = found.classes
    assert (ssri.name, ssri.failed, ssri.not_tolerated, ssri.helped) == ("SSRI", 1, 1, 1)
    assert (snri.open, tms.failed) == (1, 1)
    assert tms.name == "transcranial magnetic stimulation"
    assert found.trials == 5
    assert found.stopped_for_effects == ("fluoxetine",)


def test_side_effects_are_counted_under_one_name_with_the_drugs_that_brought_them():
    found = burden(
        replace(failed_trial("mirtazapine"), side_effects=("gained weight", "sedation")),
        replace(failed_trial("paroxetine"), side_effects=("weight gain", "headache", "spots")),
    )
    rows = {row.name: row for row in found.effects}
    assert rows["weight gain"].agents == ("mirtazapine", "paroxetine")
    assert found.effects[0].name == "weight gain"
    assert rows["weight gain"].with_tms is False
    assert rows["headache"].with_tms is True
    assert rows["spots"].with_tms is None


@pytest.mark.parametrize(
    ("onset", "bounds", "words"),
    [
        (date(2024, 6, 30), None, "2.0 years"),
        (None, DayBounds(date(2024, 1, 1), date(2025, 1, 1)), "1.5 to 2.5 years"),
        (None, DayBounds(None, date(2025, 1, 1)), "at least 1.5 years"),
        (None, None, "unknown"),
    ],
)
def test_the_years_of_the_episode_are_a_range_where_the_onset_is(onset, bounds, words):
    episode = EpisodeFacts(onset=onset, onset_between=bounds)
    assert burden(failed_trial("sertraline"), episode=episode).episode_years == words


def test_time_on_drugs_that_did_not_help_leaves_open_outcomes_to_the_most():
    failed = failed_trial("sertraline")
    open_trial = replace(
        failed_trial("fluoxetine"), response=Response.UNKNOWN, stop_reason=StopReason.OTHER
    )
    helped = replace(
        failed_trial("citalopram"), response=Response.REMISSION, stop_reason=StopReason.OTHER
    )
    assert burden(failed, helped).failed_days == DayRange(90, 90)
    assert burden(failed, open_trial).failed_days == DayRange(90, 180)
    undated = MedicationTrial("bupropion", None, None, response=Response.NONE)
    assert burden(failed, undated).failed_days == DayRange(90, None)


def test_years_are_told_to_a_tenth():
    assert years(DayRange(730, 731)) == "2.0 years"
    assert years(DayRange(100, None)) == "at least 0.3 years"


@given(st.integers(0, 5000))
def test_any_history_has_a_burden_that_adds_up(seed):
    dice = Random(seed)
    trials, episode = random_trials(dice), random_episode(dice)
    found = burden(*trials, episode=episode)
    assert found.trials == len(trials)
    assert found.failed_days.high is None or found.failed_days.low <= found.failed_days.high
    told = {effect for trial in trials for effect in trial.side_effects}
    assert len(found.effects) <= len(told)


# The facts beside it


def test_null_results_stand_beside_the_others_and_show_no_difference():
    facts = burden_facts()
    nulls = [row for row in facts.benefit if row.null]
    assert {row.source.ref for row in nulls} == {"yesavage-2018", "herwig-2007"}
    for row in facts.benefit:
        gain = row.with_tms - row.compared
        assert (abs(gain) < 5) == row.null


@pytest.mark.parametrize(
    ("row", "with_tms", "compared"),
    [
        ("yesavage-veterans", (33, 81), (31, 83)),
        ("dalhuisen-switch", (18, 48), (6, 41)),
    ],
)
def test_shares_follow_from_the_counts_of_patients(row, with_tms, compared):
    fact = next(each for each in burden_facts().benefit if each.id == row)
    assert fact.with_tms == pytest.approx(100 * with_tms[0] / with_tms[1], abs=0.06)
    assert fact.compared == pytest.approx(100 * compared[0] / compared[1], abs=0.06)


def test_the_risk_of_a_seizure_carries_its_interval():
    seizure = next(row for row in burden_facts().brings if row.id == "seizure")
    assert seizure.low < seizure.per_1000 < seizure.high
    assert seizure.per_1000 == pytest.approx(18 / 25_526 * 1000, abs=0.01)
    assert seizure.count == "0.71 of 1,000 (0.42 to 1.11)"


def test_the_next_drug_helps_fewer_after_every_failure():
    facts = burden_facts()
    shares = [facts.next_step(failures).per_100 for failures in range(7)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == 36.8
    assert shares[2] == 13.7


def test_what_lasts_grows_less_and_every_interval_holds_its_value():
    rows = burden_facts().lasting
    assert [row.per_100 for row in rows] == sorted((r.per_100 for r in rows), reverse=True)
    assert all(row.low < row.per_100 < row.high for row in rows)


def test_every_fact_has_a_registered_source_and_names_a_known_side_effect():
    facts = burden_facts()
    known = {effect.id for effect in side_effects()}
    assert {row.effect for row in facts.spares} <= known
    rows = (*facts.brings, *facts.spares, *facts.benefit, *facts.lasting, *facts.claim)
    assert all(row.source.reference.title for row in rows)
    assert any(row.source.tag is Tag.READ for row in rows)
    brought = {row.id for row in facts.brings}
    assert {effect.tms for effect in side_effects() if effect.tms} - brought == {"mania"}


def test_a_history_without_trials_has_no_burden():
    found = burden()
    assert (found.trials, found.effects, found.failed_days) == (0, (), DayRange(0, 0))
    assert found.on == ASSESSED
