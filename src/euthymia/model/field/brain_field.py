"""The strength of a field all over the brain, for pictures and summaries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.core.poses import FloatArray
from euthymia.model.field.solver import InducedField
from euthymia.model.head.volume import BRAIN, LabelVolume, Tissue

Float32Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class BrainField:
    """|E| in grey and white matter on a head's grid.

    volume: the labels of the grid. strength: (nx, ny, nz) V/m for 1 A/us, NaN outside the brain.
    """

    volume: LabelVolume
    strength: Float32Array

    @classmethod
    def of(cls, field: InducedField) -> BrainField:
        """The strength of a solved field, each voxel by the tissue it is labelled with."""
        strength = np.full(field.grid.shape, np.nan, dtype=np.float32)
        for tissue in BRAIN:
            cells = field.cells(tissue)
            strength[tuple(cells.T)] = np.linalg.norm(field.inside(tissue, cells), axis=1)
        return cls(field.grid.volume, strength)

    def scaled(self, didt_a_per_us: float) -> BrainField:
        """The same field at that rate of change of the coil's current."""
        return BrainField(self.volume, self.strength * np.float32(didt_a_per_us))

    def at(self, points_mm: FloatArray) -> FloatArray:
        """(n,) strength at (n, 3) points, interpolated over brain voxels; NaN away from them."""
        voxels = self.volume.to_voxel(points_mm)
        base = np.floor(voxels).astype(int)
        share = voxels - base
        total, weights = np.zeros(len(voxels)), np.zeros(len(voxels))
        last = np.array(self.strength.shape) - 1
        for corner in np.ndindex(2, 2, 2):
            at = base + corner
            inside = ((at >= 0) & (at <= last)).all(axis=1)
            values = self.strength[tuple(np.clip(at, 0, last).T)].astype(float)
            weight = np.prod(np.where(np.array(corner) == 1, share, 1 - share), axis=1)
            weight = np.where(inside & np.isfinite(values), weight, 0.0)
            total += weight * np.nan_to_num(values)
            weights += weight
        return np.where(weights > 1e-6, total / np.maximum(weights, 1e-6), np.nan)

    def peak(self, percentile: float = 99.9) -> float:
        """A high percentile of |E| in grey matter (the maximum itself is one voxel's accident)."""
        grey = self.strength[self.volume.labels == Tissue.GREY]
        return float(np.percentile(grey, percentile))

    def volume_above_ml(self, share: float, percentile: float = 99.9) -> float:
        """Millilitres of grey matter in which |E| exceeds that share of the peak."""
        grey = self.strength[self.volume.labels == Tissue.GREY]
        voxel = abs(float(np.linalg.det(self.volume.affine[:3, :3])))
        return float((grey >= share * self.peak(percentile)).sum()) * voxel / 1000.0
