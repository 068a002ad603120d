"""How deep and how wide a coil's field is: the standard sphere of Deng, Lisanby and Peterchev 2013.

Half-value depth d1/2: from the cortex to the deepest place where |E| is half of its largest value
on the cortex. Half-value spread S1/2 = V1/2 / d1/2, V1/2 the volume of brain with at least half.
The radii (head 85 mm, brain 70 mm) and the 5 mm between scalp and winding are inferred: with them
the printed values of flat figure-8 coils come out within 5 %.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.coil.coil import Coil
from euthymia.model.coil.winding import Wing
from euthymia.model.field.sphere import sphere_field

HEAD_MM = 85.0
BRAIN_MM = 70.0
WINDING_GAP_MM = 5.0

_DIRECTIONS = 12_000

Strength = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class CoilMeasures:
    """Depth and spread of a coil on the standard sphere; the peak is in V/m for 1 A/us."""

    half_depth_cm: float
    half_spread_cm2: float
    peak_v_per_m: float


def depth_and_spread(coil: Coil) -> CoilMeasures:
    """Half-value depth and spread of a coil of dipoles, its winding 5 mm above the scalp.

    Where the windings are known their lower face keeps the distance, else the dipoles do.
    """
    height = _height_mm(coil)
    flip = np.array([1.0, -1.0, -1.0])
    positions = coil.positions_mm * flip + [0.0, 0.0, HEAD_MM + height]
    moments = coil.moments_m2 * flip

    def strength(points_mm: FloatArray) -> FloatArray:
        return np.asarray(np.linalg.norm(sphere_field(points_mm, positions, moments), axis=-1))

    directions = _fibonacci(_DIRECTIONS)
    surface = strength(BRAIN_MM * directions)
    peak = _refined_peak(strength, directions[int(surface.argmax())], float(surface.max()))
    inside = directions[surface >= peak / 2]
    depths = _half_depths(strength, inside, peak / 2)
    angle = 4 * math.pi / _DIRECTIONS
    volume = float(np.sum(BRAIN_MM**3 - (BRAIN_MM - depths) ** 3)) / 3 * angle
    deepest = float(depths.max())
    return CoilMeasures(deepest / 10, volume / deepest / 100, peak)


def _half_depths(strength: Strength, directions: FloatArray, half: float) -> FloatArray:
    """(n,) depth at which the field falls to half the peak along each direction, mm."""
    low = np.zeros(len(directions))
    high = np.full(len(directions), BRAIN_MM)
    for _ in range(12):
        middle = (low + high) / 2
        above = strength(directions * (BRAIN_MM - middle)[:, None]) >= half
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.asarray((low + high) / 2)


def _refined_peak(strength: Strength, start: FloatArray, peak: float) -> float:
    """The largest value on the brain near a direction, by ever smaller random steps."""
    draw = np.random.default_rng(0)
    for size_mm in (2.0, 0.7, 0.2):
        near = BRAIN_MM * start + draw.normal(0.0, size_mm, (64, 3))
        near *= BRAIN_MM / np.linalg.norm(near, axis=1)[:, None]
        values = strength(near)
        if values.max() > peak:
            peak, start = float(values.max()), near[int(values.argmax())] / BRAIN_MM
    return peak


def _height_mm(coil: Coil) -> float:
    """How high the coil's origin stands above the scalp when its winding is 5 mm away."""
    if coil.wings:
        lower = np.concatenate([_lower_face(wing) for wing in coil.wings])
    else:
        lower = coil.positions_mm
    across, up = np.hypot(lower[:, 0], lower[:, 1]), -lower[:, 2]
    reach = HEAD_MM + WINDING_GAP_MM
    if (across >= reach).all():
        raise InputError(f"coil {coil.id}", "it has no part above the head", "Check its axes")
    over = across < reach
    needed = np.sqrt(reach**2 - across[over] ** 2) - up[over]
    return float(needed.max()) - HEAD_MM


def _lower_face(wing: Wing) -> FloatArray:
    angle = np.linspace(0, 2 * math.pi, 90, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)])
    radii = np.linspace(wing.inner_diameter_mm / 2, wing.outer_diameter_mm / 2, 12)
    lift = np.array([0.0, 0.0, wing.wire_height_mm / 2])
    return np.concatenate([wing.to_coil(radius * circle + lift) for radius in radii])


def _fibonacci(count: int) -> FloatArray:
    """(count, 3) unit vectors evenly over the sphere."""
    index = np.arange(count) + 0.5
    z = 1 - 2 * index / count
    turn = math.pi * (1 + math.sqrt(5)) * index
    ring = np.sqrt(1 - z * z)
    return np.column_stack([ring * np.cos(turn), ring * np.sin(turn), z])
