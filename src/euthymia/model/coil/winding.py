"""Flat spiral windings: their turns, the dipoles that stand for them, and their casing's face."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from euthymia.core.poses import FloatArray

CASING_RIM_MM = 4.0
"""How far a casing reaches beyond its winding, where its own outline is not published."""

_FACE_STEP_MM = 6.0


@dataclass(frozen=True, slots=True)
class Wing:
    """One flat winding: concentric turns around a centre, in the coil's own axes.

    `sense` is +1 where the current turns counter-clockwise seen against the wing's axis (from the
    head), so that the wing's moment points along it, and -1 for the opposite sense. `tilt_deg`
    turns the wing about the coil's y axis, right-handed: 0 for a flat coil. `face_mm` is the way
    from the middle of the winding to the casing's face, along the wing's axis.
    """

    centre_mm: tuple[float, float, float]
    inner_diameter_mm: float
    outer_diameter_mm: float
    turns: int
    wire_width_mm: float
    wire_height_mm: float
    sense: int
    layers: int = 1
    tilt_deg: float = 0.0
    face_mm: float = 0.0

    @property
    def turn_radii_mm(self) -> FloatArray:
        """(turns,) radius of each turn's centre line."""
        half = self.wire_width_mm / 2
        return np.linspace(
            self.inner_diameter_mm / 2 + half, self.outer_diameter_mm / 2 - half, self.turns
        )

    @property
    def rotation(self) -> FloatArray:
        """(3, 3) from the wing's own axes (z along its axis) to the coil's."""
        c, s = math.cos(math.radians(self.tilt_deg)), math.sin(math.radians(self.tilt_deg))
        return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])

    def to_coil(self, points_mm: FloatArray) -> FloatArray:
        """(n, 3) points of the wing's own axes, from its centre, in the coil's axes."""
        return np.asarray(points_mm @ self.rotation.T + np.asarray(self.centre_mm))

    @property
    def outlines_mm(self) -> tuple[FloatArray, ...]:
        """Closed polylines of the turns, for drawing."""
        angle = np.linspace(0, 2 * math.pi, 73)
        circle = np.column_stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)])
        return tuple(self.to_coil(radius * circle) for radius in self.turn_radii_mm)


def face_of(wings: tuple[Wing, ...]) -> FloatArray:
    """(n, 3) points all over the faces that touch the head, with a rim around each winding.

    Where wings are bent, the face of each ends at the fold in the middle.
    """
    faces = [_wing_face(wing) for wing in wings]
    return np.concatenate(faces)


def _wing_face(wing: Wing) -> FloatArray:
    radius = wing.outer_diameter_mm / 2 + CASING_RIM_MM
    count = math.ceil(2 * radius / _FACE_STEP_MM) + 1
    axis = np.linspace(-radius, radius, count)
    x, y = (part.ravel() for part in np.meshgrid(axis, axis, indexing="ij"))
    inside = np.hypot(x, y) <= radius
    angle = np.linspace(0, 2 * math.pi, 24, endpoint=False)
    x = np.concatenate([x[inside], radius * np.cos(angle)])
    y = np.concatenate([y[inside], radius * np.sin(angle)])
    points = wing.to_coil(np.column_stack([x, y, np.full_like(x, wing.face_mm)]))
    if wing.tilt_deg == 0:
        return points
    side = math.copysign(1.0, wing.centre_mm[0])
    return np.asarray(points[side * points[:, 0] >= 0])


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
                positions.append(wing.to_coil(points))
                size = wing.sense * turns * wing.layers * area_m2 / 2
                moments.append(np.tile(size * wing.rotation[:, 2], (len(points), 1)))
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
