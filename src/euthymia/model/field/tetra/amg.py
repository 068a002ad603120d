"""Conjugate gradients with smoothed-aggregation multigrid: solves where no direct solver is there.

The method is that of Vanek, Mandel and Brezina (1996): neighbours that are strongly coupled form
aggregates, the piecewise constant interpolation from them is smoothed once, coarse operators are
Galerkin products. The smoother is a Chebyshev polynomial, so the result does not depend on the
number of threads. Many right sides run side by side, (n, k).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy import sparse

from euthymia.core.poses import FloatArray

Float32Array = NDArray[np.float32]

_COARSEST = 400
_STRONG = 0.06
_DEGREE = 3
_PROLONGATION_STEP = 0.66
_LOWEST_SHARE = 0.1
_MOST_ITERATIONS = 300


@dataclass(frozen=True, eq=False)
class _Level:
    """One level: its matrix in single precision, the way to the next, and smoother bounds."""

    matrix: sparse.csr_array
    inverse_diagonal: Float32Array
    largest: float  # of D^-1 A
    down: sparse.csr_array | None
    up: sparse.csr_array | None


@dataclass(frozen=True, eq=False)
class AggregationMultigrid:
    """A hierarchy for one symmetric matrix that is singular by a constant on each part."""

    matrix: sparse.csr_array
    levels: tuple[_Level, ...]
    coarsest: Float32Array  # pseudo-inverse
    tolerance: float

    @classmethod
    def build(cls, matrix: sparse.csr_array, tolerance: float = 1e-7) -> AggregationMultigrid:
        """Make the coarse levels; `tolerance` is that of the relative residual of a solve."""
        levels, a, strong = [], sparse.csr_array(matrix), _STRONG
        while a.shape[0] > _COARSEST:
            diagonal = np.maximum(a.diagonal(), 1e-300)
            largest = _largest_eigenvalue(a, diagonal)
            aggregate = np.full(a.shape[0], -1, dtype=np.int64)
            count = _aggregate(a.indptr, a.indices, a.data, diagonal, strong, aggregate)
            if count >= 0.9 * a.shape[0]:
                break
            up = _smoothed(a, diagonal, strong, aggregate, count)
            down = sparse.csr_array(up.T.tocsr())
            levels.append(_level(a, diagonal, largest, down, up))
            a, strong = sparse.csr_array(down @ (a @ up)), strong / 2
        inverse = np.linalg.pinv(a.toarray(), rcond=1e-10, hermitian=True).astype(np.float32)
        return cls(sparse.csr_array(matrix), tuple(levels), inverse, tolerance)

    def solve(self, b: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        """(n,) or (n, k) solutions of right sides of that shape."""
        flat = np.ascontiguousarray(b.reshape(len(b), -1), dtype=float)
        x = np.zeros_like(flat)
        residual = flat.copy()
        goal = self.tolerance * np.maximum(np.linalg.norm(flat, axis=0), 1e-300)
        direction, before = np.zeros_like(flat), np.ones(flat.shape[1])
        for _ in range(_MOST_ITERATIONS):
            if (np.linalg.norm(residual, axis=0) <= goal).all():
                return np.asarray(x.reshape(b.shape))
            better = self._cycle(0, residual.astype(np.float32)).astype(float)
            now = np.einsum("nk,nk->k", residual, better)
            direction = better + (now / before) * direction
            forward = times(self.matrix, direction)
            curvature = np.einsum("nk,nk->k", direction, forward)
            step = np.where(curvature > 0, now / np.where(curvature > 0, curvature, 1.0), 0.0)
            x += step * direction
            residual -= step * forward
            before = np.where(np.abs(now) > 0, now, 1.0)
        raise ArithmeticError(f"no convergence within {_MOST_ITERATIONS} iterations")

    def _cycle(self, depth: int, b: Float32Array) -> Float32Array:
        if depth == len(self.levels):
            return np.asarray(self.coarsest @ b)
        level = self.levels[depth]
        assert level.down is not None and level.up is not None
        x = _smooth(level, b, None)
        coarse = self._cycle(depth + 1, times(level.down, b - times(level.matrix, x)))
        x = x + times(level.up, coarse)
        return _smooth(level, b, x)


def times(matrix: sparse.csr_array, x: NDArray[Any]) -> NDArray[Any]:
    """matrix @ x for x (n, k), on all cores, rows summed in their order."""
    out = np.empty((matrix.shape[0], x.shape[1]), dtype=x.dtype)
    _times(matrix.indptr, matrix.indices, matrix.data, x, out)
    return out


def _level(
    a: sparse.csr_array,
    diagonal: FloatArray,
    largest: float,
    down: sparse.csr_array,
    up: sparse.csr_array,
) -> _Level:
    single = [sparse.csr_array(matrix.astype(np.float32)) for matrix in (a, down, up)]
    return _Level(single[0], (1 / diagonal).astype(np.float32), largest, single[1], single[2])


def _largest_eigenvalue(a: sparse.csr_array, diagonal: FloatArray) -> float:
    """Of D^-1 A, by power iteration with a fixed start, raised a little to be safe."""
    x = np.cos(np.arange(a.shape[0]) * 1.618)
    value = 2.0
    for _ in range(12):
        x = (a @ x) / diagonal
        value = float(np.linalg.norm(x))
        x /= value
    return 1.1 * value


def _smoothed(
    a: sparse.csr_array,
    diagonal: FloatArray,
    strong: float,
    aggregate: NDArray[np.int64],
    count: int,
) -> sparse.csr_array:
    """The interpolation from aggregates, smoothed along strong couplings only (keeps it sparse)."""
    n = a.shape[0]
    rows = np.repeat(np.arange(n), np.diff(a.indptr))
    keep = a.data**2 > strong**2 * diagonal[rows] * diagonal[a.indices]
    kept = np.where(keep & (a.data < 0), a.data, 0.0)
    # what is left out goes to the diagonal, so that constants stay constants
    lumped = -np.bincount(rows, kept, n)
    lumped = np.where(lumped > 0, lumped, diagonal)
    filtered = sparse.csr_array((kept, a.indices, a.indptr), shape=a.shape, copy=True)
    filtered.eliminate_zeros()
    tentative = sparse.csr_array((np.ones(n), (np.arange(n), aggregate)), shape=(n, count))
    step = sparse.diags_array(_PROLONGATION_STEP / lumped)
    own = sparse.diags_array((np.bincount(rows, kept, n) < 0).astype(float) * _PROLONGATION_STEP)
    return sparse.csr_array(tentative - step @ (filtered @ tentative) - own @ tentative)


def _smooth(level: _Level, b: Float32Array, x: Float32Array | None) -> Float32Array:
    """A few steps of the Chebyshev iteration on the upper part of the spectrum of D^-1 A."""
    high, low = level.largest, level.largest * _LOWEST_SHARE
    middle, half = (high + low) / 2, (high - low) / 2
    scale = level.inverse_diagonal[:, None]
    residual = b if x is None else b - times(level.matrix, x)
    step = scale * residual / np.float32(middle)
    out = step if x is None else x + step
    rho = half / middle
    for _ in range(_DEGREE - 1):
        residual = b - times(level.matrix, out)
        following = 1.0 / (2.0 * middle / half - rho)
        step = np.float32(following * rho) * step + np.float32(2 * following / half) * (
            scale * residual
        )
        out = out + step
        rho = following
    return np.asarray(out, dtype=np.float32)


@njit(parallel=True, cache=True)
def _times(indptr, indices, data, x, out):  # type: ignore[no-untyped-def]
    k = x.shape[1]
    for row in prange(out.shape[0]):
        for c in range(k):
            out[row, c] = 0
        for at in range(indptr[row], indptr[row + 1]):
            value, other = data[at], indices[at]
            for c in range(k):
                out[row, c] += value * x[other, c]


@njit(cache=True)
def _aggregate(indptr, indices, data, diagonal, strong, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the aggregate of every node; returns how many there are."""
    n, count = out.shape[0], 0
    limit = strong * strong
    for i in range(n):  # whole free neighbourhoods
        if out[i] >= 0:
            continue
        free = True
        for at in range(indptr[i], indptr[i + 1]):
            j = indices[at]
            coupled = data[at] * data[at] > limit * diagonal[i] * diagonal[j]
            if coupled and out[j] >= 0:
                free = False
                break
        if free:
            for at in range(indptr[i], indptr[i + 1]):
                j = indices[at]
                if data[at] * data[at] > limit * diagonal[i] * diagonal[j]:
                    out[j] = count
            out[i] = count
            count += 1
    whole = out.copy()
    for i in range(n):  # the rest joins its strongest neighbour, or becomes one of its own
        if out[i] >= 0:
            continue
        best, most = -1, -1.0
        for at in range(indptr[i], indptr[i + 1]):
            j = indices[at]
            if j != i and whole[j] >= 0 and data[at] * data[at] / diagonal[j] > most:
                most = data[at] * data[at] / diagonal[j]
                best = whole[j]
        if best < 0:
            best = count
            count += 1
        out[i] = best
    return count
