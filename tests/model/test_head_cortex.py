"""The cortex of each hemisphere: topology on known shapes, geometry on the ball and on Colin27."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from head_samples import sphere
from scipy import ndimage

from euthymia.core.poses import FloatArray
from euthymia.model.head.default import default_head
from euthymia.model.head.place.mni import MniMap
from euthymia.model.head.surface.cortex import Cortex, cortex_of
from euthymia.model.head.surface.meshes import signed_volume_mm3
from euthymia.model.head.surface.topology import ball_like, euler_characteristic
from euthymia.model.head.volume import Tissue


def grid(size: int) -> FloatArray:
    return np.asarray(np.indices((size,) * 3) - (size - 1) / 2, dtype=float)


def pieces_and_cavities(mask: np.ndarray) -> tuple[int, int]:
    """Pieces joined through faces, and pieces of background that are shut in."""
    _, inside = ndimage.label(mask)
    _, outside = ndimage.label(~mask, structure=np.ones((3, 3, 3)))
    return inside, outside - 1


def euler_of_voxels(mask: np.ndarray) -> int:
    """Of the solid whose voxels join through faces only, by counting 6-connected cells."""
    pad = np.pad(mask, 1)
    faces = edges = cubes = 0
    for axis in range(3):
        faces += int((pad & np.roll(pad, 1, axis)).sum())
        a, b = [other for other in range(3) if other != axis]
        square = pad & np.roll(pad, 1, a) & np.roll(pad, 1, b) & np.roll(pad, (1, 1), (a, b))
        edges += int(square.sum())
    cube = pad
    for axis in range(3):
        cube = cube & np.roll(cube, 1, axis)
    cubes = int(cube.sum())
    return int(pad.sum()) - faces + edges - cubes


def test_a_ball_stays_as_it_is() -> None:
    ball = (8.0 - np.linalg.norm(grid(24), axis=0)).astype(np.float32)
    assert np.array_equal(ball_like(ball), ball > 0)


def test_a_ring_is_cut_once_at_its_thinnest_place() -> None:
    x, y, z = grid(40)
    tube = 4.4 - 1.3 * (x > 0) * np.exp(-((y / 3) ** 2))
    ring = (tube - np.hypot(np.hypot(x, y) - 11.0, z)).astype(np.float32)
    assert euler_of_voxels(ring > 0) == 0
    cut = ball_like(ring)
    assert euler_of_voxels(cut) == 1
    lost = np.argwhere((ring > 0) & ~cut) - (39 / 2)
    assert 0 < len(lost) < 0.05 * (ring > 0).sum()
    assert (lost[:, 0] > 5).all()


def test_noise_becomes_one_piece_without_handles_and_cavities() -> None:
    noise = ndimage.gaussian_filter(np.random.default_rng(2).normal(size=(36,) * 3), 1.5)
    level = noise / noise.std() + 0.5 - np.linalg.norm(grid(36), axis=0) / 20
    assert euler_of_voxels(level > 0) != 1
    found = ball_like(level.astype(np.float32))
    assert pieces_and_cavities(found) == (1, 0)
    assert euler_of_voxels(found) == 1
    assert found.sum() > 0.6 * (level > 0).sum()
    assert not found[level <= 0].any()


@cache
def halves() -> Cortex:
    """The ball of tissues, taken for a brain that lies in MNI space, lifted above the tentorium."""
    lifted = np.eye(4)
    lifted[2, 3] = 80.0
    return cortex_of(sphere(), MniMap(lifted, 1.0, "test"), spacing_mm=2.5)


def test_both_halves_of_a_ball_are_closed_and_without_handles() -> None:
    for side in (halves().left, halves().right):
        assert side.euler == 2
        volume = signed_volume_mm3(side.surface.vertices_mm, side.surface.faces)
        assert volume == pytest.approx(2 / 3 * np.pi * 68.5**3, rel=0.05)


def test_each_half_lies_on_its_side() -> None:
    assert np.percentile(halves().left.surface.vertices_mm[:, 0], 99) < 4.0
    assert np.percentile(halves().right.surface.vertices_mm[:, 0], 1) > -4.0


def test_thickness_and_depth_of_a_ball_are_those_of_its_layers() -> None:
    for side in (halves().left, halves().right):
        radius = np.linalg.norm(side.surface.vertices_mm, axis=1)
        outer = (radius > 64) & (np.abs(side.surface.vertices_mm[:, 0]) > 15)
        assert np.median(radius[outer]) == pytest.approx(68.5, abs=0.6)
        assert np.median(side.thickness_mm[outer]) == pytest.approx(7.0, abs=0.7)
        assert np.median(side.outside_mm[outer]) == pytest.approx(3.5, abs=0.7)
        assert np.median(side.depth_mm[outer]) == pytest.approx(3.5, abs=0.8)
        assert np.abs(side.surface.vertices_mm[~side.is_cortex, 0]).max(initial=0.0) < 12.0


def test_normals_point_out_of_each_half() -> None:
    for side in (halves().left, halves().right):
        surface = side.surface
        outer = np.abs(surface.vertices_mm[:, 0]) > 15
        outward = surface.vertices_mm / np.linalg.norm(surface.vertices_mm, axis=1, keepdims=True)
        assert (np.sum(surface.normals * outward, axis=1)[outer] > 0.8).mean() > 0.98


@pytest.mark.slow
def test_the_default_head_has_two_hemispheres_of_plausible_size_and_thickness() -> None:
    head = default_head()
    for side in (head.hemispheres.left, head.hemispheres.right):
        assert side.euler == 2
        assert len(side.surface.vertices_mm) >= 10_000
        area_cm2 = side.surface.vertex_areas_mm2[side.is_cortex].sum() / 100
        assert 600 < area_cm2 < 1100
        assert 2.0 < np.median(side.thickness_mm[side.is_cortex]) < 4.5
        assert 0.2 < side.is_crown.mean() < 0.5
        edges = side.surface.vertices_mm[side.surface.faces]
        assert 1.0 < np.median(np.linalg.norm(edges[:, 0] - edges[:, 1], axis=1)) < 2.0


@pytest.mark.slow
def test_the_cortex_leaves_cerebellum_and_brain_stem_out_and_runs_in_grey_matter() -> None:
    head = default_head()
    whole = head.cortex
    for below in ((-25.0, -65.0, -40.0), (25.0, -65.0, -40.0), (0.0, -32.0, -40.0)):
        assert np.linalg.norm(whole.vertices_mm - below, axis=1).min() > 8.0
    for cortex in ((-45.0, 10.0, 30.0), (40.0, -20.0, 55.0), (-50.0, -20.0, -20.0), (10, -95, 5)):
        assert np.linalg.norm(whole.vertices_mm - np.array(cortex), axis=1).min() < 8.0
    voxels = np.round(head.volume.to_voxel(whole.vertices_mm)).astype(int)
    labels = head.volume.labels[tuple(voxels.T)]
    assert (labels == Tissue.GREY).mean() > 0.85


def test_the_euler_characteristic_of_known_surfaces() -> None:
    corners = np.array([[0, 1, 2], [0, 3, 1], [1, 3, 2], [2, 3, 0]])
    assert euler_characteristic(corners) == 2
    n = 12
    i, j = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
    at = lambda a, b: (a % n) * n + b % n  # noqa: E731
    torus = np.vstack(
        [
            np.stack([at(i, j), at(i + 1, j), at(i + 1, j + 1)], -1).reshape(-1, 3),
            np.stack([at(i, j), at(i + 1, j + 1), at(i, j + 1)], -1).reshape(-1, 3),
        ]
    )
    assert euler_characteristic(torus) == 0
