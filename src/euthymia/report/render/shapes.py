"""Meshes of simple things: tubes along windings, balls, the casing and handle of a coil."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree
from skimage import measure

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Pose
from euthymia.report.render.raster import Mesh

_TUBE_SIDES = 10
_CASING_GRID_MM = 2.0
_CASING_ROOM_MM = 6.5
_HANDLE_LENGTH_MM = 105.0
_HANDLE_RADIUS_MM = 12.5
_HANDLE_RISE = 0.35
_BLEND_MM = 14.0


def tube(line_mm: FloatArray, radius_mm: float, colour: FloatArray) -> Mesh:
    """A round tube along an open or closed polyline of (k, 3) points."""
    points = np.asarray(line_mm, dtype=float)
    if points.ndim != 2 or points.shape[1:] != (3,) or len(points) < 2:
        raise InputError(
            "winding of a coil",
            f"its points have the shape {points.shape}",
            "Give at least two points of three coordinates",
        )
    along = np.gradient(points, axis=0)
    closed = bool(np.allclose(points[0], points[-1]))
    if closed:
        along[0] = along[-1] = points[1] - points[-2]
    along = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    across, over = _ring_axes(along)
    angle = 2 * np.pi * np.arange(_TUBE_SIDES) / _TUBE_SIDES
    normals = (
        np.cos(angle)[None, :, None] * across[:, None]
        + np.sin(angle)[None, :, None] * over[:, None]
    )
    vertices = points[:, None] + radius_mm * normals
    return Mesh(vertices.reshape(-1, 3), _ring_faces(len(points)), normals.reshape(-1, 3), colour)


def _ring_axes(along: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two directions across each point of a line, from the axis that it follows least."""
    axis = np.eye(3)[int(np.argmin(np.abs(along).mean(axis=0)))]
    across = np.cross(along, axis)
    across = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    return across, np.cross(along, across)


def _ring_faces(rings: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    side = np.arange(_TUBE_SIDES)
    following = (side + 1) % _TUBE_SIDES
    start = (np.arange(rings - 1) * _TUBE_SIDES)[:, None]
    a, b = start + side, start + following
    c, d = a + _TUBE_SIDES, b + _TUBE_SIDES
    return np.concatenate(
        [np.stack([a, b, c], axis=-1).reshape(-1, 3), np.stack([b, d, c], axis=-1).reshape(-1, 3)]
    )


def ball(centre_mm: FloatArray, radius_mm: float, colour: FloatArray) -> Mesh:
    """A sphere of 24 by 16 patches."""
    polar = np.linspace(0, np.pi, 17)
    around = np.linspace(0, 2 * np.pi, 25)
    u, v = np.meshgrid(polar, around, indexing="ij")
    normals = np.stack([np.sin(u) * np.cos(v), np.sin(u) * np.sin(v), np.cos(u)], axis=-1)
    normals = normals.reshape(-1, 3)
    i, j = np.meshgrid(np.arange(16), np.arange(24), indexing="ij")
    a = (i * 25 + j).ravel()
    faces = np.concatenate(
        [np.stack([a, a + 25, a + 1], axis=1), np.stack([a + 1, a + 25, a + 26], axis=1)]
    )
    return Mesh(np.asarray(centre_mm) + radius_mm * normals, faces, normals, colour)


def windings(outlines_mm: Sequence[FloatArray], pose: Pose, colour: FloatArray) -> tuple[Mesh, ...]:
    """The coil's turns as tubes, in world millimetres."""
    return tuple(tube(pose.to_world(outline), 1.25, colour) for outline in outlines_mm)


def casing(outlines_mm: Sequence[FloatArray], pose: Pose, colour: FloatArray) -> Mesh:
    """A rounded casing around the windings with a handle at the back, in world millimetres.

    It is drawn for orientation; it is not the maker's shape.
    """
    if not outlines_mm:
        raise InputError(
            "casing of a coil", "the coil has no winding to draw", "Draw the coil without a casing"
        )
    filled = np.concatenate([_filled(np.asarray(outline)) for outline in outlines_mm])
    low = filled.min(axis=0) - 2 * _CASING_ROOM_MM
    high = filled.max(axis=0) + 2 * _CASING_ROOM_MM
    low[1] -= _HANDLE_LENGTH_MM + 10
    low[2] -= _HANDLE_RISE * _HANDLE_LENGTH_MM + _HANDLE_RADIUS_MM
    axes = [np.arange(a, b, _CASING_GRID_MM) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    shape = grid.shape[:3]
    points = grid.reshape(-1, 3)
    limit = 4 * _CASING_ROOM_MM
    near, _ = cKDTree(filled).query(points, distance_upper_bound=limit)
    body = np.minimum(near, limit) - _CASING_ROOM_MM
    joined = _smooth_union(body, _handle_distance(points, filled), _BLEND_MM)
    # Nothing reaches below the face that touches the head.
    joined = np.maximum(joined, points[:, 2] - max(0.0, float(filled[:, 2].max())) - 1.0)
    vertices, faces, normals, _ = measure.marching_cubes(joined.reshape(shape), 0.0)
    world = pose.to_world(vertices * _CASING_GRID_MM + low)
    return Mesh(world, faces, -normals @ pose.rotation.T, colour)


def _filled(outline: FloatArray) -> FloatArray:
    """The turn and smaller copies of it, so that its inside counts as casing, too."""
    centre = outline.mean(axis=0)
    return np.concatenate(
        [centre + share * (outline - centre) for share in (1.0, 0.8, 0.6, 0.4, 0.2)]
    )


def _handle_distance(points: FloatArray, filled: FloatArray) -> FloatArray:
    """Distance to a bar that leaves the coil backwards (-y) and a little away from the head."""
    start = np.array([0.0, 0.5 * filled[:, 1].min(), filled[:, 2].mean()])
    way = np.array([0.0, -1.0, -_HANDLE_RISE])
    length = -0.5 * filled[:, 1].min() + _HANDLE_LENGTH_MM
    way = way / np.linalg.norm(way)
    along = np.clip((points - start) @ way, 0.0, length)
    gap = np.linalg.norm(points - start - along[:, None] * way, axis=1)
    return np.asarray(gap - _HANDLE_RADIUS_MM)


def _smooth_union(a: FloatArray, b: FloatArray, blend_mm: float) -> FloatArray:
    """Both bodies as one, with a fillet where they meet (polynomial smooth minimum)."""
    share = np.maximum(blend_mm - np.abs(a - b), 0.0) / blend_mm
    return np.asarray(np.minimum(a, b) - share**2 * blend_mm / 4)
