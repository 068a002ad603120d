"""Coils that are not dipoles: wires, a sampled vector potential, and several parts as one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.core.references import Citation
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.casing import face_from_sources
from euthymia.model.coil.sums import wire_magnetic_rate, wire_potential_rate

_SMALLEST_VOLUME = 6


@dataclass(frozen=True, eq=False)
class WireCoil:
    """A coil as short straight wire elements.

    positions_mm: (n, 3) their middles; elements_mm: (n, 3) their vectors along the current.
    """

    id: str
    name: str
    maker: str
    coil_class: str
    positions_mm: FloatArray
    elements_mm: FloatArray
    max_didt_a_per_us: float | None = None
    stimulator: str = ""
    sources: tuple[Citation, ...] = ()
    casing_mm: FloatArray | None = None

    @cached_property
    def sha256(self) -> str:
        """Hash of the wires: the identity of this coil's field."""
        return _hash(self.positions_mm, self.elements_mm)

    @cached_property
    def face_mm(self) -> FloatArray:
        """(n, 3) points of the casing, or of the wires where it is not known."""
        if self.casing_mm is not None:
            return self.casing_mm
        return face_from_sources(self.positions_mm)

    def potential_rate_at(self, points_mm: FloatArray) -> FloatArray:
        """dA/dt for 1 A/us at (n, 3) points of the coil's axes, (n, 3) V/m."""
        return wire_potential_rate(points_mm, self.positions_mm, self.elements_mm)

    def magnetic_rate_at(self, points_mm: FloatArray) -> FloatArray:
        """dB/dt for 1 A/us at (n, 3) points of the coil's axes, (n, 3) T/s."""
        return wire_magnetic_rate(points_mm, self.positions_mm, self.elements_mm)


@dataclass(frozen=True, eq=False)
class SampledCoil:
    """A coil as its vector potential on a regular grid.

    potential: (nx, ny, nz, 3) dA/dt for 1 A/us in V/m, along the coil's axes.
    affine: (4, 4) from grid indices to the coil's millimetres; its axes are the coil's.
    Between the samples the potential is interpolated by cubic polynomials. Beyond the volume it
    falls from the nearest sample with the cube of the distance, as that of a dipole.
    """

    id: str
    name: str
    maker: str
    coil_class: str
    potential: NDArray[np.float32]
    affine: FloatArray
    max_didt_a_per_us: float | None = None
    stimulator: str = ""
    sources: tuple[Citation, ...] = ()
    casing_mm: FloatArray | None = None

    def __post_init__(self) -> None:
        shape = self.potential.shape
        if len(shape) != 4 or shape[3] != 3 or min(shape[:3]) < _SMALLEST_VOLUME:
            raise InputError(
                f"coil {self.id}",
                f"its volume has the shape {shape}",
                f"Give at least {_SMALLEST_VOLUME} samples along every axis and 3 components",
            )
        if not np.isfinite(self.potential).all() or not self.potential.any():
            raise InputError(
                f"coil {self.id}", "its volume is empty or holds not-a-number", "Check the file"
            )
        turned = self.affine[:3, :3] - np.diag(np.diag(self.affine[:3, :3]))
        if np.abs(turned).max() > 1e-4 or (np.diag(self.affine)[:3] <= 0).any():
            raise InputError(
                f"coil {self.id}",
                "its volume does not lie along the coil's axes",
                "Resample it so that the affine is a positive diagonal and a shift",
            )

    @property
    def spacing_mm(self) -> FloatArray:
        return np.asarray(np.diag(self.affine)[:3], dtype=float)

    @cached_property
    def sha256(self) -> str:
        """Hash of the volume: the identity of this coil's field."""
        return _hash(self.potential, self.affine)

    @cached_property
    def face_mm(self) -> FloatArray:
        """(n, 3) points of the face at z = 0, under all places where the potential is strong."""
        if self.casing_mm is not None:
            return self.casing_mm
        first = int(np.clip(np.ceil(-self.affine[2, 3] / self.affine[2, 2]), 0, None))
        size = np.linalg.norm(self.potential[:, :, min(first, self.potential.shape[2] - 1)], axis=2)
        places = np.argwhere(size > 0.25 * size.max())
        x, y = (self.affine[a, 3] + self.affine[a, a] * places[:, a] for a in (0, 1))
        return face_from_sources(np.column_stack([x, y, np.zeros_like(x)]))

    def potential_rate_at(self, points_mm: FloatArray) -> FloatArray:
        """dA/dt for 1 A/us at (n, 3) points of the coil's axes, (n, 3) V/m."""
        return self._read(self.potential, points_mm)

    def magnetic_rate_at(self, points_mm: FloatArray) -> FloatArray:
        """dB/dt for 1 A/us at (n, 3) points of the coil's axes, (n, 3) T/s."""
        return self._read(self._curl, points_mm)

    @cached_property
    def _curl(self) -> NDArray[np.float32]:
        """(nx, ny, nz, 3) curl of the potential by fourth-order differences, T/s."""
        step = self.spacing_mm * 1e-3

        def slope(component: int, axis: int) -> FloatArray:
            return _derivative(self.potential[..., component].astype(float), axis, step[axis])

        curl = np.stack(
            [slope(2, 1) - slope(1, 2), slope(0, 2) - slope(2, 0), slope(1, 0) - slope(0, 1)],
            axis=-1,
        )
        return curl.astype(np.float32)

    def _read(self, volume: NDArray[np.float32], points_mm: FloatArray) -> FloatArray:
        out = np.empty((len(points_mm), 3))
        low = self.affine[:3, 3]
        high = low + self.spacing_mm * (np.array(volume.shape[:3]) - 1)
        nearest = np.clip(points_mm, low, high)
        _interpolate(volume, (nearest - low) / self.spacing_mm, out)
        beyond = (nearest != points_mm).any(axis=1)
        if beyond.any():
            ratio = np.linalg.norm(nearest[beyond], axis=1) / np.linalg.norm(
                points_mm[beyond], axis=1
            )
            out[beyond] *= np.minimum(ratio, 1.0)[:, None] ** 3
        return out


@dataclass(frozen=True, eq=False)
class CompoundCoil:
    """Several parts that carry the same current, as one coil."""

    id: str
    name: str
    maker: str
    coil_class: str
    parts: tuple[AnyCoil, ...]
    max_didt_a_per_us: float | None = None
    stimulator: str = ""
    sources: tuple[Citation, ...] = ()
    casing_mm: FloatArray | None = None

    @cached_property
    def sha256(self) -> str:
        """Hash over the parts: the identity of this coil's field."""
        return hashlib.sha256("".join(part.sha256 for part in self.parts).encode()).hexdigest()

    @cached_property
    def face_mm(self) -> FloatArray:
        """(n, 3) points of the casing, or of all parts' faces."""
        if self.casing_mm is not None:
            return self.casing_mm
        return np.concatenate([part.face_mm for part in self.parts])

    def potential_rate_at(self, points_mm: FloatArray) -> FloatArray:
        """dA/dt for 1 A/us at (n, 3) points of the coil's axes, (n, 3) V/m."""
        return np.asarray(sum(part.potential_rate_at(points_mm) for part in self.parts))

    def magnetic_rate_at(self, points_mm: FloatArray) -> FloatArray:
        """dB/dt for 1 A/us at (n, 3) points of the coil's axes, (n, 3) T/s."""
        return np.asarray(sum(part.magnetic_rate_at(points_mm) for part in self.parts))


def _hash(*arrays: NDArray[np.floating]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _derivative(values: FloatArray, axis: int, step: float) -> FloatArray:
    """Central differences of fourth order; of second order in the two outer layers."""
    out = np.gradient(values, step, axis=axis, edge_order=2)
    moved = np.moveaxis(values, axis, 0)
    inner = (8 * (moved[3:-1] - moved[1:-3]) - (moved[4:] - moved[:-4])) / (12 * step)
    np.moveaxis(out, axis, 0)[2:-2] = inner
    return np.asarray(out)


@njit(parallel=True, cache=True)
def _interpolate(volume, at, out):  # type: ignore[no-untyped-def]
    """Cubic Lagrange interpolation of (nx, ny, nz, 3) at (n, 3) indices inside the volume."""
    for p in prange(at.shape[0]):
        base = np.empty(3, dtype=np.int64)
        weight = np.empty((3, 4))
        for axis in range(3):
            base[axis] = min(max(int(np.floor(at[p, axis])) - 1, 0), volume.shape[axis] - 4)
            t = at[p, axis] - base[axis] - 1
            weight[axis, 0] = -t * (t - 1) * (t - 2) / 6
            weight[axis, 1] = (t + 1) * (t - 1) * (t - 2) / 2
            weight[axis, 2] = -(t + 1) * t * (t - 2) / 2
            weight[axis, 3] = (t + 1) * t * (t - 1) / 6
        x = y = z = 0.0
        for i in range(4):
            for j in range(4):
                for k in range(4):
                    w = weight[0, i] * weight[1, j] * weight[2, k]
                    cell = volume[base[0] + i, base[1] + j, base[2] + k]
                    x += w * cell[0]
                    y += w * cell[1]
                    z += w * cell[2]
        out[p, 0], out[p, 1], out[p, 2] = x, y, z
