"""The scalp on a sphere, where every answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from head_samples import RADIUS_MM, scalp, sphere
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.core.errors import InputError
from euthymia.core.poses import Frame
from euthymia.model.head.surface.scalp import Scalp, head_mask
from euthymia.model.head.volume import LabelVolume, Tissue

angles = st.floats(0.0, 2 * np.pi)
heights = st.floats(-0.9, 0.9)


def on_sphere(angle: float, height: float) -> np.ndarray:
    flat = np.sqrt(1 - height**2)
    return RADIUS_MM * np.array([flat * np.cos(angle), flat * np.sin(angle), height])


def test_the_scalp_of_a_ball_is_the_ball() -> None:
    radii = np.linalg.norm(scalp().vertices_mm, axis=1)
    assert abs(radii.mean() - RADIUS_MM) < 0.3
    assert np.ptp(radii) < 2.5


def test_normals_point_out_of_the_head_and_faces_turn_with_them() -> None:
    surface = scalp().surface
    outward = surface.vertices_mm / np.linalg.norm(surface.vertices_mm, axis=1, keepdims=True)
    assert (np.sum(surface.normals * outward, axis=1) > 0.9).all()
    a, b, c = (surface.vertices_mm[surface.faces[:, k]] for k in range(3))
    assert (np.sum(np.cross(b - a, c - a) * (a + b + c), axis=1) > 0).all()


def test_the_arrays_of_a_scalp_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        scalp().vertices_mm[0] = 0.0


@given(angles, heights, st.floats(0.85, 1.6))
@settings(max_examples=40, deadline=None)
def test_the_nearest_point_is_as_near_as_the_ball_allows(
    angle: float, height: float, share: float
) -> None:
    point = share * on_sphere(angle, height)
    found = scalp().nearest(point)
    gap_mm = abs(share - 1.0) * RADIUS_MM
    assert abs(np.linalg.norm(found.position_mm - point) - gap_mm) < 0.8
    outward = found.position_mm / np.linalg.norm(found.position_mm)
    assert found.outward_normal @ outward > np.cos(np.radians(4))


@given(angles, heights, angles, st.floats(1.0, 200.0))
@settings(max_examples=40, deadline=None)
def test_a_straight_walk_on_a_ball_follows_a_great_circle(
    angle: float, height: float, heading: float, length_mm: float
) -> None:
    start = on_sphere(angle, height)
    outward = start / RADIUS_MM
    east = np.cross([0.0, 0.0, 1.0], outward)
    east /= np.linalg.norm(east)
    toward = np.cos(heading) * east + np.sin(heading) * np.cross(outward, east)
    found = scalp().arc(start, toward, length_mm)
    turned = length_mm / RADIUS_MM
    expected = RADIUS_MM * (np.cos(turned) * outward + np.sin(turned) * toward)
    # The plane holds the smoothed normal, which is within a degree or two of the ball's.
    assert np.linalg.norm(found.position_mm - expected) < 6.0


def test_a_walk_parallel_to_the_midline_keeps_its_distance_from_it() -> None:
    start = on_sphere(2.5, 0.6)
    found = scalp().arc(start, [0.0, 1.0, 0.0], 50.0, plane_normal=[1.0, 0.0, 0.0])
    nearest = scalp().nearest(start).position_mm
    assert found.position_mm[0] == pytest.approx(nearest[0], abs=0.01)
    circle = np.hypot(nearest[1], nearest[2])
    before = np.arctan2(nearest[2], nearest[1])
    after = np.arctan2(found.position_mm[2], found.position_mm[1])
    assert circle * abs(after - before) == pytest.approx(50.0, abs=0.7)


def test_walking_there_and_back_returns_to_the_start() -> None:
    start = scalp().nearest(on_sphere(1.0, 0.2))
    there = scalp().arc(start.position_mm, [0, 0, 1.0], 60.0, plane_normal=[0.5, -0.3, 0.0])
    back = scalp().arc(there.position_mm, [0, 0, -1.0], 60.0, plane_normal=[0.5, -0.3, 0.0])
    assert np.linalg.norm(back.position_mm - start.position_mm) < 0.3


def test_a_walk_of_no_length_stays_where_it_is() -> None:
    start = scalp().nearest(on_sphere(1.0, 0.2)).position_mm
    assert np.linalg.norm(scalp().arc(start, [0, 0, 1], 0.0).position_mm - start) < 1e-6


def test_path_lengths_on_a_ball_are_those_of_its_circles() -> None:
    top, right, left = (0, 0, RADIUS_MM), (RADIUS_MM, 0, 0), (-RADIUS_MM, 0, 0)
    quarter = RADIUS_MM * np.pi / 2
    assert scalp().path_length_mm(top, right) == pytest.approx(quarter, rel=0.005)
    assert scalp().path_length_mm(left, right, top) == pytest.approx(2 * quarter, rel=0.005)
    assert scalp().path_length_mm(top, right, left) == pytest.approx(3 * quarter, rel=0.005)
    back = (0, -RADIUS_MM, 0)
    assert scalp().path_length_mm(top, right, left, back) == pytest.approx(3 * quarter, rel=0.01)


def test_the_depth_to_grey_matter_is_the_thickness_of_the_layers_above_it() -> None:
    point = scalp().nearest((0, 0, 90)).position_mm
    assert scalp().depth_to_mm(point, sphere()) == pytest.approx(13.0, abs=1.3)
    assert scalp().depth_to_mm(point, sphere(), Tissue.WHITE) == pytest.approx(20.0, abs=1.3)
    assert scalp().depth_to_mm(point, sphere(), Tissue.SCALP) == 0.0


def test_ear_canals_and_sinuses_do_not_dent_the_scalp() -> None:
    labels = np.array(sphere().labels)
    labels[38, 38, 55:] = Tissue.AIR  # a canal to the outside, one voxel wide
    labels[20:26, 36:42, 36:42] = Tissue.AIR  # a cavity inside
    holed = LabelVolume(labels, sphere().affine, Frame("holed"))
    assert np.array_equal(head_mask(holed), sphere().labels > 0)


def test_noise_in_the_air_is_no_scalp() -> None:
    labels = np.array(sphere().labels)
    labels[1:3, 1:3, 1:3] = Tissue.SCALP
    noisy = LabelVolume(labels, sphere().affine, Frame("noisy"))
    assert np.linalg.norm(Scalp.of_volume(noisy).vertices_mm, axis=1).max() < RADIUS_MM + 2


def test_a_head_cut_by_the_border_of_the_image_is_closed_there() -> None:
    cut = LabelVolume(sphere().labels[:, :, 30:], sphere().affine, Frame("cut"))
    surface = Scalp.of_volume(cut).surface
    edges = np.sort(surface.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    assert (counts == 2).all()


@pytest.mark.parametrize("length", [-1.0, float("nan"), float("inf")])
def test_a_length_that_is_none_is_refused(length: float) -> None:
    with pytest.raises(InputError, match="not a length"):
        scalp().arc((0, 0, 90), (0, 1, 0), length)


def test_a_direction_out_of_the_head_is_refused() -> None:
    with pytest.raises(InputError, match="straight out of the head"):
        scalp().arc((0, 0, 85), scalp().nearest((0, 0, 85)).outward_normal, 10.0)


def test_a_point_that_is_no_point_is_refused() -> None:
    with pytest.raises(InputError, match="three finite numbers"):
        scalp().nearest((0, 0, float("nan")))


def test_a_volume_of_air_has_no_scalp() -> None:
    empty = LabelVolume(np.zeros((9, 9, 9), np.uint8), np.eye(4), Frame("air"))
    with pytest.raises(InputError, match="only air"):
        Scalp.of_volume(empty)
