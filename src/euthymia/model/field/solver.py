"""The induced electric field of a coil in a head, by finite elements on the voxel grid."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Pose
from euthymia.core.progress import SILENT, Progress, stage
from euthymia.model.coil.any_coil import AnyCoil, potential_rate
from euthymia.model.field.conductivity import Conductivities, Float32Array, standard_conductivities
from euthymia.model.field.grid import Grid
from euthymia.model.field.multigrid import Convergence, Hierarchy, solve
from euthymia.model.head.volume import LabelVolume, Tissue

_POTENTIAL_SPACING_MM = 3.0
_TOUCH_MM = 2.0


@dataclass(frozen=True, eq=False)
class InducedField:
    """The field of one coil at one pose, for 1 A/us.

    laminate_v_per_m: (nx, ny, nz, 3) E of each voxel as a whole, along the grid axes.
    Use `inside` for the field within one tissue, which is what neurons see.
    """

    grid: Grid
    laminate_v_per_m: Float32Array
    convergence: Convergence

    def inside(self, tissue: Tissue, cells: NDArray[np.int64]) -> FloatArray:
        """E within that tissue in cells given as (n, 3) indices: (n, 3) V/m in world axes."""
        at = tuple(cells.T)
        e = self.laminate_v_per_m[at].astype(float)
        matrix = tissue_matrices(self.grid, tissue, cells)
        return np.asarray(np.einsum("nij,nj->ni", matrix, e) @ self.grid.axes.T)

    def cells(self, *tissues: Tissue) -> NDArray[np.int64]:
        """(n, 3) indices of the grid cells with those labels."""
        return np.argwhere(self.grid.volume.mask(*tissues))


def tissue_matrices(grid: Grid, tissue: Tissue, cells: NDArray[np.int64]) -> FloatArray:
    """(n, 3, 3) matrices from a voxel's field to the field inside one of its tissues.

    Along the border the two agree; across it the current density is common, so the field inside
    the tissue is the voxel's times (across conductivity / tissue's conductivity).
    """
    at = tuple(cells.T)
    six = grid.mixed.normals[at].astype(float)
    normal = six[:, [0, 3, 4, 3, 1, 5, 4, 5, 2]].reshape(-1, 3, 3)
    ratio = grid.mixed.across[at] / grid.conductivities.value(tissue)
    return np.asarray(np.eye(3) + (ratio - 1.0)[:, None, None] * normal)


@dataclass(eq=False)
class HeadSolver:
    """A head prepared for solving: one grid and one multigrid hierarchy for all coils."""

    grid: Grid
    hierarchy: Hierarchy = field(repr=False)

    @classmethod
    def prepare(
        cls,
        volume: LabelVolume,
        conductivities: Conductivities | None = None,
        progress: Progress = SILENT,
    ) -> HeadSolver:
        """Mix the voxels, assemble the operator and its coarse levels (seconds at 1 mm)."""
        with stage(progress, "Preparing the head for the field", 2) as step:
            grid = Grid.of(volume, conductivities or standard_conductivities())
            step.advance()
            hierarchy = Hierarchy.build(grid.tensors, grid.spacing_mm)
            step.advance()
        return cls(grid, hierarchy)

    def field(self, coil: AnyCoil, pose: Pose, tolerance: float = 1e-5) -> InducedField:
        """The induced field of the coil at the pose, for 1 A/us.

        Refuses a pose of another frame and a coil that reaches into the head.
        """
        potential = self._incident(coil, pose)
        spacing = self.grid.spacing_mm * 1e-3
        fine = self.hierarchy.levels[0]
        b = np.zeros(fine.shape)
        _right_side(self.grid.tensors, potential, spacing, b)
        phi, convergence = solve(self.hierarchy, fine.vector(b), tolerance)
        e = np.zeros((*self.grid.shape, 3), dtype=np.float32)
        _electric(fine.box(phi), potential, spacing, self.grid.mixed.fill, e)
        return InducedField(self.grid, e, convergence)

    def _incident(self, coil: AnyCoil, pose: Pose) -> Float32Array:
        """(nx, ny, nz, 3) dA/dt at the cell centres along the grid axes, V/m for 1 A/us.

        The potential is smooth inside the head (the windings stay outside), so it is summed on a
        coarser lattice and interpolated by cubic splines.
        """
        grid = self.grid
        if pose.frame.id != grid.volume.frame.id:
            raise InputError(
                "coil pose",
                f"it is in frame {pose.frame.id!r}, the head in {grid.volume.frame.id!r}",
                "Give the pose in the frame of this head",
            )
        self._refuse_inside(coil, pose)
        step = np.maximum(1, np.round(_POTENTIAL_SPACING_MM / grid.spacing_mm)).astype(int)
        lattice, near = _lattice(grid, step)
        values = np.zeros(lattice.shape)
        values[near] = potential_rate(coil, pose, grid.volume.to_world(lattice[near])) @ grid.axes
        out = np.empty((*grid.shape, 3), dtype=np.float32)
        for component in range(3):
            out[..., component] = _refine(values[..., component], step, grid.shape)
        return out

    def _refuse_inside(self, coil: AnyCoil, pose: Pose) -> None:
        # A face that just touches the scalp may lie in a voxel of scalp: leave it two millimetres.
        face = pose.shifted((0.0, 0.0, -_TOUCH_MM)).to_world(coil.face_mm)
        sources = getattr(coil, "positions_mm", None)
        places = face if sources is None else np.concatenate([pose.to_world(sources), face])
        voxels = np.rint(self.grid.volume.to_voxel(places)).astype(int)
        inside = ((voxels >= 0) & (voxels < self.grid.shape)).all(axis=1)
        labels = self.grid.volume.labels[tuple(voxels[inside].T)]
        if (labels != Tissue.AIR).any():
            raise InputError(
                f"coil {coil.id}",
                "at this pose it reaches into the head",
                "Move the coil outwards along its axis, or check which way its z axis points",
            )


def _lattice(grid: Grid, step: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Cell indices (lx, ly, lz, 3) of a coarse lattice, and which of its points the head needs.

    The lattice starts one step before cell 0 and ends two beyond the last, for interpolation.
    """
    axes = [np.arange(-s, n + 2 * s, s) for n, s in zip(grid.shape, step, strict=True)]
    lattice = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    sizes = [len(axis) for axis in axes]
    used = np.zeros(sizes, dtype=bool)
    cells = np.argwhere(grid.mixed.fill > 0) // step + 1
    used[tuple(cells.T)] = True
    return lattice, ndimage.binary_dilation(used, np.ones((5, 5, 5), dtype=bool))


def _refine(
    values: FloatArray, step: NDArray[np.int64], shape: tuple[int, int, int]
) -> Float32Array:
    """Values at every cell by cubic Lagrange interpolation from the lattice of `_lattice`."""
    out = values.astype(np.float32)
    for axis in range(3):
        at = np.arange(shape[axis]) / step[axis] + 1
        base = np.floor(at).astype(int)
        t = at - base
        weights = (
            -t * (t - 1) * (t - 2) / 6,
            (t + 1) * (t - 1) * (t - 2) / 2,
            -(t + 1) * t * (t - 2) / 2,
            (t + 1) * t * (t - 1) / 6,
        )
        columns = [-1 if a == axis else 1 for a in range(3)]
        summed: Float32Array = np.zeros(1, dtype=np.float32)
        for offset, weight in enumerate(weights):
            column = weight.astype(np.float32).reshape(columns)
            summed = summed + column * np.take(out, base + offset - 1, axis=axis)
        out = summed
    return out


@njit(parallel=True, cache=True)
def _right_side(tensors, potential, spacing, out):  # type: ignore[no-untyped-def]
    # Gather form: every node collects -sigma dA/dt . grad N from the eight cells around it, so
    # that threads never write to the same place and the sum has one order.
    nx, ny, nz = tensors.shape[0], tensors.shape[1], tensors.shape[2]
    hx, hy, hz = spacing[0], spacing[1], spacing[2]
    for i in prange(nx + 1):
        for j in range(ny + 1):
            for k in range(nz + 1):
                total = 0.0
                for corner in range(8):
                    dx, dy, dz = corner >> 2 & 1, corner >> 1 & 1, corner & 1
                    x, y, z = i - dx, j - dy, k - dz
                    if x < 0 or y < 0 or z < 0 or x >= nx or y >= ny or z >= nz:
                        continue
                    t = tensors[x, y, z]
                    if t[0] + t[1] + t[2] == 0:
                        continue
                    a = potential[x, y, z]
                    jx = t[0] * a[0] + t[3] * a[1] + t[4] * a[2]
                    jy = t[3] * a[0] + t[1] * a[1] + t[5] * a[2]
                    jz = t[4] * a[0] + t[5] * a[1] + t[2] * a[2]
                    total -= 0.25 * (
                        (2 * dx - 1) * jx * hy * hz
                        + (2 * dy - 1) * jy * hx * hz
                        + (2 * dz - 1) * jz * hx * hy
                    )
                out[i, j, k] = total


@njit(parallel=True, cache=True)
def _electric(phi, potential, spacing, fill, out):  # type: ignore[no-untyped-def]
    for x in prange(out.shape[0]):
        for y in range(out.shape[1]):
            for z in range(out.shape[2]):
                if fill[x, y, z] == 0:
                    continue
                gx = gy = gz = 0.0
                for corner in range(8):
                    dx, dy, dz = corner >> 2 & 1, corner >> 1 & 1, corner & 1
                    value = phi[x + dx, y + dy, z + dz]
                    gx += (2 * dx - 1) * value
                    gy += (2 * dy - 1) * value
                    gz += (2 * dz - 1) * value
                out[x, y, z, 0] = -potential[x, y, z, 0] - 0.25 * gx / spacing[0]
                out[x, y, z, 1] = -potential[x, y, z, 1] - 0.25 * gy / spacing[1]
                out[x, y, z, 2] = -potential[x, y, z, 2] - 0.25 * gz / spacing[2]
