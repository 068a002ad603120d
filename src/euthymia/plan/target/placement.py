"""A coil on the scalp: tangential, at a handle angle, clear of hair and skin."""

from __future__ import annotations

import math

import numpy as np

from euthymia.core.poses import FloatArray, Frame, Pose
from euthymia.model.head.surface.scalp import ScalpPoint
from euthymia.plan.target.catalogue import targets

HAIR_MM = targets().holding.hair_mm
"""Distance between scalp and casing left for hair, where nothing else is said."""

HANDLE_ANGLE_DEG = targets().holding.handle_angle_deg
"""Handle backwards, this far from the midline towards the side of the target."""


def tangential(
    point: ScalpPoint,
    frame: Frame,
    handle_angle_deg: float = HANDLE_ANGLE_DEG,
    gap_mm: float = HAIR_MM,
    forward: FloatArray | None = None,
) -> Pose:
    """The pose of a coil flat on the scalp at a point, handle backwards.

    handle_angle_deg: from the midline towards the side on which the point lies: 0 is straight
    back, 90 straight out to that side. forward: (3,) the head's own forward direction.
    """
    ahead = np.array([0.0, 1.0, 0.0]) if forward is None else np.asarray(forward)
    inward = -point.outward_normal
    across = np.cross(inward, ahead)  # to the patient's right
    across /= np.linalg.norm(across)
    ahead = np.cross(across, inward)
    side = 1.0 if point.position_mm[0] < 0 else -1.0  # the target's own side: left, or right
    angle = math.radians(handle_angle_deg)
    front = math.cos(angle) * ahead + side * math.sin(angle) * across
    position = point.position_mm + gap_mm * point.outward_normal
    return Pose.facing(position, inward, front, frame)


def handle_angle_deg(pose: Pose, side: float, forward: FloatArray | None = None) -> float:
    """The handle's angle from straight back, towards the outside, -180 to 180 degrees.

    side: negative for a target on the left, positive on the right.
    """
    ahead = np.array([0.0, 1.0, 0.0]) if forward is None else np.asarray(forward)
    inward, front = pose.rotation[:, 2], pose.rotation[:, 1]
    across = np.cross(inward, ahead)
    across /= np.linalg.norm(across)
    sine = float(front @ across) * (1.0 if side < 0 else -1.0)
    return math.degrees(math.atan2(sine, float(front @ np.cross(across, inward))))
