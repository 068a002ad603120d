"""A coil as triangles for drawing: its casing, its turns where they are known, its handle.

Face and turns are where the field's model has them. The back of the casing and the handle are only
drawn to show which way the coil points: their true outlines are rarely published.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from euthymia.core.poses import FloatArray
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.coil import Coil
from euthymia.model.coil.winding import CASING_RIM_MM, Wing
from euthymia.model.head.surface.meshes import vertex_normals

IntArray = NDArray[np.int64]

_ROUND = 48
_TURN_STEPS = 40
_HANDLE_SIDES = 14
_HANDLE_MM = 105.0
_HANDLE_HALF_MM = (13.0, 10.0)
_SHELL_MM = 14.0


class Part(IntEnum):
    """What a triangle of the drawing belongs to."""

    CASING = 0
    TURNS = 1
    HANDLE = 2


@dataclass(frozen=True, eq=False)
class CoilShape:
    """Triangles in the coil's own axes: (n, 3) mm, (m, 3) indices, (n, 3) normals, (n,) parts."""

    vertices_mm: FloatArray
    faces: IntArray
    normals: FloatArray
    parts: NDArray[np.uint8]


def coil_shape(coil: AnyCoil) -> CoilShape:
    """The drawing of a coil."""
    pieces: list[tuple[Part, FloatArray, IntArray]] = []
    wings = coil.wings if isinstance(coil, Coil) else ()
    for wing in wings:
        pieces.append((Part.CASING, *_disc(wing, folded=len(wings) > 1)))
        pieces += [(Part.TURNS, *_turn(wing, radius)) for radius in wing.turn_radii_mm.tolist()]
    if not wings:
        pieces.append((Part.CASING, *_hull(coil.face_mm)))
    pieces.append((Part.HANDLE, *_handle(coil.face_mm, wings)))
    vertices, faces, normals, parts = [], [], [], []
    count = 0
    for part, points, triangles in pieces:
        vertices.append(points)
        faces.append(triangles + count)
        normals.append(vertex_normals(points, triangles))
        parts.append(np.full(len(points), part, dtype=np.uint8))
        count += len(points)
    return CoilShape(
        np.concatenate(vertices), np.concatenate(faces), np.concatenate(normals),
        np.concatenate(parts),
    )  # fmt: skip


def _disc(wing: Wing, *, folded: bool) -> tuple[FloatArray, IntArray]:
    """A flat box with rounded edges around a wing; of a folded pair each ends at the fold."""
    radius = wing.outer_diameter_mm / 2 + CASING_RIM_MM
    face = wing.face_mm or wing.wire_height_mm
    bevel = min(4.0, face / 2)
    profile = [
        (0.0, -face), (radius - bevel, -face), (radius - 0.3 * bevel, -face + 0.3 * bevel),
        (radius, -face + bevel), (radius, face - bevel),
        (radius - 0.3 * bevel, face - 0.3 * bevel), (radius - bevel, face), (0.0, face),
    ]  # fmt: skip
    points, faces = _turned(np.array(profile), _ROUND)
    placed = wing.to_coil(points)
    if folded:
        side = float(np.sign(wing.centre_mm[0]))
        along = wing.rotation[:, 0]
        beyond = np.minimum(side * placed[:, 0], 0.0)
        placed = placed - (side * beyond / along[0])[:, None] * along
    return placed, faces


def _turned(profile: FloatArray, steps: int) -> tuple[FloatArray, IntArray]:
    """A profile of (k, 2) radius and height turned about z, outside facing out."""
    angle = 2 * np.pi * np.arange(steps) / steps
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    points = np.concatenate(
        [np.column_stack([r * circle, np.full(steps, z)]) for r, z in profile.tolist()]
    )
    return points, _bands(len(profile), steps, closed=False)


def _bands(rings: int, steps: int, *, closed: bool) -> IntArray:
    """Triangles between neighbouring rings of `steps` points each."""
    ring = np.arange(rings if closed else rings - 1)
    here, there = np.meshgrid(ring, np.arange(steps), indexing="ij")
    a = here * steps + there
    b = here * steps + (there + 1) % steps
    c = (here + 1) % rings * steps + there
    d = (here + 1) % rings * steps + (there + 1) % steps
    faces = np.stack([np.stack([a, b, d], -1), np.stack([a, d, c], -1)], -2)
    return np.asarray(faces.reshape(-1, 3), dtype=np.int64)


def _turn(wing: Wing, radius_mm: float) -> tuple[FloatArray, IntArray]:
    """One turn of the wire as a closed band of its own width and height."""
    half, tall = 0.38 * wing.wire_width_mm, wing.wire_height_mm / 2
    profile = [
        (radius_mm + half, -tall), (radius_mm + half, tall),
        (radius_mm - half, tall), (radius_mm - half, -tall),
    ]  # fmt: skip
    points, _ = _turned(np.array(profile), _TURN_STEPS)
    return wing.to_coil(points), _bands(4, _TURN_STEPS, closed=True)


def _handle(face_mm: FloatArray, wings: tuple[Wing, ...]) -> tuple[FloatArray, IntArray]:
    """A rounded bar from the middle backwards, on the side away from the head."""
    behind = float(face_mm[:, 1].min())
    start = behind + 18.0 if len(wings) == 1 else 0.5 * behind
    depth = max((wing.face_mm for wing in wings), default=_SHELL_MM / 2)
    wide, tall = _HANDLE_HALF_MM
    angle = 2 * np.pi * np.arange(_HANDLE_SIDES) / _HANDLE_SIDES
    section = np.column_stack([wide * np.cos(angle), np.zeros(_HANDLE_SIDES), tall * np.sin(angle)])
    end = behind - _HANDLE_MM
    stations = [(start, 0.0), (start, 0.75), (start - 4, 0.95), (behind - 20, 1.0),
                (end + 12, 0.85), (end + 3, 0.7), (end, 0.45), (end, 0.0)]  # fmt: skip
    middle = np.array([0.0, 0.0, -2.0 * depth])
    points = np.concatenate(
        [size * section + middle + np.array([0.0, y, 0.0]) for y, size in stations]
    )
    return points, _bands(len(stations), _HANDLE_SIDES, closed=False)


def _hull(face_mm: FloatArray) -> tuple[FloatArray, IntArray]:
    """A casing around the face of a coil that is known from a file only."""
    cloud = np.concatenate([face_mm, face_mm - np.array([0.0, 0.0, _SHELL_MM])])
    hull = ConvexHull(cloud)
    points = cloud[hull.vertices]
    place = np.full(len(cloud), -1)
    place[hull.vertices] = np.arange(len(points))
    faces = place[hull.simplices].astype(np.int64)
    a, b, c = (points[faces[:, corner]] for corner in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), a - points.mean(axis=0)) < 0
    faces[inward] = faces[inward][:, ::-1]
    return points, faces
