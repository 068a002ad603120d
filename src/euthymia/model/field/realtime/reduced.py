"""A coil made ready for real time: few sources that make the same field where a head can be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.core.poses import FloatArray
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.casing import thinned
from euthymia.model.coil.coil import Coil
from euthymia.model.coil.elements import CompoundCoil, WireCoil
from euthymia.model.coil.sums import dipole_magnetic_rate
from euthymia.model.field.realtime.kernels import (
    FIELD_SCALE,
    one_placed_dipole_field,
    placed_dipole_fields,
    unit_dipole_fields,
)

Float32Array = NDArray[np.float32]

FINE_CELL_MM = 8.0
COARSE_CELL_MM = 16.0
_FACE_CELL_MM = 6.0
_ENOUGH = 500
_WIRE_CELL_MM = 3.0
_NEAREST_MM = 6.0
_RIDGE = 1e-9


@dataclass(frozen=True, eq=False)
class ReducedCoil:
    """A coil with few dipoles, or with what it has where dipoles cannot stand for it.

    positions, moments: (3, k) single precision, millimetres and 1e-6 m2 per ampere; empty where
    `others` carry the field. face_mm: (f, 3) thinned. error: relative, of the field in front.
    """

    id: str
    positions: Float32Array
    moments: Float32Array
    others: tuple[AnyCoil, ...]
    face_mm: FloatArray
    error: float

    @classmethod
    def of(cls, coil: AnyCoil, cell_mm: float = FINE_CELL_MM) -> ReducedCoil:
        """Reduce a coil; cells of `cell_mm` become one dipole each."""
        face = thinned(coil.face_mm, _FACE_CELL_MM, _ENOUGH)
        parts = coil.parts if isinstance(coil, CompoundCoil) else (coil,)
        dipoles = [part for part in parts if isinstance(part, Coil)]
        others = tuple(
            _merged(part) if isinstance(part, WireCoil) else part
            for part in parts
            if not isinstance(part, Coil)
        )
        positions, moments, error = np.zeros((0, 3)), np.zeros((0, 3)), 0.0
        if dipoles:
            whole = Coil(
                coil.id, "", "", "",
                np.concatenate([part.positions_mm for part in dipoles]),
                np.concatenate([part.moments_m2 for part in dipoles]),
                casing_mm=coil.face_mm,
            )  # fmt: skip
            positions, moments, error = _fitted(whole, cell_mm)
        return cls(
            coil.id,
            np.ascontiguousarray(positions.T, dtype=np.float32),
            np.ascontiguousarray(moments.T * 1e6, dtype=np.float32),
            others,
            face,
            error,
        )

    def sampled(
        self, points_mm: FloatArray, rotations: FloatArray, places_mm: FloatArray
    ) -> Float32Array:
        """(n, p, 3) dB/dt at (p, 3) world points for n poses, T/s for 1 A/us."""
        out = np.zeros((len(places_mm), len(points_mm), 3), dtype=np.float32)
        if self.positions.shape[1]:
            add = one_placed_dipole_field if len(places_mm) == 1 else placed_dipole_fields
            add(
                points_mm.astype(np.float32), self.positions, self.moments,
                rotations.astype(np.float32), places_mm.astype(np.float32), out,
            )  # fmt: skip
            out *= np.float32(FIELD_SCALE)
        for other in self.others:
            for n in range(len(places_mm)):
                local = (points_mm - places_mm[n]) @ rotations[n]
                out[n] += (other.magnetic_rate_at(local) @ rotations[n].T).astype(np.float32)
        return out


def _fitted(coil: Coil, cell_mm: float) -> tuple[FloatArray, FloatArray, float]:
    """Positions (k, 3) and moments (k, 3) of few dipoles, fitted to the field in front."""
    few = coil.lumped(cell_mm)
    if len(few.positions_mm) > 0.6 * len(coil.positions_mm):
        return coil.positions_mm, coil.moments_m2, 0.0
    points = _in_front(coil, 1200, 0)
    wanted = dipole_magnetic_rate(points, coil.positions_mm, coil.moments_m2)
    count = len(few.positions_mm)
    matrix = np.empty((len(points), 3, 3 * count))
    for axis in range(3):
        unit = np.tile(np.eye(3)[axis], (count, 1))
        block = matrix[:, :, axis * count : (axis + 1) * count]
        unit_dipole_fields(points, few.positions_mm, unit, block)
    # every point counts alike, however near the winding: the error asked for is relative
    weight = 1.0 / np.maximum(np.linalg.norm(wanted, axis=1), 0.02 * np.abs(wanted).max())
    flat = (matrix * weight[:, None, None]).reshape(-1, 3 * count)
    start = few.moments_m2.T.reshape(-1) * 1e6
    right = (wanted / FIELD_SCALE * weight[:, None]).reshape(-1) - flat @ start
    gram = flat.T @ flat
    gram[np.diag_indices_from(gram)] += _RIDGE * np.trace(gram)
    change = np.linalg.solve(gram, flat.T @ right)
    moments = (start + change).reshape(3, count).T * 1e-6
    unseen = _in_front(coil, 400, 1)
    exact = dipole_magnetic_rate(unseen, coil.positions_mm, coil.moments_m2)
    found = dipole_magnetic_rate(unseen, few.positions_mm, moments)
    error = float(np.linalg.norm(found - exact) / np.linalg.norm(exact))
    return few.positions_mm, moments, error


def _in_front(coil: Coil, count: int, seed: int) -> FloatArray:
    """Points where a head may be: 6 mm and more in front of the face, denser near it."""
    draw = np.random.default_rng(seed)
    face = coil.face_mm[draw.integers(len(coil.face_mm), size=count)]
    ahead = _NEAREST_MM + draw.exponential(25.0, count)
    aside = draw.normal(0.0, 1.0, (count, 2)) * (4.0 + 0.5 * ahead[:, None])
    points = face + np.column_stack([aside, ahead])
    # sideways steps in front of folded wings may come too near the winding
    near = np.array([np.linalg.norm(coil.positions_mm - point, axis=1).min() for point in points])
    return np.asarray(points[near >= _NEAREST_MM + 2])


def _merged(coil: WireCoil) -> WireCoil:
    """Wire elements of one cell and about one direction become one element."""
    direction = np.sign(coil.elements_mm)[:, np.argmax(np.abs(coil.elements_mm).sum(axis=0))]
    keys = np.column_stack([np.floor(coil.positions_mm / _WIRE_CELL_MM), direction])
    _, group = np.unique(keys, axis=0, return_inverse=True)
    count = int(group.max()) + 1
    weight = np.asarray(np.linalg.norm(coil.elements_mm, axis=1), dtype=float) + 1e-12
    total = np.bincount(group, weight, count)
    middle = [np.bincount(group, weight * coil.positions_mm[:, a], count) / total for a in range(3)]
    vector = [np.bincount(group, coil.elements_mm[:, a], count) for a in range(3)]
    return WireCoil(
        coil.id, coil.name, coil.maker, coil.coil_class,
        np.column_stack(middle), np.column_stack(vector), casing_mm=coil.face_mm,
    )  # fmt: skip
