"""Scales and axes: round ticks inside the limits, honest places, refusals."""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.core.errors import InputError
from euthymia.report.scales import (
    DateScale,
    LinearScale,
    TimeAxis,
    nice_step,
    nice_ticks,
    stretches_of,
    tick_text,
)


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e4), st.integers(2, 12))
def test_ticks_lie_inside_the_limits_evenly_and_not_too_many(
    low: float, span: float, about: int
) -> None:
    ticks = nice_ticks(low, low + span, about)
    step = nice_step(span, about)
    assert all(low - 1e-6 * span <= tick <= low + span + 1e-6 * span for tick in ticks)
    assert all(math.isclose(b - a, step, rel_tol=1e-6, abs_tol=1e-9) for a, b in pairwise(ticks))
    assert len(ticks) <= about + 2


@pytest.mark.parametrize(
    ("span", "about", "step"),
    [(10, 5, 2), (100, 8, 20), (1, 5, 0.2), (37.5, 10, 5), (0.04, 4, 0.01)],
)
def test_steps_are_one_two_or_five(span: float, about: int, step: float) -> None:
    assert nice_step(span, about) == pytest.approx(step)


def test_a_linear_scale_maps_its_limits_to_its_ends_and_may_run_backwards() -> None:
    scale = LinearScale(0, 10, 100, 0)
    assert (scale(0), scale(10), scale(5)) == (100, 0, 50)


@pytest.mark.parametrize(("low", "high"), [(1, 1), (2, 1), (0, math.nan), (-math.inf, 0)])
def test_an_axis_without_length_is_refused(low: float, high: float) -> None:
    with pytest.raises(InputError, match="axis of a figure"):
        LinearScale(low, high, 0, 1)


@pytest.mark.parametrize(
    ("seconds", "unit"), [(0.25, "ms"), (2.0, "s"), (120.0, "s"), (121.0, "min"), (2250.0, "min")]
)
def test_time_is_labelled_in_the_unit_that_reads_best(seconds: float, unit: str) -> None:
    axis = TimeAxis(0.0, seconds, 0.0, 100.0)
    assert axis.unit[0] == unit
    assert all(0 <= at <= seconds * (1 + 1e-9) for at, _ in axis.ticks())


def test_a_date_is_placed_by_its_days() -> None:
    scale = DateScale(((date(2026, 1, 1), date(2026, 1, 11)),), 0, 100)
    assert scale(date(2026, 1, 6)) == 50


@given(st.dates(date(1990, 1, 1), date(2040, 1, 1)), st.integers(20, 9000))
def test_date_ticks_are_firsts_of_months_inside_the_axis(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    ticks = DateScale(((first, last),), 0, 1).ticks(6)
    assert all(day.day == 1 and first <= day <= last for day, _ in ticks)
    assert len(ticks) <= 8


BROKEN = DateScale(
    ((date(2014, 3, 1), date(2015, 3, 1)), (date(2025, 8, 1), date(2026, 8, 1))), 0, 122, gap=22
)


def test_a_long_empty_time_is_squeezed_into_a_break_and_order_is_kept() -> None:
    assert BROKEN(date(2015, 3, 1)) == pytest.approx(50)
    assert BROKEN(date(2025, 8, 1)) == pytest.approx(72)
    assert BROKEN(date(2026, 8, 1)) == pytest.approx(122)
    days = [date(2014, 3, 1) + timedelta(days=step) for step in range(0, 4530, 30)]
    places = [BROKEN(day) for day in days]
    assert all(a < b for a, b in pairwise(places))
    assert all(day < date(2015, 3, 2) or day > date(2025, 7, 31) for day, _ in BROKEN.ticks())


def test_spans_are_joined_unless_a_long_empty_time_parts_them() -> None:
    near = [(date(2026, 1, 1), date(2026, 2, 1)), (date(2026, 6, 1), date(2026, 7, 1))]
    far = (date(2014, 1, 1), date(2014, 6, 1))
    assert len(stretches_of(near)) == 1
    assert len(stretches_of([*near, far])) == 2
    low, high = stretches_of(near)[0]
    assert low < near[0][0] and high > near[1][1]


@pytest.mark.parametrize(
    "stretches",
    [
        (),
        ((date(2026, 1, 2), date(2026, 1, 2)),),
        ((date(2026, 1, 1), date(2026, 2, 1)), (date(2026, 1, 15), date(2026, 3, 1))),
    ],
)
def test_dates_that_are_missing_or_out_of_order_are_refused(
    stretches: tuple[tuple[date, date], ...],
) -> None:
    with pytest.raises(InputError, match="the earlier one first"):
        DateScale(stretches, 0, 1)


def test_ticks_have_a_true_minus_and_no_trailing_zeros() -> None:
    assert (tick_text(-10.0), tick_text(0.2)) == ("−10", "0.2")
