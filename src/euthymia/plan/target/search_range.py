"""How far a search for a placement looks, and what it must not touch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Pose
from euthymia.plan.target.placement import HAIR_MM


@dataclass(frozen=True, slots=True)
class ForbiddenZone:
    """A place where the middle of the coil's face must not come: a wound, an implant, a cable."""

    centre_mm: tuple[float, float, float]
    radius_mm: float


@dataclass(frozen=True, slots=True)
class SearchRange:
    """How far the search looks: lengths in mm, angles in degrees.

    gap_mm: room for hair. more_gaps_mm: further distances to try, for goals that may gain by
    them. handle_limits_deg: least and largest handle angle (straight back is 0, towards the
    target's own side is positive). tilts: whether the first look already tilts the coil.
    """

    radius_mm: float = 24.0
    step_mm: float = 4.0
    angle_step_deg: float = 15.0
    largest_tilt_deg: float = 10.0
    gap_mm: float = HAIR_MM
    more_gaps_mm: tuple[float, ...] = ()
    handle_limits_deg: tuple[float, float] | None = None
    tilts: bool = False
    forbidden: tuple[ForbiddenZone, ...] = ()

    @property
    def angles_deg(self) -> FloatArray:
        """Handle angles of the coarse search; the other half circle gives the same strength."""
        if self.handle_limits_deg is None:
            return np.arange(0.0, 180.0, self.angle_step_deg, dtype=np.float64)
        low, high = self.handle_limits_deg
        if not -360.0 <= low <= high <= 360.0:
            raise InputError(
                "handle limits", f"{low:g} to {high:g} degrees is no range", "Give least and most"
            )
        steps = max(1, round((high - low) / self.angle_step_deg))
        return np.linspace(low, high, steps + 1)

    def allows(self, pose: Pose) -> bool:
        """Whether the middle of the coil's face stays out of all forbidden zones."""
        return all(
            np.linalg.norm(pose.position_mm - np.array(zone.centre_mm)) >= zone.radius_mm
            for zone in self.forbidden
        )
