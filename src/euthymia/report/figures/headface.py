"""Which part of a head is its face, so that no picture shows it.

A face is what a person is known by. Pictures of the quality report are shown to colleagues, so they
leave it out: everything in front of the ears and below the brow, but for what lies close to the
brain. The choice is made here, once, for slices and for the surface.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.poses import FloatArray
from euthymia.model.head.head import Head
from euthymia.model.head.volume import BRAIN, Tissue

BoolArray = NDArray[np.bool_]

_BEFORE_EARS_MM = 12.0
_ABOVE_NASION_MM = 14.0
"""The brow: the face begins below it."""

_AROUND_BRAIN_MM = 9.0
"""So far around brain and fluid the slices stay whole: the skull's inner layers are seen there."""


@dataclass(frozen=True, eq=False)
class Face:
    """The region of a head that no picture shows.

    ears_mm, brow_mm: (3,) points; forward, up: (3,) unit vectors of the head.
    near_brain: (nx, ny, nz) on the head's grid, what is kept although it lies in that region.
    """

    head: Head
    near_brain: BoolArray

    @classmethod
    def of(cls, head: Head) -> Face:
        cavity = head.volume.mask(*BRAIN, Tissue.CSF)
        distance = ndimage.distance_transform_edt(~cavity, sampling=head.volume.spacing_mm)
        return cls(head, np.asarray(distance <= _AROUND_BRAIN_MM))

    def region(self, points_mm: FloatArray) -> BoolArray:
        """(...) whether (..., 3) points lie in front of the ears and below the brow."""
        marks = self.head.landmarks
        ears = (marks.left_preauricular + marks.right_preauricular) / 2
        in_front = (points_mm - ears) @ marks.forward > _BEFORE_EARS_MM
        # The line of the brow sinks towards the ears, as the skull's base does.
        ahead = (points_mm - marks.nasion) @ marks.forward
        brow = _ABOVE_NASION_MM + 0.15 * np.minimum(ahead, 0.0)
        return np.asarray(in_front & ((points_mm - marks.nasion) @ marks.up < brow))

    def hidden(self, points_mm: FloatArray) -> BoolArray:
        """(...) whether (..., 3) points of a slice are left out: in the region, far from brain."""
        flat = points_mm.reshape(-1, 3)
        voxel = np.rint(self.head.volume.to_voxel(flat)).astype(int)
        inside = ((voxel >= 0) & (voxel < self.near_brain.shape)).all(axis=1)
        near = np.zeros(len(flat), dtype=bool)
        near[inside] = self.near_brain[tuple(voxel[inside].T)]
        return np.asarray((self.region(flat) & ~near).reshape(points_mm.shape[:-1]))
