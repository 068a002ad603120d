"""Triangle surfaces in millimetres: taken from a mask, smoothed, searched and cut by planes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage, sparse
from scipy.spatial import cKDTree
from skimage import measure

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_NEIGHBOURS_SEARCHED = 12
"""Vertices whose triangles are tried for the closest point; the mesh is close to regular."""


@dataclass(frozen=True, eq=False)
class TriangleSurface:
    """A triangle surface: vertices in millimetres, faces, and outward unit normals at vertices.

    vertices_mm: (n, 3). faces: (m, 3) vertex indices, counter-clockwise seen from outside.
    normals: (n, 3), weighted by the area of the faces around a vertex. All read-only.
    """

    vertices_mm: FloatArray
    faces: IntArray
    normals: FloatArray

    def __post_init__(self) -> None:
        for array in (self.vertices_mm, self.faces, self.normals):
            array.setflags(write=False)

    @classmethod
    def of(cls, vertices_mm: ArrayLike, faces: ArrayLike) -> TriangleSurface:
        """The surface of vertices and faces, with its normals computed from them."""
        points = np.array(vertices_mm, dtype=float)
        triangles = np.array(faces, dtype=np.int64)
        return cls(points, triangles, vertex_normals(points, triangles))

    @cached_property
    def tree(self) -> cKDTree:
        """The search tree over the vertices."""
        return cKDTree(self.vertices_mm)

    @cached_property
    def vertex_areas_mm2(self) -> FloatArray:
        """(n,) a third of the area of the faces around each vertex."""
        doubled = np.linalg.norm(_face_vectors(self.vertices_mm, self.faces), axis=1)
        areas = np.zeros(len(self.vertices_mm))
        for corner in range(3):
            np.add.at(areas, self.faces[:, corner], doubled / 6.0)
        return areas

    @cached_property
    def _faces_of_vertex(self) -> sparse.csr_array:
        count = len(self.faces)
        ones = np.ones(3 * count, dtype=np.int8)
        places = (self.faces.ravel(), np.repeat(np.arange(count), 3))
        return sparse.csr_array((ones, places), shape=(len(self.vertices_mm), count))

    def closest_point(self, point_mm: ArrayLike) -> FloatArray:
        """(3,) the point of the surface that is closest to a (3,) point, millimetres."""
        point = np.asarray(point_mm, dtype=float)
        count = min(_NEIGHBOURS_SEARCHED, len(self.vertices_mm))
        near = np.atleast_1d(self.tree.query(point, k=count)[1])
        rows = self._faces_of_vertex[near]
        tried = np.unique(rows.indices)
        candidates = closest_on_triangles(point, self.vertices_mm[self.faces[tried]])
        distances = np.linalg.norm(candidates - point, axis=1)
        return np.asarray(candidates[int(np.argmin(distances))])

    def smooth_normal(self, point_mm: ArrayLike, radius_mm: float) -> FloatArray:
        """(3,) outward normal of the gross shape around a point of the surface.

        The mean of the vertex normals within `radius_mm`, weighted by area and by a bell that
        falls to zero at the radius.
        """
        point = np.asarray(point_mm, dtype=float)
        near = np.asarray(self.tree.query_ball_point(point, radius_mm), dtype=np.int64)
        if near.size == 0:
            near = np.atleast_1d(self.tree.query(point)[1])
            return np.asarray(self.normals[near[0]])
        own = self.normals[int(self.tree.query(point)[1])]
        # Where the surface folds back (an ear, a chin) the far side must not cancel the near one.
        near = near[self.normals[near] @ own > 0]
        squared = np.sum((self.vertices_mm[near] - point) ** 2, axis=1) / radius_mm**2
        weights = self.vertex_areas_mm2[near] * np.maximum(1.0 - squared, 1e-9) ** 2
        mean = weights @ self.normals[near]
        return np.asarray(mean / np.linalg.norm(mean))

    def section(self, through_mm: ArrayLike, plane_normal: ArrayLike) -> list[FloatArray]:
        """The closed curves in which a plane cuts the surface, each (k, 3) in millimetres.

        `through_mm` is a point of the plane. The last point of a curve joins its first.
        """
        normal = np.asarray(plane_normal, dtype=float)
        heights = (self.vertices_mm - np.asarray(through_mm, dtype=float)) @ normal
        heights[np.abs(heights) < 1e-9] = 1e-9  # no vertex lies in the plane: no special cases
        return _plane_curves(self.vertices_mm, self.faces, heights)

    def taubin_smoothed(self, rounds: int) -> TriangleSurface:
        """The surface with its roughness removed and its size kept (Taubin 1995)."""
        average = neighbour_average(len(self.vertices_mm), self.faces)
        points = self.vertices_mm
        for _ in range(rounds):
            for step in (0.5, -0.53):
                points = points + step * (average @ points - points)
        return TriangleSurface.of(points, self.faces)


def surface_of_mask(
    mask: BoolArray, affine: FloatArray, *, spacing_mm: float, smoothing_mm: float
) -> TriangleSurface:
    """The outside of a mask as triangles of about `spacing_mm`, by marching cubes.

    mask: (nx, ny, nz) bool on a grid with that affine; it is padded, so the surface is closed
    even where the mask touches the border. `smoothing_mm` is the standard deviation of the
    Gaussian that rounds the voxel steps first.
    """
    if not mask.any():
        raise InputError("surface of a mask", "the mask is empty", "Give a tissue that is there")
    return surface_of_level(
        mask.astype(np.float32),
        affine,
        level=0.5,
        spacing_mm=spacing_mm,
        smoothing_mm=smoothing_mm,
    )


def surface_of_level(
    field: NDArray[np.float32],
    affine: FloatArray,
    *,
    level: float,
    spacing_mm: float,
    smoothing_mm: float,
) -> TriangleSurface:
    """Where a field on a grid crosses a level, its higher side being the inside."""
    voxel = np.linalg.norm(affine[:3, :3], axis=0)
    pad = np.ceil((3 * smoothing_mm + 2 * spacing_mm) / voxel).astype(int)
    outside = float(min(field.min(), level))
    field = np.pad(field, [(int(p), int(p)) for p in pad], constant_values=outside)
    field = ndimage.gaussian_filter(field, smoothing_mm / voxel)
    step = spacing_mm / voxel
    axes = [np.arange(0, n - 1, s) for n, s in zip(field.shape, step, strict=True)]
    if not np.allclose(step, 1):
        grid = np.meshgrid(*axes, indexing="ij")
        field = ndimage.map_coordinates(field, grid, order=1)
    points, faces, _, _ = measure.marching_cubes(field, level)
    voxels = points * step - pad
    world = voxels @ affine[:3, :3].T + affine[:3, 3]
    # Marching cubes turns faces towards lower values for a right-handed grid; a grid with an
    # odd number of flipped axes mirrors them.
    if signed_volume_mm3(world, faces) < 0:
        faces = faces[:, ::-1]
    return TriangleSurface.of(world, faces)


def largest_piece(surface: TriangleSurface) -> TriangleSurface:
    """The connected piece of a surface that has the most vertices."""
    edges = np.vstack([surface.faces[:, [0, 1]], surface.faces[:, [1, 2]]])
    count = len(surface.vertices_mm)
    graph = sparse.csr_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (count, count))
    _, piece = sparse.csgraph.connected_components(graph, directed=False)
    kept = piece == np.bincount(piece).argmax()
    renumbered = np.cumsum(kept) - 1
    faces = renumbered[surface.faces[kept[surface.faces[:, 0]]]]
    return TriangleSurface.of(surface.vertices_mm[kept], faces)


def signed_volume_mm3(vertices_mm: FloatArray, faces: NDArray[np.integer]) -> float:
    """Volume within a closed surface; negative when its faces point inwards."""
    a, b, c = (vertices_mm[faces[:, corner]] for corner in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)


def vertex_normals(vertices_mm: FloatArray, faces: IntArray) -> FloatArray:
    """(n, 3) unit normals at vertices, the area-weighted mean of the faces around each."""
    vectors = _face_vectors(vertices_mm, faces)
    normals = np.zeros_like(vertices_mm)
    for corner in range(3):
        np.add.at(normals, faces[:, corner], vectors)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.asarray(normals / np.maximum(lengths, 1e-12))


def closest_on_triangles(point: FloatArray, corners: FloatArray) -> FloatArray:
    """(m, 3) closest point to a (3,) point on each of (m, 3, 3) triangles."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    normal = np.cross(b - a, c - a)
    squared = np.maximum(np.sum(normal**2, axis=1, keepdims=True), 1e-30)
    height = np.sum((point - a) * normal, axis=1, keepdims=True)
    foot = point - height * normal / squared
    inside = np.ones(len(a), dtype=bool)
    best = np.full(len(a), np.inf)
    found = foot.copy()
    for start, end in ((a, b), (b, c), (c, a)):
        inside &= np.sum(np.cross(end - start, foot - start) * normal, axis=1) >= 0
        along = end - start
        share = np.sum((point - start) * along, axis=1) / np.maximum(
            np.sum(along**2, axis=1), 1e-30
        )
        on_edge = start + np.clip(share, 0.0, 1.0)[:, None] * along
        distance = np.sum((on_edge - point) ** 2, axis=1)
        closer = distance < best
        best[closer] = distance[closer]
        found[closer] = on_edge[closer]
    found[inside] = foot[inside]
    return np.asarray(found, dtype=np.float64)


def _face_vectors(vertices_mm: FloatArray, faces: IntArray) -> FloatArray:
    a, b, c = (vertices_mm[faces[:, corner]] for corner in range(3))
    return np.asarray(np.cross(b - a, c - a))


def neighbour_average(count: int, faces: IntArray) -> sparse.csr_array:
    i = np.concatenate([faces[:, 0], faces[:, 1], faces[:, 2]])
    j = np.concatenate([faces[:, 1], faces[:, 2], faces[:, 0]])
    both = (np.concatenate([i, j]), np.concatenate([j, i]))
    links = sparse.csr_array((np.ones(2 * len(i)), both), (count, count))
    links.data[:] = 1.0
    degree = np.maximum(np.asarray(links.sum(axis=1)).ravel(), 1.0)
    return sparse.csr_array(sparse.diags_array(1.0 / degree) @ links)


def _plane_curves(
    vertices_mm: FloatArray, faces: IntArray, heights: FloatArray
) -> list[FloatArray]:
    """Join the edges that change sign into closed curves, face by face."""
    above = heights > 0
    crossed = faces[np.ptp(above[faces].astype(np.int8), axis=1) > 0]
    if len(crossed) == 0:
        return []
    # Each crossed face links exactly two of its edges.
    edges = np.stack([crossed[:, [0, 1]], crossed[:, [1, 2]], crossed[:, [2, 0]]], axis=1)
    cut = above[edges[..., 0]] != above[edges[..., 1]]
    pairs = np.sort(edges[cut].reshape(-1, 2), axis=1)
    unique, index = np.unique(pairs, axis=0, return_inverse=True)
    links = index.reshape(-1, 2)
    low, high = unique[:, 0], unique[:, 1]
    share = (heights[low] / (heights[low] - heights[high]))[:, None]
    points = vertices_mm[low] + share * (vertices_mm[high] - vertices_mm[low])
    return [points[order] for order in _loops(links, len(points))]


def _loops(links: IntArray, count: int) -> list[IntArray]:
    neighbours: list[list[int]] = [[] for _ in range(count)]
    for i, j in links.tolist():
        neighbours[i].append(j)
        neighbours[j].append(i)
    seen = np.zeros(count, dtype=bool)
    loops = []
    for start in range(count):
        if seen[start]:
            continue
        order = []
        here: int | None = start
        while here is not None:
            seen[here] = True
            order.append(here)
            here = next((k for k in neighbours[here] if not seen[k]), None)
        loops.append(np.asarray(order, dtype=np.int64))
    return loops
