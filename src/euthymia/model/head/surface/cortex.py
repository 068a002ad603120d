"""The cortex as smooth triangle surfaces, for pictures and for sampling the field."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import measure

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.head.grid.morphology import (
    BoolArray,
    closed,
    depth_inside_mm,
    distance_to_mm,
    filled,
)
from euthymia.model.head.place.mni import MniMap
from euthymia.model.head.surface.hemispheres import brain_without_ventricles, hemispheres
from euthymia.model.head.surface.meshes import (
    TriangleSurface,
    largest_piece,
    signed_volume_mm3,
    surface_of_level,
)
from euthymia.model.head.surface.topology import ball_like, euler_characteristic
from euthymia.model.head.tissue.segment import crop_to
from euthymia.model.head.volume import BRAIN, LabelVolume, Tissue

_TAUBIN_ROUNDS = 8
_SETTLING_ROUNDS = 12
_THICKEST_MM = 7.0
_THINNEST_CORTEX_MM = 0.8
_CROWN_MM = 4.0
_HULL_CLOSING_MM = 10.0

_INSIDE, _OUTSIDE = 0.1, -1.0
"""Values at which marching cubes keeps voxels apart that touch by an edge or a corner only."""


@dataclass(frozen=True, eq=False)
class Hemisphere:
    """The cortex of one side half way between its outside and the white matter.

    surface: one closed surface about the hemisphere. thickness_mm: (n,) from the outside to white
    matter along the normal; outside_mm, white_mm: (n,) the two parts of it. depth_mm: (n,) below
    the hull that spans the gyri: crowns lie near 2 mm, the floor of a sulcus at 10 to 25.
    euler: Euler characteristic of the surface; 2 means no handle and no hole.
    """

    side: Literal["left", "right"]
    surface: TriangleSurface
    outside_mm: FloatArray
    white_mm: FloatArray
    depth_mm: FloatArray
    euler: int

    @property
    def thickness_mm(self) -> FloatArray:
        return np.asarray(self.outside_mm + self.white_mm)

    @property
    def is_cortex(self) -> BoolArray:
        """(n,) false where the surface only closes the hemisphere along the middle of the brain."""
        return np.asarray(self.thickness_mm > _THINNEST_CORTEX_MM)

    @property
    def is_crown(self) -> BoolArray:
        """(n,) on the crown of a gyrus, not on a sulcus' wall or floor."""
        return np.asarray(self.is_cortex & (self.depth_mm < _CROWN_MM))


@dataclass(frozen=True, eq=False)
class Cortex:
    """The two hemispheres of a head, without cerebellum and brain stem."""

    left: Hemisphere
    right: Hemisphere

    @cached_property
    def whole(self) -> TriangleSurface:
        """Both sides as one list of vertices and faces, the left one first."""
        left, right = self.left.surface, self.right.surface
        return TriangleSurface(
            np.vstack([left.vertices_mm, right.vertices_mm]),
            np.vstack([left.faces, right.faces + len(left.vertices_mm)]),
            np.vstack([left.normals, right.normals]),
        )


def cortex_of(volume: LabelVolume, mni: MniMap, *, spacing_mm: float = 1.5) -> Cortex:
    """The mid-grey surface of each hemisphere, of about `spacing_mm` between vertices.

    Both are topological balls: a handle that the voxels suggest is cut at its weakest place.
    """
    volume = crop_to(volume, BRAIN, margin_mm=12.0)
    parts = hemispheres(volume, mni)
    hull = filled(closed(parts.left | parts.right, _HULL_CLOSING_MM, volume.spacing_mm))
    below_hull = _signed_mm(hull, volume.spacing_mm)
    grey = volume.mask(Tissue.GREY)
    return Cortex(
        _hemisphere("left", volume, parts.left, grey, below_hull, spacing_mm),
        _hemisphere("right", volume, parts.right, grey, below_hull, spacing_mm),
    )


def cortex_surface(
    volume: LabelVolume, *, depth: float = 0.5, spacing_mm: float = 1.5
) -> TriangleSurface:
    """The surface at a relative depth of the grey matter: 0 its outside, 1 its border to white.

    Both hemispheres, the cerebellum and the brain stem together; ventricles are filled. About
    `spacing_mm` between vertices; smoothed without shrinking (Taubin).
    """
    if not 0.0 <= depth <= 1.0:
        raise InputError(
            "depth of the cortical surface", f"{depth} is not a share of the cortex", "Give 0 to 1"
        )
    volume = crop_to(volume, BRAIN, margin_mm=12.0)
    brain = brain_without_ventricles(volume)
    outside, white = _borders(brain, volume.mask(Tissue.GREY), volume.spacing_mm)
    level = np.clip(-_blend(outside, white, depth), -3.0, 3.0).astype(np.float32)
    surface = surface_of_level(
        level, volume.affine, level=0.0, spacing_mm=spacing_mm, smoothing_mm=0.6
    )
    return largest_piece(surface).taubin_smoothed(_TAUBIN_ROUNDS)


def _hemisphere(
    side: Literal["left", "right"],
    volume: LabelVolume,
    part: BoolArray,
    grey: BoolArray,
    below_hull: NDArray[np.float32],
    spacing_mm: float,
) -> Hemisphere:
    outside, white = _borders(part, grey, volume.spacing_mm)
    middle = ndimage.gaussian_filter(
        np.clip(_blend(outside, white, 0.5), -4.0, 4.0), 0.6 / volume.spacing_mm
    )
    surface = _settled(_ball_surface(-middle, volume, spacing_mm), middle, volume)
    to_outside = _way_mm(surface, outside, volume, 1.0)
    to_white = _way_mm(surface, white, volume, -1.0)
    depth = -_read(below_hull, volume, surface.vertices_mm)
    return Hemisphere(
        side, surface, to_outside, to_white, depth, euler_characteristic(surface.faces)
    )


def _borders(
    brain: BoolArray, grey: BoolArray, spacing: FloatArray
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Signed distances from the outside of the brain and from white matter, negative inside."""
    return _signed_mm(brain, spacing), _signed_mm(brain & ~grey, spacing)


def _signed_mm(mask: BoolArray, spacing: FloatArray) -> NDArray[np.float32]:
    """Distance from the surface of a mask, negative inside; it lies between voxel centres."""
    outside, inside = distance_to_mm(mask, spacing), depth_inside_mm(mask, spacing)
    half = 0.5 * float(np.mean(spacing))
    return np.asarray(outside - inside + np.where(mask, half, -half), dtype=np.float32)


def _blend(
    outside: NDArray[np.float32], white: NDArray[np.float32], depth: float
) -> NDArray[np.float32]:
    return np.asarray((1.0 - depth) * outside + depth * white, dtype=np.float32)


def _ball_surface(
    level: NDArray[np.float32], volume: LabelVolume, spacing_mm: float
) -> TriangleSurface:
    """The surface of the topological ball within `level` > 0, in steps of its own voxels."""
    step = spacing_mm / volume.spacing_mm
    axes = [np.arange(0, n - 1, s) for n, s in zip(level.shape, step, strict=True)]
    coarse = ndimage.map_coordinates(level, np.meshgrid(*axes, indexing="ij"), order=1)
    ball = ball_like(coarse.astype(np.float32))
    field = np.where(ball, _INSIDE, _OUTSIDE).astype(np.float32)
    points, faces, _, _ = measure.marching_cubes(field, 0.0)
    world = volume.to_world(points * step)
    faces = faces.astype(np.int64)
    if signed_volume_mm3(world, faces) < 0:
        faces = faces[:, ::-1]
    return TriangleSurface.of(world, faces)


def _settled(
    surface: TriangleSurface, level: NDArray[np.float32], volume: LabelVolume
) -> TriangleSurface:
    """The surface moved along its normals to where the level is zero, and smoothed on the way."""
    for _ in range(_SETTLING_ROUNDS):
        surface = surface.taubin_smoothed(1)
        off = np.clip(_read(level, volume, surface.vertices_mm), -0.4, 0.4)
        moved = surface.vertices_mm - 0.7 * off[:, None] * surface.normals
        surface = TriangleSurface.of(moved, surface.faces)
    return surface


def _way_mm(
    surface: TriangleSurface, border: NDArray[np.float32], volume: LabelVolume, sign: float
) -> FloatArray:
    """(n,) how far along the normal (or against it) a border is first crossed, millimetres."""
    steps = np.arange(0.0, _THICKEST_MM + 0.25, 0.5)
    points = surface.vertices_mm
    values = np.stack(
        [sign * _read(border, volume, points + sign * step * surface.normals) for step in steps]
    )
    crossed = values >= 0
    first = np.where(crossed.any(axis=0), crossed.argmax(axis=0), len(steps) - 1)
    before = np.maximum(first - 1, 0)
    column = np.arange(len(points))
    low, high = values[before, column], values[first, column]
    share = np.where(high > low, np.clip(-low / np.maximum(high - low, 1e-6), 0.0, 1.0), 0.0)
    return np.asarray(steps[before] + share * (steps[first] - steps[before]))


def _read(field: NDArray[np.float32], volume: LabelVolume, points_mm: FloatArray) -> FloatArray:
    voxels = volume.to_voxel(points_mm).T
    return np.asarray(
        ndimage.map_coordinates(field, voxels, order=1, mode="nearest"), dtype=np.float64
    )
