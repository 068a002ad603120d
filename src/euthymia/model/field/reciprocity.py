"""The field at a target for any placement of any coil, from three solves (reciprocity).

The mean field in a target along direction d is linear in the coil: F = -sum over cells of
dA/dt . j, where j is the current that a source of direction d in the target would drive through
the head (one solve of the same operator). Summed over the coil's dipoles this is
F = -sum m . B_j(r), B_j being the magnetic field of that current outside the head. B_j is smooth
there, so it is tabulated once on a lattice; a placement then costs a few table look-ups.
The identity is exact for the discrete system; tests hold it against direct solves.
(Heller and van Hulsteren 1992; the use for TMS: Gomez, Dannhauer, Peterchev 2021.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.core.progress import SILENT, Progress, stage
from euthymia.model.coil.coil import Coil
from euthymia.model.field.dipoles import MU0_OVER_4PI, UNIT_RATE_A_PER_S
from euthymia.model.field.multigrid import solve
from euthymia.model.field.solver import HeadSolver, tissue_matrices
from euthymia.model.head.volume import Tissue

LATTICE_MM = 5.0
_FINE_MM = 2.0
_NEAR_MM = 18.0
_GROUP = 4


@dataclass(frozen=True, eq=False)
class Region:
    """The cells over which the field at a target is averaged, all of one tissue."""

    tissue: Tissue
    cells: NDArray[np.int64]

    @classmethod
    def sphere(
        cls, solver: HeadSolver, centre_mm: FloatArray, radius_mm: float, tissue: Tissue
    ) -> Region:
        """The cells of a tissue within a sphere; refuses a sphere that holds none."""
        grid = solver.grid
        middle = grid.volume.to_voxel(np.asarray(centre_mm)[None])[0]
        reach = np.ceil(radius_mm / grid.spacing_mm).astype(int) + 1
        low = np.maximum(np.floor(middle).astype(int) - reach, 0)
        high = np.minimum(np.ceil(middle).astype(int) + reach + 1, grid.shape)
        box = tuple(slice(a, max(a, b)) for a, b in zip(low, high, strict=True))
        cells = np.argwhere(grid.volume.labels[box] == tissue) + low
        distance = np.linalg.norm(grid.centres_mm(cells) - centre_mm, axis=1)
        cells = cells[distance <= radius_mm]
        if len(cells) == 0:
            x, y, z = np.asarray(centre_mm).tolist()
            raise InputError(
                f"target at {x:.0f}, {y:.0f}, {z:.0f} mm",
                f"there is no {tissue.label} within {radius_mm:g} mm",
                "Move the target onto the cortex, or check its coordinate frame",
            )
        return cls(tissue, cells)


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """What every magnetic dipole outside the head does to the mean field in one region.

    origin_mm: (3,) world position of lattice point (0, 0, 0); the lattice runs along the world
    axes in steps of spacing_mm.
    table: (lx, ly, lz, 3, 3) mean field along world axis d per unit of dipole component c,
    V/m for 1 A/us and 1 m2, as [..., d, c]; NaN where the lattice was not computed.
    """

    origin_mm: FloatArray
    spacing_mm: float
    table: NDArray[np.float32]

    def mean_field(self, coil: Coil, rotations: FloatArray, positions_mm: FloatArray) -> FloatArray:
        """(n, 3) mean field in the region, V/m for 1 A/us, for n placements.

        rotations: (n, 3, 3); positions_mm: (n, 3), both as in `Pose`. Placements that leave the
        table give NaN.
        """
        out = np.empty((len(positions_mm), 3))
        _look_up(
            self.table, self.origin_mm, self.spacing_mm, coil.positions_mm, coil.moments_m2,
            np.ascontiguousarray(rotations), np.ascontiguousarray(positions_mm), out,
        )  # fmt: skip
        return out


@dataclass(frozen=True, eq=False)
class _Currents:
    """Current moments of the three reciprocal solves, lumped into blocks of cells."""

    centres_mm: FloatArray  # (n, 3)
    moments: FloatArray  # (n, 3 directions, 3), ampere metres per unit of the reciprocal source
    parents: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))


def sensitivity(
    solver: HeadSolver,
    region: Region,
    sources_mm: FloatArray,
    name: str = "target",
    progress: Progress = SILENT,
    tolerance: float = 1e-4,
) -> Sensitivity:
    """Solve for the region and tabulate around the places where coil dipoles may come to lie.

    sources_mm: (n, 3) a cloud of such places (at most 10 mm apart where the table is wanted).
    """
    with stage(progress, f"Solving for the field at the {name}", 4) as step:
        currents = []
        for direction in np.eye(3):
            currents.append(_reciprocal_current(solver, region, direction, tolerance))
            step.advance()
        fine, coarse = _two_sizes(solver, currents)
        origin, wanted = _lattice_around(sources_mm)
        table = np.full((*wanted.shape, 3, 3), np.nan, dtype=np.float32)
        points = np.argwhere(wanted)
        places = origin + LATTICE_MM * points
        values = _magnetic_fields(places, coarse.centres_mm, coarse.moments)
        _sharpen_near(places, _groups(points), fine, coarse, values)
        table[tuple(points.T)] = values
        step.advance()
    return Sensitivity(origin, LATTICE_MM, table)


def _reciprocal_current(
    solver: HeadSolver, region: Region, direction: FloatArray, tolerance: float
) -> NDArray[np.float32]:
    """(nx, ny, nz, 3) current moment j of each cell along the grid axes; see the module text."""
    grid = solver.grid
    local = grid.axes.T @ direction
    matrices = tissue_matrices(grid, region.tissue, region.cells)
    source = np.einsum("nji,j->ni", matrices, local) / len(region.cells)
    fine = solver.hierarchy.levels[0]
    spacing = grid.spacing_mm * 1e-3
    g = np.zeros(fine.shape)
    for corner in range(8):
        offset = np.array([corner >> 2 & 1, corner >> 1 & 1, corner & 1])
        slope = ((2 * offset - 1) * 0.25 / spacing) @ source.T
        np.add.at(g, tuple((region.cells + offset).T), slope)
    psi, _ = solve(solver.hierarchy, fine.vector(g), tolerance)
    current = np.zeros((*grid.shape, 3), dtype=np.float32)
    _conduction(fine.box(psi), grid.tensors, spacing, current)
    np.add.at(current, tuple(region.cells.T), source)
    return current


@njit(parallel=True, cache=True)
def _conduction(psi, tensors, spacing, out):  # type: ignore[no-untyped-def]
    volume = spacing[0] * spacing[1] * spacing[2]
    for x in prange(out.shape[0]):
        for y in range(out.shape[1]):
            for z in range(out.shape[2]):
                t = tensors[x, y, z]
                if t[0] + t[1] + t[2] == 0:
                    continue
                gx = gy = gz = 0.0
                for corner in range(8):
                    dx, dy, dz = corner >> 2 & 1, corner >> 1 & 1, corner & 1
                    value = psi[x + dx, y + dy, z + dz]
                    gx += (2 * dx - 1) * value
                    gy += (2 * dy - 1) * value
                    gz += (2 * dz - 1) * value
                gx *= 0.25 / spacing[0]
                gy *= 0.25 / spacing[1]
                gz *= 0.25 / spacing[2]
                out[x, y, z, 0] = -volume * (t[0] * gx + t[3] * gy + t[4] * gz)
                out[x, y, z, 1] = -volume * (t[3] * gx + t[1] * gy + t[5] * gz)
                out[x, y, z, 2] = -volume * (t[4] * gx + t[5] * gy + t[2] * gz)


def _two_sizes(
    solver: HeadSolver, currents: list[NDArray[np.float32]]
) -> tuple[_Currents, _Currents]:
    """The currents in fine and in twice as large blocks; every fine one knows its parent.

    A block sits at the centroid of its tissue. Blocks are powers of two of a cell on each side,
    which divide the grid's box.
    """
    grid = solver.grid
    cells = 2 ** np.maximum(0, np.round(np.log2(_FINE_MM / grid.spacing_mm))).astype(int)
    weight = _block_sums(grid.mixed.fill, cells)
    places = np.argwhere(weight > 0)
    used = tuple(places.T)
    weights = weight[used]
    index = np.empty((len(places), 3))
    for axis, length in enumerate(grid.shape):
        shape = [1, 1, 1]
        shape[axis] = length
        along = np.arange(length, dtype=np.float32).reshape(shape)
        index[:, axis] = _block_sums(grid.mixed.fill * along, cells)[used] / weights
    local = np.stack(
        [
            [_block_sums(current[..., component], cells)[used] for component in range(3)]
            for current in currents
        ]
    )
    centres = grid.volume.to_world(index)
    moments = np.einsum("dcn,wc->ndw", local, grid.axes)
    _, parents = np.unique(places // 2, axis=0, return_inverse=True)
    fine = _Currents(centres, moments, parents.reshape(-1))
    return fine, _merged(fine, weights)


def _block_sums(values: NDArray[np.float32], cells: NDArray[np.int64]) -> FloatArray:
    nx, ny, nz = (n // s for n, s in zip(values.shape, cells, strict=True))
    blocks = values.reshape(nx, cells[0], ny, cells[1], nz, cells[2])
    return np.asarray(blocks.sum(axis=(1, 3, 5)), dtype=float)


def _merged(fine: _Currents, weights: FloatArray) -> _Currents:
    """The parents of the fine blocks."""
    count = int(fine.parents.max()) + 1
    total = np.bincount(fine.parents, weights, count)

    def summed(values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(fine.parents, values, count))

    centres = np.column_stack(
        [summed(weights * fine.centres_mm[:, axis]) / total for axis in range(3)]
    )
    flat = fine.moments.reshape(-1, 9)
    moments = np.column_stack([summed(flat[:, slot]) for slot in range(9)])
    return _Currents(centres, moments.reshape(-1, 3, 3))


def _lattice_around(points_mm: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Origin of a lattice and the points of it that cubic interpolation near the cloud needs."""
    low = np.floor(points_mm.min(axis=0) / LATTICE_MM) - 4
    high = np.ceil(points_mm.max(axis=0) / LATTICE_MM) + 4
    wanted = np.zeros((high - low + 1).astype(int), dtype=bool)
    base = np.unique(np.floor(points_mm / LATTICE_MM - low).astype(int), axis=0)
    # Two points on either side for the interpolation, two more for gaps in the cloud.
    for offset in np.ndindex(8, 8, 8):
        wanted[tuple((base + offset - 3).T)] = True
    return low * LATTICE_MM, wanted


def _groups(points: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Row numbers of the points, cut into cubes of `_GROUP` lattice steps."""
    cube = points // _GROUP
    order = np.lexsort(cube.T)
    changes = np.flatnonzero((np.diff(cube[order], axis=0) != 0).any(axis=1)) + 1
    return list(np.split(order, changes))


def _sharpen_near(
    places_mm: FloatArray,
    groups: list[NDArray[np.int64]],
    fine: _Currents,
    coarse: _Currents,
    values: FloatArray,
) -> None:
    """Exchange the large blocks near each group of points for the small ones they consist of."""
    tree = cKDTree(coarse.centres_mm)
    order = np.argsort(fine.parents, kind="stable")
    first = np.searchsorted(fine.parents[order], np.arange(len(coarse.centres_mm) + 1))
    for rows in groups:
        middle = places_mm[rows].mean(axis=0)
        reach = _NEAR_MM + float(np.linalg.norm(places_mm[rows] - middle, axis=1).max())
        near = np.array(tree.query_ball_point(middle, reach), dtype=np.int64)
        if len(near) == 0:
            continue
        children = np.concatenate([order[first[block] : first[block + 1]] for block in near])
        values[rows] += _magnetic_fields(
            places_mm[rows],
            np.concatenate([fine.centres_mm[children], coarse.centres_mm[near]]),
            np.concatenate([fine.moments[children], -coarse.moments[near]]),
        )


def _magnetic_fields(
    points_mm: FloatArray, centres_mm: FloatArray, moments: FloatArray
) -> FloatArray:
    """(n, 3, 3) mean field per unit dipole at the points, from blocks of current."""
    out = np.empty((len(points_mm), 3, 3))
    _biot_savart(
        points_mm,
        np.ascontiguousarray(centres_mm.T),
        np.ascontiguousarray(moments.reshape(-1, 9).T),
        out,
    )
    # millimetres in 1/R^2 give 1e6
    return np.asarray(out * (MU0_OVER_4PI * UNIT_RATE_A_PER_S * 1e6))


@njit(parallel=True, cache=True, fastmath=True)
def _biot_savart(points, centres, moments, out):  # type: ignore[no-untyped-def]
    # One array a component, so that the inner loop runs over neighbours in memory.
    cx, cy, cz = centres[0], centres[1], centres[2]
    ax, ay, az = moments[0], moments[1], moments[2]
    bx, by, bz = moments[3], moments[4], moments[5]
    dx, dy, dz = moments[6], moments[7], moments[8]
    for p in prange(points.shape[0]):
        px, py, pz = points[p, 0], points[p, 1], points[p, 2]
        f0 = f1 = f2 = f3 = f4 = f5 = f6 = f7 = f8 = 0.0
        for b in range(cx.shape[0]):
            x, y, z = cx[b] - px, cy[b] - py, cz[b] - pz
            r2 = x * x + y * y + z * z + 1.0  # softened by 1 mm, for points in the scalp
            w = 1.0 / (r2 * math.sqrt(r2))
            x, y, z = w * x, w * y, w * z
            f0 -= y * az[b] - z * ay[b]
            f1 -= z * ax[b] - x * az[b]
            f2 -= x * ay[b] - y * ax[b]
            f3 -= y * bz[b] - z * by[b]
            f4 -= z * bx[b] - x * bz[b]
            f5 -= x * by[b] - y * bx[b]
            f6 -= y * dz[b] - z * dy[b]
            f7 -= z * dx[b] - x * dz[b]
            f8 -= x * dy[b] - y * dx[b]
        out[p, 0, 0], out[p, 0, 1], out[p, 0, 2] = f0, f1, f2
        out[p, 1, 0], out[p, 1, 1], out[p, 1, 2] = f3, f4, f5
        out[p, 2, 0], out[p, 2, 1], out[p, 2, 2] = f6, f7, f8


@njit(parallel=True, cache=True)
def _look_up(  # type: ignore[no-untyped-def]
    table, origin, spacing, dipoles, moments, rotations, positions, out
):
    for n in prange(positions.shape[0]):
        total = np.zeros(3)
        weight = np.empty((3, 4))
        base = np.empty(3, dtype=np.int64)
        inside = True
        for m in range(dipoles.shape[0]):
            moment = rotations[n] @ moments[m]
            at = (positions[n] + rotations[n] @ dipoles[m] - origin) / spacing
            for axis in range(3):
                base[axis] = math.floor(at[axis]) - 1
                _cubic(at[axis] - math.floor(at[axis]), weight[axis])
                inside &= 0 <= base[axis] < table.shape[axis] - 3
            if not inside:
                break
            for i in range(4):
                for j in range(4):
                    for k in range(4):
                        w = weight[0, i] * weight[1, j] * weight[2, k]
                        cell = table[base[0] + i, base[1] + j, base[2] + k]
                        for d in range(3):
                            total[d] += w * (
                                cell[d, 0] * moment[0]
                                + cell[d, 1] * moment[1]
                                + cell[d, 2] * moment[2]
                            )
        for d in range(3):
            out[n, d] = total[d] if inside else np.nan


@njit(inline="always")
def _cubic(t, out):  # type: ignore[no-untyped-def]
    """Weights of cubic Lagrange interpolation at 0 <= t < 1 between the second and third node."""
    out[0] = -t * (t - 1) * (t - 2) / 6
    out[1] = (t + 1) * (t - 1) * (t - 2) / 2
    out[2] = -(t + 1) * t * (t - 2) / 2
    out[3] = (t + 1) * t * (t - 1) / 6
