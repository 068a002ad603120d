"""What every coil can be asked, however its field is described; and coils at a pose."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from euthymia.core.poses import FloatArray, Pose
from euthymia.core.references import Citation


class AnyCoil(Protocol):
    """A coil: dipoles, wires, a sampled vector potential, or several of them.

    The coil's axes: z into the head, y from the handle to the front, origin in the middle of the
    casing's face that touches the head. Fields are for 1 A/us in the coil, in the coil's axes.
    """

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def maker(self) -> str: ...
    @property
    def coil_class(self) -> str: ...
    @property
    def max_didt_a_per_us(self) -> float | None:
        """Rate of change of the current at 100 % output of the named stimulator."""

    @property
    def stimulator(self) -> str: ...
    @property
    def sources(self) -> tuple[Citation, ...]: ...
    @property
    def sha256(self) -> str:
        """Hash of all that decides the field: the identity of this coil's field."""

    @property
    def face_mm(self) -> FloatArray:
        """(n, 3) points all over the side of the casing that may touch the head."""

    def potential_rate_at(self, points_mm: FloatArray) -> FloatArray:
        """dA/dt at (n, 3) points of the coil's axes, (n, 3) V/m."""

    def magnetic_rate_at(self, points_mm: FloatArray) -> FloatArray:
        """dB/dt at (n, 3) points of the coil's axes, (n, 3) T/s."""


def potential_rate(coil: AnyCoil, pose: Pose, points_mm: FloatArray) -> FloatArray:
    """dA/dt of the coil at the pose, at (n, 3) world points: (n, 3) V/m along the world axes."""
    return np.asarray(coil.potential_rate_at(pose.to_coil(points_mm)) @ pose.rotation.T)


def magnetic_rate(coil: AnyCoil, pose: Pose, points_mm: FloatArray) -> FloatArray:
    """dB/dt of the coil at the pose, at (n, 3) world points: (n, 3) T/s along the world axes."""
    return np.asarray(coil.magnetic_rate_at(pose.to_coil(points_mm)) @ pose.rotation.T)
