"""Targets and placements: the catalogue, the coil on the scalp, and the search on a sphere."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Frame, Pose
from euthymia.model.coil.catalogue import coil
from euthymia.model.coil.clearance import Clearance
from euthymia.model.field.reciprocity import Region, sensitivity
from euthymia.model.field.solver import HeadSolver
from euthymia.model.field.sphere import layered_sphere
from euthymia.model.head.surface.scalp import Scalp, ScalpPoint
from euthymia.model.head.volume import Tissue
from euthymia.plan.target.catalogue import targets, targets_markdown
from euthymia.plan.target.placement import HAIR_MM, handle_angle_deg, tangential
from euthymia.plan.target.search import scalp_patch, scattered, search, source_cloud
from euthymia.plan.target.search_objectives import MeanVector, Rater
from euthymia.plan.target.search_range import SearchRange

pytestmark = pytest.mark.xdist_group("placement")  # one worker prepares the sphere for all

FRAME = Frame("layered-sphere")
FIGURE8 = coil("magventure-c-b60")
SPACING_MM = 3.0
LEFT_FRONT = np.array([-0.6, 0.5, 0.6]) / np.linalg.norm([-0.6, 0.5, 0.6])


@cache
def scalp() -> Scalp:
    return Scalp.of_volume(layered_sphere(SPACING_MM), spacing_mm=SPACING_MM)


@cache
def clearance() -> Clearance:
    return Clearance.of(layered_sphere(SPACING_MM))


def on_scalp(direction: FloatArray) -> ScalpPoint:
    return scalp().nearest(95.0 * direction)


def test_every_target_is_on_the_left_in_front_and_cited() -> None:
    for target in targets().coordinates.values():
        x, y, z = target.mni_mm
        assert -60 < x < -30
        assert 0 < y < 60
        assert 20 < z < 60
        assert target.source.reference.title


def test_an_unknown_target_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="fox-2013"):
        targets().coordinate("amygdala")


def test_the_table_of_targets_shows_every_id_and_tag() -> None:
    table = targets_markdown()
    for key, target in targets().coordinates.items():
        assert f"`{key}`" in table
        assert target.source.short in table


@pytest.mark.parametrize("angle", [0.0, 30.0, 45.0, 90.0])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_the_handle_points_back_and_out_by_the_angle_asked_for(angle: float, side: float) -> None:
    point = on_scalp(LEFT_FRONT * [-side, 1, 1] if side > 0 else LEFT_FRONT)
    pose = tangential(point, FRAME, angle)
    assert handle_angle_deg(pose, float(point.position_mm[0])) == pytest.approx(angle, abs=0.1)
    handle = -pose.rotation[:, 1]
    if angle < 90:
        assert handle[1] < 0  # backwards
    if angle > 0:
        assert handle[0] * point.position_mm[0] > 0  # towards the target's own side


def test_a_tangential_coil_faces_along_the_normal() -> None:
    point = on_scalp(LEFT_FRONT)
    pose = tangential(point, FRAME)
    assert np.allclose(pose.rotation[:, 2], -point.outward_normal, atol=1e-9)


@pytest.mark.parametrize("tilt_deg", [0.0, 8.0])
@pytest.mark.parametrize("start_mm", [-10.0, 0.0, 25.0])
def test_a_rested_coil_is_a_hairs_breadth_from_the_head(tilt_deg: float, start_mm: float) -> None:
    flat = tangential(on_scalp(LEFT_FRONT), FRAME).turned(tilt_deg, "x")
    (pose,) = clearance().rested(FIGURE8, [flat.shifted((0, 0, -start_mm))], HAIR_MM)
    nearest = clearance().at(pose.to_world(FIGURE8.face_mm)).min()
    assert nearest == pytest.approx(HAIR_MM, abs=0.2)
    # On a sphere that is the distance from a radius of 95 mm, to within the voxels.
    radius = np.linalg.norm(pose.to_world(FIGURE8.face_mm), axis=1).min()
    assert radius == pytest.approx(95 + HAIR_MM, abs=SPACING_MM)


def test_the_distance_grows_beyond_the_map() -> None:
    far = clearance().at(np.array([[0.0, 0, 200], [0, 0, 300]]))
    assert np.allclose(far, [105, 205], atol=SPACING_MM)


@cache
def bench() -> tuple[HeadSolver, Region, MeanVector, SearchRange]:
    solver = HeadSolver.prepare(layered_sphere(SPACING_MM))
    region = Region.sphere(solver, 74.0 * LEFT_FRONT, 6.0, Tissue.GREY)
    reach = SearchRange(radius_mm=16.0, step_mm=8.0, angle_step_deg=30.0)
    places = scalp_patch(scalp(), on_scalp(LEFT_FRONT), reach)
    cloud = source_cloud(FIGURE8, clearance(), places, FRAME, reach)
    return solver, region, MeanVector(sensitivity(solver, region, cloud)), reach


@pytest.mark.slow
def test_the_search_finds_the_place_above_the_target_whatever_the_start() -> None:
    _, _, table, reach = bench()
    aside = on_scalp(LEFT_FRONT + np.array([0.08, -0.05, 0.03]))
    found = search(scalp(), clearance(), FIGURE8, table, aside, FRAME, reach)
    above = 99.0 * LEFT_FRONT
    assert np.linalg.norm(found.pose.position_mm - above) < 5.0
    assert found.strength >= found.map.strength.max() * 0.99


@pytest.mark.slow
def test_no_brute_force_placement_beats_the_search_by_more_than_a_hundredth() -> None:
    solver, region, table, reach = bench()
    start = on_scalp(LEFT_FRONT)
    found = search(scalp(), clearance(), FIGURE8, table, start, FRAME, reach)
    draw = np.random.default_rng(4)
    poses: list[Pose] = []
    for x, y, angle in zip(
        draw.uniform(-8, 8, 6), draw.uniform(-8, 8, 6), draw.uniform(0, 180, 6), strict=True
    ):
        poses.append(tangential(start, FRAME, float(angle)).shifted((float(x), float(y), 0.0)))
    for pose in clearance().rested(FIGURE8, poses, HAIR_MM):
        direct = solver.field(FIGURE8, pose).inside(Tissue.GREY, region.cells).mean(axis=0)
        assert np.linalg.norm(direct) <= 1.01 * found.strength


@pytest.mark.slow
def test_scattered_placements_are_weaker_and_repeatable() -> None:
    _, _, table, reach = bench()
    found = search(scalp(), clearance(), FIGURE8, table, on_scalp(LEFT_FRONT), FRAME, reach)
    rater = Rater(table, FIGURE8)
    spread = [
        scattered(found.pose, clearance(), FIGURE8, rater, 3.0, 5.0, count=50) for _ in range(2)
    ]
    assert np.array_equal(spread[0], spread[1])
    assert np.isfinite(spread[0]).all()
    assert np.median(spread[0]) < found.strength
    assert spread[0].max() <= 1.005 * found.strength


def test_a_start_far_from_the_table_is_refused() -> None:
    _, _, table, reach = bench()
    from euthymia.core.errors import EuthymiaError  # noqa: PLC0415

    behind = on_scalp(np.array([0.0, -1.0, 0.0]))
    with pytest.raises(EuthymiaError, match="Start nearer"):
        search(scalp(), clearance(), FIGURE8, table, behind, FRAME, reach)
