"""A head as tetrahedra, each of one tissue."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit, prange
from numpy.typing import ArrayLike, NDArray

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Frame
from euthymia.model.head.volume import Tissue

FACES = np.array([[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]])
"""(4, 3) corners of the face opposite each corner, turning so that the normal points outwards."""


@dataclass(frozen=True, eq=False)
class TetraMesh:
    """A conforming mesh of tetrahedra in the millimetres of a named frame.

    nodes_mm: (n, 3) float64, every node used. tets: (m, 4) int32, positively oriented.
    tissue: (m,) uint8, values of `Tissue`, no air. All read-only.
    """

    nodes_mm: FloatArray
    tets: NDArray[np.int32]
    tissue: NDArray[np.uint8]
    frame: Frame

    def __post_init__(self) -> None:
        nodes = np.ascontiguousarray(self.nodes_mm, dtype=float)
        tets = np.ascontiguousarray(self.tets, dtype=np.int32)
        tissue = np.ascontiguousarray(self.tissue, dtype=np.uint8)
        _check(nodes, tets, tissue)
        volumes = _volumes(nodes, tets)
        turned = volumes < 0
        if turned.any():
            tets = tets.copy()
            tets[turned, :2] = tets[turned, 1::-1]
        for name, array in (("nodes_mm", nodes), ("tets", tets), ("tissue", tissue)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @classmethod
    def compact(
        cls, nodes_mm: FloatArray, tets: ArrayLike, tissue: ArrayLike, frame: Frame
    ) -> TetraMesh:
        """The mesh of these tetrahedra, without the nodes that none of them uses."""
        elements = np.asarray(tets)
        used = np.zeros(len(nodes_mm), dtype=bool)
        used[elements.ravel()] = True
        number = np.cumsum(used, dtype=np.int32) - 1
        return cls(nodes_mm[used], number[elements], np.asarray(tissue, dtype=np.uint8), frame)

    @cached_property
    def volumes_mm3(self) -> FloatArray:
        """(m,) volume of each tetrahedron."""
        return _volumes(self.nodes_mm, self.tets)

    @cached_property
    def centroids_mm(self) -> FloatArray:
        """(m, 3) mean of the four corners."""
        total = self.nodes_mm[self.tets[:, 0]]
        for corner in (1, 2, 3):
            total = total + self.nodes_mm[self.tets[:, corner]]
        return np.asarray(total / 4)

    @cached_property
    def sha256(self) -> str:
        """Hash of nodes (to a nanometre), elements and tissues: the identity of this mesh."""
        digest = hashlib.sha256(np.round(self.nodes_mm * 1e6).astype("<i8").tobytes())
        digest.update(self.tets.astype("<i4").tobytes())
        digest.update(self.tissue.tobytes())
        return digest.hexdigest()

    def volume_ml(self, *tissues: Tissue) -> float:
        """Volume of the tissues, millilitres."""
        inside = np.isin(self.tissue, [int(tissue) for tissue in tissues])
        return float(self.volumes_mm3[inside].sum()) / 1000

    def moved(self, rotation: FloatArray, shift_mm: ArrayLike) -> TetraMesh:
        """The same mesh turned by (3, 3) `rotation` about the origin, then shifted."""
        nodes = self.nodes_mm @ np.asarray(rotation).T + np.asarray(shift_mm, dtype=float)
        return TetraMesh(nodes, self.tets, self.tissue, self.frame)


def _check(nodes: FloatArray, tets: NDArray[np.int32], tissue: NDArray[np.uint8]) -> None:
    problem = ""
    if nodes.ndim != 2 or nodes.shape[1] != 3 or tets.ndim != 2 or tets.shape[1] != 4:
        problem = f"nodes of shape {nodes.shape} and elements of shape {tets.shape} are no mesh"
    elif len(tets) == 0 or len(tissue) != len(tets):
        problem = f"it has {len(tets)} tetrahedra and {len(tissue)} tissues"
    elif tets.min() < 0 or tets.max() >= len(nodes):
        problem = "an element names a node that is not there"
    elif not np.isfinite(nodes).all():
        problem = "a node is not a number"
    elif int(np.bincount(tets.ravel(), minlength=len(nodes)).min()) == 0:
        problem = "a node belongs to no tetrahedron"
    else:
        known = {int(entry) for entry in Tissue if entry is not Tissue.AIR}
        strange = sorted(set(np.unique(tissue).tolist()) - known)
        if strange:
            problem = f"it holds unknown tissues {strange[:8]}"
        elif not (np.abs(_volumes(nodes, tets)) > 0).all():
            problem = "a tetrahedron is flat"
    if problem:
        raise InputError("tetrahedral mesh", problem, "Make the mesh again, or export it again")


def _volumes(nodes: FloatArray, tets: NDArray[np.int32]) -> FloatArray:
    out = np.empty(len(tets))
    _fill_volumes(nodes, tets, out)
    return out


@njit(parallel=True, cache=True)
def _fill_volumes(nodes, tets, out):  # type: ignore[no-untyped-def]
    for e in prange(tets.shape[0]):
        a, b, c, d = tets[e, 0], tets[e, 1], tets[e, 2], tets[e, 3]
        ux, uy, uz = nodes[b, 0] - nodes[a, 0], nodes[b, 1] - nodes[a, 1], nodes[b, 2] - nodes[a, 2]
        vx, vy, vz = nodes[c, 0] - nodes[a, 0], nodes[c, 1] - nodes[a, 1], nodes[c, 2] - nodes[a, 2]
        wx, wy, wz = nodes[d, 0] - nodes[a, 0], nodes[d, 1] - nodes[a, 1], nodes[d, 2] - nodes[a, 2]
        out[e] = (
            ux * (vy * wz - vz * wy) + uy * (vz * wx - vx * wz) + uz * (vx * wy - vy * wx)
        ) / 6
