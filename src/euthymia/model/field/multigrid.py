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

_COARSEST_NODES = 600
_WORTH_THREADS = 30_000
_SMOOTHED_FRACTION = 0.15  # the smoother aims at eigenvalues above this share of the largest


@dataclass(frozen=True, eq=False)
class Level:
    """One grid: its box of nodes, the active ones among them, and the operator's rows there.

    Vectors cover the box, with a margin of `halo` at either end so that a stencil at the rim of
    the box reads zeros instead of foreign memory.
    nodes: (n,) flat indices into the box, ascending. runs: (m, 3) first row, first place in a
    vector and length of each stretch of neighbouring nodes. stencil: (27, n). jacobi: (n,)
    damping over diagonal. offsets: (27,) of the neighbours in a vector.
    """

    shape: tuple[int, int, int]
    nodes: NDArray[np.int32]
    runs: NDArray[np.uint64]
    stencil: Float32Array
    jacobi: Float32Array
    offsets: NDArray[np.uint64]

    @property
    def halo(self) -> int:
        return _halo(self.shape)

    def zeros(self) -> Float32Array:
        """A single-precision vector."""
        return np.zeros(math.prod(self.shape) + 2 * self.halo, dtype=np.float32)

    def vector(self, box: FloatArray) -> FloatArray:
        """The double-precision vector of values on the box of nodes."""
        return np.pad(box.ravel(), self.halo)

    def box(self, vector: FloatArray) -> FloatArray:
        """The values of a vector on the box of nodes, (nodes along x, y, z)."""
        return vector[self.halo : -self.halo].reshape(self.shape)


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
            x, places = level.zeros(), level.nodes + level.halo
            x[places] = self.coarsest_inverse @ b[places]
            return x
        x, residual = level.zeros(), level.zeros()
        _jacobi(level.runs, level.jacobi, b, x)
        _residual(level.runs, level.stencil, level.offsets, x, b, residual)
        coarse = self.levels[depth + 1]
        restricted = coarse.zeros()
        _restrict(residual, level.shape, coarse.nodes, coarse.shape, restricted)
        correction = self._cycle(depth + 1, restricted)
        _prolong_add(correction, coarse.shape, level.runs, level.shape, x)
        _residual(level.runs, level.stencil, level.offsets, x, b, residual)
        _jacobi(level.runs, level.jacobi, residual, x)
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
    hierarchy: Hierarchy, b: FloatArray, tolerance: float = 1e-5, most_iterations: int = 200
) -> tuple[FloatArray, Convergence]:
    """Solve for the node potentials, both as vectors of the finest level.

    b must sum to zero (current is conserved); the solution has mean zero over the active nodes.
    Raises an `EuthymiaError` when the tolerance is not met.
    """
    fine = hierarchy.levels[0]
    runs = fine.runs
    x, p, q, r = np.zeros_like(b), np.zeros_like(b), np.zeros_like(b), b.copy()
    scale = math.sqrt(_dot(runs, b, b))
    if scale == 0.0:
        return x, Convergence(0, 0.0)
    unit = fine.zeros()
    rho_before, residual = 1.0, 1.0
    for iteration in range(1, most_iterations + 1):
        # Scaled, so that single precision never leaves its range whatever the units of b.
        _scaled(runs, r, 1.0 / scale, unit)
        z = hierarchy.precondition(unit)
        rho = _dot(runs, r, z)
        _direction(runs, z, rho / rho_before if iteration > 1 else 0.0, p)
        _apply(runs, fine.stencil, fine.offsets, p, q)
        _step(runs, rho / _dot(runs, p, q), p, q, x, r)
        residual = math.sqrt(_dot(runs, r, r)) / scale
        rho_before = rho
        if residual <= tolerance:
            places = fine.nodes + fine.halo
            x[places] -= x[places].mean()
            return x, Convergence(iteration, residual)
        if not math.isfinite(residual):
            break
    raise EuthymiaError(
        "field solver",
        f"the residual is {residual:.1e} after {iteration} iterations",
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
    signed = step[:, None, None] * (shape[1] * shape[2]) + step[None, :, None] * shape[2] + step
    # Unsigned, wrapping around: signed indices would make every access test for a negative one.
    offsets = signed.reshape(27).astype(np.uint64)
    runs = _runs(nodes, shape)
    diagonal = stencil[13]
    largest = _largest_eigenvalue(shape, nodes, runs, stencil, offsets)
    damping = 2.0 / ((1.0 + _SMOOTHED_FRACTION) * largest)
    return Level(shape, nodes, runs, stencil, (damping / diagonal).astype(np.float32), offsets)


def _halo(shape: tuple[int, int, int]) -> int:
    return shape[1] * shape[2] + shape[2] + 1


def _runs(nodes: NDArray[np.int32], shape: tuple[int, int, int]) -> NDArray[np.uint64]:
    """(m, 3) first row, first place in a vector, and length of stretches within one grid row."""
    starts = np.flatnonzero((np.diff(nodes, prepend=-2) != 1) | (nodes % shape[2] == 0))
    lengths = np.diff(starts, append=len(nodes))
    return np.column_stack([starts, nodes[starts] + _halo(shape), lengths]).astype(np.uint64)


def _largest_eigenvalue(
    shape: tuple[int, int, int],
    nodes: NDArray[np.int32],
    runs: NDArray[np.uint64],
    stencil: Float32Array,
    offsets: NDArray[np.uint64],
) -> float:
    """Of the Jacobi-scaled operator, by power iteration from a fixed start, with a margin."""
    places = nodes + _halo(shape)
    x = np.zeros(math.prod(shape) + 2 * _halo(shape), dtype=np.float32)
    y = np.zeros_like(x)
    x[places] = np.random.default_rng(0).standard_normal(len(nodes))
    value = 1.0
    for _ in range(10):
        _apply(runs, stencil, offsets, x, y)
        y[places] /= stencil[13]
        value = float(np.linalg.norm(y) / np.linalg.norm(x))
        x, y = y / np.float32(np.linalg.norm(y)), x
    return 1.1 * value


def _pseudo_inverse(level: Level) -> FloatArray:
    size = len(level.nodes)
    place = np.full(math.prod(level.shape), -1)
    place[level.nodes] = np.arange(size)
    dense = np.zeros((size, size))
    for slot, offset in enumerate(level.offsets.astype(np.int64)):
        neighbour = place[np.clip(level.nodes + offset, 0, len(place) - 1)]
        linked = (neighbour >= 0) & (level.stencil[slot] != 0)
        dense[np.arange(size)[linked], neighbour[linked]] = level.stencil[slot, linked]
    return np.asarray(np.linalg.pinv((dense + dense.T) / 2, rcond=1e-6, hermitian=True))


@njit(parallel=True, cache=True, fastmath=True)
def _apply(runs, stencil, offsets, x, y):  # type: ignore[no-untyped-def]
    for n in prange(runs.shape[0]):
        a, p, size = runs[n, 0], runs[n, 1], runs[n, 2]
        for m in range(size):
            total = 0.0
            for t in range(27):
                total += stencil[t, a + m] * x[p + m + offsets[t]]
            y[p + m] = total


@njit(parallel=True, cache=True, fastmath=True)
def _residual(runs, stencil, offsets, x, b, out):  # type: ignore[no-untyped-def]
    for n in prange(runs.shape[0]):
        a, p, size = runs[n, 0], runs[n, 1], runs[n, 2]
        for m in range(size):
            rest = b[p + m]
            for t in range(27):
                rest -= stencil[t, a + m] * x[p + m + offsets[t]]
            out[p + m] = rest


@njit(parallel=True, cache=True)
def _jacobi(runs, jacobi, residual, x):  # type: ignore[no-untyped-def]
    for n in prange(runs.shape[0]):
        a, p, size = runs[n, 0], runs[n, 1], runs[n, 2]
        for m in range(size):
            x[p + m] += jacobi[a + m] * residual[p + m]


@njit(parallel=True, cache=True)
def _restrict(fine, shape, nodes, coarse_shape, out):  # type: ignore[no-untyped-def]
    sy, sz = shape[1] * shape[2], shape[2]
    halo = sy + sz + 1
    coarse_halo = coarse_shape[1] * coarse_shape[2] + coarse_shape[2] + 1
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
                    total += weight * fine[halo + x * sy + y * sz + z]
        out[coarse_halo + nodes[a]] = total


@njit(parallel=True, cache=True)
def _prolong_add(coarse, coarse_shape, runs, shape, out):  # type: ignore[no-untyped-def]
    sy, sz = coarse_shape[1] * coarse_shape[2], coarse_shape[2]
    coarse_halo = sy + sz + 1
    halo = shape[1] * shape[2] + shape[2] + 1
    for n in prange(runs.shape[0]):
        first, size = np.int64(runs[n, 1]), np.int64(runs[n, 2])
        node = first - halo
        k = node % shape[2]
        j = node // shape[2] % shape[1]
        i = node // (shape[2] * shape[1])
        # A fine node between two coarse ones along an axis takes the mean of both.
        x0, y0 = coarse_halo + i // 2 * sy, j // 2 * sz
        x1, y1 = coarse_halo + (i + 1) // 2 * sy, (j + 1) // 2 * sz
        for m in range(size):
            z0, z1 = (k + m) // 2, (k + m + 1) // 2
            out[first + m] += 0.125 * (
                coarse[x0 + y0 + z0]
                + coarse[x0 + y0 + z1]
                + coarse[x0 + y1 + z0]
                + coarse[x0 + y1 + z1]
                + coarse[x1 + y0 + z0]
                + coarse[x1 + y0 + z1]
                + coarse[x1 + y1 + z0]
                + coarse[x1 + y1 + z1]
            )


@njit(parallel=True, cache=True)
def _direction(runs, z, beta, p):  # type: ignore[no-untyped-def]
    for n in prange(runs.shape[0]):
        first, size = runs[n, 1], runs[n, 2]
        for m in range(size):
            p[first + m] = z[first + m] + beta * p[first + m]


@njit(parallel=True, cache=True)
def _scaled(runs, x, factor, out):  # type: ignore[no-untyped-def]
    for n in prange(runs.shape[0]):
        first, size = runs[n, 1], runs[n, 2]
        for m in range(size):
            out[first + m] = x[first + m] * factor


@njit(parallel=True, cache=True)
def _step(runs, alpha, p, q, x, r):  # type: ignore[no-untyped-def]
    for n in prange(runs.shape[0]):
        first, size = runs[n, 1], runs[n, 2]
        for m in range(size):
            x[first + m] += alpha * p[first + m]
            r[first + m] -= alpha * q[first + m]


@njit(parallel=True, cache=True)
def _dot(runs, x, y):  # type: ignore[no-untyped-def]
    # A fixed number of partial sums: the same result whatever the number of threads.
    partial = np.zeros(64)
    share = runs.shape[0] // 64 + 1
    for chunk in prange(64):
        total = 0.0
        for n in range(chunk * share, min((chunk + 1) * share, runs.shape[0])):
            first, size = runs[n, 1], runs[n, 2]
            for m in range(size):
                total += x[first + m] * np.float64(y[first + m])
        partial[chunk] = total
    return partial.sum()
