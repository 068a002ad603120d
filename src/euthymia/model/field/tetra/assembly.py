"""Linear elements on tetrahedra: gradients, and the stiffness matrix of a volume conductor.

Lengths are metres inside, conductivities S/m. A conductivity is one number for each element, (m,),
or a symmetric tensor, (m, 6) as xx, yy, zz, xy, xz, yz.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy import sparse

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.field.conductivity import Conductivities
from euthymia.model.mesh.tetra import TetraMesh

PAIRS = np.array([[0, 0], [0, 1], [0, 2], [0, 3], [1, 1], [1, 2], [1, 3], [2, 2], [2, 3], [3, 3]])


def element_conductivity(
    mesh: TetraMesh, conductivities: Conductivities | FloatArray
) -> FloatArray:
    """(m,) or (m, 6) S/m of every element; refuses what is not positive (definite)."""
    if isinstance(conductivities, Conductivities):
        return np.asarray(conductivities.table()[mesh.tissue], dtype=float)
    sigma = np.asarray(conductivities, dtype=float)
    if sigma.shape not in ((len(mesh.tets),), (len(mesh.tets), 6)):
        raise InputError(
            "conductivity of the mesh",
            f"its shape {sigma.shape} does not fit {len(mesh.tets)} tetrahedra",
            "Give one number, or six (xx, yy, zz, xy, xz, yz), for each tetrahedron",
        )
    least = sigma if sigma.ndim == 1 else np.linalg.eigvalsh(matrices(sigma))[:, 0]
    if not (np.isfinite(sigma).all() and (least > 0).all()):
        raise InputError(
            "conductivity of the mesh",
            "it is not positive everywhere",
            "Give positive numbers, or tensors whose eigenvalues are all positive",
        )
    return sigma


def matrices(six: FloatArray) -> FloatArray:
    """(m, 3, 3) from (m, 6)."""
    return np.asarray(six[:, [0, 3, 4, 3, 1, 5, 4, 5, 2]].reshape(-1, 3, 3))


def gradients(mesh: TetraMesh) -> FloatArray:
    """(m, 4, 3) gradients of the four corner functions, 1/m."""
    out = np.empty((len(mesh.tets), 4, 3))
    _fill_gradients(mesh.nodes_mm, mesh.tets, out)
    return out


def stiffness(mesh: TetraMesh, sigma: FloatArray) -> sparse.csr_array:
    """The (n, n) symmetric matrix of integral(sigma grad N_i . grad N_j), siemens."""
    upper = upper_stiffness(mesh, sigma)
    strict = sparse.triu(upper, 1, format="csr")
    return sparse.csr_array(upper + strict.T)


def upper_stiffness(mesh: TetraMesh, sigma: FloatArray) -> sparse.csr_array:
    """The upper triangle of `stiffness`, columns sorted."""
    values = np.empty((len(mesh.tets), 10))
    six = sigma if sigma.ndim == 2 else sigma[:, None]
    _element_matrices(mesh.nodes_mm, mesh.tets, np.ascontiguousarray(six), values)
    rows, columns = mesh.tets[:, PAIRS[:, 0]], mesh.tets[:, PAIRS[:, 1]]
    low, high = np.minimum(rows, columns), np.maximum(rows, columns)
    n = len(mesh.nodes_mm)
    out = sparse.coo_array((values.ravel(), (low.ravel(), high.ravel())), shape=(n, n)).tocsr()
    out.sum_duplicates()
    return sparse.csr_array(out)


@njit(cache=True)
def corner_gradients(nodes, tets, e, g):  # type: ignore[no-untyped-def]
    """Fill the (4, 3) gradients of one element, 1/mm, and return its volume in mm3."""
    a, b, c, d = tets[e, 0], tets[e, 1], tets[e, 2], tets[e, 3]
    ux, uy, uz = nodes[b, 0] - nodes[a, 0], nodes[b, 1] - nodes[a, 1], nodes[b, 2] - nodes[a, 2]
    vx, vy, vz = nodes[c, 0] - nodes[a, 0], nodes[c, 1] - nodes[a, 1], nodes[c, 2] - nodes[a, 2]
    wx, wy, wz = nodes[d, 0] - nodes[a, 0], nodes[d, 1] - nodes[a, 1], nodes[d, 2] - nodes[a, 2]
    px, py, pz = vy * wz - vz * wy, vz * wx - vx * wz, vx * wy - vy * wx
    qx, qy, qz = wy * uz - wz * uy, wz * ux - wx * uz, wx * uy - wy * ux
    rx, ry, rz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    six = ux * px + uy * py + uz * pz
    g[1, 0], g[1, 1], g[1, 2] = px / six, py / six, pz / six
    g[2, 0], g[2, 1], g[2, 2] = qx / six, qy / six, qz / six
    g[3, 0], g[3, 1], g[3, 2] = rx / six, ry / six, rz / six
    for k in range(3):
        g[0, k] = -g[1, k] - g[2, k] - g[3, k]
    return six / 6


@njit(parallel=True, cache=True)
def _fill_gradients(nodes, tets, out):  # type: ignore[no-untyped-def]
    for e in prange(tets.shape[0]):
        corner_gradients(nodes, tets, e, out[e])
        for i in range(4):
            for k in range(3):
                out[e, i, k] *= 1e3


@njit(parallel=True, cache=True)
def _element_matrices(nodes, tets, sigma, out):  # type: ignore[no-untyped-def]
    for e in prange(tets.shape[0]):
        g = np.empty((4, 3))
        # gradients in 1/mm twice, volume in mm3: millimetres to metres leaves 1e-3
        scale = corner_gradients(nodes, tets, e, g) * 1e-3
        slot = 0
        for i in range(4):
            x, y, z = g[i, 0], g[i, 1], g[i, 2]
            if sigma.shape[1] == 1:
                jx, jy, jz = sigma[e, 0] * x, sigma[e, 0] * y, sigma[e, 0] * z
            else:
                jx = sigma[e, 0] * x + sigma[e, 3] * y + sigma[e, 4] * z
                jy = sigma[e, 3] * x + sigma[e, 1] * y + sigma[e, 5] * z
                jz = sigma[e, 4] * x + sigma[e, 5] * y + sigma[e, 2] * z
            for j in range(i, 4):
                out[e, slot] = scale * (jx * g[j, 0] + jy * g[j, 1] + jz * g[j, 2])
                slot += 1


def connected_parts(matrix: sparse.csr_array) -> NDArray[np.int32]:
    """(n,) number of the part of the conductor that each node hangs together with."""
    _, parts = sparse.csgraph.connected_components(matrix, directed=False)
    return np.asarray(parts, dtype=np.int32)
