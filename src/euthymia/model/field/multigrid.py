"""A multigrid-preconditioned conjugate-gradient solver for the brick grid.

Every level is a 27-point stencil on the nodes of a box. Coarse levels are exact Galerkin products
(elements.py). The smoother is damped Jacobi: symmetric, parallel, and the same whatever the number
of threads; two more sweeps a cycle save fewer iterations than they cost. The V-cycle works in
single precision, the conjugate gradients around it in double. Nodes are kept in runs of neighbours
along the last axis, so that the inner loops run over contiguous memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import get_num_threads, njit, prange, set_num_threads
from numpy.typing import NDArray

from euthymia.core.errors import EuthymiaError
from euthymia.core.poses import FloatArray
from euthymia.model.field import elements

Float32Array = NDArray[np.float32]

_COARSEST_NODES = 1200
_WORTH_THREADS = 30_000
_SMOOTHED_FRACTION = 0.15  # the smoother aims at eigenvalues above this share of the largest


@dataclass(frozen=True, eq=False)
class Level:
    """One grid: its box of nodes, the active ones among them, and the operator's rows there.

    nodes: (n,) flat indices into the box, ascending. runs: (m, 3) first row, first node and length
    of each stretch of neighbouring nodes. stencil: (27, n). jacobi: (n,) damping over diagonal.
    """

    shape: tuple[int, int, int]
    nodes: NDArray[np.int32]
    runs: NDArray[np.int64]
    stencil: Float32Array
    jacobi: Float32Array
    offsets: NDArray[np.int64]

    def zeros(self) -> Float32Array:
        """A vector over the whole box."""
        return np.zeros(math.prod(self.shape), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """All levels, finest first, and the pseudo-inverse of the coarsest operator."""

    levels: tuple[Level, ...]
    coarsest_inverse: FloatArray

    @classmethod
    def build(cls, tensors: Float32Array, spacing_mm: FloatArray) -> Hierarchy:
        """The hierarchy of a grid with (nx, ny, nz, 6) cell tensors in S/m.

        The box must be empty (zero tensors) in its outermost layer of cells.
        """
        levels = [_finest(tensors, spacing_mm)]
        matrices = elements.parent_elements_of_tensors(tensors, spacing_mm)
        while True:
            levels.append(_level_of_elements(matrices))
            halves = all(n % 2 == 0 for n in matrices.shape[:3])
            if len(levels[-1].nodes) <= _COARSEST_NODES or not halves:
                break
            matrices = elements.parent_elements(matrices)
        return cls(tuple(levels), _pseudo_inverse(levels[-1]))

    def precondition(self, residual: Float32Array) -> Float32Array:
        """One V-cycle: an approximate solution for a residual on the finest box."""
        return self._cycle(0, residual)

    def _cycle(self, depth: int, b: Float32Array) -> Float32Array:
        level = self.levels[depth]
        if len(level.nodes) < _WORTH_THREADS and get_num_threads() > 1:
            return self._alone(depth, b)
        if depth == len(self.levels) - 1:
            x = level.zeros()
            x[level.nodes] = self.coarsest_inverse @ b[level.nodes]
            return x
        x, residual = level.zeros(), level.zeros()
        _jacobi(level.nodes, level.jacobi, b, x)
        _residual(level.runs, level.stencil, level.offsets, x, b, residual)
        coarse = self.levels[depth + 1]
        restricted = coarse.zeros()
        _restrict(residual, level.shape, coarse.nodes, coarse.shape, restricted)
        correction = self._cycle(depth + 1, restricted)
        _prolong_add(correction, coarse.shape, level.nodes, level.shape, x)
        _residual(level.runs, level.stencil, level.offsets, x, b, residual)
        _jacobi(level.nodes, level.jacobi, residual, x)
        return x

    def _alone(self, depth: int, b: Float32Array) -> Float32Array:
        """The cycle on one thread: on small levels waking the others costs more than it gives."""
        threads = get_num_threads()
        set_num_threads(1)
        try:
            return self._cycle(depth, b)
        finally:
            set_num_threads(threads)


@dataclass(frozen=True, slots=True)
class Convergence:
    """How a solve ended: iterations, and the residual relative to the right side."""

    iterations: int
    relative_residual: float


def solve(
    hierarchy: Hierarchy, b: FloatArray, tolerance: float = 1e-6, most_iterations: int = 200
) -> tuple[FloatArray, Convergence]:
    """Solve for the node potentials over the finest box, (nodes of the box,) for a right side b.

    b must sum to zero (current is conserved); the solution has mean zero over the active nodes.
    Raises an `EuthymiaError` when the tolerance is not met.
    """
    nodes, fine = hierarchy.levels[0].nodes, hierarchy.levels[0]
    x, p, q, r = np.zeros_like(b), np.zeros_like(b), np.zeros_like(b), b.copy()
    scale = math.sqrt(_dot(nodes, b, b))
    if scale == 0.0:
        return x, Convergence(0, 0.0)
    unit = fine.zeros()
    rho_before, residual = 1.0, 1.0
    for iteration in range(1, most_iterations + 1):
        # Scaled, so that single precision never leaves its range whatever the units of b.
        _scaled(nodes, r, 1.0 / scale, unit)
        z = hierarchy.precondition(unit)
        rho = _dot(nodes, r, z)
        _direction(nodes, z, rho / rho_before if iteration > 1 else 0.0, p)
        _apply(fine.runs, fine.stencil, fine.offsets, p, q)
        _step(nodes, rho / _dot(nodes, p, q), p, q, x, r)
        residual = math.sqrt(_dot(nodes, r, r)) / scale
        rho_before = rho
        if residual <= tolerance:
            x[nodes] -= x[nodes].mean()
            return x, Convergence(iteration, residual)
    raise EuthymiaError(
        "field solver",
        f"the residual is {residual:.1e} after {most_iterations} iterations",
        "Check the label volume for isolated specks of tissue, and the conductivities",
    )


def _finest(tensors: Float32Array, spacing_mm: FloatArray) -> Level:
    used = tensors[..., 0] + tensors[..., 1] + tensors[..., 2] > 0
    nodes = elements.active_nodes(used)
    stencil = np.empty((27, len(nodes)), dtype=np.float32)
    elements.assemble_tensors(tensors, elements.unit_stiffness(spacing_mm), nodes, stencil)
    return _level(used.shape, nodes, stencil)


def _level_of_elements(matrices: Float32Array) -> Level:
    used = matrices[..., 0] > 0
    nodes = elements.active_nodes(used)
    stencil = np.empty((27, len(nodes)), dtype=np.float32)
    elements.assemble_elements(matrices, nodes, stencil)
    return _level(used.shape, nodes, stencil)


def _level(cells: tuple[int, ...], nodes: NDArray[np.int32], stencil: Float32Array) -> Level:
    shape = (cells[0] + 1, cells[1] + 1, cells[2] + 1)
    step = np.arange(-1, 2)
    offsets = (
        step[:, None, None] * (shape[1] * shape[2]) + step[None, :, None] * shape[2] + step
    ).reshape(27)
    runs = _runs(nodes, shape[2])
    diagonal = stencil[13]
    largest = _largest_eigenvalue(shape, nodes, runs, stencil, offsets)
    damping = 2.0 / ((1.0 + _SMOOTHED_FRACTION) * largest)
    return Level(shape, nodes, runs, stencil, (damping / diagonal).astype(np.float32), offsets)


def _runs(nodes: NDArray[np.int32], row: int) -> NDArray[np.int64]:
    """(m, 3) first row, first node and length of stretches of neighbours within one grid row."""
    starts = np.flatnonzero((np.diff(nodes, prepend=-2) != 1) | (nodes % row == 0))
    lengths = np.diff(starts, append=len(nodes))
    return np.column_stack([starts, nodes[starts], lengths]).astype(np.int64)


def _largest_eigenvalue(
    shape: tuple[int, int, int],
    nodes: NDArray[np.int32],
    runs: NDArray[np.int64],
    stencil: Float32Array,
    offsets: NDArray[np.int64],
) -> float:
    """Of the Jacobi-scaled operator, by power iteration from a fixed start, with a margin."""
    x = np.zeros(math.prod(shape), dtype=np.float32)
    y = np.zeros_like(x)
    x[nodes] = np.random.default_rng(0).standard_normal(len(nodes))
    value = 1.0
    for _ in range(10):
        _apply(runs, stencil, offsets, x, y)
        y[nodes] /= stencil[13]
        value = float(np.linalg.norm(y[nodes]) / np.linalg.norm(x[nodes]))
        x, y = y / np.float32(np.linalg.norm(y[nodes])), x
    return 1.1 * value


def _pseudo_inverse(level: Level) -> FloatArray:
    size = len(level.nodes)
    place = np.full(math.prod(level.shape), -1)
    place[level.nodes] = np.arange(size)
    dense = np.zeros((size, size))
    for slot, offset in enumerate(level.offsets):
        neighbour = place[np.clip(level.nodes + offset, 0, len(place) - 1)]
        linked = (neighbour >= 0) & (level.stencil[slot] != 0)
        dense[np.arange(size)[linked], neighbour[linked]] = level.stencil[slot, linked]
    return np.asarray(np.linalg.pinv((dense + dense.T) / 2, rcond=1e-6, hermitian=True))


@njit(parallel=True, cache=True, fastmath=True)  # type: ignore[untyped-decorator]
def _apply(runs, stencil, offsets, x, y):  # type: ignore[no-untyped-def]
    for n in prange(runs.shape[0]):
        a, p, size = runs[n, 0], runs[n, 1], runs[n, 2]
        for m in range(size):
            y[p + m] = 0.0
        for t in range(0, 27, 3):
            q = p + offsets[t]
            for m in range(size):
                y[p + m] += (
                    stencil[t, a + m] * x[q + m]
                    + stencil[t + 1, a + m] * x[q + m + 1]
                    + stencil[t + 2, a + m] * x[q + m + 2]
                )


@njit(parallel=True, cache=True, fastmath=True)  # type: ignore[untyped-decorator]
def _residual(runs, stencil, offsets, x, b, out):  # type: ignore[no-untyped-def]
    for n in prange(runs.shape[0]):
        a, p, size = runs[n, 0], runs[n, 1], runs[n, 2]
        for m in range(size):
            out[p + m] = b[p + m]
        for t in range(0, 27, 3):
            q = p + offsets[t]
            for m in range(size):
                out[p + m] -= (
                    stencil[t, a + m] * x[q + m]
                    + stencil[t + 1, a + m] * x[q + m + 1]
                    + stencil[t + 2, a + m] * x[q + m + 2]
                )


@njit(parallel=True, cache=True)  # type: ignore[untyped-decorator]
def _jacobi(nodes, jacobi, residual, x):  # type: ignore[no-untyped-def]
    for a in prange(nodes.shape[0]):
        x[nodes[a]] += jacobi[a] * residual[nodes[a]]


@njit(parallel=True, cache=True)  # type: ignore[untyped-decorator]
def _restrict(fine, shape, nodes, coarse_shape, out):  # type: ignore[no-untyped-def]
    sy, sz = shape[1] * shape[2], shape[2]
    for a in prange(nodes.shape[0]):
        k = nodes[a] % coarse_shape[2]
        j = nodes[a] // coarse_shape[2] % coarse_shape[1]
        i = nodes[a] // (coarse_shape[2] * coarse_shape[1])
        total = 0.0
        for dx in range(-1, 2):
            x = 2 * i + dx
            if x < 0 or x >= shape[0]:
                continue
            for dy in range(-1, 2):
                y = 2 * j + dy
                if y < 0 or y >= shape[1]:
                    continue
                for dz in range(-1, 2):
                    z = 2 * k + dz
                    if z < 0 or z >= shape[2]:
                        continue
                    weight = (2 - abs(dx)) * (2 - abs(dy)) * (2 - abs(dz)) * 0.125
                    total += weight * fine[x * sy + y * sz + z]
        out[nodes[a]] = total


@njit(parallel=True, cache=True)  # type: ignore[untyped-decorator]
def _prolong_add(coarse, coarse_shape, nodes, shape, out):  # type: ignore[no-untyped-def]
    sy, sz = coarse_shape[1] * coarse_shape[2], coarse_shape[2]
    for a in prange(nodes.shape[0]):
        k = nodes[a] % shape[2]
        j = nodes[a] // shape[2] % shape[1]
        i = nodes[a] // (shape[2] * shape[1])
        total = 0.0
        for x in range(i // 2, (i + 1) // 2 + 1):
            for y in range(j // 2, (j + 1) // 2 + 1):
                for z in range(k // 2, (k + 1) // 2 + 1):
                    total += coarse[x * sy + y * sz + z]
        count = (1 + i % 2) * (1 + j % 2) * (1 + k % 2)
        out[nodes[a]] += total / count


@njit(parallel=True, cache=True)  # type: ignore[untyped-decorator]
def _direction(nodes, z, beta, p):  # type: ignore[no-untyped-def]
    for a in prange(nodes.shape[0]):
        p[nodes[a]] = z[nodes[a]] + beta * p[nodes[a]]


@njit(parallel=True, cache=True)  # type: ignore[untyped-decorator]
def _scaled(nodes, x, factor, out):  # type: ignore[no-untyped-def]
    for a in prange(nodes.shape[0]):
        out[nodes[a]] = x[nodes[a]] * factor


@njit(parallel=True, cache=True)  # type: ignore[untyped-decorator]
def _step(nodes, alpha, p, q, x, r):  # type: ignore[no-untyped-def]
    for a in prange(nodes.shape[0]):
        x[nodes[a]] += alpha * p[nodes[a]]
        r[nodes[a]] -= alpha * q[nodes[a]]


@njit(parallel=True, cache=True)  # type: ignore[untyped-decorator]
def _dot(nodes, x, y):  # type: ignore[no-untyped-def]
    # A fixed number of partial sums: the same result whatever the number of threads.
    partial = np.zeros(64)
    share = nodes.shape[0] // 64 + 1
    for chunk in prange(64):
        total = 0.0
        for a in range(chunk * share, min((chunk + 1) * share, nodes.shape[0])):
            total += x[nodes[a]] * np.float64(y[nodes[a]])
        partial[chunk] = total
    return partial.sum()
