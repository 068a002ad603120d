"""Exact Euclidean distance maps, compiled: the morphology of a head needs dozens of them.

The lower envelope of parabolas, axis by axis (Felzenszwalb and Huttenlocher 2012).
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from euthymia.core.poses import FloatArray

_FAR = np.float32(1e12)


def distance_map_mm(mask: NDArray[np.bool_], spacing_mm: FloatArray) -> NDArray[np.float32]:
    """(nx, ny, nz) distance from the centre of each voxel to the nearest voxel of the mask, mm.

    0 inside the mask; very large everywhere when the mask is empty.
    """
    squared = np.where(mask, np.float32(0.0), _FAR).astype(np.float32)
    for axis in range(3):
        step = float(spacing_mm[axis])
        lines = np.ascontiguousarray(np.moveaxis(squared, axis, -1))
        _envelope(lines.reshape(-1, lines.shape[-1]), step * step)
        squared = np.moveaxis(lines, -1, axis)
    return np.sqrt(np.ascontiguousarray(squared))


@numba.njit(parallel=True, cache=True, nogil=True)
def _envelope(lines: NDArray[np.float32], step2: float) -> None:
    """Replace each row f by min over q of f[q] + step2 * (p - q)^2, in place."""
    rows, size = lines.shape
    for row in numba.prange(rows):
        line = lines[row]
        flat = True
        for p in range(size):
            if line[p] != line[0]:
                flat = False
                break
        if flat:
            continue
        feet = np.empty(size, np.int64)
        starts = np.empty(size + 1, np.float64)
        heights = np.empty(size, np.float64)
        last = 0
        feet[0] = 0
        starts[0] = -np.inf
        starts[1] = np.inf
        for q in range(1, size):
            own = line[q] / step2 + q * q
            meet = _meeting(line, feet[last], own, q, step2)
            while meet <= starts[last]:
                last -= 1
                meet = _meeting(line, feet[last], own, q, step2)
            last += 1
            feet[last] = q
            starts[last] = meet
            starts[last + 1] = np.inf
        place = 0
        for p in range(size):
            while starts[place + 1] < p:
                place += 1
            q = feet[place]
            heights[p] = step2 * (p - q) * (p - q) + line[q]
        for p in range(size):
            line[p] = heights[p]


@numba.njit(cache=True, nogil=True)
def _meeting(line: NDArray[np.float32], foot: int, own: float, q: int, step2: float) -> float:
    """Where the parabola of q overtakes that of an earlier foot."""
    meet: float = (own - (line[foot] / step2 + foot * foot)) / (2.0 * (q - foot))
    return meet
