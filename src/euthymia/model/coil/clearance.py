"""Room between a coil's casing and the head: measured, kept, and restored where it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Pose
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.casing import thinned
from euthymia.model.head.surface.scalp import head_mask
from euthymia.model.head.volume import LabelVolume

_SLIDES = 24
_SLIDE_TOLERANCE_MM = 0.05
_FACE_CELL_MM = 3.0
_ENOUGH = 800
_FARTHEST_SLIDE_MM = 150.0


@dataclass(frozen=True, eq=False)
class Settled:
    """A placement after the coil was moved out of the head along its axis, and how far."""

    pose: Pose
    moved_mm: float

    @property
    def words(self) -> str:
        """One sentence about what was done."""
        if self.moved_mm == 0.0:
            return "The coil stays where it was asked for."
        return (
            f"At the pose asked for the casing would enter the head or its hair: the coil was "
            f"moved {self.moved_mm:.1f} mm out along its axis."
        )


@dataclass(frozen=True, eq=False)
class Clearance:
    """Distance from the head, anywhere around it.

    distance_mm: (nx, ny, nz) signed distance at points of a lattice, negative inside.
    affine: (4, 4) from lattice indices to millimetres; its axes are perpendicular.
    """

    distance_mm: NDArray[np.float32]
    affine: FloatArray

    @classmethod
    def of(cls, volume: LabelVolume) -> Clearance:
        """The distance map of a head; inner air counts as inside."""
        head = head_mask(volume)
        spacing = volume.spacing_mm
        outside = ndimage.distance_transform_edt(~head, sampling=spacing)
        inside = ndimage.distance_transform_edt(head, sampling=spacing)
        # Voxel centres on either side of the surface lie half a voxel from it.
        half = float(spacing.mean()) / 2
        distance = np.where(head, half - inside, outside - half).astype(np.float32)
        return cls(distance, volume.affine)

    @property
    def spacing_mm(self) -> FloatArray:
        """(3,) steps of the lattice."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0))

    def at(self, points_mm: FloatArray) -> FloatArray:
        """(n,) distance from the head at (n, 3) points; beyond the map it grows with the way."""
        points = np.asarray(points_mm, dtype=float)
        turns = np.broadcast_to(np.eye(3), (len(points), 3, 3))
        return self.least(np.zeros((1, 3)), turns, points)

    def least(
        self, face_mm: FloatArray, rotations: FloatArray, places_mm: FloatArray
    ) -> FloatArray:
        """(n,) the nearest that (f, 3) points of a casing come to the head at n poses, mm."""
        inverse = np.linalg.inv(self.affine)
        out = np.empty(len(places_mm))
        kernel = _least_of_one if len(places_mm) == 1 else _least_of_many
        kernel(
            self.distance_mm, inverse[:3, :3].copy(), inverse[:3, 3].copy(),
            self.spacing_mm, np.ascontiguousarray(face_mm),
            np.ascontiguousarray(rotations), np.ascontiguousarray(places_mm), out,
        )  # fmt: skip
        return out

    def slides(
        self, coil: AnyCoil, rotations: FloatArray, places_mm: FloatArray, gap_mm: float
    ) -> FloatArray:
        """(n,) how far each coil must move along its z axis for its face to be `gap_mm` away.

        The distance never changes by more than the slide, so sliding by what is missing converges.
        """
        face = thinned(coil.face_mm, _FACE_CELL_MM, _ENOUGH)
        slid = np.zeros(len(places_mm))
        active = np.arange(len(places_mm))
        for _ in range(_SLIDES):
            at = places_mm[active] + slid[active, None] * rotations[active, :, 2]
            missing = self.least(face, rotations[active], at) - gap_mm
            slid[active] += missing
            active = active[np.abs(missing) >= _SLIDE_TOLERANCE_MM]
            if len(active) == 0:
                break
        return slid

    def rested(self, coil: AnyCoil, poses: Sequence[Pose], gap_mm: float) -> list[Pose]:
        """The poses slid along the coil's axis until the face's nearest point is `gap_mm` away."""
        rotations = np.stack([pose.rotation for pose in poses])
        places = np.stack([pose.position_mm for pose in poses])
        slid = self.slides(coil, rotations, places, gap_mm)
        return [
            pose.shifted((0.0, 0.0, float(slide))) for pose, slide in zip(poses, slid, strict=True)
        ]

    def settled(self, coil: AnyCoil, pose: Pose, gap_mm: float = 0.0) -> Settled:
        """The pose, moved out along the coil's axis where the casing is nearer than `gap_mm`.

        Refuses a pose from which no way out leads along the axis (the coil faces away).
        """
        rotation, place = pose.rotation[None], pose.position_mm[None]
        nearest = float(self.least(coil.face_mm, rotation, place)[0])
        if nearest >= gap_mm:
            return Settled(pose, 0.0)
        moved = -float(self.slides(coil, rotation, place, gap_mm)[0])
        out = pose.shifted((0.0, 0.0, -moved))
        after = float(self.least(coil.face_mm, rotation, out.position_mm[None])[0])
        if not 0.0 < moved < _FARTHEST_SLIDE_MM or after < gap_mm - 1.0:
            raise InputError(
                f"coil {coil.id}",
                f"at this pose it reaches {gap_mm - nearest:.0f} mm too far into the head, and "
                "moving it out along its axis does not free it",
                "Check which way its z axis points: it must point into the head",
            )
        return Settled(out, moved)


def _least_of(distance, turn, shift, spacing, face, rotations, places, out):  # type: ignore[no-untyped-def]
    for n in prange(places.shape[0]):
        matrix = np.empty((3, 3))
        start = np.empty(3)
        for a in range(3):
            start[a] = shift[a]
            for b in range(3):
                start[a] += turn[a, b] * places[n, b]
                matrix[a, b] = 0.0
                for c in range(3):
                    matrix[a, b] += turn[a, c] * rotations[n, c, b]
        base = np.empty(3, dtype=np.int64)
        part = np.empty(3)
        least = 1e9
        for f in range(face.shape[0]):
            beyond = 0.0
            for a in range(3):
                at = start[a]
                for b in range(3):
                    at += matrix[a, b] * face[f, b]
                inside = min(max(at, 0.0), distance.shape[a] - 1.000001)
                beyond += ((at - inside) * spacing[a]) ** 2
                base[a] = int(inside)
                part[a] = inside - base[a]
            value = np.sqrt(beyond)
            for corner in range(8):
                i, j, k = corner >> 2 & 1, corner >> 1 & 1, corner & 1
                weight = (
                    (part[0] if i else 1 - part[0])
                    * (part[1] if j else 1 - part[1])
                    * (part[2] if k else 1 - part[2])
                )
                value += weight * distance[base[0] + i, base[1] + j, base[2] + k]
            least = min(least, value)
        out[n] = least


_least_of_many = njit(parallel=True, cache=True)(_least_of)

# One pose is too little work to share between threads.
_least_of_one = njit(cache=True)(_least_of)
