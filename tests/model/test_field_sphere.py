"""The field engine against the closed form of the layered sphere, and its invariants."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from euthymia.core.errors import InputError
from euthymia.core.poses import COLIN27, FloatArray, Frame, Pose
from euthymia.model.coil.catalogue import coil
from euthymia.model.field.conductivity import standard_conductivities
from euthymia.model.field.reciprocity import Region, sensitivity
from euthymia.model.field.solver import HeadSolver, InducedField
from euthymia.model.field.sphere import layered_sphere, sphere_field
from euthymia.model.head.volume import LabelVolume, Tissue

pytestmark = pytest.mark.xdist_group("field")  # one worker prepares the sphere for all

FRAME = Frame("layered-sphere")
FIGURE8 = coil("magstim-70mm-fig8")
ABOVE = Pose.facing([0, 0, 99], [0, 0, -1], [0, 1, 0], FRAME)
COARSE_MM = 5.0
"""For what holds on any grid."""


@cache
def prepared(spacing_mm: float) -> HeadSolver:
    return HeadSolver.prepare(layered_sphere(spacing_mm, 0.3 * spacing_mm))


def dipoles(pose: Pose) -> tuple[FloatArray, FloatArray]:
    return pose.to_world(FIGURE8.positions_mm), FIGURE8.moments_m2 @ pose.rotation.T


def brain(field: InducedField, count: int = 4000) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Points of the brain, the field found there and the exact one."""
    cells = np.random.default_rng(0).permutation(field.cells(Tissue.GREY))[:count]
    points = field.grid.centres_mm(cells)
    return points, field.inside(Tissue.GREY, cells), sphere_field(points, *dipoles(ABOVE))


def relative_error(found: FloatArray, exact: FloatArray) -> float:
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))


def test_the_closed_form_has_no_radial_part_and_vanishes_at_the_centre() -> None:
    points = np.random.default_rng(1).uniform(-50, 50, (200, 3))
    exact = sphere_field(points, *dipoles(ABOVE))
    radial = np.einsum("ij,ij->i", exact, points) / np.linalg.norm(points, axis=1)
    assert np.abs(radial).max() < 1e-9 * np.abs(exact).max()
    assert np.abs(sphere_field(np.zeros((1, 3)), *dipoles(ABOVE))).max() < 1e-12


def test_the_curl_of_the_closed_form_is_minus_the_rate_of_b() -> None:
    from euthymia.model.field.dipoles import magnetic_field  # noqa: PLC0415

    point, step = np.array([10.0, -5.0, 60.0]), 0.01
    sides = np.concatenate([point + np.eye(3) * step, point - np.eye(3) * step])
    values = sphere_field(sides, *dipoles(ABOVE))
    slope = (values[:3] - values[3:]) / (2 * step * 1e-3)
    curl = [slope[1, 2] - slope[2, 1], slope[2, 0] - slope[0, 2], slope[0, 1] - slope[1, 0]]
    rate = magnetic_field(point[None], *dipoles(ABOVE))[0] * 1e6
    assert np.allclose(curl, -rate, atol=1e-5 * np.linalg.norm(rate))


def test_the_error_falls_with_the_grid_at_first_order_or_better() -> None:
    errors = {}
    for spacing in (3.0, 1.5):
        _, found, exact = brain(prepared(spacing).field(FIGURE8, ABOVE))
        errors[spacing] = relative_error(found, exact)
    assert errors[1.5] < 0.05
    assert errors[3.0] / errors[1.5] > 2.0


@pytest.mark.slow
def test_a_sphere_voxelised_at_one_millimetre_is_right_within_four_per_cent() -> None:
    field = HeadSolver.prepare(layered_sphere(1.0, 0.3)).field(FIGURE8, ABOVE)
    _, found, exact = brain(field)
    assert relative_error(found, exact) < 0.04
    assert np.linalg.norm(found) / np.linalg.norm(exact) == pytest.approx(1.0, abs=0.01)


def test_the_conductivities_of_the_shells_hardly_matter() -> None:
    other = standard_conductivities().with_values({Tissue.SKULL: 0.05, Tissue.CSF: 1.0})
    changed = HeadSolver.prepare(layered_sphere(3.0, 0.9), other).field(FIGURE8, ABOVE)
    _, found, exact = brain(changed)
    inside = np.linalg.norm(found - exact) / np.linalg.norm(exact)
    assert inside < 0.15


def test_head_and_coil_may_turn_together() -> None:
    volume = layered_sphere(COARSE_MM, 0.3 * COARSE_MM)
    # The same voxels with x and y exchanged and z reversed: a proper turn of the axes.
    turn = np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, -1]])
    affine = volume.affine.copy()
    affine[:3] = turn @ affine[:3]
    turned = HeadSolver.prepare(LabelVolume(volume.labels, affine, volume.frame))
    pose = Pose(turn @ ABOVE.rotation, turn @ ABOVE.position_mm, FRAME)
    there, here = turned.field(FIGURE8, pose), prepared(COARSE_MM).field(FIGURE8, ABOVE)
    cells = here.cells(Tissue.GREY)[::10]
    rotated = here.inside(Tissue.GREY, cells) @ turn.T
    assert np.allclose(there.inside(Tissue.GREY, cells), rotated, atol=1e-4 * np.abs(rotated).max())


def test_a_mirrored_grid_gives_the_same_field() -> None:
    volume = layered_sphere(COARSE_MM, 0.3 * COARSE_MM)
    affine = volume.affine @ np.diag([-1.0, 1, 1, 1])
    affine[0, 3] = volume.to_world(np.array([[volume.labels.shape[0] - 1, 0, 0]]))[0, 0]
    mirrored = HeadSolver.prepare(LabelVolume(volume.labels[::-1], affine, volume.frame))
    here, there = (one.field(FIGURE8, ABOVE) for one in (prepared(COARSE_MM), mirrored))
    points = here.grid.centres_mm(here.cells(Tissue.GREY)[::10])

    def at(field: InducedField) -> FloatArray:
        cells = np.rint(field.grid.volume.to_voxel(points)).astype(int)
        return field.inside(Tissue.GREY, cells)

    assert np.allclose(at(here), at(there), atol=1e-4 * np.abs(at(here)).max())


def test_the_field_is_linear_in_the_coil() -> None:
    from dataclasses import replace  # noqa: PLC0415

    double = replace(FIGURE8, moments_m2=2 * FIGURE8.moments_m2)
    once, twice = (prepared(COARSE_MM).field(one, ABOVE, 1e-7) for one in (FIGURE8, double))
    cells = once.cells(Tissue.GREY)[::20]
    assert np.allclose(
        2 * once.inside(Tissue.GREY, cells), twice.inside(Tissue.GREY, cells), rtol=1e-4, atol=1e-6
    )


def test_reciprocity_gives_the_same_field_as_direct_solves() -> None:
    solver = prepared(2.0)
    region = Region.sphere(solver, np.array([10.0, 5, 70]), 5.0, Tissue.GREY)
    draw = np.random.default_rng(3)
    poses = []
    for _ in range(3):
        normal = np.append(draw.uniform(-0.25, 0.25, 2), 1.0)
        normal /= np.linalg.norm(normal)
        tilt = draw.normal(0, 0.05, 3)
        poses.append(Pose.facing(101 * normal, -normal + tilt, draw.normal(0, 1, 3), FRAME))
    cloud = np.concatenate([pose.to_world(FIGURE8.positions_mm) for pose in poses])
    table = sensitivity(solver, region, cloud)
    reciprocal = table.mean_field(
        FIGURE8,
        np.stack([pose.rotation for pose in poses]),
        np.stack([pose.position_mm for pose in poses]),
    )
    for pose, expected in zip(poses, reciprocal, strict=True):
        direct = solver.field(FIGURE8, pose).inside(Tissue.GREY, region.cells).mean(axis=0)
        assert relative_error(expected, direct) < 0.01


def test_a_placement_beyond_the_table_has_no_value() -> None:
    solver = prepared(COARSE_MM)
    region = Region.sphere(solver, np.array([0.0, 0, 70]), 6.0, Tissue.GREY)
    table = sensitivity(solver, region, ABOVE.to_world(FIGURE8.positions_mm))
    far = np.array([[0.0, 0, 300]])
    assert np.isnan(table.mean_field(FIGURE8, ABOVE.rotation[None], far)).all()


def test_a_coil_inside_the_head_is_refused() -> None:
    pose = Pose.facing([0, 0, 90], [0, 0, -1], [0, 1, 0], FRAME)
    with pytest.raises(InputError, match="into the head"):
        prepared(COARSE_MM).field(FIGURE8, pose)


def test_a_pose_of_another_frame_is_refused() -> None:
    pose = Pose.facing([0, 0, 99], [0, 0, -1], [0, 1, 0], COLIN27)
    with pytest.raises(InputError, match="frame"):
        prepared(COARSE_MM).field(FIGURE8, pose)


def test_a_target_away_from_the_cortex_is_refused() -> None:
    with pytest.raises(InputError, match="no grey matter"):
        Region.sphere(prepared(COARSE_MM), np.array([0.0, 0, 93]), 3.0, Tissue.GREY)


def test_a_sheared_grid_is_refused() -> None:
    volume = layered_sphere(6.0)
    affine = volume.affine.copy()
    affine[0, 1] = 2.0
    with pytest.raises(InputError, match="perpendicular"):
        HeadSolver.prepare(LabelVolume(volume.labels, affine, volume.frame))


def test_a_volume_of_air_is_refused() -> None:
    empty = LabelVolume(np.zeros((8, 8, 8), dtype=np.uint8), np.eye(4), FRAME)
    with pytest.raises(InputError, match="only air"):
        HeadSolver.prepare(empty)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_an_impossible_conductivity_is_refused(value: float) -> None:
    with pytest.raises(InputError, match="grey matter"):
        standard_conductivities().with_values({Tissue.GREY: value})
