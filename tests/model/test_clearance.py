"""A casing near the head: measured, moved out with the way told, or refused."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Frame, Pose
from euthymia.model.coil.catalogue import coil, coil_ids
from euthymia.model.coil.clearance import Clearance
from euthymia.model.field.sphere import layered_sphere

FRAME = Frame("layered-sphere")


@cache
def clearance() -> Clearance:
    return Clearance.of(layered_sphere(3.0))


def facing(direction: FloatArray, height: float) -> Pose:
    unit = direction / np.linalg.norm(direction)
    return Pose.facing(height * unit, -unit, np.array([0.2, 1.0, 0.1]), FRAME)


@settings(max_examples=30, deadline=None)
@given(
    st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(0.3, 1)),
    st.floats(80, 130),
    st.sampled_from(coil_ids()),
    st.floats(0, 8),
)
def test_a_settled_coil_is_free_and_moved_only_as_far_as_it_must(
    direction: tuple[float, float, float], height: float, key: str, gap: float
) -> None:
    pose = facing(np.array(direction), height)
    settled = clearance().settled(coil(key), pose, gap)
    nearest = np.linalg.norm(settled.pose.to_world(coil(key).face_mm), axis=1).min() - 95
    assert nearest >= gap - 3.0  # the voxels of the sphere
    before = np.linalg.norm(pose.to_world(coil(key).face_mm), axis=1).min() - 95
    if settled.moved_mm > 0:
        assert nearest <= gap + 3.0
        assert settled.pose.distance_mm(pose) == pytest.approx(settled.moved_mm)
        assert "moved" in settled.words
    else:
        assert before >= gap - 3.0
        assert settled.pose is pose


def test_a_coil_that_faces_away_cannot_be_freed_along_its_axis() -> None:
    away = Pose.facing([0, 0, 90], [0, 0, 1], [0, 1, 0], FRAME)
    with pytest.raises(InputError, match="z axis"):
        clearance().settled(coil("magventure-c-b60"), away)


def test_a_bent_coil_comes_nearer_with_its_middle_further_off() -> None:
    """The wings of a double cone reach around the head: its fold stands off."""
    flat, bent = (
        clearance().settled(coil(key), facing(np.array([0.0, 0, 1]), 96.0), 4.0)
        for key in ("magstim-70mm-fig8", "magstim-double-cone")
    )
    assert bent.moved_mm > flat.moved_mm + 5
