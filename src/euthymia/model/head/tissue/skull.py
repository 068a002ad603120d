"""The inner and outer surface of the skull, found along rays that leave the brain's hull.

On a T1 image bone is dark between two brighter things: cerebrospinal fluid and dura inside, fat,
muscle and skin outside. So the inner surface is where brightness falls below that of fluid for
the first time, the outer one where it rises to that of soft tissue with no bone beyond. Each ray
of the hull gives an opinion about both; neighbouring rays are made to agree, which carries the
surfaces over vessels, thin fluid and marrow. A T2 image, where there is one, shows fluid bright
beside dark bone and says more about the inner surface than the T1 can.
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

Volume = NDArray[np.float32]

_HULL_CLOSING_MM = 12.0
_HULL_SPACING_MM = 3.0
_RAY_STEP_MM = 0.5
_RAY_START_MM = -2.0
_RAY_END_MM = 42.0
_THINNEST_SCALP_MM = 2.5
_THINNEST_SKULL_MM = 2.0
_THINNEST_FLUID_MM = 1.0
_USUAL_FLUID_MM = 2.5
_USUAL_SKULL_MM = 6.5
_RARELY_THINNER_MM = 5.0
_AGREEMENT_ROUNDS = 25
_WIDEST_ROUNDS = 24

# What weighs how much was chosen on simulated scans and by looking at real ones.
_VALLEY = 0.8
_FLUID_PULL = 0.004
_THIN_COST = 0.04

_SOFT = 0.85
"""Brightness of muscle and skin; grey matter is 1.

Fat is brighter, and its half level would lie outside periosteum and galea, which are dark like
bone but no bone. So the outer border is looked for on the way from bone to this.
"""

_USUAL_BONE = 0.2
_QUIET = 0.05
"""Noise, as a share of grey matter, up to which a ray and its neighbours are believed as is."""

_LEVEL_BLUR_MM = 0.8
_FOLDED_MM = 3.0


@dataclass(frozen=True, eq=False)
class SkullLayers:
    """How deep every voxel lies within the skull's two surfaces.

    inner_mm, outer_mm: (nx, ny, nz) about the depth below the inner and the outer surface,
    negative outside of it, continuous between voxels; far from the surface it is cut off.
    bone: brightness of compact bone.
    """

    inner_mm: NDArray[np.float32]
    outer_mm: NDArray[np.float32]
    bone: float

    @property
    def cavity(self) -> BoolArray:
        """Everything inside the inner surface: brain and fluid."""
        return np.asarray(self.inner_mm >= 0)

    @property
    def within_outer(self) -> BoolArray:
        """Everything inside the outer surface."""
        return np.asarray(self.outer_mm >= 0)


def brain_hull(brain: BoolArray, affine: FloatArray) -> BoolArray:
    """The brain with its sulci and fissures closed over."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    return filled(closed(brain, _HULL_CLOSING_MM, spacing))


def find_skull(
    t1: Volume,
    head: BoolArray,
    hull: BoolArray,
    affine: FloatArray,
    *,
    fluid: float,
    noise: float = 0.0,
    t2: Volume | None = None,
) -> SkullLayers:
    """The skull's surfaces from a T1 scaled so that grey matter is 1.

    t1: (nx, ny, nz) free of bias. head: what is not outer air. hull: from `brain_hull`.
    fluid: brightness of fluid. noise: standard deviation in the T1.
    t2: on the same grid, scaled so that fluid is 1.
    """
    surface = largest_piece(
        surface_of_mask(hull, affine, spacing_mm=_HULL_SPACING_MM, smoothing_mm=2.0)
    )
    rays = _Rays.cast(t1, head, surface, affine, noise, t2)
    bone = min(rays.bone(), fluid - 0.08)
    outer = rays.outer(bone)
    inner = rays.inner(outer, 0.5 * (fluid + bone))
    inner = np.minimum(inner, outer - _THINNEST_SKULL_MM)
    return _on_grid(hull, affine, surface, rays.normals, inner, outer, bone)


@dataclass(frozen=True, eq=False)
class _Rays:
    """Profiles of the images along the normals of the hull: (n rays, k steps)."""

    normals: FloatArray
    depths_mm: FloatArray
    values: FloatArray
    scalp_mm: FloatArray
    agree: sparse.csr_array
    t2: FloatArray | None

    @classmethod
    def cast(
        cls,
        t1: Volume,
        head: BoolArray,
        surface: TriangleSurface,
        affine: FloatArray,
        noise: float,
        t2: Volume | None,
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
        # Neighbouring rays are averaged, the more the noisier the image: the layers stay.
        rounds = 1 if noise < _QUIET else 2

        def profiles(image: Volume) -> FloatArray:
            values = ndimage.map_coordinates(image, voxels, order=1, mode="nearest").reshape(shape)
            values = ndimage.gaussian_filter1d(values.astype(float), 0.8, axis=1)
            for _ in range(rounds):
                values = 0.5 * values + 0.5 * (agree @ values)
            return np.asarray(values)

        inside = ndimage.map_coordinates(
            head.astype(np.float32), voxels, order=1, mode="constant"
        ).reshape(shape)
        left = inside < 0.5
        scalp = np.where(left.any(axis=1), depths[left.argmax(axis=1)], np.inf)
        return cls(
            normals, depths, profiles(t1), scalp, agree, None if t2 is None else profiles(t2)
        )

    def bone(self) -> float:
        """Brightness of compact bone: the darkest on the way out, of the middle ray."""
        near = (self.depths_mm > 0.5) & (self.depths_mm < 12.0)
        before_air = self.depths_mm[None, near] < self.scalp_mm[:, None] - 3.0
        darkest = np.where(before_air, self.values[:, near], np.inf).min(axis=1)
        darkest = darkest[np.isfinite(darkest)]
        return float(np.median(darkest)) if darkest.size else _USUAL_BONE

    def outer(self, bone: float) -> FloatArray:
        """(n,) where brightness rises from bone to soft tissue, millimetres from the hull."""
        # What lies beyond the skin says nothing about bone.
        skin = self.depths_mm[None, :] > self.scalp_mm[:, None] - 1.0
        capped = np.minimum(np.where(skin, _SOFT, self.values), _SOFT)
        slope = np.gradient(capped, _RAY_STEP_MM, axis=1)
        darkest_before = ndimage.minimum_filter1d(self.values, 9, axis=1, origin=4)
        darkest_beyond = ndimage.minimum_filter1d(capped, 11, axis=1, origin=-5)
        cost = -1.0 * np.clip(slope, None, 0.5)
        cost += 1.5 * np.clip(darkest_before - bone - 0.15, 0.0, None)
        # The inner table also ends in something brighter, marrow; but there is bone beyond it.
        cost += 1.5 * np.clip(bone + 0.2 - darkest_beyond, 0.0, None)
        cost += 0.0015 * (self.depths_mm - _USUAL_FLUID_MM - _USUAL_SKULL_MM) ** 2
        least = _THINNEST_FLUID_MM + _THINNEST_SKULL_MM
        latest = np.maximum(self.scalp_mm - _THINNEST_SCALP_MM, least + 0.5)
        cost[:, self.depths_mm < least] = np.inf
        cost[self.depths_mm[None, :] > np.minimum(latest, 26.0)[:, None]] = np.inf
        return self._agreed(cost, stiffness=0.01)

    def inner(self, outer: FloatArray, dark: float) -> FloatArray:
        """(n,) where brightness first falls from fluid to bone, millimetres from the hull.

        dark: the brightness in the middle between fluid and bone.
        """
        slope = np.gradient(self.values, _RAY_STEP_MM, axis=1)
        darkest_near = ndimage.minimum_filter1d(self.values, 5, axis=1, origin=-2)
        cost = 1.2 * np.clip(slope, -0.4, None) + np.clip(darkest_near - dark, 0.0, None)
        # The inner table may be so thin that it is but a valley before the marrow.
        valley = ndimage.grey_closing(self.values, size=(1, 9)) - self.values
        soon = ndimage.maximum_filter1d(valley, 3, axis=1, origin=-1)
        cost -= _VALLEY * np.clip(soon, 0.0, 0.15)
        # Bone passed on the way makes every later step dear: the first table counts.
        bone = np.clip(dark - self.values, 0.0, None)
        cost += 1.5 * _RAY_STEP_MM * np.cumsum(np.roll(bone, 1, axis=1) * (self.depths_mm > 0), 1)
        if self.t2 is not None:
            cost += 1.5 * np.gradient(self.t2, _RAY_STEP_MM, axis=1)
        cost += _FLUID_PULL * (self.depths_mm - _USUAL_FLUID_MM) ** 2
        thickness = outer[:, None] - self.depths_mm[None, :]
        cost += _THIN_COST * np.clip(_RARELY_THINNER_MM - thickness, 0.0, None) ** 2
        cost[:, self.depths_mm < _THINNEST_FLUID_MM] = np.inf
        cost[(thickness < _THINNEST_SKULL_MM) & (self.depths_mm > _THINNEST_FLUID_MM)] = np.inf
        cost[:, self.depths_mm > 16.0] = np.inf
        return self._agreed(cost, stiffness=0.02)

    def _agreed(self, cost: FloatArray, stiffness: float) -> FloatArray:
        """The depths of least cost when each is also drawn to its neighbours' mean.

        The neighbourhood begins wide, so that a patch of rays that all took marrow for fluid does
        not confirm itself, and narrows to the next ray but one.
        """
        first, last = cost.argmin(axis=1), None
        place = self.depths_mm[first]
        open_ = np.isfinite(cost)
        for round_ in range(_AGREEMENT_ROUNDS):
            mean = place
            for _ in range(max(2, _WIDEST_ROUNDS - 2 * round_)):
                mean = self.agree @ mean
            pull = stiffness * min(1.0, (round_ + 1) / 4)
            total = (
                np.where(open_, cost, 1e9) + pull * (self.depths_mm[None, :] - mean[:, None]) ** 2
            )
            place = self.depths_mm[total.argmin(axis=1)]
            if 2 * round_ > _WIDEST_ROUNDS and last is not None and np.array_equal(place, last):
                break
            last = place
        # Half-millimetre steps are rounded off.
        return np.asarray(0.5 * place + 0.5 * (self.agree @ place))


def _on_grid(
    hull: BoolArray,
    affine: FloatArray,
    surface: TriangleSurface,
    normals: FloatArray,
    inner: FloatArray,
    outer: FloatArray,
    bone: float,
) -> SkullLayers:
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    outside = distance_to_mm(hull, spacing)
    inside = depth_inside_mm(hull, spacing)
    half = 0.5 * float(spacing.mean())
    distance = np.where(hull, half - inside, outside - half).astype(np.float32)
    far = float(outer.max()) + 2.0
    near = np.argwhere((distance > -4.0) & (distance < far))
    world = near @ affine[:3, :3].T + affine[:3, 3]
    gaps, index = surface.tree.query(world, k=4)
    weights = 1.0 / np.maximum(gaps, 0.5) ** 2
    weights /= weights.sum(axis=1, keepdims=True)
    here = tuple(near.T)
    height = np.einsum(
        "ijk,ijk->ij", world[:, None, :] - surface.vertices_mm[index], normals[index]
    )
    height = np.sum(weights * height, axis=1)
    # The rays start on the smooth surface, so heights count above it. Where it folds, its tangents
    # say nothing about a place far away, and the distance from the hull itself must do.
    flat = np.abs(height - distance[here]) < _FOLDED_MM
    height = np.where(flat, height, distance[here])
    levels = []
    for depths in (inner, outer):
        grid = np.where(hull, np.float32(4.0), np.float32(-far))
        grid[here] = np.sum(weights * depths[index], axis=1) - height
        grid = np.clip(grid, -4.0, 4.0)
        # The steps of the hull's voxels are rounded off.
        levels.append(ndimage.gaussian_filter(grid, _LEVEL_BLUR_MM / spacing))
    return SkullLayers(levels[0], levels[1], bone)
