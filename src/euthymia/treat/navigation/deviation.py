"""How far a coil is from its planned pose, in words that help to bring it back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.core.poses import Pose


@dataclass(frozen=True, slots=True)
class Deviation:
    """A coil against its plan: millimetres and degrees.

    distance_mm: between the two origins. angle_deg: the single turn between the orientations.
    right_mm, front_mm, depth_mm: along the planned coil's own axes (x, y, and z into the head).
    tilt_deg: between the two axes into the head. twist_deg: the turn about the planned axis,
    right-handed.
    """

    distance_mm: float
    angle_deg: float
    right_mm: float
    front_mm: float
    depth_mm: float
    tilt_deg: float
    twist_deg: float

    @classmethod
    def between(cls, planned: Pose, actual: Pose) -> Deviation:
        """The deviation of `actual` from `planned`; both must be in the same frame."""
        distance = planned.distance_mm(actual)  # refuses poses of different frames
        offset = planned.to_coil(actual.position_mm[None])[0]
        relative = planned.rotation.T @ actual.rotation
        tilt = float(np.degrees(np.arccos(np.clip(relative[2, 2], -1.0, 1.0))))
        twist = float(
            np.degrees(np.arctan2(relative[1, 0] - relative[0, 1], relative[0, 0] + relative[1, 1]))
        )
        return cls(
            distance_mm=distance,
            angle_deg=planned.angle_deg(actual),
            right_mm=float(offset[0]),
            front_mm=float(offset[1]),
            depth_mm=float(offset[2]),
            tilt_deg=tilt,
            twist_deg=twist,
        )

    @property
    def text(self) -> str:
        """One line for the operator: what to do, largest correction first."""
        moves = [
            (
                abs(self.right_mm),
                f"{abs(self.right_mm):.0f} mm {'left' if self.right_mm > 0 else 'right'}",
            ),
            (
                abs(self.front_mm),
                f"{abs(self.front_mm):.0f} mm {'back' if self.front_mm > 0 else 'forward'}",
            ),
            (
                abs(self.depth_mm),
                f"{abs(self.depth_mm):.0f} mm {'out' if self.depth_mm > 0 else 'in'}",
            ),
        ]
        wanted = [words for size, words in sorted(moves, reverse=True) if size >= 1.0]
        turns = []
        if abs(self.twist_deg) >= 2.0:
            turns.append(f"turn {abs(self.twist_deg):.0f}°")
        if self.tilt_deg >= 2.0:
            turns.append(f"tilt {self.tilt_deg:.0f}°")
        return ", ".join([*wanted, *turns]) or "in place"
