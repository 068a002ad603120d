"""Objects on a grid that have the topology of a ball: no handles, no holes, no cavities.

The object grows from one voxel, the most certain voxels first, and takes in only simple points:
voxels whose addition changes nothing in the topology (Bertrand and Malandain 1994). What would
close a handle stays out, at its least certain voxel. The object counts as connected through faces,
the background through faces, edges and corners.
"""

from __future__ import annotations

import heapq

import numba
import numpy as np
from numpy.typing import NDArray

from euthymia.model.head.surface.meshes import IntArray

_OFFSETS = np.array(
    [(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)], dtype=np.int64
)
_CENTRE = 13


def _tables() -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """(27, 27) neighbours through faces and through all, (27,) those within 18 and 6 of a voxel."""
    steps = np.abs(_OFFSETS[:, None] - _OFFSETS[None])
    faces = steps.sum(axis=2) == 1
    touching = (steps.max(axis=2) == 1) & (steps.sum(axis=2) > 0)
    reach = np.abs(_OFFSETS).sum(axis=1)
    return faces, touching, (reach > 0) & (reach <= 2), reach == 1


_BY_FACES, _BY_ALL, _WITHIN_18, _WITHIN_6 = _tables()


def ball_like(level: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(nx, ny, nz) the part of `level` > 0 that grows from its highest voxel as a ball does.

    Voxels at the border of the grid stay out. High levels come first.
    """
    if not (level > 0).any():
        return np.zeros(level.shape, dtype=bool)
    inner = np.array(level, dtype=np.float32)
    for axis in range(3):
        for end in (0, -1):
            np.moveaxis(inner, axis, 0)[end] = -1.0
    seed = np.unravel_index(int(inner.argmax()), inner.shape)
    return np.asarray(_grown(inner, int(seed[0]), int(seed[1]), int(seed[2])))


def euler_characteristic(faces: IntArray) -> int:
    """Vertices minus edges plus faces: 2 for one closed surface without handles."""
    edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    return len(np.unique(faces)) - len(np.unique(edges, axis=0)) + len(faces)


@numba.njit(cache=True)
def _grown(level, x0, y0, z0):  # type: ignore[no-untyped-def]
    taken = np.zeros(level.shape, dtype=np.bool_)
    waiting = np.zeros(level.shape, dtype=np.bool_)
    heap = [(-level[x0, y0, z0], x0, y0, z0)]
    first = True
    near = np.zeros(27, dtype=np.bool_)
    while len(heap) > 0:
        _, x, y, z = heapq.heappop(heap)
        waiting[x, y, z] = False
        if not first:
            for n in range(27):
                near[n] = taken[x + _OFFSETS[n, 0], y + _OFFSETS[n, 1], z + _OFFSETS[n, 2]]
            if not _simple(near):
                continue
        first = False
        taken[x, y, z] = True
        # Whatever was refused beside this voxel may have become simple.
        for n in range(27):
            i, j, k = x + _OFFSETS[n, 0], y + _OFFSETS[n, 1], z + _OFFSETS[n, 2]
            if level[i, j, k] > 0 and not taken[i, j, k] and not waiting[i, j, k]:
                waiting[i, j, k] = True
                heapq.heappush(heap, (-level[i, j, k], i, j, k))
    return taken


@numba.njit(cache=True)
def _simple(near):  # type: ignore[no-untyped-def]
    """Whether the voxel in the middle of 3 x 3 x 3 can be added without changing the topology."""
    if _pieces(near, _WITHIN_18, _BY_FACES, _WITHIN_6) != 1:
        return False
    everywhere = np.ones(27, dtype=np.bool_)
    everywhere[_CENTRE] = False
    return _pieces(~near, everywhere, _BY_ALL, everywhere) == 1


@numba.njit(cache=True)
def _pieces(near, within, joined, touching):  # type: ignore[no-untyped-def]
    """Number of connected pieces of a neighbourhood that reach one of the `touching` places."""
    seen = np.zeros(27, dtype=np.bool_)
    stack = np.empty(27, dtype=np.int64)
    count = 0
    for start in range(27):
        if seen[start] or not (near[start] and within[start] and touching[start]):
            continue
        count += 1
        size = 1
        stack[0] = start
        seen[start] = True
        while size > 0:
            size -= 1
            here = stack[size]
            for other in range(27):
                if not seen[other] and near[other] and within[other] and joined[here, other]:
                    seen[other] = True
                    stack[size] = other
                    size += 1
    return count
