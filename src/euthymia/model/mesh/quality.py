"""How well shaped the tetrahedra of a mesh are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from euthymia.core.poses import FloatArray
from euthymia.model.mesh.tetra import TetraMesh


@dataclass(frozen=True, slots=True)
class MeshQuality:
    """Dihedral angles and edge lengths of a mesh."""

    smallest_dihedral_deg: float
    largest_dihedral_deg: float
    below_10_deg: int
    median_edge_mm: float


def dihedrals_deg(nodes_mm: FloatArray, tets: NDArray[np.integer[Any]]) -> FloatArray:
    """(m, 2) smallest and largest of the six dihedral angles of each tetrahedron, degrees."""
    out = np.empty((len(tets), 2))
    _dihedrals(nodes_mm, tets, out)
    return np.asarray(np.degrees(np.arccos(np.clip(out, -1.0, 1.0))))


def quality(mesh: TetraMesh) -> MeshQuality:
    """The figures of a whole mesh."""
    angles = dihedrals_deg(mesh.nodes_mm, mesh.tets)
    edges = mesh.nodes_mm[mesh.tets[:, 0]] - mesh.nodes_mm[mesh.tets[:, 1]]
    return MeshQuality(
        float(angles[:, 0].min()),
        float(angles[:, 1].max()),
        int((angles[:, 0] < 10).sum()),
        float(np.median(np.linalg.norm(edges, axis=1))),
    )


@njit(cache=True)
def extreme_cosines(p0, p1, p2, p3):  # type: ignore[no-untyped-def]
    """Largest and smallest cosine of the dihedral angles of one tetrahedron of (3,) corners."""
    n = np.empty((4, 3))
    _normal(p1, p2, p3, p0, n[0])
    _normal(p0, p3, p2, p1, n[1])
    _normal(p0, p1, p3, p2, n[2])
    _normal(p0, p2, p1, p3, n[3])
    high, low = -2.0, 2.0
    for i in range(3):
        for j in range(i + 1, 4):
            # outward normals: the angle between the faces is pi minus that between normals
            cosine = -(n[i, 0] * n[j, 0] + n[i, 1] * n[j, 1] + n[i, 2] * n[j, 2])
            high = max(high, cosine)
            low = min(low, cosine)
    return high, low


@njit(cache=True)
def _normal(a, b, c, inner, out):  # type: ignore[no-untyped-def]
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    length = np.sqrt(x * x + y * y + z * z) + 1e-300
    side = x * (inner[0] - a[0]) + y * (inner[1] - a[1]) + z * (inner[2] - a[2])
    scale = (-1.0 if side > 0 else 1.0) / length
    out[0], out[1], out[2] = x * scale, y * scale, z * scale


@njit(parallel=True, cache=True)
def _dihedrals(nodes, tets, out):  # type: ignore[no-untyped-def]
    for e in prange(tets.shape[0]):
        high, low = extreme_cosines(
            nodes[tets[e, 0]], nodes[tets[e, 1]], nodes[tets[e, 2]], nodes[tets[e, 3]]
        )
        out[e, 0], out[e, 1] = high, low
