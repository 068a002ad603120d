"""Tetrahedra whose faces follow the borders of many tissues, cut from a lattice.

After isosurface stuffing (Labelle and Shewchuk 2007) and lattice cleaving (Bronson, Levine and
Whitaker 2012), in a form of our own that needs no table of cases:

1. Every lattice node has the tissue with the largest share there. A node that lies close to a
   border is moved onto it, and from then on belongs to both tissues.
2. An edge whose ends have no tissue in common is cut where the two shares are equal, never close to
   an end. A triangle with three cuts has three tissues, and gets a point in its middle.
3. Triangles are divided by their cuts, the same way from both sides. A tetrahedron is divided by
   joining one of its cuts to the triangles of the faces without it: that cut for which the
   smallest dihedral angle is largest.
4. A piece has the tissue that its lattice nodes share; where that leaves a choice, the shares at
   its middle decide. What is air falls away.

Nothing in this can fail: a lattice always gives a mesh.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from euthymia.core.poses import FloatArray
from euthymia.model.mesh.lattice import IntArray, Lattice
from euthymia.model.mesh.levels import Levels, sample
from euthymia.model.mesh.quality import extreme_cosines

SNAP = 0.3
"""A node closer to a cut than this share of the edge moves onto it."""

CLEAR = 0.25
"""A cut keeps this share of the edge from its ends."""

Pieces = tuple[FloatArray, IntArray, NDArray[np.uint8], IntArray]

_PIECES = 24
_HALVINGS = 14


def stuffed(lattice: Lattice, levels: Levels) -> Pieces:
    """Nodes (n, 3) mm, tetrahedra (m, 4), slot in `levels.tissues` of each, and mask of each node.

    The mask has one bit for each tissue slot the node belongs to: a node with more than one bit
    lies on a border. Nodes that no tetrahedron uses are left in.
    """
    shares = levels.at(lattice.nodes_mm)
    label = shares.argmax(axis=1).astype(np.int64)
    tets = _near_tissue(lattice.tets, label)
    edges = _edges(tets, len(lattice.nodes_mm))
    nodes = lattice.nodes_mm.copy()
    mask = np.int64(1) << label
    _snap(nodes, mask, label, edges, levels)
    _untangle(nodes, lattice.nodes_mm, mask, label, tets)
    cut_edges = edges[(mask[edges[:, 0]] & mask[edges[:, 1]]) == 0]
    cuts, cut_mask = _cuts(nodes, mask, label, cut_edges, levels)
    keys = cut_edges[:, 0] * len(nodes) + cut_edges[:, 1]
    all_nodes = np.concatenate([nodes, cuts])
    all_mask = np.concatenate([mask, cut_mask])
    return _divide(all_nodes, all_mask, len(nodes), tets, keys, levels)


def _near_tissue(tets: IntArray, label: IntArray) -> IntArray:
    return np.asarray(tets[(label[tets] != 0).any(axis=1)])


def _edges(tets: IntArray, n: int) -> IntArray:
    """(e, 2) edges, the smaller node first, in ascending order."""
    pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    low = np.concatenate([np.minimum(tets[:, i], tets[:, j]) for i, j in pairs])
    high = np.concatenate([np.maximum(tets[:, i], tets[:, j]) for i, j in pairs])
    keys = np.unique(low * n + high)
    return np.column_stack([keys // n, keys % n])


def _snap(
    nodes: FloatArray, mask: IntArray, label: IntArray, edges: IntArray, levels: Levels
) -> None:
    crossing = edges[label[edges[:, 0]] != label[edges[:, 1]]]
    at = _equal_shares(nodes, label, crossing, levels)
    ends = np.concatenate([crossing, crossing[:, ::-1]])
    part = np.concatenate([at, 1.0 - at])
    near = np.flatnonzero(part < SNAP)
    ends, part = ends[near], part[near]
    vector = nodes[ends[:, 1]] - nodes[ends[:, 0]]
    length = part * np.linalg.norm(vector, axis=1)
    # a node on several borders goes to the nearest and belongs to all that were close
    np.bitwise_or.at(mask, ends[:, 0], np.int64(1) << label[ends[:, 1]])
    order = np.lexsort((length, ends[:, 0]))
    _, first = np.unique(ends[order, 0], return_index=True)
    chosen = order[first]
    nodes[ends[chosen, 0]] += part[chosen, None] * vector[chosen]


def _untangle(
    nodes: FloatArray, before: FloatArray, mask: IntArray, label: IntArray, tets: IntArray
) -> None:
    """Take back the moves of nodes that made a tetrahedron flat or turned it over."""
    for _ in range(20):
        volume, original = _volume(nodes, tets), _volume(before, tets)
        bad = volume / original < 0.05
        if not bad.any():
            return
        back = np.unique(tets[bad])
        nodes[back] = before[back] + 0.5 * (nodes[back] - before[back])
    nodes[back], mask[back] = before[back], np.int64(1) << label[back]


def _volume(nodes: FloatArray, tets: IntArray) -> FloatArray:
    a, b, c, d = (nodes[tets[:, k]] for k in range(4))
    return np.asarray(np.einsum("ij,ij->i", np.cross(b - a, c - a), d - a) / 6)


def _cuts(
    nodes: FloatArray, mask: IntArray, label: IntArray, edges: IntArray, levels: Levels
) -> tuple[FloatArray, IntArray]:
    at = np.clip(_equal_shares(nodes, label, edges, levels), CLEAR, 1.0 - CLEAR)[:, None]
    places = (1.0 - at) * nodes[edges[:, 0]] + at * nodes[edges[:, 1]]
    return places, mask[edges[:, 0]] | mask[edges[:, 1]]


def _equal_shares(
    nodes: FloatArray, label: IntArray, edges: IntArray, levels: Levels
) -> FloatArray:
    """(e,) part of each edge at which the shares of its ends' tissues are equal."""
    out = np.empty(len(edges))
    _bisect(nodes, label, edges, levels.shares, levels.to_voxel, out)
    return out


@njit(parallel=True, cache=True)
def _bisect(nodes, label, edges, shares, to_voxel, out):  # type: ignore[no-untyped-def]
    for e in prange(edges.shape[0]):
        a, b = edges[e, 0], edges[e, 1]
        share = np.empty(shares.shape[3])
        low, high = 0.0, 1.0
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            sample(
                shares, to_voxel,
                nodes[a, 0] + middle * (nodes[b, 0] - nodes[a, 0]),
                nodes[a, 1] + middle * (nodes[b, 1] - nodes[a, 1]),
                nodes[a, 2] + middle * (nodes[b, 2] - nodes[a, 2]), share,
            )  # fmt: skip
            if share[label[a]] > share[label[b]]:
                low = middle
            else:
                high = middle
        out[e] = 0.5 * (low + high)


def _divide(
    nodes: FloatArray, mask: IntArray, corners: int, tets: IntArray, keys: IntArray, levels: Levels
) -> Pieces:
    sides = np.full((len(tets), 6), -1, dtype=np.int64)
    _find_cuts(tets, keys, corners, sides)
    cut = (sides >= 0).any(axis=1)
    middles, middle_mask, faces = _triple_points(nodes, mask, tets[cut], sides[cut])
    nodes, mask = np.concatenate([nodes, middles]), np.concatenate([mask, middle_mask])
    count = int(cut.sum())
    inner = np.full((count, 3), np.nan)
    pieces = np.full((count, _PIECES, 4), -1, dtype=np.int64)
    _cone_all(nodes, tets[cut], sides[cut], faces, pieces, inner)
    used = np.isfinite(inner[:, 0])
    number = np.full(count, -1, dtype=np.int64)
    number[used] = len(nodes) + np.arange(int(used.sum()))
    marked = pieces == -2  # stands for the point inside
    pieces = np.where(marked, number[:, None, None], pieces)
    all_tissues = np.bitwise_or.reduce(mask[tets[cut]], axis=1)
    nodes = np.concatenate([nodes, inner[used]])
    mask = np.concatenate([mask, all_tissues[used]])
    flat = pieces.reshape(-1, 4)
    out = np.concatenate([tets[~cut], flat[flat[:, 0] >= 0]])
    slot = np.empty(len(out), dtype=np.uint8)
    _choose(nodes, mask, corners, out, levels.shares, levels.to_voxel, slot)
    solid = slot > 0
    return nodes, out[solid], slot[solid], mask


@njit(parallel=True, cache=True)
def _find_cuts(tets, keys, n, out):  # type: ignore[no-untyped-def]
    for e in prange(tets.shape[0]):
        slot = 0
        for i in range(3):
            for j in range(i + 1, 4):
                a, b = min(tets[e, i], tets[e, j]), max(tets[e, i], tets[e, j])
                at = np.searchsorted(keys, a * n + b)
                if at < keys.shape[0] and keys[at] == a * n + b:
                    out[e, slot] = n + at
                slot += 1


_FACE_CORNERS = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])
# the cuts of each face: on its edges opposite its first, second and third corner
_SIDE = {(0, 1): 0, (0, 2): 1, (0, 3): 2, (1, 2): 3, (1, 3): 4, (2, 3): 5}
_FACE_SIDES = np.array(
    [[_SIDE[f[1], f[2]], _SIDE[f[0], f[2]], _SIDE[f[0], f[1]]] for f in _FACE_CORNERS.tolist()]
)


def _triple_points(
    nodes: FloatArray, mask: IntArray, tets: IntArray, sides: IntArray
) -> tuple[FloatArray, IntArray, IntArray]:
    """Points in faces with three cuts, their masks, and (m, 4) their number for each face or -1."""
    numbers = np.full((len(tets), 4), -1, dtype=np.int64)
    three = np.stack([(sides[:, _FACE_SIDES[f]] >= 0).all(axis=1) for f in range(4)], axis=1)
    element, face = np.nonzero(three)
    triples = np.sort(sides[element[:, None], _FACE_SIDES[face]], axis=1)
    found, number = np.unique(triples, axis=0, return_inverse=True)
    numbers[element, face] = len(nodes) + number.reshape(-1)
    if len(found) == 0:
        return np.empty((0, 3)), np.empty(0, dtype=np.int64), numbers
    return nodes[found].mean(axis=1), np.bitwise_or.reduce(mask[found], axis=1), numbers


@njit(cache=True)
def _square(nodes, a, b):  # type: ignore[no-untyped-def]
    x, y, z = nodes[a, 0] - nodes[b, 0], nodes[a, 1] - nodes[b, 1], nodes[a, 2] - nodes[b, 2]
    return x * x + y * y + z * z


@njit(cache=True)
def _face_triangles(nodes, corner, side, middle, out):  # type: ignore[no-untyped-def]
    """Fill (6, 3) the triangles of one face from its corners and cuts; returns how many.

    side[k] is the cut on the edge opposite corner k, or -1; middle the point of three cuts, or -1.
    """
    count = 0
    if middle >= 0:
        for k in range(3):
            a, b = (k + 1) % 3, (k + 2) % 3
            out[count, 0], out[count, 1], out[count, 2] = corner[k], side[a], middle
            out[count + 1, 0], out[count + 1, 1], out[count + 1, 2] = corner[k], side[b], middle
            count += 2
        return count
    cuts = 0
    for k in range(3):
        cuts += side[k] >= 0
    if cuts == 0:
        out[0, 0], out[0, 1], out[0, 2] = corner[0], corner[1], corner[2]
        return 1
    for k in range(3):
        a, b = (k + 1) % 3, (k + 2) % 3
        if cuts == 1 and side[k] >= 0:
            out[0, 0], out[0, 1], out[0, 2] = corner[k], corner[a], side[k]
            out[1, 0], out[1, 1], out[1, 2] = corner[k], corner[b], side[k]
            return 2
        if cuts == 2 and side[k] < 0:
            # corner k is cut off by the cuts towards a (opposite b) and towards b (opposite a)
            to_a, to_b = side[b], side[a]
            out[0, 0], out[0, 1], out[0, 2] = corner[k], to_a, to_b
            one, other = _square(nodes, corner[a], to_b), _square(nodes, corner[b], to_a)
            first = corner[a] < corner[b] if one == other else one < other
            if first:
                out[1, 0], out[1, 1], out[1, 2] = corner[a], to_a, to_b
                out[2, 0], out[2, 1], out[2, 2] = corner[a], corner[b], to_b
            else:
                out[1, 0], out[1, 1], out[1, 2] = corner[b], to_a, to_b
                out[2, 0], out[2, 1], out[2, 2] = corner[a], corner[b], to_a
            return 3
    return count


@njit(cache=True)
def _cones(triangles, face_of, count, apex, on_face, out):  # type: ignore[no-untyped-def]
    """Fill the tetrahedra of `apex` over the triangles of faces it does not lie on."""
    found = 0
    for t in range(count):
        if not on_face[face_of[t]]:
            out[found, 0], out[found, 1], out[found, 2] = (
                triangles[t, 0],
                triangles[t, 1],
                triangles[t, 2],
            )
            out[found, 3] = apex
            found += 1
    return found


@njit(cache=True)
def _worst(nodes, pieces, found, inner):  # type: ignore[no-untyped-def]
    """Largest cosine of a dihedral angle among the pieces; 2 where one is flat."""
    worst = -2.0
    for p in range(found):
        last = inner if pieces[p, 3] == -2 else nodes[pieces[p, 3]]
        a, b, c = nodes[pieces[p, 0]], nodes[pieces[p, 1]], nodes[pieces[p, 2]]
        worst = max(worst, extreme_cosines(a, b, c, last)[0])
    return worst


@njit(cache=True)
def _all_triangles(nodes, tet, sides, middles, triangles, face_of):  # type: ignore[no-untyped-def]
    """Fill the divided faces of one tetrahedron, and which face each triangle is of."""
    local = np.empty((6, 3), dtype=np.int64)
    corner = np.empty(3, dtype=np.int64)
    side = np.empty(3, dtype=np.int64)
    count = 0
    for f in range(4):
        for k in range(3):
            corner[k] = tet[_FACE_CORNERS[f, k]]
            side[k] = sides[_FACE_SIDES[f, k]]
        for t in range(_face_triangles(nodes, corner, side, middles[f], local)):
            triangles[count] = local[t]
            face_of[count] = f
            count += 1
    return count


@njit(cache=True)
def _apex(choice, sides, middles, triples, on_face):  # type: ignore[no-untyped-def]
    """The node of one of eleven choices of apex, and the faces it lies on; -1 where not allowed.

    Six cuts where no face has three tissues; else the points in those faces, or, where there are
    several, one inside (-2).
    """
    on_face[:] = False
    if choice < 6:  # a cut lies on the two faces of its edge
        for f in range(4):
            for k in range(3):
                on_face[f] |= _FACE_SIDES[f, k] == choice
        return sides[choice] if triples == 0 else -1
    if choice < 10:
        on_face[choice - 6] = True
        return middles[choice - 6] if triples <= 2 else -1
    return -2 if triples >= 2 else -1


@njit(parallel=True, cache=True)
def _cone_all(nodes, tets, sides, middles, pieces, inner):  # type: ignore[no-untyped-def]
    for e in prange(tets.shape[0]):
        triangles = np.empty((24, 3), dtype=np.int64)
        face_of = np.empty(24, dtype=np.int64)
        trial = np.empty((24, 4), dtype=np.int64)
        on_face = np.zeros(4, dtype=np.bool_)
        centre = np.zeros(3)
        count = _all_triangles(nodes, tets[e], sides[e], middles[e], triangles, face_of)
        triples = 0
        for f in range(4):
            if middles[e, f] >= 0:
                triples += 1
                centre += nodes[middles[e, f]]
        centre /= max(triples, 1)
        worst = 3.0
        for choice in range(11):
            apex = _apex(choice, sides[e], middles[e], triples, on_face)
            if apex == -1:
                continue
            found = _cones(triangles, face_of, count, apex, on_face, trial)
            this = _worst(nodes, trial, found, centre)
            if this < worst:
                worst = this
                pieces[e, :found] = trial[:found]
                pieces[e, found:] = -1
        if pieces[e, 0, 3] == -2:
            inner[e] = centre


@njit(parallel=True, cache=True)
def _choose(nodes, mask, corners, tets, shares, to_voxel, slot):  # type: ignore[no-untyped-def]
    for e in prange(tets.shape[0]):
        common, either = np.int64(-1), np.int64(0)
        x = y = z = 0.0
        for k in range(4):
            node = tets[e, k]
            x += nodes[node, 0] / 4
            y += nodes[node, 1] / 4
            z += nodes[node, 2] / 4
            if node < corners:
                common &= mask[node]
                either |= mask[node]
        allowed = common if common > 0 else either
        best, most = 0, -1.0
        if allowed & (allowed - 1):
            share = np.empty(shares.shape[3])
            sample(shares, to_voxel, x, y, z, share)
            for t in range(shares.shape[3]):
                if allowed >> t & 1 and share[t] > most:
                    best, most = t, share[t]
        else:
            while not allowed >> best & 1:
                best += 1
        slot[e] = best
