"""Adequacy of a single trial: worked examples, the edges of every dose, and properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from assess_samples import ASSESSED, START, ids, trial_of_row
from hypothesis import given
from hypothesis import strategies as st

from euthymia.assess.examples import load_examples
from euthymia.assess.medication.adequacy import adequacy
from euthymia.assess.medication.catalogue import Agent, AgentKind, all_agents, minimum_dose
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.trial import (
    Adherence,
    DoseStep,
    MedicationTrial,
    Response,
    StopReason,
)
from euthymia.assess.medication.verdicts import Verdict
from euthymia.core.errors import InputError

ROWS = load_examples("adequacy").rows
DOSED = [
    agent
    for agent in all_agents()
    if agent.kind is AgentKind.ANTIDEPRESSANT and minimum_dose(agent, "atrq") is not None
]


@pytest.mark.parametrize("row", ROWS, ids=ids(ROWS))
def test_a_worked_example_comes_out_as_documented(row):
    trial, on = trial_of_row(row)
    verdict = adequacy(trial, Instrument(row["instrument"]), on)
    assert [option.value for option in verdict.possible] == row["expect"]


@pytest.mark.parametrize("row", ROWS, ids=ids(ROWS))
def test_an_open_verdict_says_what_is_missing_and_every_verdict_says_why(row):
    trial, on = trial_of_row(row)
    verdict = adequacy(trial, Instrument(row["instrument"]), on)
    assert verdict.steps
    assert bool(verdict.missing) == (len(verdict.possible) > 1)


def test_the_published_case_has_two_resistant_trials_of_five():
    published = [row for row in ROWS if row["name"].startswith("Published case")]
    counts = [adequacy(*_judged(row)).counts for row in published]
    assert counts == [True, False, False, False, True]


def _judged(row):
    trial, on = trial_of_row(row)
    return trial, Instrument.ATRQ, on


def six_weeks(agent: Agent, dose: float) -> MedicationTrial:
    last = START + timedelta(days=41)
    return MedicationTrial(
        agent.name,
        START,
        last,
        (DoseStep(START, last, dose),),
        Adherence.GOOD,
        Response.NONE,
        StopReason.NO_BENEFIT,
    )


@pytest.mark.parametrize("instrument", [Instrument.ATRQ, Instrument.ATHF_SF])
@pytest.mark.parametrize("agent", DOSED, ids=lambda agent: agent.id)
def test_every_minimum_dose_separates_adequate_from_too_low(agent, instrument):
    minimum = minimum_dose(agent, instrument.rule.dose_list).mg_per_day
    at_least = adequacy(six_weeks(agent, minimum.high), instrument, ASSESSED)
    below = adequacy(six_weeks(agent, minimum.low - 0.5), instrument, ASSESSED)
    assert at_least.verdict is Verdict.ADEQUATE_FAILURE
    assert below.verdict is Verdict.TOO_LOW
    if minimum.low < minimum.high:
        between = adequacy(six_weeks(agent, (minimum.low + minimum.high) / 2), instrument, ASSESSED)
        assert between.counts is None


@pytest.mark.parametrize("instrument", Instrument)
def test_every_minimum_time_separates_adequate_from_too_short(instrument):
    days = instrument.rule.antidepressant_days

    def trial(length: float) -> MedicationTrial:
        last = START + timedelta(days=int(length) - 1)
        return replace(six_weeks(DOSED[0], 40), end=last, steps=(DoseStep(START, last, 40),))

    assert adequacy(trial(days.high), instrument, ASSESSED).counts is True
    assert adequacy(trial(days.low - 1), instrument, ASSESSED).verdict is Verdict.TOO_SHORT


def test_an_unknown_drug_is_refused_with_the_nearest_name():
    trial = MedicationTrial("sertralin", START, None)
    with pytest.raises(InputError, match=r"sertralin.*Did you mean sertraline"):
        adequacy(trial, Instrument.ATRQ, ASSESSED)


def test_an_unknown_base_of_an_augmentation_is_refused():
    trial = MedicationTrial("lithium", START, None, augments="xyzzy")
    with pytest.raises(InputError, match="xyzzy"):
        adequacy(trial, Instrument.ATRQ, ASSESSED)


def test_a_day_in_the_future_is_refused():
    trial = MedicationTrial("sertraline", date(2030, 1, 1), None)
    with pytest.raises(InputError, match=r"2030-01-01 lies after the day of assessment"):
        adequacy(trial, Instrument.ATRQ, ASSESSED)


# Properties

HELPED = (Response.RESPONSE, Response.REMISSION, Response.LOST)

trial_fields = {
    "adherence": st.sampled_from(Adherence),
    "response": st.sampled_from(Response),
    "stop_reason": st.sampled_from([r for r in StopReason if r is not StopReason.ONGOING]),
}


@st.composite
def histories(draw: st.DrawFn) -> MedicationTrial:
    """A trial with up to three dose steps, any of its facts unknown."""
    agent = draw(st.sampled_from(["sertraline", "bupropion", "vortioxetine", "venlafaxine"]))
    lengths = draw(st.lists(st.integers(1, 70), max_size=3))
    doses = st.one_of(st.none(), st.sampled_from([10.0, 50.0, 75.0, 150.0, 250.0, 300.0]))
    steps, day = [], START
    for length in lengths:
        last = day + timedelta(days=length - 1)
        steps.append(DoseStep(day, last, draw(doses)))
        day = last + timedelta(days=1)
    end = draw(st.one_of(st.none(), st.integers(0, 60)))
    fields = {name: draw(strategy) for name, strategy in trial_fields.items()}
    return MedicationTrial(
        agent=agent,
        start=draw(st.sampled_from([START, None])),
        end=None if end is None else day + timedelta(days=end),
        steps=tuple(steps),
        **fields,
    )


@given(histories(), st.sampled_from(Instrument))
def test_any_history_gets_a_verdict_with_reasons(trial, instrument):
    verdict = adequacy(trial, instrument, ASSESSED)
    assert verdict.possible
    assert verdict.steps
    assert verdict.text


@given(histories(), st.sampled_from(Instrument), st.data())
def test_learning_an_unknown_fact_never_leads_outside_what_was_possible(trial, instrument, data):
    """An unknown never turns into a definite answer that a later fact contradicts."""
    before = adequacy(trial, instrument, ASSESSED).counts
    known = replace(
        trial,
        steps=tuple(
            replace(step, dose_mg_per_day=step.dose_mg_per_day or data.draw(st.floats(1, 500)))
            for step in trial.steps
        ),
        response=_known(trial.response, Response, data),
        stop_reason=_known(trial.stop_reason, StopReason, data, trial.end is not None),
        start=trial.start or START - timedelta(days=data.draw(st.integers(0, 400))),
        end=trial.end,
    )
    # What is learnt does not contradict what was recorded: no benefit goes ill with an effect.
    if known.stop_reason is StopReason.NO_BENEFIT and known.response in HELPED:
        if trial.response is Response.UNKNOWN:
            known = replace(known, response=Response.NONE)
        elif trial.stop_reason is StopReason.UNKNOWN:
            known = replace(known, stop_reason=StopReason.OTHER)
    after = adequacy(known, instrument, ASSESSED).counts
    assert before is None or after is before


def _known(value, enum, data, ended=True):
    if value.value != "unknown":
        return value
    options = [v for v in enum if v.value != "unknown" and not (ended and v.value == "ongoing")]
    return data.draw(st.sampled_from(options))


@given(histories(), st.sampled_from(Instrument), st.integers(0, 100))
def test_a_higher_dose_never_makes_a_trial_less_adequate(trial, instrument, extra):
    raised = replace(
        trial,
        steps=tuple(
            replace(step, dose_mg_per_day=step.dose_mg_per_day and step.dose_mg_per_day + extra)
            for step in trial.steps
        ),
    )
    before, after = (adequacy(t, instrument, ASSESSED) for t in (trial, raised))
    assert _rank(after) >= _rank(before)


@given(histories(), st.sampled_from(Instrument), st.integers(0, 100))
def test_a_longer_trial_never_becomes_less_adequate(trial, instrument, extra):
    if not trial.steps or trial.end is None:
        return
    last = trial.steps[-1]
    end = trial.end + timedelta(days=extra)
    longer = replace(
        trial, end=end, steps=(*trial.steps[:-1], replace(last, end=last.end + timedelta(extra)))
    )
    before, after = (adequacy(t, instrument, ASSESSED) for t in (trial, longer))
    assert _rank(after) >= _rank(before)


def _rank(verdict) -> int:
    return {False: 0, None: 1, True: 2}[verdict.counts]
