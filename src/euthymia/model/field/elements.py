"""Trilinear bricks: element matrices, and their assembly into a 27-point stencil.

Nodes are voxel corners, cells are voxels. Corner c of a cell has offsets (c >> 2 & 1, c >> 1 & 1,
c & 1) along the three axes. Tensors have six numbers: xx, yy, zz, xy, xz, yz.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from euthymia.core.poses import FloatArray

Float32Array = NDArray[np.float32]

PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
"""Which two axes each of the six numbers of a symmetric tensor belongs to."""

CORNERS = np.array([[c >> 2 & 1, c >> 1 & 1, c & 1] for c in range(8)])
"""(8, 3) offsets of the corners of a cell."""

_MASS = np.array([[2.0, 1.0], [1.0, 2.0]]) / 6
_STIFF = np.array([[1.0, -1.0], [-1.0, 1.0]])
_MIXED = np.array([[-0.5, -0.5], [0.5, 0.5]])  # integral of N_i' N_j on the unit interval


def unit_stiffness(spacing_mm: FloatArray) -> FloatArray:
    """(6, 8, 8) element matrices of the six tensor components, for metres and S/m.

    Entry [s, i, j] is the integral of the symmetrised product of the derivatives of N_i and N_j
    along the two axes of component s, over a brick with these edges.
    """
    h = np.asarray(spacing_mm) * 1e-3
    matrices = np.empty((6, 8, 8))
    for slot, (a, b) in enumerate(PAIRS):
        scale = float(np.prod(h)) / (h[a] * h[b])
        ab = scale * _product(a, b)
        matrices[slot] = ab if a == b else ab + ab.T
    return matrices


def _product(a: int, b: int) -> FloatArray:
    """(8, 8) integral of (dN_i/da)(dN_j/db) over the unit cube."""
    factors = []
    for axis in range(3):
        if axis == a == b:
            factors.append(_STIFF)
        elif axis == a:
            factors.append(_MIXED)
        elif axis == b:
            factors.append(_MIXED.T)
        else:
            factors.append(_MASS)
    return np.asarray(np.kron(np.kron(factors[0], factors[1]), factors[2]))


def prolongation() -> FloatArray:
    """(8, 8, 8) value of the parent's corner functions at the corners of each of its 8 children.

    Entry [child, corner of child, corner of parent].
    """
    weights = np.empty((8, 8, 8))
    for child in range(8):
        at = (CORNERS[child] + CORNERS) / 2  # (corner, 3) within the unit parent
        for parent in range(8):
            weights[child, :, parent] = np.prod(
                np.where(CORNERS[parent] == 1, at, 1.0 - at), axis=1
            )
    return weights


def parent_elements_of_tensors(tensors: Float32Array, spacing_mm: FloatArray) -> Float32Array:
    """Element matrices (mx, my, mz, 36) of the first coarse level, exact (Galerkin).

    tensors: (2 mx, 2 my, 2 mz, 6) S/m. The 36 numbers are the lower triangle by rows.
    """
    lower = np.tril_indices(8)
    stiffness, weights = unit_stiffness(spacing_mm), prolongation()
    # A parent's matrix is linear in the 8 x 6 numbers of its children: one matrix product.
    linear = np.empty((48, 36))
    for child in range(8):
        w = weights[child]
        for slot in range(6):
            linear[child * 6 + slot] = (w.T @ stiffness[slot] @ w)[lower]
    return _combine(tensors, linear)


def parent_elements(elements: Float32Array) -> Float32Array:
    """Element matrices of the next coarser level from those of (2 mx, 2 my, 2 mz, 36)."""
    lower, weights = np.tril_indices(8), prolongation()
    linear = np.empty((8 * 36, 36))
    for child in range(8):
        w = weights[child]
        for slot, (i, j) in enumerate(zip(*lower, strict=True)):
            unit = np.zeros((8, 8))
            unit[i, j] = unit[j, i] = 1.0
            linear[child * 36 + slot] = (w.T @ unit @ w)[lower]
    return _combine(elements, linear)


def _combine(children: Float32Array, linear: FloatArray) -> Float32Array:
    nx, ny, nz, width = children.shape
    mx, my, mz = nx // 2, ny // 2, nz // 2
    out = np.empty((mx, my, mz, 36), dtype=np.float32)
    matrix = linear.astype(np.float32)
    for x in range(mx):  # slab by slab keeps the gathered copy small
        slab = children[2 * x : 2 * x + 2].reshape(2, my, 2, mz, 2, width)
        gathered = slab.transpose(1, 3, 0, 2, 4, 5).reshape(my, mz, 8 * width)
        out[x] = gathered @ matrix
    return out


def active_nodes(used_cells: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Flat indices, ascending, of the nodes that touch a used cell; nodes are one more an axis."""
    nx, ny, nz = used_cells.shape
    touched = np.zeros((nx + 1, ny + 1, nz + 1), dtype=bool)
    for dx, dy, dz in CORNERS:
        touched[dx : dx + nx, dy : dy + ny, dz : dz + nz] |= used_cells
    return np.flatnonzero(touched).astype(np.int32)


@njit(parallel=True, cache=True)
def assemble_tensors(
    tensors: Float32Array, stiffness: FloatArray, nodes: NDArray[np.int32], out: Float32Array
) -> None:
    """Fill the (27, n) stencil of the nodes from (nx, ny, nz, 6) cell tensors."""
    nx, ny, nz = tensors.shape[0], tensors.shape[1], tensors.shape[2]
    for a in prange(nodes.shape[0]):
        row = np.zeros(27)
        k = nodes[a] % (nz + 1)
        j = nodes[a] // (nz + 1) % (ny + 1)
        i = nodes[a] // ((nz + 1) * (ny + 1))
        for corner in range(8):
            cx, cy, cz = i - (corner >> 2 & 1), j - (corner >> 1 & 1), k - (corner & 1)
            if cx < 0 or cy < 0 or cz < 0 or cx >= nx or cy >= ny or cz >= nz:
                continue
            for other in range(8):
                entry = 0.0
                for s in range(6):
                    entry += tensors[cx, cy, cz, s] * stiffness[s, corner, other]
                row[_slot(corner, other)] += entry
        _store(row, out, a)


@njit(parallel=True, cache=True)
def assemble_elements(elements: Float32Array, nodes: NDArray[np.int32], out: Float32Array) -> None:
    """Fill the (27, n) stencil of the nodes from (nx, ny, nz, 36) element matrices."""
    nx, ny, nz = elements.shape[0], elements.shape[1], elements.shape[2]
    for a in prange(nodes.shape[0]):
        row = np.zeros(27)
        k = nodes[a] % (nz + 1)
        j = nodes[a] // (nz + 1) % (ny + 1)
        i = nodes[a] // ((nz + 1) * (ny + 1))
        for corner in range(8):
            cx, cy, cz = i - (corner >> 2 & 1), j - (corner >> 1 & 1), k - (corner & 1)
            if cx < 0 or cy < 0 or cz < 0 or cx >= nx or cy >= ny or cz >= nz:
                continue
            for other in range(8):
                hi, lo = max(corner, other), min(corner, other)
                row[_slot(corner, other)] += elements[cx, cy, cz, hi * (hi + 1) // 2 + lo]
        _store(row, out, a)


@njit(inline="always")
def _slot(corner: int, other: int) -> int:
    dx = (other >> 2 & 1) - (corner >> 2 & 1) + 1
    dy = (other >> 1 & 1) - (corner >> 1 & 1) + 1
    dz = (other & 1) - (corner & 1) + 1
    return dx * 9 + dy * 3 + dz


@njit(inline="always")
def _store(row: FloatArray, out: Float32Array, a: int) -> None:
    # Rounded to single precision, a row would no longer map constants to zero: the diagonal
    # takes the difference, so that the operator keeps the null space it must have.
    total = 0.0
    for t in range(27):
        if t != 13:
            out[t, a] = row[t]
            total += out[t, a]
    out[13, a] = -total
