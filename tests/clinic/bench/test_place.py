"""Places of the coil as a person says them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.bench.bench_samples import COIL, bench, head
from euthymia.clinic.bench.place import CoilPlace, place_of
from euthymia.core.errors import InputError
from euthymia.plan.target.placement import HAIR_MM, handle_angle_deg, tangential

POINTS = st.sampled_from(("F3", "F4", "Cz", "P3", "AF7", "Fp2", "C4", "Oz"))


def placed(place: CoilPlace):  # type: ignore[no-untyped-def]
    return place.pose(bench().head, bench().clearance, bench().coil(COIL))


@settings(max_examples=40, deadline=None)
@given(
    POINTS,
    st.floats(-170, 170),
    st.tuples(st.floats(-12, 12), st.floats(-12, 12)),
    st.floats(0, 12),
)
def test_a_place_becomes_a_pose_and_the_pose_the_place(
    name: str, handle: float, tilt: tuple[float, float], gap: float
) -> None:
    x, y, z = head().eeg[name].position_mm.tolist()
    pose = placed(CoilPlace((x, y, z), handle, tilt, gap))
    again = placed(place_of(pose, head(), gap))
    assert again.distance_mm(pose) < 0.6
    assert again.angle_deg(pose) < 1.5


@settings(max_examples=30, deadline=None)
@given(POINTS, st.floats(-180, 180), st.floats(2, 15))
def test_a_snapped_coil_is_a_proper_pose_outside_the_head_by_its_gap(
    name: str, handle: float, gap: float
) -> None:
    point = head().eeg[name].position_mm + np.array([3.0, -2.0, 5.0])
    x, y, z = point.tolist()
    place = CoilPlace((x, y, z), handle, (0.0, 0.0), gap).snapped(head())
    pose = placed(place)
    assert np.allclose(pose.rotation.T @ pose.rotation, np.eye(3), atol=1e-9)
    assert np.linalg.det(pose.rotation) == pytest.approx(1.0)
    face = bench().coil(COIL).face_mm
    nearest = bench().clearance.least(face, pose.rotation[None], pose.position_mm[None])[0]
    assert nearest == pytest.approx(gap, abs=0.5)


def test_a_flat_place_is_the_pose_that_plans_lay_on_the_scalp() -> None:
    point = head().eeg["F3"]
    flat = tangential(point, head().frame, forward=head().landmarks.forward)
    coil = bench().coil(COIL)
    laid = bench().clearance.rested(coil, [flat], HAIR_MM)[0]
    x, y, z = point.position_mm.tolist()
    assert placed(CoilPlace((x, y, z))).isclose(laid, 1e-6)


@pytest.mark.parametrize("name", ["F3", "F4"])
def test_the_handle_counts_towards_the_side_the_coil_is_on(name: str) -> None:
    point = head().eeg[name].position_mm
    x, y, z = point.tolist()
    pose = placed(CoilPlace((x, y, z), 30.0))
    forward = head().landmarks.forward
    assert handle_angle_deg(pose, float(point[0]), forward) == pytest.approx(30.0, abs=1e-6)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"handle_deg": 400.0}, "too large"),
        ({"handle_deg": float("nan")}, "a number of it is missing"),
        ({"tilt_deg": (50.0, 0.0)}, "no way to hold it"),
        ({"gap_mm": -1.0}, "-1 mm is none"),
        ({"gap_mm": 100.0}, "100 mm is none"),
    ],
)
def test_a_place_that_cannot_be_is_refused(changes: dict, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        CoilPlace((-40.0, 50.0, 50.0), **changes)


def test_a_place_far_from_the_head_is_refused() -> None:
    with pytest.raises(InputError, match="far from the head"):
        CoilPlace((0.0, 0.0, 900.0)).snapped(head())
