"""Potentials and fields of wires and dipoles by direct summation, in compiled single precision.

The vector potential of dipoles stands in `model.field.dipoles`; here are the magnetic field of
dipoles and both fields of short straight wire elements. All are per 1 A/us in the coil.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from euthymia.core.poses import FloatArray

Float32Array = NDArray[np.float32]

_RATE = 1e-7 * 1e6
"""mu0 / 4 pi in T m / A, times 1 A/us in A/s."""


def dipole_magnetic_rate(
    points_mm: FloatArray, positions_mm: FloatArray, moments_m2: FloatArray
) -> FloatArray:
    """dB/dt at (n, 3) points, (n, 3) T/s, of dipoles (m, 3) with moments per ampere."""
    out = np.empty((len(points_mm), 3), dtype=np.float32)
    middle = positions_mm.mean(axis=0)
    _dipole_field(*_columns(points_mm, positions_mm, moments_m2 * 1e6, middle), out)
    return np.asarray(out * (_RATE * 1e3), dtype=float)


def wire_magnetic_rate(
    points_mm: FloatArray, positions_mm: FloatArray, elements_mm: FloatArray
) -> FloatArray:
    """dB/dt at (n, 3) points, (n, 3) T/s, of wire elements: middles (m, 3), vectors (m, 3)."""
    out = np.empty((len(points_mm), 3), dtype=np.float32)
    middle = positions_mm.mean(axis=0)
    _wire_field(*_columns(points_mm, positions_mm, elements_mm, middle), out)
    return np.asarray(out * (_RATE * 1e3), dtype=float)


def wire_potential_rate(
    points_mm: FloatArray, positions_mm: FloatArray, elements_mm: FloatArray
) -> FloatArray:
    """dA/dt at (n, 3) points, (n, 3) V/m, of wire elements: middles (m, 3), vectors (m, 3)."""
    out = np.empty((len(points_mm), 3), dtype=np.float32)
    middle = positions_mm.mean(axis=0)
    _wire_potential(*_columns(points_mm, positions_mm, elements_mm, middle), out)
    return np.asarray(out * _RATE, dtype=float)


def _columns(
    points_mm: FloatArray, positions_mm: FloatArray, vectors: FloatArray, middle: FloatArray
) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Points (n, 3), sources and vectors (3, m), in single precision around a middle.

    One array a component lets the inner loop run over neighbours in memory; millimetres from the
    sources' middle keep the digits.
    """
    return (
        np.ascontiguousarray(points_mm - middle, dtype=np.float32),
        np.ascontiguousarray((positions_mm - middle).T, dtype=np.float32),
        np.ascontiguousarray(vectors.T, dtype=np.float32),
    )


@njit(parallel=True, cache=True, fastmath=True, error_model="numpy")
def _dipole_field(points, positions, moments, out):  # type: ignore[no-untyped-def]
    px, py, pz = positions[0], positions[1], positions[2]
    mx, my, mz = moments[0], moments[1], moments[2]
    for p in prange(points.shape[0]):
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        bx = by = bz = np.float32(0.0)
        for m in range(px.shape[0]):
            dx = x - px[m]
            dy = y - py[m]
            dz = z - pz[m]
            inverse2 = np.float32(1.0) / (dx * dx + dy * dy + dz * dz)
            inverse3 = inverse2 * np.sqrt(inverse2)
            along = np.float32(3.0) * inverse2 * (mx[m] * dx + my[m] * dy + mz[m] * dz)
            bx += inverse3 * (along * dx - mx[m])
            by += inverse3 * (along * dy - my[m])
            bz += inverse3 * (along * dz - mz[m])
        out[p, 0], out[p, 1], out[p, 2] = bx, by, bz


@njit(parallel=True, cache=True, fastmath=True, error_model="numpy")
def _wire_field(points, positions, elements, out):  # type: ignore[no-untyped-def]
    px, py, pz = positions[0], positions[1], positions[2]
    lx, ly, lz = elements[0], elements[1], elements[2]
    for p in prange(points.shape[0]):
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        bx = by = bz = np.float32(0.0)
        for m in range(px.shape[0]):
            dx = x - px[m]
            dy = y - py[m]
            dz = z - pz[m]
            r2 = dx * dx + dy * dy + dz * dz
            w = np.float32(1.0) / (r2 * np.sqrt(r2))
            bx += w * (ly[m] * dz - lz[m] * dy)
            by += w * (lz[m] * dx - lx[m] * dz)
            bz += w * (lx[m] * dy - ly[m] * dx)
        out[p, 0], out[p, 1], out[p, 2] = bx, by, bz


@njit(parallel=True, cache=True, fastmath=True, error_model="numpy")
def _wire_potential(points, positions, elements, out):  # type: ignore[no-untyped-def]
    px, py, pz = positions[0], positions[1], positions[2]
    lx, ly, lz = elements[0], elements[1], elements[2]
    for p in prange(points.shape[0]):
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        ax = ay = az = np.float32(0.0)
        for m in range(px.shape[0]):
            dx = x - px[m]
            dy = y - py[m]
            dz = z - pz[m]
            w = np.float32(1.0) / np.sqrt(dx * dx + dy * dy + dz * dz)
            ax += w * lx[m]
            ay += w * ly[m]
            az += w * lz[m]
        out[p, 0], out[p, 1], out[p, 2] = ax, ay, az
