"""Where the coil lies, as a person says it: a place on the scalp, a handle angle, tilts, a gap."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Pose
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.clearance import Clearance
from euthymia.model.head.head import Head
from euthymia.plan.target.placement import HAIR_MM, HANDLE_ANGLE_DEG, tangential

MOST_TILT_DEG = 45.0
MOST_GAP_MM = 60.0
_FARTHEST_MM = 400.0
_FOOT_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class CoilPlace:
    """A coil on the scalp: its place, its handle, its tilts, and the room left for hair.

    at_mm: where the coil's axis meets the scalp, RAS of the head. handle_deg: from straight back
    towards the side the coil is on. tilt_deg: about the coil's own x axis, then its y axis; zero
    is flat. gap_mm: from the scalp to the nearest point of the casing.
    """

    at_mm: tuple[float, float, float]
    handle_deg: float = HANDLE_ANGLE_DEG
    tilt_deg: tuple[float, float] = (0.0, 0.0)
    gap_mm: float = HAIR_MM

    def __post_init__(self) -> None:
        numbers = (*self.at_mm, self.handle_deg, *self.tilt_deg, self.gap_mm)
        if not all(math.isfinite(value) for value in numbers):
            raise InputError("place of the coil", "a number of it is missing", "Give all of them")
        if abs(self.handle_deg) > 360:
            raise InputError(
                "handle angle", f"{self.handle_deg:g} degrees is too large", "Give -360 to 360"
            )
        if max(abs(tilt) for tilt in self.tilt_deg) > MOST_TILT_DEG:
            raise InputError(
                "tilt of the coil",
                f"{max(self.tilt_deg, key=abs):g} degrees is no way to hold it",
                f"Give -{MOST_TILT_DEG:g} to {MOST_TILT_DEG:g} degrees",
            )
        if not 0 <= self.gap_mm <= MOST_GAP_MM:
            raise InputError(
                "room for hair", f"{self.gap_mm:g} mm is none", f"Give 0 to {MOST_GAP_MM:g} mm"
            )

    def snapped(self, head: Head) -> CoilPlace:
        """The same place with its point on the scalp; refuses one far from the head."""
        if float(np.linalg.norm(self.at_mm)) > _FARTHEST_MM:
            raise InputError("place of the coil", "it is far from the head", "Give a scalp point")
        x, y, z = head.scalp.surface.closest_point(self.at_mm).tolist()
        return replace(self, at_mm=(x, y, z))

    def pose(self, head: Head, clearance: Clearance, coil: AnyCoil) -> Pose:
        """The pose: on the scalp, tangential but for the tilts, clear of it by the gap."""
        point = head.scalp.nearest(self.at_mm)
        flat = tangential(point, head.frame, self.handle_deg, 0.0, head.landmarks.forward)
        tilted = flat.turned(self.tilt_deg[0], "x").turned(self.tilt_deg[1], "y")
        start = tilted.shifted((0.0, 0.0, -self.gap_mm))
        return clearance.rested(coil, [start], self.gap_mm)[0]


def place_of(pose: Pose, head: Head, gap_mm: float) -> CoilPlace:
    """The place that `CoilPlace.pose` turns into this pose again, where it rests at that gap."""
    at = _foot(pose, head)
    straight = tangential(head.scalp.nearest(at), head.frame, 0.0, 0.0, head.landmarks.forward)
    turn = straight.rotation.T @ pose.rotation  # about z, then x, then y
    handle = math.degrees(math.atan2(-turn[0, 1], turn[1, 1]))
    tilt_x = math.degrees(math.asin(float(np.clip(turn[2, 1], -1.0, 1.0))))
    tilt_y = math.degrees(math.atan2(-turn[2, 0], turn[2, 2]))
    side = 1.0 if at[0] < 0 else -1.0  # as in `tangential`
    x, y, z = at.tolist()
    return CoilPlace((x, y, z), side * handle, (tilt_x, tilt_y), gap_mm)


def _foot(pose: Pose, head: Head) -> FloatArray:
    """(3,) where the coil's axis meets the scalp, millimetres."""
    axis = pose.rotation[:, 2]
    way = 0.0
    at = pose.position_mm
    for _ in range(_FOOT_ROUNDS):
        at = head.scalp.surface.closest_point(pose.position_mm + way * axis)
        way = float((at - pose.position_mm) @ axis)
    return np.asarray(at)
