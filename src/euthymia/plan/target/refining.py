"""The last steps of a search: from good placements to the best one, and how exact it must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from euthymia.core.poses import FloatArray, Pose
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.clearance import Clearance
from euthymia.model.head.surface.scalp import Scalp
from euthymia.plan.target.placement import handle_angle_deg
from euthymia.plan.target.search_objectives import Rater
from euthymia.plan.target.search_range import SearchRange

KEPT = 0.95
"""A placement is still good where it keeps this share of the best value."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a placement may be off while 95 % of its value is kept, each by itself.

    shift_mm: along the scalp in the worst direction; turn_deg: of the handle, to the worse side;
    tilt_deg: over any edge; gap_mm: further off the scalp.
    """

    shift_mm: float
    turn_deg: float
    tilt_deg: float
    gap_mm: float


_SHIFTS_MM = np.array([1.0, 2, 3, 4, 6, 8, 10, 13, 16, 20])
_TURNS_DEG = np.array([2.0, 5, 10, 15, 20, 25, 30, 40, 50, 70, 90])
_TILTS_DEG = np.array([1.0, 2, 4, 6, 8, 10, 14, 18])

SEARCHED_TO = Tolerance(
    float(_SHIFTS_MM[-1]), float(_TURNS_DEG[-1]), float(_TILTS_DEG[-1]), float(_SHIFTS_MM[-1])
)
"""A tolerance that reaches these is at least that large: nothing farther was tried."""


@dataclass(frozen=True, eq=False)
class Refining:
    """Pattern search in position (mm), turn and tilts (degrees) around good placements."""

    rater: Rater
    clearance: Clearance
    coil: AnyCoil
    scalp: Scalp
    reach: SearchRange
    forward: FloatArray | None

    def best(self, starts: Sequence[tuple[Pose, float]]) -> tuple[Pose, float, float]:
        """The best placement from the best of some starts, its value and gap."""
        values = self.rater.strengths([pose for pose, _ in starts])
        pose, gap = starts[int(values.argmax())]
        best = float(values.max())
        shift_mm, turn_deg = self.reach.step_mm / 2, self.reach.angle_step_deg / 2
        while shift_mm >= 0.25:
            moves = self._moves(pose, shift_mm, turn_deg)
            moves = [
                move for move in self.clearance.rested(self.coil, moves, gap)
                if self.reach.allows(move)
            ]  # fmt: skip
            values = self.rater.strengths(moves)
            top = int(values.argmax()) if moves else 0
            if moves and values[top] > best * (1 + 1e-5):
                pose, best = moves[top], float(values[top])
            else:
                shift_mm, turn_deg = shift_mm / 2, turn_deg / 2
        return pose, best, gap

    def _moves(self, pose: Pose, shift_mm: float, turn_deg: float) -> list[Pose]:
        """The placements one step away: shifts, turns, and tilts that stay within the limit."""
        shifts = [
            pose.shifted((x * shift_mm, y * shift_mm, 0.0))
            for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1))
        ]
        turns = [pose.turned(sign * turn_deg, "z") for sign in (-1, 1)]
        tilts = [pose.turned(sign * turn_deg, axis) for axis in ("x", "y") for sign in (-1, 1)]
        limit = self.reach.largest_tilt_deg
        return [
            move
            for move in shifts + [turn for turn in turns if self._held(turn)] + tilts
            if _tilt_deg(move, self.scalp) <= limit
        ]

    def _held(self, pose: Pose) -> bool:
        """Whether the handle stays within its limits."""
        if self.reach.handle_limits_deg is None:
            return True
        low, high = self.reach.handle_limits_deg
        side = float(pose.position_mm[0])
        angle = handle_angle_deg(pose, side, self.forward)
        return any(low - 1e-6 <= angle + turn <= high + 1e-6 for turn in (-360.0, 0.0, 360.0))

    def tolerance(self, pose: Pose, best: float, gap_mm: float) -> Tolerance:
        """How far the placement may be off while it keeps 95 % of its value."""
        shifts, turns, tilts = _SHIFTS_MM, _TURNS_DEG, _TILTS_DEG
        angle = np.radians(np.arange(0, 360, 45.0))

        def reach_of(ways: list[list[Pose]], steps: FloatArray) -> float:
            flat = [pose for way in ways for pose in way]
            values = self.rater.strengths(self.clearance.rested(self.coil, flat, gap_mm))
            return min(_falls_to(KEPT * best, best, steps, row) for row in
                       values.reshape(len(ways), -1))  # fmt: skip

        off = [pose.shifted((0.0, 0.0, -float(step))) for step in shifts]
        return Tolerance(
            reach_of(
                [[pose.shifted((float(np.cos(a) * s), float(np.sin(a) * s), 0.0)) for s in shifts]
                 for a in angle], shifts,
            ),
            reach_of([[pose.turned(sign * float(t)) for t in turns] for sign in (-1, 1)], turns),
            reach_of(
                [[pose.turned(sign * float(t), axis) for t in tilts]
                 for axis in "xy" for sign in (-1, 1)], tilts,
            ),
            _falls_to(KEPT * best, best, shifts, self.rater.strengths(off)),
        )  # fmt: skip


def _falls_to(level: float, start: float, steps: FloatArray, values: FloatArray) -> float:
    """Where values that begin with `start` first fall below a level; the last step if never."""
    before_step: float = 0.0
    before: float = start
    for step, value in zip(steps.tolist(), values.tolist(), strict=True):
        if value < level:
            share = (before - level) / (before - value)
            return float(before_step + (step - before_step) * share)
        before_step, before = step, value
    return float(steps[-1])


def _tilt_deg(pose: Pose, scalp: Scalp) -> float:
    """Angle between the coil's axis and the scalp's gross normal under it."""
    below = scalp.nearest(pose.position_mm)
    cosine = float(np.clip(-pose.rotation[:, 2] @ below.outward_normal, -1.0, 1.0))
    return float(np.degrees(np.arccos(cosine)))
