from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from euthymia.model.head.grid.distance import distance_map_mm
from euthymia.model.head.grid.morphology import (
    closed,
    grown,
    largest,
    opened,
    shrunk,
    without_small,
)

masks = arrays(bool, st.tuples(*[st.integers(1, 12)] * 3), elements=st.booleans())
spacings = st.tuples(*[st.floats(0.5, 2.5)] * 3).map(np.array)


@given(masks, spacings)
@settings(max_examples=60, deadline=None)
def test_distance_maps_are_those_of_an_independent_implementation(
    mask: np.ndarray, spacing: np.ndarray
) -> None:
    found = distance_map_mm(mask, spacing)
    if mask.any():
        expected = ndimage.distance_transform_edt(~mask, sampling=spacing)
        assert np.allclose(found, expected, rtol=1e-5, atol=1e-4)
    else:
        assert (found > 1e5).all()


@given(masks, st.floats(0.5, 4.0), spacings)
@settings(max_examples=60, deadline=None)
def test_opening_takes_away_and_closing_adds(
    mask: np.ndarray, radius: float, spacing: np.ndarray
) -> None:
    assert not (opened(mask, radius, spacing) & ~mask).any()
    assert not (mask & ~closed(mask, radius, spacing)).any()
    assert not (shrunk(mask, radius, spacing) & ~mask).any()


@given(masks, st.floats(0.5, 4.0), spacings)
@settings(max_examples=60, deadline=None)
def test_growing_in_a_box_is_growing_in_the_whole(
    mask: np.ndarray, radius: float, spacing: np.ndarray
) -> None:
    assert np.array_equal(grown(mask, radius, spacing), distance_map_mm(mask, spacing) <= radius)


def test_a_gap_narrower_than_the_ball_is_closed_and_a_wider_one_not() -> None:
    mask = np.ones((20, 20, 20), dtype=bool)
    mask[:, :, 8:11] = False
    assert closed(mask, 3.0, np.ones(3))[10, 10, 9]
    assert not closed(mask, 1.0, np.ones(3))[10, 10, 9]


def test_only_the_largest_piece_is_kept_and_small_ones_go() -> None:
    mask = np.zeros((10, 10, 10), dtype=bool)
    mask[1:5, 1:5, 1:5] = True
    mask[8, 8, 8] = True
    assert largest(mask).sum() == 64
    assert without_small(mask, 2).sum() == 64
    assert without_small(mask, 1).sum() == 65
