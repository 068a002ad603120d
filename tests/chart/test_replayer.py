"""A chart worked out entry by entry is the chart worked out at once, by another way as well."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fact_samples import (
    CONSENT,
    EVERY_KIND,
    FOLLOW_UP,
    PATIENT,
    THRESHOLD,
    TODAY,
    entry,
    phq9,
)
from hypothesis import given
from hypothesis import strategies as st

from euthymia.chart.chart import Chart, Recorded, Replayer, replay
from euthymia.chart.entries import Amended, Entry, Retracted
from euthymia.chart.facts import Fact
from euthymia.core.errors import InputError


def ident(number: int) -> str:
    return str(UUID(int=number))


def in_force(entries: Iterable[Entry]) -> list[tuple[Any, tuple[str, ...]]]:
    """A second, plain way to what stands: the facts in force in the order of recording."""
    found = list(entries)
    gone = {each.fact.entry_id for each in found if isinstance(each.fact, Retracted)}
    out = []
    for each in found:
        if isinstance(each.fact, Amended | Retracted) or each.id in gone:
            continue
        amended = [
            other
            for other in found
            if isinstance(other.fact, Amended)
            and other.fact.entry_id == each.id
            and other.id not in gone
        ]
        fact: Fact = amended[-1].fact.fact if amended else each.fact  # type: ignore[union-attr]
        out.append((fact, (each.id, *(other.id for other in amended))))
    return out


def told(chart: Chart) -> list[tuple[Any, tuple[str, ...]]]:
    """The facts of some kinds as the chart holds them, with what they come from."""
    held: tuple[Recorded[Any], ...] = (
        chart.patient,
        *chart.scales,
        *chart.motor_thresholds,
        *chart.consents,
        *chart.follow_ups_set,
    )
    return [(each.fact, each.entry_ids) for each in sorted(held, key=lambda each: each.seq)]


FACTS = st.one_of(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).map(
        lambda pair: phq9(pair[1], TODAY - timedelta(days=pair[0]))
    ),
    st.sampled_from((THRESHOLD, CONSENT, FOLLOW_UP)),
    st.tuples(st.integers(1, 9), st.integers(0, 9)).map(
        lambda pair: Amended(entry_id=ident(pair[0]), fact=phq9(pair[1]))
    ),
    st.integers(1, 12).map(lambda to: Retracted(entry_id=ident(to))),
)


@given(facts=st.lists(FACTS, max_size=14), asked=st.sets(st.integers(0, 14)))
def test_entry_by_entry_is_the_same_as_at_once_and_as_by_a_plain_second_way(
    facts: list[Any], asked: set[int]
) -> None:
    """What is refused is left out; the chart is looked at in between at any moments."""
    replayer, taken = Replayer().take(entry(1, PATIENT)), [entry(1, PATIENT)]
    for place, fact in enumerate(facts):
        made = entry(len(taken) + 1, fact)
        try:
            assert replayer.take(made) is replayer
        except InputError as refusal:
            with pytest.raises(InputError) as again:
                replay([*taken, made])
            assert str(again.value) == str(refusal)
            continue
        taken.append(made)
        if place in asked:
            assert replayer.chart() == replay(taken)
    assert len(replayer) == len(taken)
    assert replayer.chart() == replay(taken)
    assert told(replayer.chart()) == in_force(taken)
    days = [found.fact.score.on for found in replayer.chart().scales]
    assert days == sorted(days)


def test_every_kind_can_be_taken_one_by_one() -> None:
    entries = [entry(number, fact) for number, fact in enumerate(EVERY_KIND, start=1)]
    replayer = Replayer()
    for number, each in enumerate(entries, start=1):
        assert replayer.take(each).chart() == replay(entries[:number])


def test_a_refused_entry_leaves_everything_as_it_was() -> None:
    replayer = Replayer().take(entry(1, PATIENT)).take(entry(2, phq9(12)))
    before = replayer.chart()
    for wrong in (PATIENT, Retracted(entry_id=ident(9)), Amended(entry_id=ident(2), fact=CONSENT)):
        with pytest.raises(InputError):
            replayer.take(entry(3, wrong))
        assert replayer.chart() == before
    assert replayer.take(entry(3, Retracted(entry_id=ident(2)))).chart().scales == ()


def test_a_copy_goes_its_own_way() -> None:
    first = Replayer().take(entry(1, PATIENT)).take(entry(2, phq9(12)))
    first.chart()
    other = first.copy().take(entry(3, Amended(entry_id=ident(2), fact=phq9(4))))
    first.take(entry(3, phq9(9)))
    assert [found.fact.score.total for found in first.chart().scales] == [12, 9]
    assert [found.fact.score.total for found in other.chart().scales] == [4]
    assert first.copy().chart() == first.chart()


def test_nothing_is_no_chart() -> None:
    with pytest.raises(InputError, match="it holds no entries"):
        Replayer().chart()
