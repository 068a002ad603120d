"""Poses: what is refused, what survives a round trip, and the conventions."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.core.errors import InputError
from euthymia.core.poses import COLIN27, MNI152, Frame, Pose

angles = st.floats(-math.pi, math.pi)
millimetres = st.floats(-200, 200).filter(lambda value: abs(value) > 1)
positions = st.tuples(millimetres, millimetres, millimetres)


@st.composite
def poses(draw: st.DrawFn) -> Pose:
    """Any rotation, from a quaternion, at any place on or around a head."""
    parts = st.floats(-1, 1)
    quaternion = draw(
        st.tuples(parts, parts, parts, parts).filter(lambda q: np.linalg.norm(q) > 0.1)
    )
    return Pose.from_quaternion(quaternion, draw(positions), COLIN27)


@given(poses())
def test_a_pose_survives_its_matrix(pose: Pose) -> None:
    assert Pose.from_matrix(pose.matrix, pose.frame).isclose(pose, 1e-9)


@given(poses())
def test_a_pose_survives_its_lps_matrix(pose: Pose) -> None:
    assert Pose.from_matrix_lps(pose.matrix_lps(), pose.frame).isclose(pose, 1e-9)


@given(poses())
def test_a_pose_survives_its_quaternion(pose: Pose) -> None:
    again = Pose.from_quaternion(pose.quaternion, pose.position_mm, pose.frame)
    assert again.isclose(pose, 1e-9)


@given(poses())
def test_a_pose_survives_its_json(pose: Pose) -> None:
    assert Pose.from_json(pose.to_json()).isclose(pose, 1e-9)


@given(poses())
def test_a_pose_is_read_from_its_json_to_the_last_bit(pose: Pose) -> None:
    again = Pose.from_json(json.loads(json.dumps(pose.to_json())))
    assert again.to_json() == pose.to_json()


@given(poses(), positions)
def test_coil_and_world_coordinates_are_inverse(
    pose: Pose, point: tuple[float, float, float]
) -> None:
    there = pose.to_world(np.array([point]))
    assert np.allclose(pose.to_coil(there), [point], atol=1e-9)


@given(poses(), angles)
def test_a_turn_and_its_opposite_cancel(pose: Pose, angle: float) -> None:
    degrees = math.degrees(angle)
    for axis in ("x", "y", "z"):
        assert pose.turned(degrees, axis).turned(-degrees, axis).isclose(pose, 1e-9)


@given(poses(), st.floats(0, 179))
def test_the_angle_between_a_pose_and_its_turn_is_the_turn(pose: Pose, degrees: float) -> None:
    assert pose.angle_deg(pose.turned(degrees, "y")) == pytest.approx(degrees, abs=1e-6)


def test_a_coil_facing_the_vertex_has_the_stated_axes() -> None:
    pose = Pose.facing([0, 0, 100], [0, 0, -1], [0, 1, 0], COLIN27)
    assert np.allclose(pose.rotation[:, 2], [0, 0, -1])
    assert np.allclose(pose.rotation[:, 1], [0, 1, 0])
    assert np.allclose(pose.rotation[:, 0], np.cross([0, 1, 0], [0, 0, -1]))


def test_lps_flips_right_and_front() -> None:
    pose = Pose(np.eye(3), np.array([10.0, 20.0, 30.0]))
    assert pose.matrix_lps()[:3, 3].tolist() == [-10, -20, 30]


def test_a_shift_goes_along_the_coils_own_axes() -> None:
    pose = Pose.facing([0, 0, 100], [0, 0, -1], [0, 1, 0], COLIN27)
    assert np.allclose(pose.shifted([0, 0, 5]).position_mm, [0, 0, 95])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda m: m.__setitem__((0, 1), 0.2), "sheared"),
        (lambda m: m.__setitem__((0, 0), -1.0), "mirrored"),
        (lambda m: m.__setitem__((slice(0, 3), slice(0, 3)), 0.001 * np.eye(3)), "scaled"),
        (lambda m: m.__setitem__((1, 1), 2.0), "stretched"),
        (lambda m: m.__setitem__((2, 3), math.nan), "NaN"),
        (lambda m: m.__setitem__((0, 0), math.inf), "NaN or infinity"),
        (lambda m: m.__setitem__((3, 3), 2.0), "last row"),
        (lambda m: m.__setitem__((slice(0, 3), 3), [0.05, 0.04, 0.06]), "metres"),
        (lambda m: m.__setitem__((slice(0, 3), 3), [50_000, 0, 0]), "from the origin"),
    ],
)
def test_what_is_no_pose_is_refused_with_a_remedy(change, problem: str) -> None:  # type: ignore[no-untyped-def]
    matrix = np.eye(4)
    matrix[:3, 3] = [50, 40, 60]
    change(matrix)
    with pytest.raises(InputError, match=problem) as refusal:
        Pose.from_matrix(matrix, COLIN27)
    assert refusal.value.remedy


@pytest.mark.parametrize("matrix", [np.eye(3), [[1, 2], [3, 4]], "text", [["a"] * 4] * 4])
def test_a_matrix_of_the_wrong_shape_is_refused(matrix: object) -> None:
    with pytest.raises(InputError, match="pose matrix"):
        Pose.from_matrix(matrix, COLIN27)  # type: ignore[arg-type]


def test_a_nearly_orthonormal_matrix_is_made_exact() -> None:
    matrix = np.eye(4)
    matrix[0, 1] = 5e-4
    rotation = Pose.from_matrix(matrix, COLIN27).rotation
    assert np.allclose(rotation.T @ rotation, np.eye(3), atol=1e-14)


def test_a_pose_cannot_be_changed_in_place() -> None:
    pose = Pose(np.eye(3), np.array([10.0, 0, 0]))
    with pytest.raises(ValueError, match="read-only"):
        pose.position_mm[0] = 5.0


def test_poses_of_different_frames_are_not_compared() -> None:
    here = Pose(np.eye(3), np.array([10.0, 0, 0]), COLIN27)
    there = Pose(np.eye(3), np.array([10.0, 0, 0]), MNI152)
    with pytest.raises(InputError, match="frame"):
        here.distance_mm(there)


def test_a_handle_along_the_coils_axis_is_refused() -> None:
    with pytest.raises(InputError, match="handle is undefined"):
        Pose.facing([0, 0, 100], [0, 0, -1], [0, 0, 1], COLIN27)


def test_the_frame_of_an_image_needs_a_hash() -> None:
    with pytest.raises(InputError, match="SHA-256"):
        Frame.of_image("colin")


@pytest.mark.parametrize(
    "data", [{}, {"frame": "x"}, {"frame": "x", "axes": "LPS", "matrix_mm": []}]
)
def test_json_that_is_no_pose_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(InputError, match="pose"):
        Pose.from_json(data)
