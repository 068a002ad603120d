"""The field at the target under the actual pose: the dose that really arrived.

`FieldAtTarget` is what any engine has to offer. `RealTimeTarget` asks a head that is prepared for
real time; `TabulatedField` is made of a reciprocity table that a plan has computed. Fields per A/us
become V/m through the coil's largest rate of change and the output.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from euthymia.core.errors import InputError
from euthymia.core.poses import Frame, Pose
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.coil import Coil
from euthymia.model.field.realtime.engine import RealTimeRegion
from euthymia.model.field.reciprocity import Sensitivity
from euthymia.treat.session.documents import TargetField
from euthymia.treat.session.limits import FieldLimits, default_limits


class FieldAtTarget(Protocol):
    """The field at one target for any pose of one coil."""

    def strength_per_didt(self, pose: Pose) -> float | None:
        """|E| at the target in V/m for 1 A/us; None where it is not known for that pose."""


@dataclass(frozen=True, eq=False)
class TabulatedField:
    """The field from a reciprocity table; poses must be in the frame of the table's head."""

    table: Sensitivity
    coil: Coil
    frame: Frame

    def strength_per_didt(self, pose: Pose) -> float | None:
        """|E| of the target region's mean field; None outside the table."""
        _require_frame(pose, self.frame)
        field = self.table.mean_field(self.coil, pose.rotation[None], pose.position_mm[None])[0]
        strength = float(np.linalg.norm(field))
        return strength if np.isfinite(strength) else None


@dataclass(frozen=True, slots=True)
class ToldField:
    """What the engine tells of one pose.

    strength_per_didt: mean |E| over the target region, V/m for 1 A/us. relative_error: against a
    direct solve on the same head model, as estimated. gap_mm: from scalp to casing.
    """

    strength_per_didt: float
    relative_error: float
    gap_mm: float


@dataclass(frozen=True, eq=False)
class RealTimeTarget:
    """The field from a head prepared for real time; poses must be in that head's frame."""

    region: RealTimeRegion
    coil: AnyCoil
    limits: FieldLimits = field(default_factory=lambda: default_limits().field)

    def told(self, pose: Pose) -> ToldField:
        """The field with its error and the gap; refuses a casing that reaches into the head."""
        _require_frame(pose, self.region.head.frame)
        found = self.region.field(self.coil, pose)
        return ToldField(float(found.strength.mean()), found.relative_error, found.gap_mm)

    def known(self, told: ToldField) -> bool:
        """Whether the engine's answer holds: its error is small, and the coil is at the head."""
        return (
            math.isfinite(told.strength_per_didt)
            and 100.0 * told.relative_error <= self.limits.largest_error_pct
            and told.gap_mm <= self.limits.farthest_gap_mm
        )

    def strength_per_didt(self, pose: Pose) -> float | None:
        """Mean |E| over the target region; None where the engine does not know it."""
        _require_frame(pose, self.region.head.frame)
        try:
            told = self.told(pose)
        except InputError:
            return None  # the casing would reach into the head: the tracker or the head is wrong
        return told.strength_per_didt if self.known(told) else None

    def planned(self, pose: Pose, head: str) -> TargetField:
        """What the planned pose brings to the target; refuses a pose that brings nothing known."""
        told = self.told(pose)
        if not self.known(told):
            raise InputError(
                "planned pose",
                f"the coil is {told.gap_mm:.0f} mm from the scalp there and the field at the "
                f"target is told with an error of {told.relative_error:.1%}: it is not known",
                "Check the pose and the head, or leave the field out",
            )
        x, y, z = self.region.points_mm.mean(axis=0).round(1).tolist()
        return TargetField(
            head=head,
            coil=self.coil.id,
            centre_mm=(x, y, z),
            points=len(self.region.indices),
            full_v_per_m=round(told.strength_per_didt * didt_of(self.coil), 2),
            error_pct=round(100.0 * told.relative_error, 2),
        )


def didt_of(coil: AnyCoil) -> float:
    """The coil's largest dI/dt in A/us, at 100 % MSO; refuses a coil of which it is not known."""
    if coil.max_didt_a_per_us is None:
        raise InputError(
            f"coil {coil.id}",
            "its largest dI/dt is not known, so % MSO cannot be told in V/m",
            "Give the stimulator's dI/dt in the coil's file",
        )
    return coil.max_didt_a_per_us


def _require_frame(pose: Pose, frame: Frame) -> None:
    if pose.frame.id != frame.id:
        raise InputError(
            "pose of the coil",
            f"it is in frame {pose.frame.id!r}, and the head in {frame.id!r}",
            "Register the tracker to the head's image",
        )


@dataclass(frozen=True, eq=False)
class DeliveredField:
    """What the engine asks: V/m at the target under a pose at an output (`bench.FieldSource`)."""

    field: FieldAtTarget
    max_didt_a_per_us: float

    def field_v_per_m(self, pose: Pose, output_pct_mso: float) -> float | None:
        """|E| at the target in V/m; None where it is not known."""
        strength = self.field.strength_per_didt(pose)
        if strength is None:
            return None
        return strength * self.max_didt_a_per_us * output_pct_mso / 100.0
