"""Which tetrahedron a point lies in, of the whole mesh or of one tissue."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from euthymia.core.poses import FloatArray
from euthymia.model.mesh.tetra import TetraMesh

_TRIES = (8, 40, 200)
_INSIDE = -1e-6


def locate(
    mesh: TetraMesh, points_mm: FloatArray, elements: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.int64], FloatArray]:
    """(p,) element at each point and (p,) its smallest barycentric coordinate there.

    elements: the elements to look among (all by default). A point in none of them gets the one
    that it misses by least; its coordinate is then negative.
    """
    chosen = np.arange(len(mesh.tets)) if elements is None else elements
    tree = cKDTree(mesh.centroids_mm[chosen])
    best = np.zeros(len(points_mm), dtype=np.int64)
    depth = np.full(len(points_mm), -np.inf)
    for tries in _TRIES:
        rows = np.flatnonzero(depth < _INSIDE)
        if len(rows) == 0:
            break
        _, near = tree.query(points_mm[rows], k=min(tries, len(chosen)))
        near = chosen[near.reshape(len(rows), -1)]
        for column in range(near.shape[1]):
            least = barycentric(mesh, points_mm[rows], near[:, column]).min(axis=1)
            better = least > depth[rows]
            depth[rows[better]] = least[better]
            best[rows[better]] = near[better, column]
    return best, depth


def barycentric(mesh: TetraMesh, points_mm: FloatArray, elements: NDArray[np.int64]) -> FloatArray:
    """(p, 4) barycentric coordinates of each point in its element."""
    corners = mesh.nodes_mm[mesh.tets[elements]]
    edges = np.swapaxes(corners[:, 1:] - corners[:, :1], 1, 2)
    three = np.linalg.solve(edges, (points_mm - corners[:, 0])[..., None])[..., 0]
    return np.column_stack([1.0 - three.sum(axis=1), three])
