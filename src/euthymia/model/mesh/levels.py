"""How much of each tissue is where: smooth functions whose order decides the borders.

The mesher needs nothing else of a head. They come from labels (spread a little, so that the stairs
of the voxels go) or from the tissue probabilities of a segmentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Frame
from euthymia.model.head.volume import LabelVolume, Tissue

Float32Array = NDArray[np.float32]

BLUR_VOXELS = 0.8
"""Standard deviation of the kernel that spreads labels: less leaves stairs, more eats layers."""

_MARGIN = 3


class TissueShares(Protocol):
    """Anything that knows the share of each tissue in each voxel, such as tissue probabilities."""

    @property
    def affine(self) -> FloatArray:
        """(4, 4) from voxel index to millimetres."""

    @property
    def frame(self) -> Frame:
        """The frame of the millimetres."""

    def share(self, tissue: Tissue) -> Float32Array:
        """(nx, ny, nz) between 0 and 1."""


@dataclass(frozen=True, eq=False)
class Levels:
    """Shares of the tissues on a grid, for sampling anywhere.

    tissues: air first. shares: (nx, ny, nz, t) float32, sum one. affine: (4, 4) to millimetres.
    """

    tissues: tuple[Tissue, ...]
    shares: Float32Array
    affine: FloatArray
    frame: Frame

    @classmethod
    def of_labels(cls, volume: LabelVolume, blur_voxels: float = BLUR_VOXELS) -> Levels:
        """The levels of a label volume; refuses one that holds only air."""
        present = [t for t in Tissue if t is not Tissue.AIR and (volume.labels == t).any()]
        # As many millimetres along every axis, however long the voxels are.
        spacing = volume.spacing_mm
        blur = blur_voxels * np.cbrt(np.prod(spacing)) / spacing
        box, affine = _box(volume.labels != Tissue.AIR, volume.affine)
        labels = np.pad(volume.labels, _MARGIN)[box]

        def share(tissue: Tissue) -> Float32Array:
            inside = (labels == tissue).astype(np.float32)
            return np.asarray(ndimage.gaussian_filter(inside, blur, mode="nearest"))

        return cls._stacked(present, [share(t) for t in present], affine, volume.frame)

    @classmethod
    def of_shares(cls, maps: TissueShares) -> Levels:
        """The levels of tissue probabilities, taken as they are."""
        every = [tissue for tissue in Tissue if tissue is not Tissue.AIR]
        found = {t: np.asarray(maps.share(t), dtype=np.float32) for t in every}
        tissues = [tissue for tissue in every if (found[tissue] > 0).any()]
        if not tissues:
            raise InputError("head", "it holds only air", "Give the tissues of a head")
        shares = [found[tissue] for tissue in tissues]
        box, affine = _box(np.asarray(sum(shares)) > 0.5, maps.affine)
        return cls._stacked(
            tissues, [np.pad(share, _MARGIN)[box] for share in shares], affine, maps.frame
        )

    @classmethod
    def _stacked(
        cls, tissues: Sequence[Tissue], shares: list[Float32Array], affine: FloatArray, frame: Frame
    ) -> Levels:
        out = np.empty((*shares[0].shape, len(shares) + 1), dtype=np.float32)
        for slot, share in enumerate(shares):
            out[..., slot + 1] = share
        out[..., 0] = np.clip(1.0 - out[..., 1:].sum(axis=-1), 0.0, 1.0)
        return cls((Tissue.AIR, *tissues), out, affine, frame)

    @property
    def to_voxel(self) -> FloatArray:
        """(3, 4) from millimetres to fractional voxel index."""
        return np.ascontiguousarray(np.linalg.inv(self.affine)[:3])

    def at(self, points_mm: FloatArray) -> Float32Array:
        """(n, t) shares at points; outside the grid the nearest value."""
        out = np.empty((len(points_mm), len(self.tissues)), dtype=np.float32)
        _sample_all(self.shares, self.to_voxel, np.ascontiguousarray(points_mm), out)
        return out

    def main(self) -> NDArray[np.uint8]:
        """(nx, ny, nz) the tissue with the largest share in each voxel."""
        numbers = np.array([int(tissue) for tissue in self.tissues], dtype=np.uint8)
        return np.asarray(numbers[self.shares.argmax(axis=-1)])


def _box(body: NDArray[np.bool_], affine: FloatArray) -> tuple[tuple[slice, ...], FloatArray]:
    """The part of the padded grid that holds the body with a margin, and that part's affine."""
    filled = np.argwhere(body)
    if len(filled) == 0:
        raise InputError("head", "it holds only air", "Give the tissues of a head")
    first, last = filled.min(axis=0), filled.max(axis=0) + 2 * _MARGIN
    moved = np.array(affine, dtype=float)
    moved[:3, 3] += moved[:3, :3] @ (first - _MARGIN)
    return tuple(slice(int(a), int(b) + 1) for a, b in zip(first, last, strict=True)), moved


@njit(cache=True)
def sample(shares, to_voxel, x, y, z, out):  # type: ignore[no-untyped-def]
    """Fill (t,) shares at one point by trilinear interpolation."""
    place = np.empty(3)
    for k in range(3):
        p = to_voxel[k, 0] * x + to_voxel[k, 1] * y + to_voxel[k, 2] * z + to_voxel[k, 3]
        place[k] = min(max(p, 0.0), shares.shape[k] - 1.000001)
    i, j, l = int(place[0]), int(place[1]), int(place[2])  # noqa: E741
    u, v, w = place[0] - i, place[1] - j, place[2] - l
    for t in range(shares.shape[3]):
        near = (shares[i, j, l, t] * (1 - w) + shares[i, j, l + 1, t] * w) * (1 - v) + (
            shares[i, j + 1, l, t] * (1 - w) + shares[i, j + 1, l + 1, t] * w
        ) * v
        far = (shares[i + 1, j, l, t] * (1 - w) + shares[i + 1, j, l + 1, t] * w) * (1 - v) + (
            shares[i + 1, j + 1, l, t] * (1 - w) + shares[i + 1, j + 1, l + 1, t] * w
        ) * v
        out[t] = near * (1 - u) + far * u


@njit(parallel=True, cache=True)
def _sample_all(shares, to_voxel, points, out):  # type: ignore[no-untyped-def]
    for n in prange(points.shape[0]):
        sample(shares, to_voxel, points[n, 0], points[n, 1], points[n, 2], out[n])
