"""Surfaces of the cortex on the ball of tissues (grey between 65 and 72 mm)."""

from __future__ import annotations

import numpy as np
import pytest
from head_samples import sphere

from euthymia.core.errors import InputError
from euthymia.model.head.surface.cortex import cortex_surface
from euthymia.model.head.surface.meshes import signed_volume_mm3


@pytest.mark.parametrize(("depth", "radius_mm"), [(0.0, 72.0), (0.5, 68.5), (1.0, 65.0)])
def test_the_surface_lies_at_the_depth_asked_for(depth: float, radius_mm: float) -> None:
    surface = cortex_surface(sphere(), depth=depth, spacing_mm=3.0)
    radii = np.linalg.norm(surface.vertices_mm, axis=1)
    assert np.median(radii) == pytest.approx(radius_mm, abs=1.1)
    assert np.percentile(radii, 99) - np.percentile(radii, 1) < 2.0


def test_the_surface_is_closed_and_turned_outwards() -> None:
    surface = cortex_surface(sphere(), spacing_mm=4.0)
    edges = np.sort(surface.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    volume = signed_volume_mm3(surface.vertices_mm, surface.faces)
    assert volume == pytest.approx(4 / 3 * np.pi * 68.5**3, rel=0.05)


def test_smoothing_keeps_the_size() -> None:
    surface = cortex_surface(sphere(), spacing_mm=4.0)
    more = surface.taubin_smoothed(20)
    before = signed_volume_mm3(surface.vertices_mm, surface.faces)
    assert signed_volume_mm3(more.vertices_mm, more.faces) == pytest.approx(before, rel=0.01)


def test_a_depth_outside_the_cortex_is_refused() -> None:
    with pytest.raises(InputError, match="share of the cortex"):
        cortex_surface(sphere(), depth=1.5)
