"""The facts of a treatment history: refusals, JSON round trips, names of agents."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from euthymia.assess.medication.catalogue import (
    AgentKind,
    all_agents,
    minimum_dose,
)
from euthymia.assess.medication.names import find_agent, lookup_agent
from euthymia.assess.medication.trial import (
    Adherence,
    DayBounds,
    DoseStep,
    EpisodeFacts,
    EpisodeSeverity,
    MedicationTrial,
    Response,
    StopReason,
    ToldDose,
)
from euthymia.core.errors import InputError

DAY = date(2024, 1, 1)
LATER = date(2024, 3, 1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: DoseStep(LATER, DAY, 50), "before it starts"),
        (lambda: DoseStep(DAY, LATER, 0), "a dose of 0 mg"),
        (lambda: DoseStep(DAY, LATER, -5), "a dose of -5 mg"),
        (lambda: DoseStep(DAY, LATER, float("nan")), "a dose of nan mg"),
        (lambda: MedicationTrial(" ", DAY, LATER), "names no agent"),
        (lambda: MedicationTrial("sertraline", LATER, DAY), "before it starts"),
        (
            lambda: MedicationTrial("sertraline", DAY, LATER, stop_reason=StopReason.ONGOING),
            "called ongoing and yet ended",
        ),
        (lambda: MedicationTrial("ECT", DAY, LATER, sessions=-1), "-1 sessions"),
        (
            lambda: MedicationTrial("x", LATER, None, (DoseStep(DAY, None, 5),)),
            "lies outside the trial",
        ),
        (
            lambda: MedicationTrial("x", DAY, LATER, (DoseStep(DAY, date(2024, 4, 1), 5),)),
            "lies outside the trial",
        ),
        (
            lambda: MedicationTrial(
                "x", DAY, LATER, (DoseStep(DAY, LATER, 5), DoseStep(date(2024, 2, 1), None, 5))
            ),
            "begins before the one",
        ),
    ],
)
def test_an_impossible_fact_is_refused_in_words(make, words):
    with pytest.raises(InputError) as refusal:
        make()
    assert words in str(refusal.value)
    assert refusal.value.remedy


def test_a_trial_keeps_lists_as_tuples_and_stays_hashable():
    trial = MedicationTrial("sertraline", DAY, LATER, steps=[DoseStep(DAY, None, 50)])  # type: ignore[arg-type]
    assert hash(trial) == hash(
        MedicationTrial("sertraline", DAY, LATER, (DoseStep(DAY, None, 50),))
    )


days = st.dates(date(2020, 1, 1), date(2024, 1, 1))


@given(
    st.builds(
        MedicationTrial,
        agent=st.sampled_from(["sertraline", "Zoloft", "something unknown"]),
        start=st.one_of(st.none(), days),
        end=st.none(),
        steps=st.lists(
            st.builds(
                DoseStep,
                start=st.dates(date(2024, 1, 2), date(2025, 1, 1)),
                end=st.none(),
                dose_mg_per_day=st.one_of(st.none(), st.floats(0.1, 1000)),
            ),
            max_size=1,
        ).map(tuple),
        adherence=st.sampled_from(Adherence),
        response=st.sampled_from(Response),
        stop_reason=st.sampled_from(StopReason),
        side_effects=st.lists(st.text(max_size=9), max_size=2).map(tuple),
        augments=st.one_of(st.none(), st.just("venlafaxine")),
        current_episode=st.one_of(st.none(), st.booleans()),
        note=st.text(max_size=9),
        sessions=st.one_of(st.none(), st.integers(0, 60)),
    )
)
def test_a_trial_survives_json(trial):
    adapter = TypeAdapter(MedicationTrial)
    assert adapter.validate_json(adapter.dump_json(trial)) == trial


def test_a_trial_told_roughly_and_an_onset_told_roughly_survive_json():
    bounds = DayBounds(DAY, None)
    trial = MedicationTrial(
        "sertraline", None, None,
        start_between=bounds, end_between=DayBounds(None, LATER), least_days=7, most_days=40,
        doses=(ToldDose(50, None, bounds, 3, None), ToldDose()),
    )  # fmt: skip
    adapter = TypeAdapter(MedicationTrial)
    assert adapter.validate_json(adapter.dump_json(trial)) == trial
    facts = EpisodeFacts(onset_between=bounds)
    episodes = TypeAdapter(EpisodeFacts)
    assert episodes.validate_json(episodes.dump_json(facts)) == facts


def test_the_facts_of_an_episode_survive_json():
    adapter = TypeAdapter(EpisodeFacts)
    facts = EpisodeFacts(DAY, EpisodeSeverity.SEVERE, True, None, False)
    assert adapter.validate_json(adapter.dump_json(facts)) == facts


# The catalogue


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("sertraline", "sertraline"),
        ("Zoloft", "sertraline"),
        ("  ZOLOFT ", "sertraline"),
        ("Effexor-XR", "venlafaxine-xr"),
        ("effexor xr", "venlafaxine-xr"),
        ("Effexor", "venlafaxine"),
        ("Wellbutrin XL", "bupropion-xl"),
        ("Cymbalta", "duloxetine"),
        ("Spravato", "esketamine"),
        ("rTMS", "tms"),
        ("ECT", "ect"),
        ("bilateral ECT", "ect-bilateral"),
        ("CBT", "psychotherapy"),
        ("T3", "liothyronine"),
        ("St John's wort", "hypericum"),
    ],
)
def test_a_generic_or_brand_name_finds_its_agent(said, meant):
    assert find_agent(said).id == meant


@pytest.mark.parametrize(
    ("said", "offered"),
    [("sertralin", "sertraline"), ("Prozak", "fluoxetine"), ("venlafaxin", "venlafaxine")],
)
def test_an_unknown_name_is_refused_with_the_nearest(said, offered):
    with pytest.raises(InputError, match=offered):
        find_agent(said)
    assert lookup_agent(said) is None


def test_a_name_like_no_other_is_refused_without_a_guess():
    with pytest.raises(InputError, match="give its generic name"):
        find_agent("qqqq")


def test_every_antidepressant_of_the_dose_table_has_a_class_and_a_usual_range():
    dosed = [a for a in all_agents() if a.kind is AgentKind.ANTIDEPRESSANT and a.minimum]
    assert len(dosed) == 38
    for agent in dosed:
        assert agent.usual is not None
        assert agent.extreme is not None
        assert agent.usual.high <= agent.extreme.high
        assert (agent.extreme.low or 0) <= agent.usual.low


@pytest.mark.parametrize(
    ("agent", "dose_list", "low", "high"),
    [
        ("sertraline", "atrq", 50, 50),
        ("venlafaxine", "atrq", 150, 150),  # stricter than the usual range
        ("venlafaxine", "usual", 75, 75),
        ("fluvoxamine", "athf", 100, 100),
        ("fluvoxamine CR", "atrq", 50, 100),  # laxer than the usual range: left open between
        ("vortioxetine", "atrq", 10, 20),
        ("duloxetine", "athf", 40, 60),
        ("bupropion", "atrq", 150, 300),
        ("bupropion hydrobromide", "atrq", 174, 348),
        ("amitriptyline", "athf", 150, 200),
        ("nortriptyline", "usual", 50, 50),
        ("aripiprazole", "augmentation", 2, 2),
    ],
)
def test_the_minimum_dose_follows_instrument_and_usual_range(agent, dose_list, low, high):
    found = minimum_dose(find_agent(agent), dose_list)
    assert (found.mg_per_day.low, found.mg_per_day.high) == (low, high)
    assert found.sources


def test_the_hydrobromide_of_bupropion_is_converted_from_the_hydrochloride():
    ratio = 174 / 150
    assert find_agent("Aplenzin").minimum["atrq"].high == pytest.approx(300 * ratio)
