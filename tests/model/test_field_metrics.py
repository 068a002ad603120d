"""Metrics of a field against counts that can be done by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.core.errors import InputError
from euthymia.model.field.metrics import field_metrics, weighted_percentile


def test_the_metrics_of_a_ramp_are_those_of_arithmetic() -> None:
    strength = np.linspace(0.0, 2.0, 2001)
    field = np.column_stack([strength * 0.6, np.zeros(2001), strength * 0.8])
    found = field_metrics(field, np.full(2001, 0.5), normals=np.tile([0.0, 0, 1], (2001, 1)))
    assert found.peak_v_per_m == pytest.approx(1.998, abs=1e-3)
    assert found.mean_in_region_v_per_m == pytest.approx(1.0)
    assert found.normal_v_per_m == pytest.approx(0.8)
    assert found.tangential_v_per_m == pytest.approx(0.6)
    assert found.outward_v_per_m == pytest.approx(0.8 * 1.998, abs=1e-3)
    assert found.inward_v_per_m == 0.0
    # half of the peak is 0.999: 1002 of 2001 points of half a square millimetre have more
    assert found.beyond[0.5] == pytest.approx(501, abs=1)


def test_a_region_changes_the_means_but_not_the_peak() -> None:
    field = np.random.default_rng(0).normal(size=(500, 3))
    weights = np.random.default_rng(1).uniform(0.5, 2, 500)
    whole, part = (field_metrics(field, weights, region=each) for each in (None, np.arange(50)))
    strength = np.linalg.norm(field, axis=1)
    assert part.mean_in_region_v_per_m == pytest.approx(
        np.average(strength[:50], weights=weights[:50])
    )
    assert part.peak_v_per_m == whole.peak_v_per_m
    assert part.normal_v_per_m is None


@given(st.integers(2, 40), st.floats(1.0, 99.0), st.integers(0, 1000))
def test_a_percentile_does_not_change_when_a_point_is_split_in_two(
    count: int, percent: float, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    values, weights = draw.normal(size=count), draw.uniform(0.1, 1.0, count)
    twice = weighted_percentile(np.repeat(values, 2), np.repeat(weights / 2, 2), percent)
    spread = np.ptp(values)
    assert abs(twice - weighted_percentile(values, weights, percent)) <= spread / 2 + 1e-9
    assert weighted_percentile(values, 7 * weights, percent) == pytest.approx(
        weighted_percentile(values, weights, percent)
    )


def test_what_is_no_field_is_refused() -> None:
    with pytest.raises(InputError, match="do not match"):
        field_metrics(np.zeros((3, 2)), np.ones(3))
    with pytest.raises(InputError, match="NaN"):
        field_metrics(np.full((3, 3), np.nan), np.ones(3))
    with pytest.raises(InputError, match="empty"):
        field_metrics(np.ones((3, 3)), np.ones(3), region=np.array([], dtype=np.int64))
