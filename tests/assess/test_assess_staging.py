"""Staging and definitions: worked examples, edges of the calendar, and properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from assess_samples import ASSESSED, START, failed_trial, history_of_row, ids, tri_state
from hypothesis import given
from hypothesis import strategies as st

from euthymia.assess.examples import load_examples
from euthymia.assess.medication.adequacy import adequacy
from euthymia.assess.medication.episode import add_months, in_current_episode, tally_failures
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.trial import (
    DayBounds,
    EpisodeFacts,
    EpisodeSeverity,
    MedicationTrial,
)
from euthymia.assess.staging.definitions import resistance
from euthymia.assess.staging.maudsley import maudsley
from euthymia.assess.staging.others import athf_sf, european, mgh_s, thase_rush
from euthymia.assess.staging.rules import definition_of, staging_rules

ROWS = load_examples("staging").rows
DEFINITIONS = load_examples("definitions").rows


def stage(instrument: Instrument, trials, episode: EpisodeFacts, on: date = ASSESSED):
    verdicts = [adequacy(trial, instrument, on) for trial in trials]
    match instrument:
        case Instrument.MAUDSLEY:
            return maudsley(verdicts, episode, on)
        case Instrument.THASE_RUSH:
            return thase_rush(verdicts, episode)
        case Instrument.MGH_S:
            return mgh_s(verdicts, episode)
        case Instrument.EUROPEAN:
            return european(verdicts, episode, on)
        case _:
            return athf_sf(verdicts, episode)


STAGING = [
    Instrument.MAUDSLEY,
    Instrument.THASE_RUSH,
    Instrument.MGH_S,
    Instrument.EUROPEAN,
    Instrument.ATHF_SF,
]


@pytest.mark.parametrize("row", ROWS, ids=ids(ROWS))
def test_a_worked_example_of_staging_comes_out_as_documented(row):
    trials, episode = history_of_row(row)
    result = stage(Instrument(row["instrument"]), trials, episode)
    assert result.applicable is tri_state(row["applicable"])
    assert (result.low, result.high) == (row.get("low"), row.get("high"))
    if "label" in row:
        assert result.label == row["label"]
    assert result.sentence


@pytest.mark.parametrize("row", DEFINITIONS, ids=ids(DEFINITIONS))
def test_a_worked_example_of_a_definition_comes_out_as_documented(row):
    trials, episode = history_of_row(row)
    definition = definition_of(row["definition"])
    verdicts = [adequacy(trial, definition.instrument, ASSESSED) for trial in trials]
    result = resistance(definition, verdicts, episode)
    assert result.met is tri_state(row["met"])
    assert bool(result.missing) == (result.met is None)


def test_a_range_names_what_is_unknown():
    trials = [failed_trial("sertraline"), failed_trial("venlafaxine")]
    trials.append(failed_trial("fluoxetine", dose_known=False))
    episode = EpisodeFacts(add_months(ASSESSED, -6), EpisodeSeverity.SEVERE, False, True, False)
    result = stage(Instrument.MAUDSLEY, trials, episode)
    assert result.sentence == (
        "Maudsley stage 7 to 8 of 15 (moderate); unknown: the dose of fluoxetine"
    )


def test_the_bands_of_the_maudsley_method_cover_its_range_without_overlap():
    rules = staging_rules().maudsley
    assert [rules.band_of(points) for points in range(3, 16)] == (
        ["mild"] * 4 + ["moderate"] * 4 + ["severe"] * 5
    )


def test_an_onset_at_the_end_of_a_month_keeps_to_the_calendar():
    assert add_months(date(2023, 8, 31), 6) == date(2024, 2, 29)
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)


def test_a_trial_of_this_episode_bounds_an_unknown_onset():
    early = replace(
        failed_trial("sertraline"), start=START, end=START + timedelta(days=89), steps=()
    )
    episode = EpisodeFacts(None, EpisodeSeverity.MILD, False, False, False)
    late, soon = (
        stage(Instrument.MAUDSLEY, [early], episode, on=day).dimensions[0]
        for day in (add_months(START, 25), add_months(START, 6))
    )
    assert (late.low, late.high) == (3, 3)
    assert (soon.low, soon.high) == (1, 3)


@pytest.mark.parametrize(
    ("start", "end", "said", "onset", "expected"),
    [
        ("2023-02-01", "2023-05-01", None, "2023-01-01", True),
        ("2023-01-01", "2023-05-01", None, "2023-01-01", True),
        ("2022-02-01", "2022-12-31", None, "2023-01-01", False),
        ("2022-02-01", "2023-05-01", None, "2023-01-01", None),
        ("2023-02-01", None, None, "2023-01-01", True),
        ("2022-02-01", None, None, "2023-01-01", None),
        (None, None, None, "2023-01-01", None),
        ("2023-02-01", "2023-05-01", None, None, None),
        ("2023-02-01", "2023-05-01", True, None, True),
        ("2022-02-01", "2023-05-01", True, "2023-01-01", True),
        ("2022-02-01", "2022-12-31", True, "2023-01-01", None),
        ("2023-02-01", "2023-05-01", False, "2023-01-01", None),
    ],
)
def test_dates_decide_whether_a_trial_belongs_to_the_episode(start, end, said, onset, expected):
    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    trial = MedicationTrial("sertraline", day(start), day(end), current_episode=said)
    assert in_current_episode(trial, EpisodeFacts(day(onset))) is expected


def test_failures_of_an_earlier_episode_do_not_count():
    earlier = replace(failed_trial("sertraline"), current_episode=False)
    episode = EpisodeFacts(None)
    verdicts = [adequacy(earlier, Instrument.ATRQ, ASSESSED)]
    assert tally_failures(verdicts, episode).high == 0


def test_a_trial_of_an_unknown_episode_leaves_the_count_open():
    unsaid = replace(failed_trial("sertraline"), current_episode=None)
    tally = tally_failures([adequacy(unsaid, Instrument.ATRQ, ASSESSED)], EpisodeFacts(None))
    assert (tally.low, tally.high) == (0, 1)
    assert tally.missing == ("whether sertraline was taken in the present episode",)


def test_a_long_episode_is_noted_for_the_european_method():
    trials = [failed_trial("sertraline")]
    long = stage(Instrument.EUROPEAN, trials, EpisodeFacts(add_months(ASSESSED, -13)))
    short = stage(Instrument.EUROPEAN, trials, EpisodeFacts(add_months(ASSESSED, -12)))
    assert [bool(result.notes) for result in (long, short)] == [True, False]


def test_a_rough_onset_gives_the_points_of_every_day_that_it_may_have_been():
    def duration(earliest: date | None, latest: date) -> tuple[float, float]:
        facts = EpisodeFacts(onset_between=DayBounds(earliest, latest))
        row = stage(Instrument.MAUDSLEY, [failed_trial("sertraline")], facts).dimensions[0]
        return row.low, row.high

    month_13, month_24, month_25 = (add_months(ASSESSED, -months) for months in (13, 24, 25))
    assert duration(month_24, month_13) == (2, 2)
    assert duration(month_25, month_13) == (2, 3)
    assert duration(month_25, add_months(ASSESSED, -3)) == (1, 3)
    assert duration(None, month_13) == (2, 3)


def test_every_category_of_the_maudsley_tables_is_reached_on_both_of_its_edges():
    rules = staging_rules().maudsley
    for earlier, later in pairwise(rules.failures):
        assert rules.failures_row(earlier.high) is earlier
        assert rules.failures_row(earlier.high + 1) is later
    for row, following in pairwise(rules.duration):
        first = add_months(ASSESSED, -row.up_to_months)
        for onset, points in ((first, row.points), (first - timedelta(1), following.points)):
            found = stage(Instrument.MAUDSLEY, [failed_trial("sertraline")], EpisodeFacts(onset))
            assert found.dimensions[0].low == found.dimensions[0].high == points
    for row, following in pairwise(rules.band):
        assert rules.band_of(row.high) == row.label
        assert rules.band_of(row.high + 1) == following.label


@pytest.mark.parametrize("instrument", STAGING)
def test_a_stage_explains_itself_line_by_line_with_the_rule_behind_each(instrument):
    trials = [failed_trial("sertraline"), failed_trial("venlafaxine", dose_known=False)]
    found = stage(instrument, trials, EpisodeFacts(add_months(ASSESSED, -6)))
    texts = [step.text for step in found.steps]
    assert any(text.startswith("sertraline (SSRI) counts") for text in texts)
    assert "the dose of venlafaxine" in " ".join(texts) or found.low == found.high
    assert all(step.source for step in found.steps)


def test_a_definition_explains_each_count_against_what_it_asks_for():
    trials = [failed_trial("amitriptyline"), failed_trial("maprotiline")]
    definition = definition_of("trd-classes")
    verdicts = [adequacy(trial, definition.instrument, ASSESSED) for trial in trials]
    found = resistance(definition, verdicts, EpisodeFacts())
    assert [step.text for step in found.steps][-1] == "Their classes: 1 to 2 of 2, open"
    assert found.missing == (
        "whether amitriptyline and maprotiline are of different classes (raters differ)",
    )


# Properties

AGENTS = ["sertraline", "fluoxetine", "venlafaxine", "nortriptyline", "phenelzine", "mirtazapine"]


@st.composite
def told_histories(draw: st.DrawFn):
    """Trials of failed agents, some with an unknown dose or episode, and what is known of it."""
    names = draw(st.lists(st.sampled_from(AGENTS), max_size=5, unique=True))
    trials = [
        replace(
            failed_trial(name, dose_known=draw(st.booleans())),
            current_episode=draw(st.sampled_from([True, False, None])),
        )
        for name in names
    ]
    flags = st.sampled_from([True, False, None])
    episode = EpisodeFacts(
        draw(st.sampled_from([None, date(2024, 1, 1), date(2026, 1, 1)])),
        draw(st.sampled_from([None, *EpisodeSeverity])),
        draw(flags),
        draw(flags),
        draw(flags),
    )
    return trials, episode


@given(told_histories(), st.sampled_from(STAGING), st.sampled_from(["duloxetine", "trazodone"]))
def test_adding_a_failed_adequate_trial_never_lowers_a_stage(history, instrument, name):
    trials, episode = history
    before = stage(instrument, trials, episode)
    after = stage(instrument, [*trials, failed_trial(name)], episode)
    assert after.applicable is True
    assert (after.low or 0) >= (before.low or 0)
    assert (after.high or 0) >= (before.high or 0)


@given(told_histories(), st.sampled_from(STAGING), st.data())
def test_learning_an_unknown_fact_narrows_a_stage_and_never_leaves_its_range(
    history, instrument, data
):
    trials, episode = history
    before = stage(instrument, trials, episode)
    learnt = EpisodeFacts(
        episode.onset,
        episode.severity or data.draw(st.sampled_from(EpisodeSeverity)),
        _learnt_psychosis(episode, data),
        _said(episode.augmentation_used, data),
        _said(episode.ect_used, data),
    )
    known = [
        replace(
            failed_trial(trial.agent, dose_known=data.draw(st.booleans()) or _dosed(trial)),
            current_episode=_learnt_member(trial, episode, data),
        )
        for trial in trials
    ]
    after = stage(instrument, known, learnt)
    if after.applicable is False:
        assert before.applicable is not True
        return
    assert before.low <= after.low
    assert after.high <= before.high


def _said(fact: bool | None, data) -> bool:
    return data.draw(st.booleans()) if fact is None else fact


def _learnt_psychosis(episode: EpisodeFacts, data) -> bool:
    """The table has psychosis only in severe episodes; a milder one was not psychotic."""
    if episode.psychotic is None and episode.severity not in (None, EpisodeSeverity.SEVERE):
        return False
    return _said(episode.psychotic, data)


def _learnt_member(trial: MedicationTrial, episode: EpisodeFacts, data) -> bool | None:
    """Whether it belongs to the episode, told now unless the record says so or contradicts it."""
    settled = in_current_episode(trial, episode) is not None or trial.current_episode is not None
    return trial.current_episode if settled else data.draw(st.booleans())


def _dosed(trial: MedicationTrial) -> bool:
    return trial.steps[0].dose_mg_per_day is not None


@given(told_histories())
def test_a_stage_lies_within_the_instrument_and_explains_itself(history):
    trials, episode = history
    result = stage(Instrument.MAUDSLEY, trials, episode)
    if result.applicable is False:
        return
    assert 3 <= result.low <= result.high <= 15
    assert result.low == sum(dimension.low for dimension in result.dimensions)
    assert result.high == sum(dimension.high for dimension in result.dimensions)
    if result.low < result.high or result.applicable is None:
        assert result.missing
