"""The search with the real-time engine on a sphere: goals, limits, tolerances, brute force."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from euthymia.core.errors import EuthymiaError, InputError
from euthymia.core.poses import FloatArray, Frame, Pose
from euthymia.model.coil.catalogue import coil
from euthymia.model.coil.clearance import Clearance
from euthymia.model.field.realtime.preparation import direct_field
from euthymia.model.field.sphere import layered_sphere
from euthymia.model.head.surface.meshes import TriangleSurface
from euthymia.model.head.surface.scalp import Scalp, ScalpPoint
from euthymia.plan.target.placement import HAIR_MM, handle_angle_deg, tangential
from euthymia.plan.target.regions import mask_region, patch_region, point_region, rest_of
from euthymia.plan.target.search import SearchResult, search
from euthymia.plan.target.search_objectives import Goal, RegionObjective, output_for
from euthymia.plan.target.search_range import ForbiddenZone, SearchRange

pytest.importorskip("pypardiso")
from realtime_sphere import CORTEX_MM, head, solver

pytestmark = [pytest.mark.xdist_group("realtime"), pytest.mark.slow]

FRAME = Frame("layered-sphere")
FIGURE8 = coil("magventure-c-b60")
ASIDE = np.array([-0.5, 0.4, 0.77]) / np.linalg.norm([-0.5, 0.4, 0.77])
REACH = SearchRange(radius_mm=16.0, step_mm=8.0, angle_step_deg=30.0, tilts=True)


@cache
def scalp() -> Scalp:
    return Scalp.of_volume(layered_sphere(4.0), spacing_mm=4.0)


@cache
def clearance() -> Clearance:
    return Clearance.of(layered_sphere(4.0))


def above(direction: FloatArray) -> ScalpPoint:
    return scalp().nearest(95 * direction / np.linalg.norm(direction))


@cache
def objective() -> RegionObjective:
    return RegionObjective(point_region(head(), CORTEX_MM * ASIDE, 9.0))


def found_with(goal: RegionObjective, reach: SearchRange, tolerances: bool = False) -> SearchResult:
    start = above(ASIDE + np.array([0.06, -0.05, 0.02]))
    return search(scalp(), clearance(), FIGURE8, goal, start, FRAME, reach, tolerances=tolerances)


def test_no_direct_solve_around_the_optimum_or_elsewhere_beats_the_search_by_a_hundredth() -> None:
    found = found_with(objective(), REACH)
    draw = np.random.default_rng(8)
    poses = [
        found.pose.turned(float(turn)).shifted((float(x), float(y), 0.0))
        for x, y, turn in draw.normal(size=(10, 3)) * (2.0, 2.0, 6.0)
    ]
    poses += [
        tangential(above(ASIDE + draw.uniform(-0.15, 0.15, 3)), FRAME, float(angle))
        for angle in draw.uniform(0, 180, 10)
    ]
    indices = objective().region.indices
    for pose in clearance().rested(FIGURE8, poses, HAIR_MM):
        direct = direct_field(*solver(), FIGURE8, pose)[indices]
        assert np.linalg.norm(direct, axis=1).mean() <= 1.01 * found.strength


def test_the_tolerance_is_where_the_value_falls_to_95_per_cent() -> None:
    found = found_with(objective(), REACH, tolerances=True)
    tolerance = found.tolerance
    assert tolerance is not None
    for turn in (tolerance.turn_deg, -tolerance.turn_deg):
        poses = clearance().rested(FIGURE8, [found.pose.turned(turn)], HAIR_MM)
        assert value(poses[0]) >= 0.945 * found.strength
    farther = found.pose.shifted((0.0, 0.0, -tolerance.gap_mm))
    assert value(farther) == pytest.approx(0.95 * found.strength, rel=0.005)
    assert 2 < tolerance.shift_mm < 15


def test_a_direction_leaves_the_handle_less_room() -> None:
    along = np.cross(ASIDE, [0.0, 0.0, 1.0])
    goal = RegionObjective(objective().region, Goal.DIRECTION, direction=along)
    tolerance = found_with(goal, REACH, tolerances=True).tolerance
    assert tolerance is not None
    # the component along a direction goes with the cosine
    assert tolerance.turn_deg == pytest.approx(np.degrees(np.arccos(0.95)), abs=5.0)


def value(pose: Pose) -> float:
    rated = objective().rate(FIGURE8, pose.rotation[None], pose.position_mm[None])
    return float(rated[0])


def test_a_direction_is_followed_by_the_handle() -> None:
    along = np.cross(ASIDE, [0.0, 0.0, 1.0])
    along /= np.linalg.norm(along)
    region = objective().region
    found = found_with(RegionObjective(region, Goal.DIRECTION, direction=along), REACH)
    # the field under a figure-8 runs along its handle
    assert abs(found.pose.rotation[:, 1] @ along) > 0.97


def test_focality_is_a_ratio_and_prefers_to_stay_near() -> None:
    region = objective().region
    goal = RegionObjective(region, Goal.FOCALITY, rest=rest_of(head(), region))
    found = found_with(goal, SearchRange(radius_mm=8.0, step_mm=8.0, angle_step_deg=45.0,
                                         more_gaps_mm=(HAIR_MM + 8.0,)))  # fmt: skip
    assert found.strength > 2.0
    nearest = clearance().least(
        FIGURE8.face_mm, found.pose.rotation[None], found.pose.position_mm[None]
    )
    assert nearest[0] == pytest.approx(HAIR_MM, abs=0.5)


def test_limits_of_the_handle_and_forbidden_zones_are_kept() -> None:
    held = SearchRange(radius_mm=8.0, step_mm=8.0, angle_step_deg=15.0, handle_limits_deg=(30, 60))
    found = found_with(objective(), held)
    angle = handle_angle_deg(found.pose, float(found.pose.position_mm[0]))
    assert 29.9 <= angle <= 60.1
    free = found_with(objective(), REACH)
    x, y, z = free.pose.position_mm.tolist()
    zone = ForbiddenZone((x, y, z), 9.0)
    away = found_with(objective(), SearchRange(radius_mm=16.0, step_mm=4.0, angle_step_deg=30.0,
                                               forbidden=(zone,)))  # fmt: skip
    assert np.linalg.norm(away.pose.position_mm - free.pose.position_mm) >= 9.0
    assert away.strength < free.strength
    everywhere = SearchRange(
        radius_mm=8.0, step_mm=8.0, forbidden=(ForbiddenZone((x, y, z), 60.0),)
    )
    with pytest.raises(EuthymiaError, match="allow more of the scalp"):
        found_with(objective(), everywhere)


def test_more_hair_costs_strength_and_the_wanted_field_tells_the_output() -> None:
    thick = found_with(objective(), SearchRange(radius_mm=8.0, step_mm=8.0, gap_mm=10.0))
    thin = found_with(objective(), SearchRange(radius_mm=8.0, step_mm=8.0, gap_mm=2.0))
    assert thick.strength < 0.85 * thin.strength
    output = output_for(60.0, thin.strength, FIGURE8)
    assert FIGURE8.max_didt_a_per_us is not None
    assert output / 100 * FIGURE8.max_didt_a_per_us * thin.strength == pytest.approx(60.0)
    with pytest.raises(InputError, match="dI/dt is not known"):
        output_for(60.0, 1.0, coil("magstim-25mm-fig8"))


def test_regions_are_points_spheres_patches_and_masks() -> None:
    points = head().points_mm
    place = CORTEX_MM * ASIDE
    sphere = point_region(head(), place, 12.0)
    middle = points[np.linalg.norm(points - place, axis=1).argmin()]
    assert set(sphere.indices) == set(
        np.flatnonzero(np.linalg.norm(points - middle, axis=1) <= 12.0)
    )
    axis = np.arange(-100, 101, 4.0)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    affine = np.diag([4.0, 4, 4, 1])
    affine[:3, 3] = -100
    mask = np.linalg.norm(grid - middle, axis=-1) <= 14.0
    masked = mask_region(head(), mask, affine)
    near = np.linalg.norm(points[masked.indices] - middle, axis=1)
    assert near.max() <= 14.0 + 4.0
    with pytest.raises(InputError, match="no cortex"):
        mask_region(head(), np.zeros((4, 4, 4), dtype=bool), affine)
    with pytest.raises(InputError, match="nearest cortex"):
        point_region(head(), np.zeros(3))
    rest = rest_of(head(), sphere, 200)
    assert not set(rest.indices) & set(sphere.indices)


def test_a_patch_is_reached_along_the_surface_and_only_its_own_surface_will_do() -> None:
    from scipy.spatial import ConvexHull  # noqa: PLC0415

    points = head().points_mm
    surface = TriangleSurface.of(points, ConvexHull(points).simplices)
    patch = patch_region(head(), surface, CORTEX_MM * ASIDE, 20.0)
    away = np.linalg.norm(points[patch.indices] - CORTEX_MM * ASIDE, axis=1)
    assert 3 < len(patch.indices) < 60
    assert away.max() < 26.0
    with pytest.raises(InputError, match="its own surface"):
        patch_region(head(), TriangleSurface.of(points + 1.0, surface.faces), points[0], 5.0)
