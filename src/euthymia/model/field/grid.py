"""The brick grid of a head: padded voxels with their conductivity tensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.field.conductivity import (
    BLUR_VOXELS,
    Conductivities,
    Float32Array,
    MixedVoxels,
    mix_voxels,
)
from euthymia.model.head.volume import LabelVolume, Tissue

_COARSENINGS = 5


@dataclass(frozen=True, eq=False)
class Grid:
    """The voxels of a head in a box that halves several times, as a volume conductor.

    volume: the padded label volume; its affine gives the cell centres.
    axes: (3, 3) proper or improper orthonormal matrix, columns are the grid axes in the world.
    tensors: (nx, ny, nz, 6) conductivity along the grid axes, S/m, zero in air.
    """

    volume: LabelVolume
    conductivities: Conductivities
    mixed: MixedVoxels
    tensors: Float32Array

    @classmethod
    def of(
        cls,
        volume: LabelVolume,
        conductivities: Conductivities,
        blur_voxels: float = BLUR_VOXELS,
    ) -> Grid:
        """Pad, mix and make tensors; refuses a sheared voxel grid."""
        linear = volume.affine[:3, :3] / volume.spacing_mm
        if np.abs(linear.T @ linear - np.eye(3)).max() > 1e-3:
            raise InputError(
                "label volume",
                "its voxel axes are not perpendicular",
                "Resample it to a grid with perpendicular axes",
            )
        padded = _pad(volume)
        conductivities = conductivities.of_volume(padded)
        mixed = mix_voxels(padded, conductivities, blur_voxels)
        tensors = np.zeros((*padded.labels.shape, 6), dtype=np.float32)
        _fill_tensors(mixed.fill, mixed.along, mixed.across, mixed.normals, tensors)
        return cls(padded, conductivities, mixed, tensors)

    @property
    def spacing_mm(self) -> FloatArray:
        return self.volume.spacing_mm

    @property
    def axes(self) -> FloatArray:
        return np.asarray(self.volume.affine[:3, :3] / self.spacing_mm)

    @property
    def shape(self) -> tuple[int, int, int]:
        nx, ny, nz = self.volume.labels.shape
        return nx, ny, nz

    def centres_mm(self, cells: NDArray[np.int64]) -> FloatArray:
        """(n, 3) centres in the world of cells given as (n, 3) indices."""
        return self.volume.to_world(cells)


def _pad(volume: LabelVolume) -> LabelVolume:
    """Crop to the head, leave two empty layers all around, round up to halve several times."""
    filled = np.argwhere(volume.labels != Tissue.AIR)
    if len(filled) == 0:
        raise InputError("label volume", "it holds only air", "Give the labels of a head")
    first, last = filled.min(axis=0), filled.max(axis=0)
    head = volume.labels[tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))]
    step = 2**_COARSENINGS
    margin = 3
    size = -(-(np.array(head.shape) + 2 * margin) // step) * step
    labels = np.zeros(size, dtype=np.uint8)
    before = (size - head.shape) // 2
    labels[tuple(slice(b, b + n) for b, n in zip(before, head.shape, strict=True))] = head
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_world((first - before)[None])[0]
    return LabelVolume(labels, affine, volume.frame)


@njit(parallel=True, cache=True)
def _fill_tensors(fill, along, across, normals, out):  # type: ignore[no-untyped-def]
    for x in prange(fill.shape[0]):
        for y in range(fill.shape[1]):
            for z in range(fill.shape[2]):
                share = fill[x, y, z]
                if share == 0:
                    continue
                gap = along[x, y, z] - across[x, y, z]
                for s in range(6):
                    isotropic = along[x, y, z] if s < 3 else 0.0
                    out[x, y, z, s] = share * (isotropic - gap * normals[x, y, z, s])
