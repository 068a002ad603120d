"""A stimulation coil as the magnetic dipoles that stand for its windings."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.core.references import Citation
from euthymia.model.coil.casing import face_from_sources
from euthymia.model.coil.winding import Wing, face_of


@dataclass(frozen=True, eq=False)
class Coil:
    """A coil: dipoles per ampere of coil current, and what its planner needs to know.

    The coil's axes: z into the head, y from the handle to the front, origin in the middle of the
    casing's face that touches the head.
    positions_mm: (n, 3); moments_m2: (n, 3), magnetic moment per ampere (A m2 / A).
    max_didt_a_per_us: rate of change of the current at 100 % output of the named stimulator.
    casing_mm: (n, 3) points of the casing where its shape is known; else it follows the winding.
    """

    id: str
    name: str
    maker: str
    coil_class: str
    positions_mm: FloatArray
    moments_m2: FloatArray
    max_didt_a_per_us: float | None = None
    stimulator: str = ""
    waveform: str = ""
    wings: tuple[Wing, ...] = ()
    sources: tuple[Citation, ...] = ()
    casing_mm: FloatArray | None = None

    def __post_init__(self) -> None:
        positions = np.ascontiguousarray(self.positions_mm, dtype=float)
        moments = np.ascontiguousarray(self.moments_m2, dtype=float)
        if positions.ndim != 2 or positions.shape[1:] != (3,) or positions.shape != moments.shape:
            raise InputError(
                f"coil {self.id}",
                f"positions {positions.shape} and moments {moments.shape} do not match",
                "Give one position and one moment, three numbers each, for every dipole",
            )
        if not (np.isfinite(positions).all() and np.isfinite(moments).all()) or len(positions) == 0:
            raise InputError(
                f"coil {self.id}", "it has no dipoles or not-a-number in them", "Check the file"
            )
        for array in (positions, moments):
            array.setflags(write=False)
        object.__setattr__(self, "positions_mm", positions)
        object.__setattr__(self, "moments_m2", moments)

    @cached_property
    def sha256(self) -> str:
        """Hash of the dipoles: the identity of this coil's field."""
        digest = hashlib.sha256(self.positions_mm.tobytes())
        digest.update(self.moments_m2.tobytes())
        return digest.hexdigest()

    def potential_rate_at(self, points_mm: FloatArray) -> FloatArray:
        """dA/dt for 1 A/us at (n, 3) points of the coil's axes, (n, 3) V/m."""
        # compiled: who only asks for a coil's name need not wait for the compiler
        from euthymia.model.field.dipoles import vector_potential_rate  # noqa: PLC0415

        return vector_potential_rate(points_mm, self.positions_mm, self.moments_m2)

    def magnetic_rate_at(self, points_mm: FloatArray) -> FloatArray:
        """dB/dt for 1 A/us at (n, 3) points of the coil's axes, (n, 3) T/s."""
        from euthymia.model.coil.sums import dipole_magnetic_rate  # noqa: PLC0415

        return dipole_magnetic_rate(points_mm, self.positions_mm, self.moments_m2)

    @property
    def outlines_mm(self) -> tuple[FloatArray, ...]:
        """Closed polylines of every turn, for drawing; empty when the windings are not known."""
        return tuple(line for wing in self.wings for line in wing.outlines_mm)

    @cached_property
    def face_mm(self) -> FloatArray:
        """(n, 3) points all over the side of the casing that touches the head.

        The casing of the file; else, as outlines are rarely published, the windings with a rim.
        """
        if self.casing_mm is not None:
            return self.casing_mm
        if self.wings:
            return face_of(self.wings)
        return face_from_sources(self.positions_mm)

    def lumped(self, cell_mm: float = 8.0) -> Coil:
        """The same coil with far fewer dipoles: those of one sense in one cell become one.

        For searches: at the cortex (20 mm and more away) the field changes by well under 1 %.
        """
        cell = np.floor(self.positions_mm / cell_mm)
        main = np.argmax(np.abs(self.moments_m2).sum(axis=0))
        keys = np.column_stack([cell, np.sign(self.moments_m2[:, main])])
        _, group = np.unique(keys, axis=0, return_inverse=True)
        count = int(group.max()) + 1
        weight = np.asarray(np.linalg.norm(self.moments_m2, axis=1), dtype=float)
        total = np.bincount(group, weight, count)
        total[total == 0] = 1.0
        positions = np.column_stack(
            [np.bincount(group, weight * self.positions_mm[:, a], count) / total for a in range(3)]
        )
        moments = np.column_stack(
            [np.bincount(group, self.moments_m2[:, a], count) for a in range(3)]
        ).astype(float)
        face = self.face_mm
        return replace(self, positions_mm=positions, moments_m2=moments, casing_mm=face)
