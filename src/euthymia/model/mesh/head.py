"""The mesh of a voxel head: labels or tissue probabilities in, tetrahedra out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.poses import FloatArray
from euthymia.core.progress import SILENT, Progress, stage
from euthymia.model.head.grid.distance import distance_map_mm
from euthymia.model.head.volume import LabelVolume, Tissue
from euthymia.model.mesh.improve import improved
from euthymia.model.mesh.lattice import IntArray, SizeField, graded_lattice
from euthymia.model.mesh.levels import Levels
from euthymia.model.mesh.stuffing import stuffed
from euthymia.model.mesh.tetra import TetraMesh


@dataclass(frozen=True, slots=True)
class MeshSize:
    """How fine a mesh is to be: longest edges of the lattice it is cut from, millimetres.

    fine_mm: in grey matter and fluid under the upper skull. coarse_mm: the largest anywhere.
    growth: how much an edge may grow for each millimetre away from there.
    """

    fine_mm: float = 3.8
    coarse_mm: float = 9.2
    growth: float = 0.2


def mesh_head(
    head: LabelVolume | Levels, size: MeshSize | None = None, progress: Progress = SILENT
) -> TetraMesh:
    """The mesh of a head, made from its labels or from `Levels` of its tissue probabilities."""
    size = size or MeshSize()
    with stage(progress, "Making the mesh", 4) as step:
        levels = Levels.of_labels(head) if isinstance(head, LabelVolume) else head
        main = levels.main()
        step.advance()
        low, cube, keep = _cubes(levels, main, size)
        lattice = graded_lattice(low, cube, keep, _sizes(levels, main, size))
        step.advance()
        nodes, tets, slot, mask = stuffed(lattice, levels)
        step.advance()
        tets, solid = _turned(nodes, tets)
        places = improved(nodes, tets[solid], (mask & (mask - 1)) != 0)
        numbers = np.array([int(tissue) for tissue in levels.tissues], dtype=np.uint8)
        step.advance()
    return TetraMesh.compact(places, tets[solid], numbers[slot[solid]], levels.frame)


def _turned(nodes: FloatArray, tets: IntArray) -> tuple[IntArray, NDArray[np.bool_]]:
    """The tetrahedra with positive orientation, and which of them are not flat."""
    a, b, c, d = (nodes[tets[:, k]] for k in range(4))
    volume = np.einsum("ij,ij->i", np.cross(b - a, c - a), d - a)
    turned = tets.copy()
    turned[volume < 0, :2] = tets[volume < 0, 1::-1]
    return turned, np.asarray(np.abs(volume) > 0)


def _cubes(
    levels: Levels, main: NDArray[np.uint8], size: MeshSize
) -> tuple[FloatArray, float, NDArray[np.bool_]]:
    """Lower corner of the box, edge of a cube, and which cubes touch the head."""
    cube = float(size.coarse_mm / np.sqrt(3))  # a cube's longest edge is its diagonal
    linear, shift = levels.affine[:3, :3], levels.affine[:3, 3]
    ends = np.meshgrid(*[[0, n - 1] for n in main.shape], indexing="ij")
    world = np.stack(ends, axis=-1).reshape(-1, 3) @ linear.T + shift
    low, high = world.min(axis=0), world.max(axis=0)
    counts = np.ceil((high - low) / cube).astype(int) + 1
    body = np.argwhere(ndimage.binary_dilation(main > 0, iterations=2))
    at = np.floor((body @ linear.T + shift - low) / cube).astype(int)
    keep = np.zeros(counts, dtype=bool)
    keep[tuple(np.clip(at, 0, counts - 1).T)] = True
    return low, cube, keep


def _sizes(levels: Levels, main: NDArray[np.uint8], size: MeshSize) -> SizeField:
    spacing = np.linalg.norm(levels.affine[:3, :3], axis=0)
    region = np.isin(main, [int(Tissue.GREY), int(Tissue.CSF)])
    if not region.any():
        region = main > 0
    depth = distance_map_mm(main == Tissue.AIR, spacing)
    up = levels.affine[2, :3] / spacing
    height = np.zeros(main.shape, dtype=np.float32)
    for axis in range(3):
        steps = np.arange(main.shape[axis], dtype=np.float32) * (up[axis] * spacing[axis])
        height += steps.reshape([-1 if a == axis else 1 for a in range(3)])
    inside = height[region]
    floor = inside.min() + 0.25 * (inside.max() - inside.min())
    region &= (height >= floor) & (depth < 40.0)
    distance = distance_map_mm(region, spacing)
    return SizeField(
        np.minimum(distance, 1e3).astype(np.float32), levels.to_voxel, size.fine_mm,
        size.coarse_mm, size.growth,
    )  # fmt: skip
