"""Filled-in scales: items that add up to what was drawn."""

from __future__ import annotations

from datetime import date
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from euthymia.assess.scales.score import score_scale
from euthymia.clinic.example.scales import filled, items_for

PHQ9 = (3,) * 9


@given(st.integers(0, 27), st.integers(0, 3), st.integers(0, 1000))
def test_items_add_up_to_the_total_as_far_as_the_fixed_one_allows(
    total: int, suicide: int, seed: int
) -> None:
    items = items_for(total, PHQ9, Random(seed), {8: suicide})
    assert items[8] == suicide
    assert all(0 <= item <= 3 for item in items)
    assert sum(items) == min(max(total, suicide), 24 + suicide)


@given(
    st.sampled_from(("phq9", "hamd17", "gad7", "who5")), st.integers(0, 25), st.integers(0, 1000)
)
def test_a_filled_scale_is_one_that_the_rules_accept(scale: str, total: int, seed: int) -> None:
    fact = filled(scale, date(2026, 3, 2), min(total, 21), Random(seed))
    assert score_scale(fact.score).total == fact.score.total
