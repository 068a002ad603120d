"""Conductivity of the tissues, and of the voxels in which several tissues meet."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.references import Citation
from euthymia.model.head.volume import LabelVolume, Tissue

Float32Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Conductivity:
    """Conductivity of one tissue with the range the literature leaves open, S/m."""

    value_s_per_m: float
    low_s_per_m: float
    high_s_per_m: float


@dataclass(frozen=True)
class Conductivities:
    """The conductivity of every tissue but air, with their source.

    compact: that of the skull in a head whose spongy bone was told apart; None keeps the skull's.
    """

    by_tissue: Mapping[Tissue, Conductivity]
    source: Citation
    compact: Conductivity | None = None

    def value(self, tissue: Tissue) -> float:
        """Conductivity in S/m; air has none."""
        return 0.0 if tissue is Tissue.AIR else self.by_tissue[tissue].value_s_per_m

    def table(self) -> Float32Array:
        """(n,) conductivity in S/m by label number."""
        values = np.zeros(max(Tissue) + 1, dtype=np.float32)
        for tissue in Tissue:
            values[tissue] = self.value(tissue)
        return values

    def of_volume(self, volume: LabelVolume) -> Conductivities:
        """The table for one head: a skull without its spongy bone is compact bone."""
        if self.compact is None or not volume.mask(Tissue.SPONGY).any():
            return self
        entries = {**self.by_tissue, Tissue.SKULL: self.compact}
        return Conductivities(entries, self.source)

    def with_values(self, values: Mapping[Tissue, float]) -> Conductivities:
        """The same table with other values for some tissues, S/m; refuses what is not positive."""
        for tissue, value in values.items():
            if not (np.isfinite(value) and value > 0):
                raise InputError(
                    f"conductivity of {tissue.label}",
                    f"{value} S/m is not a positive number",
                    "Give it in siemens per metre, for instance 0.275 for grey matter",
                )
        changed = {
            tissue: Conductivity(values[tissue], values[tissue], values[tissue])
            if tissue in values
            else entry
            for tissue, entry in self.by_tissue.items()
        }
        return Conductivities(
            changed, self.source, None if Tissue.SKULL in values else self.compact
        )

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.table().tobytes()).hexdigest()


@cache
def standard_conductivities() -> Conductivities:
    """The conductivities the house uses unless told otherwise."""
    text = (files("euthymia.model.field") / "data" / "conductivities.toml").read_text("utf-8")
    data = tomllib.loads(text)
    source = Citation(**data.pop("source"))
    entries = {
        name.upper(): Conductivity(row["value"], row["low"], row["high"])
        for name, row in data.items()
    }
    compact = entries.pop("COMPACT")
    return Conductivities({Tissue[name]: row for name, row in entries.items()}, source, compact)


@dataclass(frozen=True, eq=False)
class MixedVoxels:
    """Conductivity of every voxel, as that of a small laminate of the tissues that meet in it.

    Where tissues meet at a border with normal n, current along the border sees the arithmetic
    mean of the conductivities and current across it the harmonic mean (a laminate). So a voxel
    has the tensor `fill * (along I - (along - across) N)`, where N (symmetric, trace one) is
    n n^T for a flat border and spreads over directions where borders meet. It makes the borders
    of a voxel grid smooth to second order, and it tells the field inside one tissue of the voxel:
    the tangential field is common, the normal current is common.

    fill: (nx, ny, nz) share of the voxel that is not air.
    along, across: (nx, ny, nz) S/m. normals: (nx, ny, nz, 6) N as xx, yy, zz, xy, xz, yz.
    """

    fill: Float32Array
    along: Float32Array
    across: Float32Array
    normals: Float32Array


BLUR_VOXELS = 1.0
"""Standard deviation of the kernel that spreads labels over their neighbours.

Chosen on the layered sphere (benchmarks/sphere.py): less leaves the staircase, more smears thin
layers."""


def mix_voxels(
    volume: LabelVolume, conductivities: Conductivities, blur_voxels: float = BLUR_VOXELS
) -> MixedVoxels:
    """The voxels of a label volume as laminates; see `MixedVoxels`."""
    body = volume.labels != Tissue.AIR
    sigma = conductivities.table()[volume.labels]
    # Air takes no part in the laminate: blur only what is tissue, and divide by its share.
    share = _blur(body.astype(np.float32), blur_voxels)
    safe = np.maximum(share, 1e-6)
    along = _blur(sigma, blur_voxels) / safe
    resistivity = np.zeros_like(sigma)
    np.divide(1.0, sigma, out=resistivity, where=body)
    across = safe / np.maximum(_blur(resistivity, blur_voxels), 1e-12)
    log_sigma = np.log(np.maximum(along, 1e-6))
    normals = _structure(log_sigma, share > 0.02)
    fill = np.where(share > 0.1, share, 0.0).astype(np.float32)
    return MixedVoxels(fill, along, np.minimum(across, along), normals)


def _blur(values: Float32Array, sigma_voxels: float) -> Float32Array:
    if sigma_voxels == 0:
        return values
    return ndimage.gaussian_filter(values, sigma_voxels, mode="nearest", truncate=3.0)


def _structure(values: Float32Array, inside: NDArray[np.bool_]) -> Float32Array:
    """(nx, ny, nz, 6) smoothed outer product of the gradient with itself, trace one."""
    # Outside the head the logarithm is undefined: continue it from the nearest tissue so that
    # the outer border itself counts as no border between tissues.
    nearest = ndimage.distance_transform_edt(~inside, return_distances=False, return_indices=True)
    filled = values[tuple(nearest)]
    gradient = [ndimage.gaussian_filter1d(filled, 0.7, axis=axis, order=1) for axis in range(3)]
    pairs = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
    tensor = np.empty((*values.shape, 6), dtype=np.float32)
    for slot, (i, j) in enumerate(pairs):
        tensor[..., slot] = _blur(gradient[i] * gradient[j], 0.7)
    trace = tensor[..., 0] + tensor[..., 1] + tensor[..., 2]
    tensor /= np.maximum(trace, 1e-12)[..., None]
    flat = trace < 1e-9
    tensor[flat] = np.array([1, 1, 1, 0, 0, 0], dtype=np.float32) / 3
    return tensor
