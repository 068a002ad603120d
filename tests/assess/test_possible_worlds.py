"""Ranges against the worlds that they stand for: never too narrow, and exact for few unknowns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

from assess_samples import ASSESSED, failed_trial
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from euthymia.assess.medication.adequacy import adequacy
from euthymia.assess.medication.episode import in_current_episode
from euthymia.assess.medication.exposure import Exposure
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.overlap import Together
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
from euthymia.assess.staging.judged import judge_history

DAY = timedelta(days=1)
AGENTS = ["sertraline", "fluoxetine", "venlafaxine", "nortriptyline", "phenelzine", "bupropion"]
DOSES = [(25.0, 25.0), (60.0, 60.0), (50.0, 160.0), (None, None), (300.0, 300.0)]
ADDED = st.sampled_from(["duloxetine", "trazodone"])
HELPED = (Response.RESPONSE, Response.REMISSION, Response.LOST)


@st.composite
def told_trials(draw: st.DrawFn) -> MedicationTrial:
    """A trial told roughly: its days, its length, its doses and its outcome may be unknown."""
    start = ASSESSED - timedelta(days=draw(st.integers(110, 900)))
    length = draw(st.integers(1, 58))
    slack = draw(st.integers(0, 40))
    bound = draw(st.sampled_from(["rough", "open", "length"]))
    begins = DayBounds(start, start + timedelta(days=slack))
    ends = DayBounds(start + timedelta(days=slack + length), ASSESSED - DAY)
    doses = st.sampled_from(DOSES)
    agent = draw(st.sampled_from(AGENTS))
    return MedicationTrial(
        agent,
        None,
        None,
        adherence=draw(st.sampled_from(Adherence)),
        response=draw(st.sampled_from(Response)),
        stop_reason=draw(st.sampled_from([r for r in StopReason if r is not StopReason.ONGOING])),
        current_episode=draw(st.sampled_from([True, True, None])),
        start_between=None if bound == "length" else begins,
        end_between=ends if bound == "rough" else None,
        least_days=length if bound == "length" else None,
        most_days=length + slack if bound == "length" else None,
        doses=tuple(ToldDose(*draw(doses)) for _ in range(draw(st.integers(0, min(3, length))))),
    )


@st.composite
def episodes(draw: st.DrawFn) -> EpisodeFacts:
    flags = st.sampled_from([True, False, None])
    onset = draw(st.sampled_from([None, 200, 500, 1000]))
    bounds = onset and DayBounds(
        ASSESSED - timedelta(days=onset + 300), ASSESSED - timedelta(days=onset)
    )
    severity = draw(st.sampled_from([None, *EpisodeSeverity]))
    return EpisodeFacts(None, severity, draw(flags), draw(flags), draw(flags), bounds)


def one_world(trial: MedicationTrial, data: st.DataObject) -> MedicationTrial:
    """The same trial with every unknown replaced by a value that it may have."""
    exposure = Exposure.of(trial, ASSESSED)
    rows, size = exposure.most_days, len(exposure.stretches) + 1
    origin = len(rows) - 1
    days: list[int] = []
    for place in range(size):
        floor = exposure.began.latest.toordinal() - 2000 if exposure.began.latest else 0
        low = max(-rows[place][origin], floor if place == 0 else -1e9)
        high = rows[origin][place]
        for earlier, known in enumerate(days):
            low = max(low, known - rows[place][earlier])
            high = min(high, known + rows[earlier][place])
        days.append(data.draw(st.integers(int(low), int(high))))
    steps = []
    for stretch, first, after in zip(exposure.stretches, days, days[1:], strict=False):
        if after > first:
            low = stretch.low_mg_per_day or 1
            high = stretch.high_mg_per_day or 600
            dose = data.draw(st.sampled_from([low, high, (low + high) / 2]))
            steps.append(
                DoseStep(date.fromordinal(first), date.fromordinal(after - 1), float(dose))
            )
    response, stop = trial.response, trial.stop_reason
    if response is Response.UNKNOWN:
        known = [r for r in Response if r is not Response.UNKNOWN]
        if stop is StopReason.NO_BENEFIT:
            known = [Response.NONE, Response.PARTIAL]
        response = data.draw(st.sampled_from(known))
    if stop is StopReason.UNKNOWN:
        reasons = [StopReason.OTHER, StopReason.SIDE_EFFECTS]
        reasons += [] if response in HELPED else [StopReason.NO_BENEFIT]
        stop = data.draw(st.sampled_from(reasons))
    adherence = trial.adherence
    if adherence is Adherence.UNKNOWN:
        adherence = data.draw(st.sampled_from([Adherence.GOOD, Adherence.POOR]))
    return replace(
        trial,
        start=date.fromordinal(days[0]),
        end=date.fromordinal(days[-1] - 1),
        steps=tuple(steps),
        doses=(),
        start_between=None,
        end_between=None,
        least_days=None,
        most_days=None,
        response=response,
        stop_reason=stop,
        adherence=adherence,
    )


@settings(max_examples=200, deadline=None)
@given(told_trials(), st.sampled_from(Instrument), st.data())
def test_a_verdict_holds_in_every_world_that_the_telling_allows(trial, instrument, data):
    before = adequacy(trial, instrument, ASSESSED)
    after = adequacy(one_world(trial, data), instrument, ASSESSED)
    # An instrument that does not ask for adherence assumes it where it is unknown, and says so.
    assumed = trial.adherence is Adherence.UNKNOWN and not instrument.rule.confirms_adherence
    if assumed:
        return
    assert before.counts is None or after.counts is before.counts
    # Of a trial that was not enough, an unknown response says nothing more than that.
    if trial.response is not Response.UNKNOWN:
        assert set(after.possible) <= set(before.possible)


@settings(max_examples=80, deadline=None)
@given(st.lists(told_trials(), max_size=4), episodes(), st.data())
def test_a_stage_and_a_definition_hold_in_every_world_that_the_telling_allows(
    trials, episode, data
):
    trials = [replace(trial, adherence=Adherence.GOOD) for trial in trials]
    before = judge_history(trials, episode, ASSESSED)
    world = [one_world(trial, data) for trial in trials]
    # Dates that contradict what was said of the episode are no world of this telling.
    for trial in world:
        assume(trial.current_episode is None or in_current_episode(trial, episode) is not None)
    after = judge_history(world, episode, ASSESSED)
    for wide, narrow in zip(before.stages, after.stages, strict=True):
        if narrow.applicable is False:
            assert wide.applicable is not True
            continue
        assert wide.applicable is not False
        assert wide.low <= narrow.low, wide.name
        assert narrow.high <= wide.high, wide.name
    for wide, narrow in zip(before.definitions, after.definitions, strict=True):
        assert wide.met is None or narrow.met is wide.met
        assert wide.classes_low <= narrow.classes_low
        assert narrow.classes_high <= wide.classes_high


@settings(max_examples=100, deadline=None)
@given(told_trials(), told_trials(), st.data())
def test_what_was_surely_taken_together_is_so_in_every_world(one, other, data):
    before = judge_history([one, other], EpisodeFacts(), ASSESSED).together
    world = [one_world(trial, data) for trial in (one, other)]
    after = judge_history(world, EpisodeFacts(), ASSESSED).together
    if before and before[0].kind in (Together.COMBINATION, Together.CHANGE_OVER):
        settled = before[0].kind
        assert not after or after[0].kind is settled or settled is Together.CHANGE_OVER
    if not before and one.agent != other.agent:
        undated = one.start_between is None or other.start_between is None
        assert not after or undated


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from(AGENTS), max_size=4, unique=True),
    st.lists(st.booleans(), min_size=4, max_size=4),
    st.sampled_from([None, EpisodeSeverity.MODERATE, EpisodeSeverity.SEVERE]),
    st.lists(st.sampled_from([True, False, None]), min_size=2, max_size=2),
)
def test_for_few_unknowns_both_ends_of_a_stage_are_reached_in_some_world(
    names, dosed, severity, flags
):
    """Every unknown is replaced by each of its values: the least and the most are the range."""
    history = list(zip(names, dosed, strict=False))
    onset = ASSESSED - timedelta(days=300)
    told = judge_history(
        [failed_trial(name, dose_known=known) for name, known in history],
        EpisodeFacts(onset, severity, False, *flags),
        ASSESSED,
    )
    ways = [[True] if known else [True, False] for _, known in history]
    severities = [severity] if severity else list(EpisodeSeverity)
    said = [[flag] if flag is not None else [True, False] for flag in flags]
    found = [
        judge_history(
            [_dosed(name, high) for (name, _), high in zip(history, way, strict=True)],
            EpisodeFacts(onset, level, False, augmented, ect),
            ASSESSED,
        )
        for way in product(*ways)
        for level in severities
        for augmented, ect in product(*said)
    ]
    stages = [world.maudsley for world in found if world.maudsley.applicable]
    if told.maudsley.applicable is False:
        assert not stages
    else:
        assert told.maudsley.low == min(stage.low for stage in stages)
        assert told.maudsley.high == max(stage.high for stage in stages)
    for place, result in enumerate(told.definitions):
        met = {world.definitions[place].met for world in found}
        assert result.met is (None if len(met) > 1 else met.pop())
    counts = [world.other_stages[3] for world in found]
    assert told.other_stages[3].low == min(stage.low for stage in counts)
    assert told.other_stages[3].high == max(stage.high for stage in counts)


def _dosed(name: str, enough: bool) -> MedicationTrial:
    trial = failed_trial(name)
    if enough:
        return trial
    return replace(trial, steps=(replace(trial.steps[0], dose_mg_per_day=0.5),))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(told_trials(), max_size=4), episodes(), st.sampled_from(["duloxetine", "trazodone"])
)
def test_adding_a_failed_adequate_trial_never_lowers_a_stage(trials, episode, name):
    before = judge_history(trials, episode, ASSESSED)
    after = judge_history([*trials, failed_trial(name)], episode, ASSESSED)
    for less, more in zip(before.stages, after.stages, strict=True):
        assert more.applicable is True
        assert (more.low or 0) >= (less.low or 0), less.name
        assert (more.high or 0) >= (less.high or 0), less.name
    for less, more in zip(before.definitions, after.definitions, strict=True):
        assert more.failures.low >= less.failures.low
        assert more.classes_low >= less.classes_low
        assert not (less.met and not more.met)


@settings(max_examples=100, deadline=None)
@given(told_trials(), st.sampled_from(Instrument), st.integers(1, 60), st.floats(0.5, 300))
def test_a_longer_or_higher_telling_is_never_less_adequate(trial, instrument, days, more):
    before = adequacy(trial, instrument, ASSESSED)
    higher = replace(
        trial,
        doses=tuple(
            ToldDose(
                dose.low_mg_per_day and dose.low_mg_per_day + more,
                dose.high_mg_per_day and dose.high_mg_per_day + more,
            )
            for dose in trial.doses
        ),
    )
    assert _rank(adequacy(higher, instrument, ASSESSED)) >= _rank(before)
    if trial.least_days is not None and not trial.doses[1:]:
        longer = replace(
            trial, least_days=trial.least_days + days, most_days=trial.most_days + days
        )
        assert _rank(adequacy(longer, instrument, ASSESSED)) >= _rank(before)


def _rank(verdict) -> int:
    return {False: 0, None: 1, True: 2}[verdict.counts]
