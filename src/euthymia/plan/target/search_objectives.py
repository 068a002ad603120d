"""What a placement is rated by: the field in a region, from whichever engine knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Pose
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.coil import Coil
from euthymia.model.field.realtime.engine import RealTimeRegion
from euthymia.model.field.realtime.reduced import COARSE_CELL_MM, FINE_CELL_MM
from euthymia.model.field.reciprocity import Sensitivity

_PLACEMENTS_AT_ONCE = 500


class Goal(StrEnum):
    """What a search makes as large as it can."""

    STRENGTH = "strength"
    """The mean of |E| over the region, V/m for 1 A/us; also the way to a wanted field at the
    lowest output."""
    DIRECTION = "direction"
    """The mean of |E . d| for a direction d, or for one at every point (such as the normal)."""
    FOCALITY = "focality"
    """The mean of |E| in the region over the root mean square of |E| in the rest."""


class Objective(Protocol):
    """Rates placements of any coil; larger is better."""

    def rate(
        self, coil: AnyCoil, rotations: FloatArray, places_mm: FloatArray, rough: bool = False
    ) -> FloatArray:
        """(n,) values of n placements, minus infinity where there is none.

        rough: a first look over many placements, which may be a few per cent off.
        """


@dataclass(frozen=True, eq=False)
class MeanVector:
    """The size of the mean field in one region, V/m for 1 A/us, by reciprocity on the voxel grid.

    For coils of dipoles. Placements beyond the tabulated space have no value.
    """

    sensitivity: Sensitivity

    def rate(
        self, coil: AnyCoil, rotations: FloatArray, places_mm: FloatArray, rough: bool = False
    ) -> FloatArray:
        """(n,) V/m for 1 A/us."""
        if not isinstance(coil, Coil):
            raise InputError(
                f"coil {coil.id}",
                "it is not made of magnetic dipoles, which this search needs",
                "Use the search on a head prepared for real time",
            )
        used = coil.lumped() if rough else coil
        fields = self.sensitivity.mean_field(used, rotations, places_mm)
        return np.asarray(np.nan_to_num(np.linalg.norm(fields, axis=1), nan=-np.inf))


@dataclass(frozen=True, eq=False)
class RegionObjective:
    """One goal in one region of a head prepared for real time.

    weights: (r,) what each point counts, such as its area. direction: (3,) or (r, 3) for
    `Goal.DIRECTION`. rest: for `Goal.FOCALITY`, points all over the rest of the cortex.
    """

    region: RealTimeRegion
    goal: Goal = Goal.STRENGTH
    weights: FloatArray | None = None
    direction: FloatArray | None = None
    rest: RealTimeRegion | None = None

    def __post_init__(self) -> None:
        if self.goal is Goal.DIRECTION and self.direction is None:
            raise InputError("goal", "no direction was given", "Give the direction of the field")
        if self.goal is Goal.FOCALITY and self.rest is None:
            raise InputError("goal", "the rest of the cortex is missing", "Give points of it")

    def rate(
        self, coil: AnyCoil, rotations: FloatArray, places_mm: FloatArray, rough: bool = False
    ) -> FloatArray:
        """(n,) values: V/m for 1 A/us, or for focality a ratio."""
        ready = self.region.head.reduced(coil, COARSE_CELL_MM if rough else FINE_CELL_MM)
        out = np.empty(len(places_mm))
        for start in range(0, len(places_mm), _PLACEMENTS_AT_ONCE):
            part = slice(start, start + _PLACEMENTS_AT_ONCE)
            amplitudes, _ = self.region.head.many_amplitudes(
                ready, rotations[part], places_mm[part]
            )
            out[part] = self._values(amplitudes)
        return out

    def _values(self, amplitudes: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> FloatArray:
        fields = (amplitudes @ self.region.rows.T).reshape(len(amplitudes), -1, 3)
        if self.goal is Goal.DIRECTION and self.direction is not None:
            along = np.asarray(self.direction, dtype=np.float32)
            parts = np.einsum(
                "nrk,rk->nr", fields, np.broadcast_to(along, fields.shape[1:]), optimize=True
            )
            return np.asarray(np.average(np.abs(parts), axis=1, weights=self.weights), dtype=float)
        strength = np.linalg.norm(fields, axis=2)
        mean = np.average(strength, axis=1, weights=self.weights)
        if self.goal is Goal.FOCALITY and self.rest is not None:
            rest = amplitudes @ self.rest.rows.T
            mean = mean / np.sqrt(3 * np.mean(rest**2, axis=1))
        return np.asarray(mean, dtype=float)


class Rater:
    """Rates placements of one coil by one objective, and counts them."""

    def __init__(self, objective: Objective, coil: AnyCoil, rough: bool = False) -> None:
        self._objective = objective
        self._coil = coil
        self._rough = rough
        self.evaluated = 0

    def strengths(self, poses: Sequence[Pose]) -> FloatArray:
        """(n,) values; minus infinity for a placement that has none."""
        if not poses:
            return np.zeros(0)
        rotations = np.stack([pose.rotation for pose in poses])
        places = np.stack([pose.position_mm for pose in poses])
        return self.values(rotations, places)

    def values(self, rotations: FloatArray, places_mm: FloatArray) -> FloatArray:
        """(n,) values of placements given as (n, 3, 3) and (n, 3)."""
        self.evaluated += len(places_mm)
        return self._objective.rate(self._coil, rotations, places_mm, self._rough)


def output_for(wanted_v_per_m: float, strength: float, coil: AnyCoil) -> float:
    """% MSO at which a strength in V/m for 1 A/us becomes the wanted field; may exceed 100."""
    if coil.max_didt_a_per_us is None:
        raise InputError(
            f"coil {coil.id}", "its largest dI/dt is not known", "Give the stimulator's dI/dt"
        )
    if not wanted_v_per_m > 0:
        raise InputError("wanted field", f"{wanted_v_per_m:g} V/m is none", "Give V/m, such as 60")
    return 100 * wanted_v_per_m / (strength * coil.max_didt_a_per_us)
