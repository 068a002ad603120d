"""A stimulation coil as the magnetic dipoles that stand for its windings."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.core.references import Citation

_CASING_RIM_MM = 4.0
_FACE_STEP_MM = 6.0


@dataclass(frozen=True, slots=True)
class Wing:
    """One flat winding: concentric turns around a centre, in the coil's own axes.

    `sense` is +1 where the current turns counter-clockwise seen against the z axis (from the
    head), so that the wing's moment points along +z, and -1 for the opposite sense.
    """

    centre_mm: tuple[float, float, float]
    inner_diameter_mm: float
    outer_diameter_mm: float
    turns: int
    wire_width_mm: float
    wire_height_mm: float
    sense: int
    layers: int = 1

    @property
    def turn_radii_mm(self) -> FloatArray:
        """(turns,) radius of each turn's centre line."""
        half = self.wire_width_mm / 2
        return np.linspace(
            self.inner_diameter_mm / 2 + half, self.outer_diameter_mm / 2 - half, self.turns
        )


@dataclass(frozen=True, eq=False)
class Coil:
    """A coil: dipoles per ampere of coil current, and what its planner needs to know.

    The coil's axes: z into the head, y from the handle to the front, origin in the middle of the
    casing's face that touches the head.
    positions_mm: (n, 3); moments_m2: (n, 3), magnetic moment per ampere (A m2 / A).
    max_didt_a_per_us: rate of change of the current at 100 % output of the named stimulator.
    """

    id: str
    name: str
    maker: str
    coil_class: str
    positions_mm: FloatArray
    moments_m2: FloatArray
    max_didt_a_per_us: float | None = None
    stimulator: str = ""
    wings: tuple[Wing, ...] = ()
    sources: tuple[Citation, ...] = ()

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

    @property
    def outlines_mm(self) -> tuple[FloatArray, ...]:
        """Closed polylines of every turn, for drawing; empty when the windings are not known."""
        angle = np.linspace(0, 2 * math.pi, 73)
        circle = np.column_stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)])
        return tuple(
            np.asarray(wing.centre_mm) + radius * circle
            for wing in self.wings
            for radius in wing.turn_radii_mm
        )

    @cached_property
    def face_mm(self) -> FloatArray:
        """(n, 3) points all over the face that touches the head, in the coil's axes (z = 0).

        The casing's own outline is rarely published: the face is the shadow of the winding, with
        `_CASING_RIM_MM` around it.
        """
        if self.wings:
            centres = np.array([wing.centre_mm for wing in self.wings])
            radii = np.array([wing.outer_diameter_mm / 2 for wing in self.wings])
        else:
            centres, radii = self.positions_mm, np.full(len(self.positions_mm), _FACE_STEP_MM)
        low = (centres[:, :2] - radii[:, None]).min(axis=0) - _CASING_RIM_MM
        high = (centres[:, :2] + radii[:, None]).max(axis=0) + _CASING_RIM_MM
        x, y = (
            np.linspace(a, b, math.ceil((b - a) / _FACE_STEP_MM) + 1)
            for a, b in zip(low, high, strict=True)
        )
        points = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
        distance = np.linalg.norm(points[:, None] - centres[None, :, :2], axis=2) - radii
        inner = points[(distance <= _CASING_RIM_MM).any(axis=1)]
        angle = np.linspace(0, 2 * math.pi, 24, endpoint=False)
        circle = np.column_stack([np.cos(angle), np.sin(angle)])
        rims = [
            centre[:2] + (radius + _CASING_RIM_MM) * circle
            for centre, radius in zip(centres, radii, strict=True)
            if self.wings
        ]
        points = np.concatenate([inner, *rims])
        return np.column_stack([points, np.zeros(len(points))])

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
        positions = np.column_stack(
            [np.bincount(group, weight * self.positions_mm[:, a], count) / total for a in range(3)]
        )
        moments = np.column_stack(
            [np.bincount(group, self.moments_m2[:, a], count) for a in range(3)]
        ).astype(float)
        return replace(self, positions_mm=positions, moments_m2=moments)


def dipoles_of(wings: tuple[Wing, ...], ring_mm: float = 3.5) -> tuple[FloatArray, FloatArray]:
    """The dipoles, (n, 3) mm and (n, 3) m2 per ampere, that stand for flat windings.

    A turn equals a uniform sheet of moment over the disc it spans, so turns add up to a sheet
    whose density at radius r is the number of turns outside r. The sheet is cut into rings
    between the turns (finer than `ring_mm`) and the rings into near-square patches, at two Gauss
    heights through the wire. Total moment and every turn's area are kept exactly.
    """
    positions, moments = [], []
    for wing in wings:
        rings = _rings(wing, ring_mm)
        gauss = wing.wire_height_mm / 2 / math.sqrt(3)
        for height in (-gauss, gauss):
            for inner, outer, turns in rings:
                points, area_m2 = _ring_points(inner, outer, ring_mm)
                points[:, 2] = height
                positions.append(points + np.asarray(wing.centre_mm))
                moment = np.zeros_like(points)
                moment[:, 2] = wing.sense * turns * wing.layers * area_m2 / 2
                moments.append(moment)
    return np.concatenate(positions), np.concatenate(moments)


def _rings(wing: Wing, ring_mm: float) -> list[tuple[float, float, int]]:
    """(inner radius, outer radius, turns around it) of rings no wider than `ring_mm`."""
    edges = [0.0, *wing.turn_radii_mm.tolist()]
    rings = []
    for index, (inner, outer) in enumerate(pairwise(edges)):
        pieces = max(1, math.ceil((outer - inner) / ring_mm))
        cuts = np.linspace(inner, outer, pieces + 1)
        rings += [(float(a), float(b), wing.turns - index) for a, b in pairwise(cuts)]
    return rings


def _ring_points(inner: float, outer: float, ring_mm: float) -> tuple[FloatArray, float]:
    """Midpoints (n, 3) mm of the patches of one ring, and the area of a patch in m2."""
    # The area-weighted mean radius keeps the ring's second moment; the offset between rings of
    # even and odd count avoids lining patches up into spokes.
    radius = math.sqrt((inner**2 + outer**2) / 2)
    count = max(6, round(2 * math.pi * radius / ring_mm))
    angle = 2 * math.pi * (np.arange(count) + 0.5 * (count % 2)) / count
    points = np.column_stack([radius * np.cos(angle), radius * np.sin(angle), np.zeros(count)])
    return points, math.pi * (outer**2 - inner**2) * 1e-6 / count
