"""The scalp on which a coil rests: nearest points, walks of a given length, depths."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.head.grid.morphology import BoolArray, closed, filled, largest
from euthymia.model.head.surface.curves import Curve, curve_through
from euthymia.model.head.surface.meshes import TriangleSurface, largest_piece, surface_of_mask
from euthymia.model.head.volume import LabelVolume, Tissue

NORMAL_RADIUS_MM = 15.0
"""Radius of the patch whose mean normal a coil's face follows.

A coil rests on the gross shape of the head. Normals of single triangles follow every unevenness
of the skin and tilt the coil, a known complaint about targeting tools.
"""

_TAUBIN_ROUNDS = 6
_CANAL_CLOSING_MM = 6.0
"""Openings narrower than twice this (ear canals, nostrils) count as inside of the head."""


@dataclass(frozen=True, slots=True, eq=False)
class ScalpPoint:
    """A point of the scalp: (3,) position in millimetres and (3,) outward unit normal.

    The normal is that of the gross shape around the point, not of one triangle.
    """

    position_mm: FloatArray
    outward_normal: FloatArray


@dataclass(frozen=True, eq=False)
class Scalp:
    """The outer surface of a head, closed, as triangles of two to three millimetres.

    Inner air (sinuses, ear canals) is closed. Where the image cuts the head (neck, and in the
    default head the ears), the surface closes along the cut.
    """

    surface: TriangleSurface

    @classmethod
    def of_volume(cls, volume: LabelVolume, spacing_mm: float = 2.5) -> Scalp:
        """The scalp of a label volume: everything that is not outer air."""
        head = head_mask(volume)
        smoothing = max(0.6 * spacing_mm, float(volume.spacing_mm.max()))
        surface = surface_of_mask(
            head, volume.affine, spacing_mm=spacing_mm, smoothing_mm=smoothing
        )
        # Voxel steps would lengthen every measured path by some per cent.
        return cls(largest_piece(surface).taubin_smoothed(_TAUBIN_ROUNDS))

    @property
    def vertices_mm(self) -> FloatArray:
        """(n, 3) millimetres."""
        return self.surface.vertices_mm

    @property
    def faces(self) -> NDArray[np.int64]:
        """(m, 3) vertex indices, counter-clockwise seen from outside."""
        return self.surface.faces

    @property
    def normals(self) -> FloatArray:
        """(n, 3) outward unit normals at the vertices."""
        return self.surface.normals

    def nearest(
        self, point_mm: ArrayLike, normal_radius_mm: float = NORMAL_RADIUS_MM
    ) -> ScalpPoint:
        """The scalp point closest to a (3,) point, with the normal of the gross shape there."""
        position = self.surface.closest_point(_three(point_mm, "point"))
        return ScalpPoint(position, self.surface.smooth_normal(position, normal_radius_mm))

    def arc(
        self,
        start_mm: ArrayLike,
        toward_mm: ArrayLike,
        length_mm: float,
        plane_normal: ArrayLike | None = None,
    ) -> ScalpPoint:
        """The point reached by walking `length_mm` along the scalp in one plane.

        start_mm: (3,) where the walk starts; it is first put on the scalp.
        toward_mm: (3,) a direction (not a point): which way to set out.
        plane_normal: (3,) of the plane of the walk. By default the plane holds the direction and
        the local scalp normal, which is the straight way. For "parallel to the midline" give the
        normal of the midsagittal plane: points at one distance from the midline share a plane
        parallel to it.
        """
        if not np.isfinite(length_mm) or length_mm < 0:
            raise InputError(
                "length of a walk along the scalp",
                f"{length_mm} mm is not a length",
                "Give a length of zero or more millimetres",
            )
        start = self.nearest(start_mm)
        toward = _three(toward_mm, "direction")
        if plane_normal is None:
            normal = _cross(toward, start.outward_normal)
        else:
            normal = _three(plane_normal, "plane normal")
        size = float(np.linalg.norm(normal))
        if size < 1e-6 * max(float(np.linalg.norm(toward)), 1e-12):
            raise InputError(
                "direction of a walk along the scalp",
                "it points straight out of the head or is zero",
                "Give a direction that lies along the scalp",
            )
        curve = self._curve(start.position_mm, normal / size, start.position_mm)
        return self.nearest(curve.walk(start.position_mm, toward, length_mm))

    def section(self, a_mm: ArrayLike, b_mm: ArrayLike, through_mm: ArrayLike) -> Curve:
        """The closed curve in which the plane through three points cuts the scalp.

        Of several curves (an ear apart from the head) the one that passes closest to
        `through_mm` is taken.
        """
        a, b, c = _three(a_mm, "point"), _three(b_mm, "point"), _three(through_mm, "point")
        normal = _cross(b - a, c - a)
        size = float(np.linalg.norm(normal))
        if size < 1e-6:
            raise InputError(
                "plane through three points",
                "the points lie on one line",
                "Give three points that span a plane",
            )
        return self._curve(a, normal / size, c)

    def path_length_mm(self, a_mm: ArrayLike, b_mm: ArrayLike, *through_mm: ArrayLike) -> float:
        """Length along the scalp from a to b by way of the points given, millimetres.

        With no point between, the plane holds a, b and their mean scalp normal, and the shorter
        way counts. With one, the plane holds all three. With more, the path goes from each to the
        next by the straight way.
        """
        a, b = self.nearest(a_mm), self.nearest(b_mm)
        if len(through_mm) == 1:
            middle = self.nearest(through_mm[0]).position_mm
            curve = self.section(a.position_mm, b.position_mm, middle)
            return curve.between(a.position_mm, b.position_mm, middle).length_mm
        stops = [a, *(self.nearest(point) for point in through_mm), b]
        return float(sum(self._straight_mm(p, q) for p, q in pairwise(stops)))

    def depth_to_mm(self, point_mm: ArrayLike, volume: LabelVolume, *tissues: Tissue) -> float:
        """Shortest distance from a point to the tissues (grey matter by default), millimetres.

        Measured to the faces of the tissue's voxels; the error is about a quarter of a voxel.
        """
        wanted = tissues or (Tissue.GREY,)
        return distance_to_mask_mm(_three(point_mm, "point"), volume.mask(*wanted), volume.affine)

    def _straight_mm(self, a: ScalpPoint, b: ScalpPoint) -> float:
        along = b.position_mm - a.position_mm
        if np.linalg.norm(along) < 1e-6:
            return 0.0
        normal = _cross(along, a.outward_normal + b.outward_normal)
        curve = self._curve(a.position_mm, normal / np.linalg.norm(normal), a.position_mm)
        return curve.shorter(a.position_mm, b.position_mm)

    def _curve(self, at: FloatArray, normal: FloatArray, near: FloatArray) -> Curve:
        curves = self.surface.section(at, normal)
        if not curves:
            raise InputError(
                "plane through the scalp",
                "it does not cut the head",
                "Give points on the scalp",
            )
        return curve_through(curves, near)


def head_mask(volume: LabelVolume) -> BoolArray:
    """(nx, ny, nz) everything inside the head: tissue, and the air that tissue encloses.

    Openings narrower than about twelve millimetres (ear canals, nostrils) are closed. Only the
    largest connected piece counts, so noise in the air is left out.
    """
    spacing = float(np.min(volume.spacing_mm))
    steps = round(_CANAL_CLOSING_MM / spacing) + 1
    tissue = np.pad(volume.labels != Tissue.AIR, steps)
    joined = closed(tissue, _CANAL_CLOSING_MM, volume.spacing_mm)
    inner = tuple(slice(steps, -steps) for _ in range(3))
    head = largest(filled(joined)[inner])
    if not head.any():
        raise InputError("head", "the label volume holds only air", "Give a segmented head")
    return head


def distance_to_mask_mm(point_mm: FloatArray, mask: BoolArray, affine: FloatArray) -> float:
    """Distance from a (3,) point to the nearest voxel of a mask, to the voxel's faces, mm."""
    voxels = np.argwhere(mask)
    if len(voxels) == 0:
        raise InputError("tissue", "the head has none of it", "Check the segmentation")
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    axes = affine[:3, :3] / spacing
    at = np.linalg.solve(affine[:3, :3], point_mm - affine[:3, 3])
    # Distance to a box: along each voxel axis, what exceeds half an edge.
    beyond = np.maximum(np.abs(voxels - at) - 0.5, 0.0) * spacing
    if not np.allclose(axes.T @ axes, np.eye(3), atol=1e-4):
        beyond = (voxels - at) @ affine[:3, :3].T
    return float(np.sqrt(np.sum(beyond**2, axis=1).min()))


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(np.cross(a, b), dtype=np.float64)


def _three(values: ArrayLike, what: str) -> FloatArray:
    array = np.asarray(values, dtype=float)
    if array.shape != (3,) or not np.isfinite(array).all():
        raise InputError(
            what, f"it is {values!r}, not three finite numbers", "Give x, y and z in millimetres"
        )
    return array
