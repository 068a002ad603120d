"""A smooth displacement on a coarse grid: what a nonlinear fit adds to a linear map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray

Move = Callable[[FloatArray], FloatArray]
"""Takes and gives (n, 3) millimetres."""

_INVERSION_ROUNDS = 40
_INVERSION_TOLERANCE_MM = 0.02


@dataclass(frozen=True, eq=False)
class Displacement:
    """Vectors on a regular grid of a space, read between its nodes by trilinear interpolation.

    vectors_mm: (nx, ny, nz, 3) float16, read-only. affine: (4, 4) from node index to the
    millimetres at which the displacement is read. Beyond the grid the border's vector goes on, so
    that a linear map plus a displacement stays continuous and is linear far outside.
    """

    vectors_mm: NDArray[np.float16]
    affine: FloatArray

    def __post_init__(self) -> None:
        vectors = np.asarray(self.vectors_mm)
        if vectors.ndim != 4 or vectors.shape[3] != 3 or min(vectors.shape) < 2:
            raise InputError(
                "displacement field",
                f"its shape is {vectors.shape}",
                "Give three numbers a node on a grid of at least two nodes an axis",
            )
        if not np.isfinite(vectors).all() or not np.isfinite(self.affine).all():
            raise InputError("displacement field", "it holds no finite numbers", "Register again")
        vectors = np.ascontiguousarray(vectors, dtype=np.float16)
        vectors.setflags(write=False)
        object.__setattr__(self, "vectors_mm", vectors)

    @classmethod
    def sampled(cls, move: Move, affine: FloatArray, shape: tuple[int, ...]) -> Displacement:
        """The displacement that a function of (n, 3) millimetres makes, taken at the nodes."""
        nodes = np.indices(shape).reshape(3, -1).T @ affine[:3, :3].T + affine[:3, 3]
        return cls((move(nodes) - nodes).reshape(*shape, 3).astype(np.float16), affine)

    def at(self, points_mm: ArrayLike) -> FloatArray:
        """(n, 3) the displacement at (n, 3) points, millimetres."""
        points = np.atleast_2d(np.asarray(points_mm, dtype=float))
        nodes = np.linalg.solve(self.affine[:3, :3], (points - self.affine[:3, 3]).T)
        parts = [
            ndimage.map_coordinates(
                self.vectors_mm[..., axis].astype(np.float32), nodes, order=1, mode="nearest"
            )
            for axis in range(3)
        ]
        return np.stack(parts, axis=1).astype(float)


def inverted(move: Move, first: Move, targets_mm: FloatArray) -> FloatArray:
    """(n, 3) the points that `move` takes to the targets, by damped fixed-point iteration.

    first: a rough inverse; it gives the start, and turns what is missing into a step. Where folds
    keep the iteration from converging, the best point met on the way is returned.
    """
    point = first(targets_mm)
    best, least = point.copy(), np.full(len(point), np.inf)
    step = np.full(len(point), 1.0)
    for _ in range(_INVERSION_ROUNDS):
        reached = move(point)
        size = np.linalg.norm(targets_mm - reached, axis=1)
        better = size < least
        best[better], least[better] = point[better], size[better]
        step[~better] *= 0.5
        if float(np.percentile(least, 99.9)) < _INVERSION_TOLERANCE_MM:
            break
        point = best + step[:, None] * (first(targets_mm) - first(move(best)))
    return best
