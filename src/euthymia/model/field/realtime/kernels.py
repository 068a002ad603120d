"""The compiled inner loops of the real-time engine."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

# Positions are millimetres, moments 1e-6 m2 per ampere. `FIELD_SCALE` makes T/s for 1 A/us of what
# the kernels give (of loops in millimetres, too), `POTENTIAL_SCALE` makes V/m.
FIELD_SCALE = 1e-7 * 1e6 * 1e3
POTENTIAL_SCALE = 1e-7 * 1e6


@njit(parallel=True, cache=True, fastmath=True, error_model="numpy")
def unit_dipole_fields(points, positions, moments, out):  # type: ignore[no-untyped-def]
    """Fill (p, 3, k): B of each dipole at each point; moments (k, 3) in 1e-6 m2."""
    for p in prange(points.shape[0]):
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        for k in range(positions.shape[0]):
            dx = x - positions[k, 0]
            dy = y - positions[k, 1]
            dz = z - positions[k, 2]
            i2 = 1.0 / (dx * dx + dy * dy + dz * dz)
            i3 = i2 * np.sqrt(i2)
            along = 3.0 * i2 * (moments[k, 0] * dx + moments[k, 1] * dy + moments[k, 2] * dz)
            out[p, 0, k] = i3 * (along * dx - moments[k, 0])
            out[p, 1, k] = i3 * (along * dy - moments[k, 1])
            out[p, 2, k] = i3 * (along * dz - moments[k, 2])


@njit(parallel=True, cache=True, fastmath=True, error_model="numpy")
def unit_dipole_potentials(points, positions, moments, out):  # type: ignore[no-untyped-def]
    """Fill (p, 3, k): A of each dipole at each point; moments (k, 3) in 1e-6 m2."""
    for p in prange(points.shape[0]):
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        for k in range(positions.shape[0]):
            dx = x - positions[k, 0]
            dy = y - positions[k, 1]
            dz = z - positions[k, 2]
            r2 = dx * dx + dy * dy + dz * dz
            w = 1.0 / (r2 * np.sqrt(r2))
            out[p, 0, k] = w * (moments[k, 1] * dz - moments[k, 2] * dy)
            out[p, 1, k] = w * (moments[k, 2] * dx - moments[k, 0] * dz)
            out[p, 2, k] = w * (moments[k, 0] * dy - moments[k, 1] * dx)


@njit(parallel=True, cache=True, fastmath=True, error_model="numpy")
def loop_fields(points, middles, steps, out):  # type: ignore[no-untyped-def]
    """Fill (l, p, 3): B of each loop of wire at each point; middles and steps (l, e, 3) in mm."""
    for r in prange(middles.shape[0]):
        for p in range(points.shape[0]):
            x, y, z = points[p, 0], points[p, 1], points[p, 2]
            bx = by = bz = 0.0
            for e in range(middles.shape[1]):
                dx = x - middles[r, e, 0]
                dy = y - middles[r, e, 1]
                dz = z - middles[r, e, 2]
                r2 = dx * dx + dy * dy + dz * dz
                w = 1.0 / (r2 * np.sqrt(r2))
                bx += w * (steps[r, e, 1] * dz - steps[r, e, 2] * dy)
                by += w * (steps[r, e, 2] * dx - steps[r, e, 0] * dz)
                bz += w * (steps[r, e, 0] * dy - steps[r, e, 1] * dx)
            out[r, p, 0], out[r, p, 1], out[r, p, 2] = bx, by, bz


def _placed_dipole_fields(points, positions, moments, rotations, places, out):  # type: ignore[no-untyped-def]
    """Add to (n, p, 3): B of one coil of dipoles at n poses, at the world points (p, 3).

    positions, moments: (3, m) single precision in the coil's axes; rotations (n, 3, 3), places
    (n, 3). The points are brought into the coil's axes: they are fewer than the dipoles.
    """
    count = points.shape[0]
    for job in prange(places.shape[0] * count):
        n, p = job // count, job % count
        r = rotations[n]
        wx = points[p, 0] - places[n, 0]
        wy = points[p, 1] - places[n, 1]
        wz = points[p, 2] - places[n, 2]
        x = r[0, 0] * wx + r[1, 0] * wy + r[2, 0] * wz
        y = r[0, 1] * wx + r[1, 1] * wy + r[2, 1] * wz
        z = r[0, 2] * wx + r[1, 2] * wy + r[2, 2] * wz
        px, py, pz = positions[0], positions[1], positions[2]
        mx, my, mz = moments[0], moments[1], moments[2]
        bx = by = bz = np.float32(0.0)
        for m in range(px.shape[0]):
            dx = x - px[m]
            dy = y - py[m]
            dz = z - pz[m]
            r2 = dx * dx + dy * dy + dz * dz
            i1 = np.float32(1.0) / np.sqrt(r2)
            i2 = i1 * i1
            i3 = i2 * i1
            along = np.float32(3.0) * i2 * (mx[m] * dx + my[m] * dy + mz[m] * dz)
            bx += i3 * (along * dx - mx[m])
            by += i3 * (along * dy - my[m])
            bz += i3 * (along * dz - mz[m])
        out[n, p, 0] += r[0, 0] * bx + r[0, 1] * by + r[0, 2] * bz
        out[n, p, 1] += r[1, 0] * bx + r[1, 1] * by + r[1, 2] * bz
        out[n, p, 2] += r[2, 0] * bx + r[2, 1] * by + r[2, 2] * bz


placed_dipole_fields = njit(parallel=True, cache=True, fastmath=True, error_model="numpy")(
    _placed_dipole_fields
)

# One placement is too little work to share: waking a second thread would cost more than it saves.
one_placed_dipole_field = njit(cache=True, fastmath=True, error_model="numpy")(
    _placed_dipole_fields
)


@njit(parallel=True, cache=True, fastmath=True, error_model="numpy")
def combine(rows, amplitudes, out):  # type: ignore[no-untyped-def]
    """Fill (r,) sums over (r, n) int16 rows times (n,) single-precision amplitudes."""
    block = 256
    blocks = (rows.shape[0] + block - 1) // block
    for b in prange(blocks):
        for r in range(b * block, min(rows.shape[0], (b + 1) * block)):
            row = rows[r]
            total = np.float32(0.0)
            for n in range(row.shape[0]):
                total += np.float32(row[n]) * amplitudes[n]
            out[r] = total


@njit(cache=True, fastmath=True, error_model="numpy")
def project(matrix, values):  # type: ignore[no-untyped-def]
    """(r,) the (r, m) single-precision matrix times (m,) values, on one thread.

    So small a product loses more by waking other threads than it gains, most of all on a busy
    machine.
    """
    out = np.empty(matrix.shape[0], dtype=np.float32)
    for r in range(matrix.shape[0]):
        total = np.float32(0.0)
        row = matrix[r]
        for m in range(row.shape[0]):
            total += row[m] * values[m]
        out[r] = total
    return out
