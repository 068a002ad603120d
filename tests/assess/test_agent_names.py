"""Finding agents by the names that people write, and the codes that the catalogue carries."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.assess.medication.catalogue import AgentKind, all_agents, catalogue
from euthymia.assess.medication.names import (
    find_agent,
    known_names,
    lookup_agent,
    match_name,
    nearest_names,
    plain,
)
from euthymia.core.errors import InputError


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("sertraline hydrochloride", "sertraline"),
        ("Sertraline HCl tablets", "sertraline"),
        ("Séropram", "citalopram"),
        ("venlafaxine retard", "venlafaxine-xr"),
        ("Effexor-ER", "venlafaxine-xr"),
        ("venlafaxine IR", "venlafaxine"),
        ("Trevilor retard", "venlafaxine-xr"),
        ("venlafaxine extended release", "venlafaxine-xr"),
        ("paroxetine CR", "paroxetine-cr"),
        ("bupropion XL", "bupropion-xl"),
        ("Zyban", "bupropion-sr"),
        ("mirtazapine XR", "mirtazapine"),
        ("quetiapine XR", "quetiapine"),
        ("lithium carbonate", "lithium"),
        ("bupropion hydrobromide", "bupropion-hbr"),
        ("bupropion hydrobromide tablets", "bupropion-hbr"),
        ("bupropion XL tablets", "bupropion-xl"),
        ("St. John's Wort", "hypericum"),
        ("Priadel", "lithium"),
        ("Remergil", "mirtazapine"),
        ("Jatrosom", "tranylcypromine"),
    ],
)
def test_salts_forms_accents_and_words_for_release_lead_to_the_agent(said, meant):
    assert find_agent(said).id == meant


@pytest.mark.parametrize(
    ("said", "among"),
    [
        ("SSRI", "sertraline"),
        ("tricyclic", "amitriptyline"),
        ("MAO inhibitor", "phenelzine"),
        ("atypical antipsychotic", "aripiprazole"),
        ("bupropion ER", "bupropion XL"),
        ("mood stabilizer", "lamotrigine"),
    ],
)
def test_a_name_that_may_stand_for_several_asks_which(said, among):
    assert lookup_agent(said) is None
    with pytest.raises(InputError, match="Say which one is meant") as refusal:
        find_agent(said)
    assert among in str(refusal.value)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("sertaline", "sertraline"),
        ("setraline", "sertraline"),
        ("citalopran", "citalopram"),
        ("Zolof", "sertraline"),
        ("Prozak", "fluoxetine"),
        ("welbutrin", "bupropion"),
        ("effexer", "venlafaxine"),
        ("mirtazipine", "mirtazapine"),
        ("nortryptiline", "nortriptyline"),
        ("amitryptiline", "amitriptyline"),
        ("sertra", "sertraline"),
        ("aripiprazol", "aripiprazole"),
    ],
)
def test_a_misspelt_name_is_never_guessed_and_the_right_one_is_offered_first(said, meant):
    assert lookup_agent(said) is None
    assert nearest_names(said)[0] == meant


@given(st.sampled_from(all_agents()), st.data())
def test_every_name_in_any_case_and_spacing_finds_its_agent(agent, data):
    name = data.draw(st.sampled_from([agent.name, agent.id, *agent.brands]))
    spelt = data.draw(st.sampled_from([name.upper(), name.title(), f"  {name} ", name.lower()]))
    assert find_agent(spelt) is agent
    assert find_agent(f"{name} tablets") is agent


@given(st.text(max_size=30))
def test_any_text_is_an_agent_or_is_refused_in_words(text):
    match = match_name(text)
    if match.agent is None:
        with pytest.raises(InputError) as refusal:
            find_agent(text)
        assert refusal.value.remedy
    else:
        assert plain(text)


def test_no_word_for_a_class_hides_an_agent():
    words = [plain(name) for row in catalogue().ambiguous for name in row.names]
    assert len(words) == len(set(words))
    assert not any(lookup_agent(word) for word in words)
    assert set(words) <= known_names()


# Codes

LEVELS = re.compile(r"[A-Z]\d\d[A-Z]{2}\d\d")
GROUPS = {"SSRI": "N06AB", "TCA": "N06AA", "MAOI": "N06AF", "RIMA": "N06AG"}


@pytest.mark.parametrize("agent", all_agents(), ids=lambda agent: agent.id)
def test_a_code_has_the_form_of_its_system_and_the_group_of_its_class(agent):
    assert agent.atc is None or LEVELS.fullmatch(agent.atc)
    assert agent.rxnorm is None or agent.rxnorm.isdigit()
    group = GROUPS.get(agent.drug_class)
    if group and agent.atc:
        assert agent.atc.startswith(group)
    if agent.drug_class in ("SNRI", "NDRI", "NaSSA", "modulator"):
        assert agent.atc.startswith("N06AX")


def test_two_agents_share_a_code_only_as_formulations_of_one_molecule():
    for field in ("atc", "rxnorm"):
        holders = defaultdict(set)
        for agent in all_agents():
            if getattr(agent, field):
                holders[getattr(agent, field)].add(agent.molecule)
        assert all(len(molecules) == 1 for molecules in holders.values()), field


def test_formulations_of_one_molecule_carry_the_codes_of_their_ingredient():
    kin = defaultdict(set)
    for agent in all_agents():
        if agent.kind is AgentKind.ANTIDEPRESSANT:
            kin[agent.molecule].add((agent.atc, agent.rxnorm))
    assert all(len(codes) == 1 for codes in kin.values())


def test_every_drug_for_depression_has_a_code_or_none_is_given_for_a_combination():
    bare = {
        agent.id
        for agent in all_agents()
        if agent.kind is AgentKind.ANTIDEPRESSANT and agent.atc is None
    }
    assert bare == {"selegiline-transdermal"}


@pytest.mark.parametrize(
    ("agent", "atc", "rxnorm"),
    [
        ("sertraline", "N06AB06", "36437"),
        ("fluoxetine", "N06AB03", "4493"),
        ("Effexor XR", "N06AX16", "39786"),
        ("bupropion", "N06AX12", "42347"),
        ("vortioxetine", "N06AX26", "1455099"),
        ("amitriptyline", "N06AA09", "704"),
        ("aripiprazole", "N05AX12", "89013"),
        ("lithium", "N05AN01", "6448"),
    ],
)
def test_well_known_codes_are_right(agent, atc, rxnorm):
    found = find_agent(agent)
    assert (found.atc, found.rxnorm) == (atc, rxnorm)


def test_classes_are_nested_families_above_and_mechanisms_below():
    """So that counting fewer or more classes never turns the least above the most."""
    for agent in all_agents():
        for other in all_agents():
            if agent.drug_class == other.drug_class and agent.kind is other.kind:
                assert agent.family == other.family, (agent.id, other.id)
