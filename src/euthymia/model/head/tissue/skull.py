"""The inner and outer surface of the skull, found along rays that leave the brain's hull.

On a T1 image bone is dark between two brighter things: cerebrospinal fluid and dura inside, fat,
muscle and skin outside. So the inner surface is where brightness falls below that of fluid for
the first time, the outer one where it rises most steeply to that of the soft tissue. Each ray of
the hull gives an opinion about both; neighbouring rays are made to agree, which carries the
surfaces over vessels, thin fluid and marrow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from euthymia.core.poses import FloatArray
from euthymia.model.head.grid.morphology import (
    BoolArray,
    closed,
    depth_inside_mm,
    distance_to_mm,
    filled,
)
from euthymia.model.head.surface.meshes import (
    TriangleSurface,
    largest_piece,
    neighbour_average,
    surface_of_mask,
)

_HULL_CLOSING_MM = 12.0
_HULL_SPACING_MM = 3.0
_RAY_STEP_MM = 0.5
_RAY_START_MM = -2.0
_RAY_END_MM = 42.0
_THINNEST_SCALP_MM = 2.5
_THINNEST_SKULL_MM = 2.0
_THINNEST_FLUID_MM = 1.0
_AGREEMENT_ROUNDS = 25
_FAT_CAP = 1.25


@dataclass(frozen=True, eq=False)
class SkullLayers:
    """Distance of the skull's two surfaces from the brain's hull, on the image's grid.

    hull_distance_mm: (nx, ny, nz) signed distance from the hull, positive outside.
    inner_mm, outer_mm: (nx, ny, nz) where along that distance the skull begins and ends.
    """

    hull_distance_mm: NDArray[np.float32]
    inner_mm: NDArray[np.float32]
    outer_mm: NDArray[np.float32]

    @property
    def cavity(self) -> BoolArray:
        """Everything inside the inner surface: brain and fluid."""
        return np.asarray(self.hull_distance_mm <= self.inner_mm)

    @property
    def within_outer(self) -> BoolArray:
        """Everything inside the outer surface."""
        return np.asarray(self.hull_distance_mm <= self.outer_mm)


def brain_hull(brain: BoolArray, affine: FloatArray) -> BoolArray:
    """The brain with its sulci and fissures closed over."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    return filled(closed(brain, _HULL_CLOSING_MM, spacing))


def find_skull(
    t1: NDArray[np.float32], head: BoolArray, hull: BoolArray, affine: FloatArray
) -> SkullLayers:
    """The skull's surfaces from a T1 scaled so that grey matter is 1.

    t1: (nx, ny, nz) free of bias. head: what is not outer air. hull: from `brain_hull`.
    """
    surface = largest_piece(
        surface_of_mask(hull, affine, spacing_mm=_HULL_SPACING_MM, smoothing_mm=2.0)
    )
    rays = _Rays.cast(t1, head, surface, affine)
    inner = rays.inner()
    outer = rays.outer(inner)
    inner = np.minimum(inner, outer - _THINNEST_SKULL_MM)
    return _on_grid(hull, affine, surface, inner, outer)


@dataclass(frozen=True, eq=False)
class _Rays:
    """Profiles of the T1 along the normals of the hull: (n rays, k steps)."""

    depths_mm: FloatArray
    values: FloatArray
    scalp_mm: FloatArray
    agree: sparse.csr_array

    @classmethod
    def cast(
        cls,
        t1: NDArray[np.float32],
        head: BoolArray,
        surface: TriangleSurface,
        affine: FloatArray,
    ) -> _Rays:
        depths = np.arange(_RAY_START_MM, _RAY_END_MM, _RAY_STEP_MM, dtype=np.float64)
        agree = neighbour_average(len(surface.vertices_mm), surface.faces)
        normals = surface.normals
        for _ in range(8):
            normals = agree @ normals
        normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)
        points = surface.vertices_mm[:, None, :] + depths[None, :, None] * normals[:, None, :]
        voxels = np.linalg.solve(affine[:3, :3], (points - affine[:3, 3]).reshape(-1, 3).T)
        shape = points.shape[:2]
        values = ndimage.map_coordinates(t1, voxels, order=1, mode="nearest").reshape(shape)
        values = ndimage.gaussian_filter1d(values.astype(float), 0.8, axis=1)
        # Neighbouring rays are averaged a little: noise falls, the layers stay.
        values = 0.5 * values + 0.5 * (agree @ values)
        inside = ndimage.map_coordinates(
            head.astype(np.float32), voxels, order=1, mode="constant"
        ).reshape(shape)
        left = inside < 0.5
        scalp = np.where(left.any(axis=1), depths[left.argmax(axis=1)], np.inf)
        return cls(depths, values, scalp, agree)

    def inner(self) -> FloatArray:
        """(n,) where brightness first falls from fluid to bone, millimetres from the hull."""
        slope = np.gradient(self.values, _RAY_STEP_MM, axis=1)
        darkest_near = ndimage.minimum_filter1d(self.values, 5, axis=1, origin=-2)
        cost = 1.2 * slope + 1.0 * np.clip(darkest_near - 0.28, 0.0, None)
        # Bone passed on the way makes every later step dear: the first table counts.
        bone = np.clip(0.30 - self.values, 0.0, None)
        cost += 1.5 * _RAY_STEP_MM * np.cumsum(np.roll(bone, 1, axis=1) * (self.depths_mm > 0), 1)
        cost += 0.0015 * (self.depths_mm - 2.5) ** 2
        latest = np.minimum(self.scalp_mm - _THINNEST_SCALP_MM - _THINNEST_SKULL_MM, 16.0)
        cost[:, self.depths_mm < _THINNEST_FLUID_MM] = np.inf
        cost[self.depths_mm[None, :] > np.maximum(latest, 1.5)[:, None]] = np.inf
        return self._agreed(cost, stiffness=0.02)

    def outer(self, inner: FloatArray) -> FloatArray:
        """(n,) where brightness rises from bone to soft tissue, millimetres from the hull."""
        # Fat is so bright that its half level lies outside galea and periosteum, which are dark
        # like bone but no bone; capping it puts the border at their inner side.
        capped = np.minimum(self.values, _FAT_CAP)
        slope = np.gradient(capped, _RAY_STEP_MM, axis=1)
        darkest_before = ndimage.minimum_filter1d(self.values, 9, axis=1, origin=4)
        thickness = self.depths_mm[None, :] - inner[:, None]
        cost = -1.0 * np.clip(slope, None, 0.5) + 1.5 * np.clip(darkest_before - 0.35, 0.0, None)
        cost += 0.0015 * (thickness - 6.5) ** 2
        latest = np.maximum(self.scalp_mm - _THINNEST_SCALP_MM, inner + _THINNEST_SKULL_MM + 0.5)
        cost[thickness < _THINNEST_SKULL_MM] = np.inf
        cost[self.depths_mm[None, :] > np.minimum(latest, inner + 22.0)[:, None]] = np.inf
        return self._agreed(cost, stiffness=0.01)

    def _agreed(self, cost: FloatArray, stiffness: float) -> FloatArray:
        """The depths of least cost when each is also drawn to its neighbours' mean."""
        first, last = cost.argmin(axis=1), None
        place = self.depths_mm[first]
        open_ = np.isfinite(cost)
        for round_ in range(_AGREEMENT_ROUNDS):
            mean = self.agree @ (self.agree @ place)
            pull = stiffness * min(1.0, (round_ + 1) / 10)
            total = (
                np.where(open_, cost, 1e9) + pull * (self.depths_mm[None, :] - mean[:, None]) ** 2
            )
            place = self.depths_mm[total.argmin(axis=1)]
            if last is not None and np.array_equal(place, last):
                break
            last = place
        # Half-millimetre steps are rounded off.
        return np.asarray(0.5 * place + 0.5 * (self.agree @ place))


def _on_grid(
    hull: BoolArray,
    affine: FloatArray,
    surface: TriangleSurface,
    inner: FloatArray,
    outer: FloatArray,
) -> SkullLayers:
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    outside = distance_to_mm(hull, spacing)
    inside = depth_inside_mm(hull, spacing)
    half = 0.5 * float(spacing.mean())
    distance = np.where(hull, half - inside, outside - half).astype(np.float32)
    near = np.argwhere((distance > -3.0) & (distance < float(outer.max()) + 1.0))
    world = near @ affine[:3, :3].T + affine[:3, 3]
    gaps, index = surface.tree.query(world, k=4)
    weights = 1.0 / np.maximum(gaps, 0.5) ** 2
    weights /= weights.sum(axis=1, keepdims=True)
    layers = []
    for depths in (inner, outer):
        grid = np.full(hull.shape, 1.0, dtype=np.float32)
        grid[tuple(near.T)] = np.sum(weights * depths[index], axis=1)
        layers.append(grid)
    return SkullLayers(distance, layers[0], layers[1])
