"""A lattice of tetrahedra that is fine where it has to be: cubes, bisected again and again.

A cube is cut into six tetrahedra around its diagonal (Kuhn). Bisecting the longest edge of these
gives only three shapes, and after three rounds the first again at half the size (Maubach 1995). An
edge is cut when it is longer than the size wanted at its middle. Where that size changes slowly
enough, a tetrahedron that has a cut edge also has its longest edge cut: so every tetrahedron can
decide alone, and the mesh conforms. This is checked; if it ever fails, the size is smoothed more.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from euthymia.core.poses import FloatArray

IntArray = NDArray[np.int64]

UNITS = 64
"""Integer units along the edge of an uncut cube."""

_ROUNDS = 12


@dataclass(frozen=True, eq=False)
class SizeField:
    """The longest edge wanted at each place: `fine_mm` in a region, growing away from it.

    distance: (nx, ny, nz) millimetres from the fine region, on a grid with this (3, 4) map from
    millimetres to voxels. growth: millimetres of edge for each millimetre of distance.
    """

    distance: NDArray[np.float32]
    to_voxel: FloatArray
    fine_mm: float
    coarse_mm: float
    growth: float = 0.2


@dataclass(frozen=True, eq=False)
class Lattice:
    """nodes_mm: (n, 3). tets: (m, 4) int64."""

    nodes_mm: FloatArray
    tets: IntArray


def graded_lattice(
    low_mm: FloatArray,
    cube_mm: float,
    keep: NDArray[np.bool_],
    size: SizeField,
) -> Lattice:
    """The lattice over those cubes of a box that are kept, bisected to the size wanted.

    keep: (cx, cy, cz) which cubes of edge `cube_mm` from `low_mm` on are wanted.
    """
    growth = size.growth
    while True:
        nodes, tets, conforms = _bisected(low_mm, cube_mm, keep, size, growth)
        if conforms:
            return Lattice(low_mm + nodes * (cube_mm / UNITS), tets)
        growth /= 2


def _bisected(
    low_mm: FloatArray, cube_mm: float, keep: NDArray[np.bool_], size: SizeField, growth: float
) -> tuple[IntArray, IntArray, bool]:
    nodes, tets = _kuhn(keep)
    scale = cube_mm / UNITS
    limits = np.array([size.fine_mm, size.coarse_mm, growth])
    for _ in range(_ROUNDS):
        longest = np.empty((len(tets), 2), dtype=np.int64)
        state = np.empty(len(tets), dtype=np.int8)
        _judge(nodes, tets, low_mm, scale, size.distance, size.to_voxel, limits, longest, state)
        if (state == 2).any():
            return nodes, tets, False
        cut = state == 1
        if not cut.any():
            return nodes, tets, True
        nodes, tets = _cut(nodes, tets, longest, cut)
    return nodes, tets, True


def _kuhn(keep: NDArray[np.bool_]) -> tuple[IntArray, IntArray]:
    cubes = np.argwhere(keep)
    steps = np.eye(3, dtype=np.int64)
    paths = []
    for order in permutations(range(3)):
        corner = np.zeros(3, dtype=np.int64)
        path = [corner]
        for axis in order:
            corner = corner + steps[axis]
            path.append(corner)
        paths.append(np.array(path))
    corners = (cubes[:, None, None, :] + np.array(paths)[None]) * UNITS
    return _numbered(corners.reshape(-1, 3), corners.shape[:-1])


def _numbered(places: IntArray, shape: tuple[int, ...]) -> tuple[IntArray, IntArray]:
    _, first, number = np.unique(_key(places), return_index=True, return_inverse=True)
    return places[first], number.reshape(-1, shape[-1])


def _key(places: IntArray) -> IntArray:
    return np.asarray((places[:, 0] << 42) | (places[:, 1] << 21) | places[:, 2])


def _cut(
    nodes: IntArray, tets: IntArray, longest: IntArray, cut: NDArray[np.bool_]
) -> tuple[IntArray, IntArray]:
    ends = longest[cut]
    parents = tets[cut]
    rows = np.arange(len(parents))
    middle = (nodes[parents[rows, ends[:, 0]]] + nodes[parents[rows, ends[:, 1]]]) // 2
    _, first, number = np.unique(_key(middle), return_index=True, return_inverse=True)
    one, other = parents.copy(), parents.copy()
    one[rows, ends[:, 0]] = number.reshape(-1) + len(nodes)
    other[rows, ends[:, 1]] = number.reshape(-1) + len(nodes)
    return np.concatenate([nodes, middle[first]]), np.concatenate([tets[~cut], one, other])


@njit(cache=True)
def _wanted(x, y, z, distance, to_voxel, limits):  # type: ignore[no-untyped-def]
    place = np.empty(3)
    for k in range(3):
        p = to_voxel[k, 0] * x + to_voxel[k, 1] * y + to_voxel[k, 2] * z + to_voxel[k, 3]
        place[k] = min(max(p, 0.0), distance.shape[k] - 1.000001)
    i, j, l = int(place[0]), int(place[1]), int(place[2])  # noqa: E741
    u, v, w = place[0] - i, place[1] - j, place[2] - l
    d = 0.0
    for a in range(2):
        for b in range(2):
            for c in range(2):
                weight = (u if a else 1 - u) * (v if b else 1 - v) * (w if c else 1 - w)
                d += weight * distance[i + a, j + b, l + c]
    return min(limits[0] + limits[2] * d, limits[1])


@njit(parallel=True, cache=True)
def _judge(nodes, tets, low, scale, distance, to_voxel, limits, longest, state):  # type: ignore[no-untyped-def]
    # state: 0 leave, 1 cut the longest edge, 2 an edge is cut although the longest is not
    for e in prange(tets.shape[0]):
        best, any_cut, best_cut = -1, False, False
        for i in range(3):
            for j in range(i + 1, 4):
                a, b = tets[e, i], tets[e, j]
                square = 0
                for k in range(3):
                    square += (nodes[a, k] - nodes[b, k]) ** 2
                x = low[0] + scale * (nodes[a, 0] + nodes[b, 0]) / 2
                y = low[1] + scale * (nodes[a, 1] + nodes[b, 1]) / 2
                z = low[2] + scale * (nodes[a, 2] + nodes[b, 2]) / 2
                long = np.sqrt(square) * scale
                cut = long > _wanted(x, y, z, distance, to_voxel, limits)
                any_cut |= cut
                if square > best:
                    best, best_cut = square, cut
                    longest[e, 0], longest[e, 1] = i, j
        state[e] = 1 if best_cut else (2 if any_cut else 0)
