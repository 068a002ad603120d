"""Time taken and time at dose against an independent count of every way a telling can be meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.assess.data_files import Span
from euthymia.assess.medication.exposure import DayRange, Exposure
from euthymia.assess.medication.timeline import Gap, tightened
from euthymia.assess.medication.trial import (
    DayBounds,
    DoseStep,
    MedicationTrial,
    StopReason,
    ToldDose,
)
from euthymia.core.errors import InputError

ON = date(2024, 1, 31)
DAY = timedelta(days=1)
FIRST = date(2024, 1, 1)
MINIMUM = Span(low=50, high=50)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


@st.composite
def tellings(draw: st.DrawFn) -> MedicationTrial:
    """A trial with a rough start, a rough end, perhaps a length, and up to three told doses."""
    start = draw(st.integers(0, 6))
    end = draw(st.integers(start, 18))
    dose = st.sampled_from([(25.0, 25.0), (50.0, 50.0), (25.0, 75.0), (None, None), (60.0, None)])
    doses = []
    for low, high in draw(st.lists(dose, max_size=3)):
        length = draw(st.sampled_from([(None, None), (None, None), (2, 4), (3, None)]))
        doses.append(ToldDose(low, high, None, *length))
    length = draw(st.sampled_from([(None, None), (None, None), (5, 9), (None, 7)]))
    return MedicationTrial(
        "sertraline",
        None,
        None,
        stop_reason=StopReason.OTHER,
        start_between=DayBounds(day(start), day(start + draw(st.integers(0, 3)))),
        end_between=DayBounds(day(end), day(end + draw(st.integers(0, 4)))),
        least_days=length[0],
        most_days=length[1],
        doses=tuple(doses),
    )


def worlds(trial: MedicationTrial):
    """Every row of boundaries, in days since FIRST, that the telling allows, by brute force."""
    doses = trial.doses or (ToldDose(),)
    least = 1 if trial.doses else 0
    begins, ends = trial.start_between, trial.end_between
    starts = range((begins.earliest - FIRST).days, (begins.latest - FIRST).days + 1)
    stops = range((ends.earliest - FIRST).days + 1, (ends.latest - FIRST).days + 2)
    for first, last in product(starts, stops):
        total = last - first
        if total < max(1, trial.least_days or 0) or (trial.most_days and total > trial.most_days):
            continue
        for inner in product(range(first, last + 1), repeat=len(doses) - 1):
            row = (first, *inner, last)
            lengths = [b - a for a, b in pairwise(row)]
            if all(
                (dose.least_days or least) <= length <= (dose.most_days or 10_000)
                for dose, length in zip(doses, lengths, strict=True)
            ):
                yield row, lengths


def run(flags, lengths) -> int:
    best = now = 0
    for flag, length in zip(flags, lengths, strict=True):
        now = now + length if flag else 0
        best = max(best, now)
    return best


@settings(max_examples=150, deadline=None)
@given(tellings())
def test_the_range_of_days_is_what_counting_every_possible_world_gives(trial):
    possible = list(worlds(trial))
    if not possible:
        with pytest.raises(InputError, match="contradict each other"):
            Exposure.of(trial, ON)
        return
    exposure = Exposure.of(trial, ON)
    totals = [sum(lengths) for _, lengths in possible]
    assert exposure.total == DayRange(min(totals), max(totals))
    sure = [stretch.surely_reaches(50) for stretch in exposure.stretches]
    may = [stretch.may_reach(50) for stretch in exposure.stretches]
    counted = exposure.longest(MINIMUM)
    assert counted.high == max(run(may, lengths) for _, lengths in possible)
    least = min(run(sure, lengths) for _, lengths in possible)
    assert counted.low <= least
    if sum(1 for a, b in zip([False, *sure], [*sure, False], strict=True) if a < b) <= 1:
        assert counted.low == least  # exact where the adequate doses stand in one row


@settings(max_examples=100, deadline=None)
@given(tellings())
def test_the_first_and_the_last_day_are_bounded_as_tightly_as_they_can_be(trial):
    possible = [row for row, _ in worlds(trial)]
    if not possible:
        return
    exposure = Exposure.of(trial, ON)
    began = [day(row[0]) for row in possible]
    ended = [day(row[-1]) - DAY for row in possible]
    assert exposure.began == DayBounds(min(began), max(began))
    assert exposure.ended == DayBounds(min(ended), max(ended))


def test_an_exact_trial_is_counted_with_its_first_and_last_day():
    steps = (DoseStep(day(0), day(6), 25), DoseStep(day(7), None, 50))
    trial = MedicationTrial("sertraline", day(0), day(20), steps, stop_reason=StopReason.OTHER)
    exposure = Exposure.of(trial, ON)
    assert exposure.total == DayRange(21, 21)
    assert exposure.longest(MINIMUM) == DayRange(14, 14)


def test_a_running_trial_lasts_until_today_and_an_unknown_end_may():
    trial = MedicationTrial("sertraline", day(0), None, stop_reason=StopReason.ONGOING)
    assert Exposure.of(trial, ON).total == DayRange(31, 31)
    stopped = replace(trial, stop_reason=StopReason.OTHER)
    assert Exposure.of(stopped, ON).total == DayRange(1, 31)


def test_a_trial_without_any_date_may_have_lasted_any_time():
    exposure = Exposure.of(MedicationTrial("sertraline", None, None), ON)
    assert exposure.total == DayRange(0, None)
    assert exposure.total.text == "an unknown number of days"
    assert not exposure.start_known


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (DayRange(1, 1), "1 day"),
        (DayRange(42, 42), "42 days"),
        (DayRange(28, 60), "28 to 60 days"),
        (DayRange(28, None), "at least 28 days"),
        (DayRange(1, None), "at least 1 day"),
    ],
)
def test_a_number_of_days_is_told_in_words(days, text):
    assert days.text == text


def test_gaps_that_contradict_each_other_have_no_answer():
    assert tightened(1, [Gap(0, 1, 5, None), Gap(0, 1, None, 4)]) is None
    most = tightened(2, [Gap(0, 1, 2, 3), Gap(1, 2, 4, 5)])
    assert (most[0][2], -most[2][0]) == (8, 6)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: DayBounds(day(3), day(1)), "before it starts"),
        (lambda: ToldDose(100, 50), "from 100 down to 50"),
        (lambda: ToldDose(-1), "a dose of -1 mg"),
        (lambda: ToldDose(50, 50, None, 5, 3), "which is not possible"),
        (lambda: MedicationTrial("x", None, None, least_days=-2), "which is not possible"),
        (
            lambda: MedicationTrial("x", day(0), None, start_between=DayBounds(day(0), day(1))),
            "its start is given twice",
        ),
        (
            lambda: MedicationTrial(
                "x", day(0), None, (DoseStep(day(0), None, 5),), doses=(ToldDose(5, 5),)
            ),
            "its dose is given twice",
        ),
        (
            lambda: MedicationTrial(
                "x", None, None, stop_reason=StopReason.ONGOING,
                end_between=DayBounds(None, day(3)),
            ),
            "called ongoing and yet ended",
        ),
    ],
)  # fmt: skip
def test_an_impossible_telling_is_refused_in_words(make, words):
    with pytest.raises(InputError) as refusal:
        make()
    assert words in str(refusal.value)
    assert refusal.value.remedy
