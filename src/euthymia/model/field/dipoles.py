"""Vector potential and magnetic field of magnetic dipoles, by direct summation."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from euthymia.core.poses import FloatArray

Float32Array = NDArray[np.float32]

MU0_OVER_4PI = 1e-7
"""T m / A."""

UNIT_RATE_A_PER_S = 1e6
"""Fields are per 1 A/us unless they say otherwise."""


def vector_potential_rate(
    points_mm: FloatArray, positions_mm: FloatArray, moments_m2: FloatArray
) -> FloatArray:
    """dA/dt at (n, 3) points for 1 A/us in the coil, (n, 3) V/m.

    positions_mm, moments_m2: (m, 3) dipoles in the same frame as the points, moments per ampere.
    """
    # Single precision halves the time; millimetres from the dipoles' middle keep its digits.
    middle = positions_mm.mean(axis=0)
    out = np.empty((len(points_mm), 3), dtype=np.float32)
    _sum_potential(
        (points_mm - middle).astype(np.float32),
        np.ascontiguousarray((positions_mm - middle).T, dtype=np.float32),
        np.ascontiguousarray((moments_m2 * 1e3).T, dtype=np.float32),
        out,
    )
    # millimetres in 1/R^2 give 1e6, of which the moments already have 1e3
    return np.asarray(out * (MU0_OVER_4PI * 1e3 * UNIT_RATE_A_PER_S))


def magnetic_field(
    points_mm: FloatArray, positions_mm: FloatArray, moments_m2: FloatArray
) -> FloatArray:
    """B at (n, 3) points for 1 A in the coil, (n, 3) tesla."""
    offset = points_mm[:, None, :] - positions_mm[None, :, :]
    distance = np.linalg.norm(offset, axis=2)[..., None]
    along = np.einsum("pmk,mk->pm", offset, moments_m2)[..., None]
    terms = 3 * along * offset / distance**5 - moments_m2[None] / distance**3
    return np.asarray(terms.sum(axis=1) * MU0_OVER_4PI * 1e9)


@njit(parallel=True, cache=True, fastmath=True, error_model="numpy")
def _sum_potential(
    points: Float32Array, positions: Float32Array, moments: Float32Array, out: Float32Array
) -> None:
    # One array a component, (3, m), so that the inner loop runs over neighbours in memory.
    px, py, pz = positions[0], positions[1], positions[2]
    mx, my, mz = moments[0], moments[1], moments[2]
    for p in prange(points.shape[0]):
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        ax = ay = az = np.float32(0.0)
        for m in range(px.shape[0]):
            dx = x - px[m]
            dy = y - py[m]
            dz = z - pz[m]
            r2 = dx * dx + dy * dy + dz * dz
            w = np.float32(1.0) / (r2 * np.sqrt(r2))
            ax += w * (my[m] * dz - mz[m] * dy)
            ay += w * (mz[m] * dx - mx[m] * dz)
            az += w * (mx[m] * dy - my[m] * dx)
        out[p, 0], out[p, 1], out[p, 2] = ax, ay, az
