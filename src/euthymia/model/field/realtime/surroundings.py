"""The shells around a head that the real-time engine stands on: where to sample, where to source.

Inside the head the field of all sources outside is a sum of fields of dipoles on a surface around
it. The engine samples the incident field on the hull of the brain, where it matters, and at fewer
places under the scalp, which hold it down elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Frame
from euthymia.model.coil.clearance import Clearance
from euthymia.model.head.grid.morphology import closed, filled
from euthymia.model.head.surface.scalp import head_mask
from euthymia.model.head.volume import BRAIN, LabelVolume, Tissue

Float32Array = NDArray[np.float32]

_LATTICE_MM = 2.0
_MARGIN_MM = 46.0
_SOURCES_AT_MM = 10.0
_UNDER_SCALP_MM = -3.0
_SOFT_MM = 8.0


@dataclass(frozen=True, eq=False)
class Surroundings:
    """A head's distance lattice, sample points, outer dipoles, and where coils may lie.

    samples_mm: (m, 3); weights: (m,) what a sample counts in the fit. dipoles_mm, dipole_axes:
    (k, 3) unit dipoles around the head. scalp_mm, scalp_normals: (s, 3) places for coils.
    """

    frame: Frame
    outside: Clearance
    samples_mm: FloatArray
    weights: FloatArray
    dipoles_mm: FloatArray
    dipole_axes: FloatArray
    scalp_mm: FloatArray
    scalp_normals: FloatArray

    @classmethod
    def of(
        cls,
        volume: LabelVolume,
        floor: tuple[FloatArray, FloatArray] | None = None,
        samples: int = 650,
        dipoles: int = 2000,
    ) -> Surroundings:
        """The surroundings of a label volume.

        floor: a point and an upward direction; coils lie on the scalp above it. By default the
        upper three fifths of the head.
        """
        outside, brain = _lattices(volume)
        soft = ndimage.gaussian_filter(outside.distance_mm, _SOFT_MM / _LATTICE_MM)
        slopes = np.stack(np.gradient(soft), axis=-1)
        origin = outside.affine[:3, 3]

        def shell(distance_mm: float, count: int) -> tuple[FloatArray, FloatArray]:
            band = np.abs(outside.distance_mm - distance_mm) <= _LATTICE_MM / 2
            cells = _spread(np.argwhere(band), count)
            axes = slopes[tuple(cells.T)]
            axes = axes / np.linalg.norm(axes, axis=1)[:, None]
            off = outside.distance_mm[tuple(cells.T)] - distance_mm
            return origin + _LATTICE_MM * cells - off[:, None] * axes, axes

        hull = brain & ~ndimage.binary_erosion(brain)
        near = _spread(np.argwhere(hull), samples)
        under, _ = shell(_UNDER_SCALP_MM, samples // 4)
        at, axes = shell(_SOURCES_AT_MM, dipoles)
        scalp, normals = shell(0.0, 4000)
        point, up = floor or _three_fifths(scalp)
        usable = (scalp - point) @ up > 0
        if not usable.any():
            raise InputError("floor of the scalp", "the head lies below it", "Turn its direction")
        return cls(
            volume.frame,
            outside,
            np.concatenate([origin + _LATTICE_MM * near, under]),
            np.concatenate([np.ones(len(near)), np.full(len(under), 0.3)]),
            at,
            axes,
            scalp[usable],
            normals[usable],
        )


def _lattices(volume: LabelVolume) -> tuple[Clearance, NDArray[np.bool_]]:
    """The distance lattice, and on it the mask of everything within the skull's inside."""
    head = head_mask(volume)
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in head.shape])).reshape(3, -1).T
    world = volume.to_world(corners)
    origin = np.floor(world.min(axis=0)) - _MARGIN_MM
    size = np.ceil((world.max(axis=0) + _MARGIN_MM - origin) / _LATTICE_MM).astype(int) + 1
    index = np.stack(np.meshgrid(*[np.arange(n) for n in size], indexing="ij"), axis=-1)
    voxels = np.rint(volume.to_voxel((origin + _LATTICE_MM * index).reshape(-1, 3))).astype(int)
    inside = ((voxels >= 0) & (voxels < head.shape)).all(axis=1)

    def resampled(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        out = np.zeros(len(voxels), dtype=bool)
        out[inside] = mask[tuple(voxels[inside].T)]
        return out.reshape(tuple(size))

    whole = resampled(head)
    out = ndimage.distance_transform_edt(~whole, sampling=_LATTICE_MM)
    deep = ndimage.distance_transform_edt(whole, sampling=_LATTICE_MM)
    distance = np.where(whole, _LATTICE_MM / 2 - deep, out - _LATTICE_MM / 2)
    brain = resampled(volume.mask(*BRAIN, Tissue.CSF))
    if not brain.any():
        raise InputError("label volume", "it holds no brain", "Give the labels of a head")
    hull = filled(closed(brain, 8.0, np.full(3, _LATTICE_MM)))
    affine = np.diag([_LATTICE_MM, _LATTICE_MM, _LATTICE_MM, 1.0])
    affine[:3, 3] = origin
    return Clearance(distance.astype(np.float32), affine), hull


def _spread(cells: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """About `count` of the cells, evenly spread: one in each cube, nearest to its middle."""
    step = 2.0
    chosen = cells
    while len(chosen) > count:
        step *= 1.03
        cube = np.floor(cells / step)
        order = np.argsort(np.abs(cells / step - cube - 0.5).sum(axis=1), kind="stable")
        _, first = np.unique(cube[order], axis=0, return_index=True)
        chosen = cells[order[first]]
    return chosen


def _three_fifths(points_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
    low, high = points_mm.min(axis=0), points_mm.max(axis=0)
    return low + 0.4 * (high - low), np.array([0.0, 0.0, 1.0])
