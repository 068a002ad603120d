"""What was taken at the same time: augmentation, combination, change-over, or not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from euthymia.assess.medication.adequacy import adequacy
from euthymia.assess.medication.exposure import DayRange
from euthymia.assess.medication.instruments import Instrument, overlap_rule
from euthymia.assess.medication.overlap import Together, combined_at_most, concurrences
from euthymia.assess.medication.trial import (
    Adherence,
    DayBounds,
    EpisodeFacts,
    MedicationTrial,
    Response,
    StopReason,
)
from euthymia.assess.staging.judged import judge_history

ON = date(2026, 6, 30)
START = date(2025, 1, 1)


def trial(agent: str, first: int, last: int, **more) -> MedicationTrial:
    """A failed trial from one day after START to another, both included."""
    facts = {
        "adherence": Adherence.GOOD,
        "response": Response.NONE,
        "stop_reason": StopReason.NO_BENEFIT,
    }
    return MedicationTrial(
        agent, START + timedelta(first), START + timedelta(last), **{**facts, **more}
    )


def pairs(*trials: MedicationTrial):
    return concurrences([adequacy(each, Instrument.ATRQ, ON) for each in trials])


@pytest.mark.parametrize(
    ("shared", "kind"),
    [
        (1, Together.CHANGE_OVER),
        (14, Together.CHANGE_OVER),
        (15, Together.OPEN),
        (27, Together.OPEN),
        (28, Together.COMBINATION),
        (60, Together.COMBINATION),
    ],
)
def test_the_days_shared_by_two_antidepressants_decide_what_they_were(shared, kind):
    (pair,) = pairs(trial("sertraline", 0, 99), trial("bupropion", 100 - shared, 199))
    assert pair.kind is kind
    assert pair.shared == DayRange(shared, shared)
    assert (pair.base.agent.name, pair.added.agent.name) == ("sertraline", "bupropion")
    assert pair.steps[-1].source == overlap_rule().source


def test_trials_one_after_the_other_share_nothing():
    assert pairs(trial("sertraline", 0, 99), trial("bupropion", 100, 199)) == ()


def test_an_augmenter_is_added_whichever_came_first():
    lithium, sertraline = trial("lithium", 0, 99), trial("sertraline", 20, 150)
    for order in ((lithium, sertraline), (sertraline, lithium)):
        (pair,) = pairs(*order)
        assert pair.kind is Together.AUGMENTATION
        assert pair.text == "lithium was added to sertraline (80 days together): augmentation"


def test_what_was_told_to_be_added_is_so_however_short():
    (pair,) = pairs(trial("sertraline", 0, 99), trial("bupropion", 90, 99, augments="sertraline"))
    assert pair.kind is Together.COMBINATION


def test_rough_dates_leave_it_open():
    rough = MedicationTrial(
        "bupropion", None, None,
        start_between=DayBounds(START + timedelta(60), START + timedelta(120)),
        end_between=DayBounds(START + timedelta(150), START + timedelta(200)),
    )  # fmt: skip
    (pair,) = pairs(trial("sertraline", 0, 99), rough)
    assert (pair.shared, pair.kind) == (DayRange(0, 40), Together.OPEN)


def test_two_formulations_procedures_and_undated_trials_are_no_pairs():
    assert pairs(trial("venlafaxine", 0, 99), trial("Effexor XR", 50, 150)) == ()
    assert pairs(trial("sertraline", 0, 99), trial("rTMS", 50, 150)) == ()
    assert pairs(trial("sertraline", 0, 99), MedicationTrial("bupropion", None, None)) == ()


def test_a_combination_may_score_once_in_the_mgh_staging_and_never_twice():
    apart = [trial("sertraline", 0, 99), trial("bupropion", 100, 199)]
    beside = [trial("sertraline", 0, 199), trial("bupropion", 100, 199)]
    undated = [trial("sertraline", 0, 99), MedicationTrial("bupropion", None, None)]
    counts = [
        combined_at_most([adequacy(each, Instrument.MGH_S, ON) for each in history])
        for history in (apart, beside, undated)
    ]
    assert counts == [0, 1, 1]
    facts = EpisodeFacts(START, None, None, False, False)
    low, high = (
        judge_history([replace(t, current_episode=True) for t in history], facts, ON)
        for history in (apart, beside)
    )
    assert high.other_stages[1].high - low.other_stages[1].high == 0.5
    assert high.other_stages[1].low == low.other_stages[1].low
