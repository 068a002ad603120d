"""The field at any points from the potential at the nodes, recovered inside one tissue.

Inside a tissue of constant conductivity the potential is harmonic. So around each point a harmonic
polynomial of the third degree is fitted to the potential at the nodes of that tissue nearby (two
rings of neighbours, nearest first); its slope at the point is grad(phi). This is far better than
the constant slope of the element. What the nodes do not determine, in a thin sheet of tissue, is
held down by a small ridge on the terms above the linear ones, so the fit falls back to a plane
instead of running wild. Where a tissue conducts unevenly or by tensors the potential is not
harmonic, and all polynomials of the second degree are used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy import sparse

from euthymia.core.poses import FloatArray
from euthymia.model.field.tetra.locate import locate
from euthymia.model.head.volume import Tissue
from euthymia.model.mesh.tetra import TetraMesh

NODES_OF_A_FIT = 60
RIDGE = 1e-3
WIDTH = 0.6
_TERMS_HARMONIC, _TERMS_SQUARE = 16, 10


@dataclass(frozen=True, eq=False)
class FieldAt:
    """E at fixed points as a linear map of dA/dt at the points and phi at the nodes.

    points_mm: (p, 3). tissue: (p,) uint8, the tissue in which E is recovered. element: (p,).
    depth: (p,) smallest barycentric coordinate in the element; negative when the point lies
    outside the tissue asked for. gradient: (3 p, n) sparse, 1/m: grad(phi) = gradient @ phi.
    """

    points_mm: FloatArray
    tissue: NDArray[np.uint8]
    element: NDArray[np.int64]
    depth: FloatArray
    gradient: sparse.csr_array

    @classmethod
    def of(
        cls,
        mesh: TetraMesh,
        points_mm: FloatArray,
        tissue: Tissue | NDArray[np.uint8] | None = None,
        uneven: NDArray[np.bool_] | None = None,
    ) -> FieldAt:
        """Prepare the points; `tissue` (one, or one a point) asks for the field in that tissue.

        uneven: (m,) elements in which the potential is not harmonic.
        """
        points = np.ascontiguousarray(points_mm, dtype=float)
        element, depth = _elements(mesh, points, tissue)
        kind = mesh.tissue[element]
        rows, columns, values = [], [], []
        for number in np.unique(kind):
            here = np.flatnonzero(kind == number)
            inside = mesh.tissue == number
            harmonic = uneven is None or not bool(uneven[inside].any())
            nodes, slopes = _fits(mesh, inside, points[here], element[here], harmonic)
            filled = nodes >= 0
            for axis in range(3):
                rows.append(np.broadcast_to(3 * here[:, None] + axis, nodes.shape)[filled])
                columns.append(nodes[filled])
                values.append(slopes[:, axis][filled])
        shape = (3 * len(points), len(mesh.nodes_mm))
        triplets = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
        gradient = sparse.csr_array(sparse.coo_array(triplets, shape=shape).tocsr())
        return cls(points, kind, element, depth, gradient)

    def field(self, phi_v: FloatArray, dadt_v_per_m: FloatArray) -> FloatArray:
        """(p, 3) or (p, 3, k) E in V/m from phi (n,) or (n, k) and dA/dt at the points."""
        return np.asarray(-dadt_v_per_m - (self.gradient @ phi_v).reshape(dadt_v_per_m.shape))


def _elements(
    mesh: TetraMesh, points: FloatArray, tissue: Tissue | NDArray[np.uint8] | None
) -> tuple[NDArray[np.int64], FloatArray]:
    if tissue is None:
        return locate(mesh, points)
    wanted = np.broadcast_to(np.asarray(tissue, dtype=np.uint8), len(points))
    element, depth = np.zeros(len(points), dtype=np.int64), np.zeros(len(points))
    for number in np.unique(wanted):
        here = wanted == number
        among = np.flatnonzero(mesh.tissue == number)
        element[here], depth[here] = locate(mesh, points[here], among)
    return element, depth


def _fits(
    mesh: TetraMesh,
    inside: NDArray[np.bool_],
    points: FloatArray,
    element: NDArray[np.int64],
    harmonic: bool,
) -> tuple[NDArray[np.int64], FloatArray]:
    """(p, k) nodes of each point's fit (-1 where fewer) and (p, 3, k) their weights, 1/m."""
    indptr, indices = neighbours(mesh, inside)
    count = len(points)
    nodes = np.full((count, NODES_OF_A_FIT), -1, dtype=np.int64)
    weights = np.zeros((count, 3, NODES_OF_A_FIT))
    terms = _TERMS_HARMONIC if harmonic else _TERMS_SQUARE
    _fit_all(mesh.nodes_mm, mesh.tets, element, points, indptr, indices, terms, nodes, weights)
    return nodes, weights * 1e3


def neighbours(
    mesh: TetraMesh, inside: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Index pointer and indices of the neighbours of every node along edges of some elements."""
    tets = mesh.tets[inside]
    pairs = [(i, j) for i in range(4) for j in range(4) if i != j]
    rows = np.concatenate([tets[:, i] for i, _ in pairs])
    columns = np.concatenate([tets[:, j] for _, j in pairs])
    n = len(mesh.nodes_mm)
    ones = np.ones(len(rows), dtype=np.int8)
    graph = sparse.coo_array((ones, (rows, columns)), shape=(n, n)).tocsr()
    return graph.indptr.astype(np.int32), graph.indices.astype(np.int32)


@njit(parallel=True, cache=True)
def _fit_all(nodes, tets, element, points, indptr, indices, terms, out, weights):  # type: ignore[no-untyped-def]
    for p in prange(points.shape[0]):
        patch = _patch(tets[element[p]], indptr, indices, nodes, points[p], out.shape[1])
        out[p, : patch.shape[0]] = patch
        _fit(nodes, patch, points[p], terms, weights[p])


@njit(cache=True)
def _patch(corners, indptr, indices, nodes, point, most):  # type: ignore[no-untyped-def]
    """The nodes of the element and of the rings around it, nearest first, at most `most`."""
    found = np.empty(4096, dtype=np.int64)
    seen = set()
    count = 0
    for c in range(4):
        found[count] = corners[c]
        seen.add(np.int64(corners[c]))
        count += 1
    start = 0
    for ring in range(4):
        end = count
        for at in range(start, end):
            node = found[at]
            for place in range(indptr[node], indptr[node + 1]):
                other = np.int64(indices[place])
                if other not in seen and count < found.shape[0]:
                    seen.add(other)
                    found[count] = other
                    count += 1
        start = end
        # two rings, and more only where the tissue is so thin that they hold few nodes
        if ring >= 1 and count >= most:
            break
    distance = np.empty(count)
    for at in range(count):
        d = 0.0
        for k in range(3):
            d += (nodes[found[at], k] - point[k]) ** 2
        distance[at] = d if at >= 4 else -1.0  # the element's own corners always stay
    order = np.argsort(distance)
    return found[:count][order][:most]


@njit(cache=True)
def _fit(nodes, patch, point, terms, out):  # type: ignore[no-untyped-def]
    count = patch.shape[0]
    local = np.empty((count, 3))
    reach = 0.0
    for at in range(count):
        r2 = 0.0
        for k in range(3):
            local[at, k] = nodes[patch[at], k] - point[k]
            r2 += local[at, k] ** 2
        reach = max(reach, r2)
    reach = np.sqrt(reach)
    normal = np.zeros((terms, terms))
    basis = np.empty((count, terms))
    weight = np.empty(count)
    total = 0.0
    for at in range(count):
        x, y, z = local[at, 0] / reach, local[at, 1] / reach, local[at, 2] / reach
        weight[at] = np.exp(-(x * x + y * y + z * z) / (WIDTH * WIDTH))
        total += weight[at]
        _basis(x, y, z, terms, basis[at])
        for i in range(terms):
            w = weight[at] * basis[at, i]
            for j in range(terms):
                normal[i, j] += w * basis[at, j]
    for i in range(4, terms):
        normal[i, i] += RIDGE * total * 0.1
    for i in range(terms):
        normal[i, i] += 1e-12 * total
    right = np.zeros((terms, 3))
    for k in range(3):
        right[k + 1, k] = 1.0
    rows = np.linalg.solve(normal, right)
    for at in range(count):
        for k in range(3):
            s = 0.0
            for i in range(terms):
                s += basis[at, i] * rows[i, k]
            out[k, at] = weight[at] * s / reach


@njit(inline="always")
def _basis(x, y, z, terms, b):  # type: ignore[no-untyped-def]
    # within one degree all terms have the same norm over the sphere: the ridge knows no axes
    b[0], b[1], b[2], b[3] = 1.0, x, y, z
    b[4], b[5], b[6] = x * y, y * z, z * x
    b[7], b[8] = (x * x - y * y) / 2, (2 * z * z - x * x - y * y) * 0.2886751345948129
    if terms == 10:
        b[9] = x * x + y * y + z * z
        return
    b[9] = z * (2 * z * z - 3 * x * x - 3 * y * y) * 0.4082482904638631
    b[10] = x * (4 * z * z - x * x - y * y) * 0.5
    b[11] = y * (4 * z * z - x * x - y * y) * 0.5
    b[12] = z * (x * x - y * y) * 1.5811388300841898
    b[13] = x * y * z * 3.1622776601683795
    b[14] = x * (x * x - 3 * y * y) * 0.6454972243679028
    b[15] = y * (3 * x * x - y * y) * 0.6454972243679028
