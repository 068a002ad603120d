"""A coil on the scalp: tangential, at a handle angle, clear of hair and skin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from euthymia.core.poses import FloatArray, Frame, Pose
from euthymia.model.coil.coil import Coil
from euthymia.model.head.surface.scalp import ScalpPoint, head_mask
from euthymia.model.head.volume import LabelVolume
from euthymia.plan.target.catalogue import targets

HAIR_MM = targets().holding.hair_mm
"""Distance between scalp and casing left for hair, where nothing else is said."""

HANDLE_ANGLE_DEG = targets().holding.handle_angle_deg
"""Handle backwards, this far from the midline towards the side of the target."""

_SLIDES = 12
_SLIDE_TOLERANCE_MM = 0.1


@dataclass(frozen=True, eq=False)
class Clearance:
    """Distance from the head, anywhere around it.

    distance_mm: (nx, ny, nz) signed distance of the voxels of `volume`, negative inside.
    """

    volume: LabelVolume
    distance_mm: FloatArray

    @classmethod
    def of(cls, volume: LabelVolume) -> Clearance:
        """The distance map of a head; inner air counts as inside."""
        head = head_mask(volume)
        spacing = volume.spacing_mm
        outside = ndimage.distance_transform_edt(~head, sampling=spacing)
        inside = ndimage.distance_transform_edt(head, sampling=spacing)
        # Voxel centres on either side of the surface lie half a voxel from it.
        half = float(spacing.mean()) / 2
        return cls(volume, np.where(head, half - inside, outside - half).astype(np.float32))

    def at(self, points_mm: FloatArray) -> FloatArray:
        """(n,) distance from the head at (n, 3) points; beyond the map it grows with the way."""
        voxels = self.volume.to_voxel(points_mm)
        last = np.array(self.distance_mm.shape) - 1
        clipped = np.clip(voxels, 0, last)
        beyond = np.linalg.norm((voxels - clipped) * self.volume.spacing_mm, axis=-1)
        inside = ndimage.map_coordinates(self.distance_mm, clipped.T, order=1)
        return np.asarray(inside + beyond, dtype=float)

    def rested(self, coil: Coil, poses: Sequence[Pose], gap_mm: float = HAIR_MM) -> list[Pose]:
        """The poses slid along the coil's axis until the face's nearest point is `gap_mm` away.

        The distance never changes by more than the slide, so sliding by what is missing converges.
        """
        rotations = np.stack([pose.rotation for pose in poses])
        positions = np.stack([pose.position_mm for pose in poses])
        face = np.einsum("nij,pj->npi", rotations, coil.face_mm)
        slid = np.zeros(len(poses))
        for _ in range(_SLIDES):
            at = positions + slid[:, None] * rotations[:, :, 2]
            distance = self.at((face + at[:, None]).reshape(-1, 3)).reshape(len(poses), -1)
            missing = distance.min(axis=1) - gap_mm
            if np.abs(missing).max() < _SLIDE_TOLERANCE_MM:
                break
            slid += missing
        return [
            pose.shifted((0.0, 0.0, float(slide))) for pose, slide in zip(poses, slid, strict=True)
        ]


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
