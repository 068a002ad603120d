"""The right side of the field's equation: what the coil's dA/dt drives at every node.

b_i = -integral(sigma dA/dt . grad N_i). A coil's vector potential has no divergence in the head.
So where the conductivity is one number and constant, the integral is one over the surface around,
exactly: only the borders between conductivities count, and dA/dt is needed at their nodes alone.
Elements with a tensor are integrated over their volume. In both, dA/dt is taken as linear between
the nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from euthymia.core.poses import FloatArray
from euthymia.model.field.tetra.assembly import gradients, matrices
from euthymia.model.mesh.tetra import FACES, TetraMesh


@dataclass(frozen=True, eq=False)
class Sources:
    """Where a head needs dA/dt, and the matrix from there to the right side.

    points_mm: (q, 3). nodes: (q,) their node numbers. matrix: (n, 3 q) sparse, such that
    b = matrix @ dadt.ravel() for dadt (q, 3) in V/m; b in amperes.
    """

    points_mm: FloatArray
    nodes: NDArray[np.int64]
    matrix: sparse.csr_array

    @classmethod
    def of(cls, mesh: TetraMesh, sigma: FloatArray, over_volume: bool = False) -> Sources:
        """The sources of a mesh; `over_volume` for a potential that may have a divergence."""
        n = len(mesh.nodes_mm)
        if sigma.ndim == 2:
            scalar = sigma[:, 0].copy()
            even = (
                (np.ptp(sigma[:, :3], axis=1) < 1e-9 * scalar)
                & (np.abs(sigma[:, 3:]).max(axis=1) < 1e-9 * scalar)
            )  # fmt: skip
        else:
            scalar, even = sigma, np.ones(len(sigma), dtype=bool)
        if over_volume:
            even = np.zeros(len(sigma), dtype=bool)
        parts = [_surface_part(mesh, np.where(even, scalar, 0.0))]
        if not even.all():
            parts.append(_volume_part(mesh, sigma, np.flatnonzero(~even)))
        rows, columns, values = (np.concatenate(part) for part in zip(*parts, strict=True))
        used = np.zeros(n, dtype=bool)
        used[columns // 3] = True
        number = np.cumsum(used) - 1
        columns = 3 * number[columns // 3] + columns % 3
        nodes = np.flatnonzero(used)
        matrix = sparse.coo_array((values, (rows, columns)), shape=(n, 3 * len(nodes))).tocsr()
        matrix.sum_duplicates()
        return cls(mesh.nodes_mm[nodes], nodes, sparse.csr_array(matrix))

    def right_side(self, dadt_v_per_m: FloatArray) -> FloatArray:
        """(n,) or (n, k) from dA/dt at `points_mm`, (q, 3) or (q, 3, k)."""
        shape = dadt_v_per_m.shape
        return np.asarray(self.matrix @ dadt_v_per_m.reshape(3 * shape[0], *shape[2:]))


_Triplets = tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]


def _surface_part(mesh: TetraMesh, scalar: FloatArray) -> _Triplets:
    """Rows, columns and values of -sum of [sigma] integral(N_i A . n) over borders."""
    faces, jump = border_faces(mesh, scalar)
    corners = mesh.nodes_mm[faces]
    area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2 * 1e-6
    flux = -jump[:, None] * area / 12  # linear functions: area/12 off the diagonal, twice on it
    rows, columns, values = [], [], []
    for i in range(3):
        for j in range(3):
            for axis in range(3):
                rows.append(faces[:, i])
                columns.append(3 * faces[:, j] + axis)
                values.append(flux[:, axis] * (2.0 if i == j else 1.0))
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(values)


def border_faces(mesh: TetraMesh, values: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
    """Faces (f, 3) across which a value of the elements jumps, and the jump, inside minus outside.

    The normal by the right hand points away from the inside; outside the mesh the value is zero.
    """
    corners = mesh.tets[:, FACES].reshape(-1, 3).astype(np.int64)
    owner = np.repeat(np.arange(len(mesh.tets)), 4)
    keys = _face_keys(np.sort(corners, axis=1), len(mesh.nodes_mm))
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    paired = np.zeros(len(keys), dtype=bool)
    paired[:-1] = keys[1:] == keys[:-1]
    second = np.zeros(len(keys), dtype=bool)
    second[1:] = paired[:-1]
    first = order[~second]
    other = np.where(
        paired[~second], order[np.minimum(np.flatnonzero(~second) + 1, len(keys) - 1)], -1
    )
    jump = values[owner[first]] - np.where(other >= 0, values[owner[other]], 0.0)
    found = np.abs(jump) > 0
    return corners[first[found]], jump[found]


def _face_keys(corners: NDArray[np.int64], n: int) -> NDArray[np.uint64]:
    # three node numbers in one word where they fit (n below two million), else by rank of rows
    if n < 2**21:
        a, b, c = corners.T.astype(np.uint64)
        return np.asarray((a << np.uint64(42)) | (b << np.uint64(21)) | c)
    _, ranks = np.unique(corners, axis=0, return_inverse=True)
    return np.asarray(ranks.reshape(-1), dtype=np.uint64)


def _volume_part(mesh: TetraMesh, sigma: FloatArray, elements: NDArray[np.int64]) -> _Triplets:
    """Rows, columns and values of -integral(sigma A . grad N_i) over some elements."""
    tets = mesh.tets[elements].astype(np.int64)
    weighted = gradients(mesh)[elements] * (mesh.volumes_mm3[elements] * 1e-9 / 4)[:, None, None]
    if sigma.ndim == 2:
        weighted = np.einsum("eij,ejk->eik", weighted, matrices(sigma[elements]))
    else:
        weighted = weighted * sigma[elements, None, None]
    rows = np.broadcast_to(tets[:, :, None, None], (len(tets), 4, 4, 3))
    columns = 3 * tets[:, None, :, None] + np.arange(3)
    values = np.broadcast_to(-weighted[:, :, None, :], (len(tets), 4, 4, 3))
    return (
        rows.reshape(-1),
        np.broadcast_to(columns, rows.shape).reshape(-1),
        np.ascontiguousarray(values).reshape(-1),
    )
