"""Depth and spread of the catalogue's coils against the printed table of Deng 2013."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.model.coil.catalogue import coil, coil_ids, published_depth_and_spread
from euthymia.model.field.coil_measures import BRAIN_MM, HEAD_MM, depth_and_spread
from euthymia.model.field.sphere import sphere_field

WITHIN = {"figure-8": 0.05, "circular": 0.20, "double cone": 0.10}


@pytest.mark.parametrize("key", coil_ids())
def test_a_coil_from_its_winding_reaches_the_printed_depth_and_spread(key: str) -> None:
    printed = published_depth_and_spread(key)
    if printed is None:
        pytest.skip("nothing is printed for this coil")
    found, within = depth_and_spread(coil(key)), WITHIN[coil(key).coil_class]
    assert found.half_depth_cm == pytest.approx(printed[0], rel=within)
    assert found.half_spread_cm2 == pytest.approx(printed[1], rel=within)


def test_the_spread_is_the_volume_of_a_count_of_points() -> None:
    few = coil("magventure-c-b60").lumped(5.0)
    found = depth_and_spread(few)
    # the same number by counting points of a lattice; the coil stands as it does in the measure
    height = 5.0 + 5.5 - 9.5
    positions = few.positions_mm * [1, -1, -1] + [0, 0, HEAD_MM + height]
    axis = np.arange(-40, 40.1, 1.6)
    points = np.stack(np.meshgrid(axis, axis, np.arange(30, 71, 1.6)), axis=-1).reshape(-1, 3)
    points = points[np.linalg.norm(points, axis=1) <= BRAIN_MM]
    strength = np.linalg.norm(sphere_field(points, positions, few.moments_m2 * [1, -1, -1]), axis=1)
    volume_cm3 = np.count_nonzero(strength >= found.peak_v_per_m / 2) * 1.6**3 / 1000
    assert found.half_spread_cm2 * found.half_depth_cm == pytest.approx(volume_cm3, rel=0.05)
