"""The field at the target under the actual pose: the dose that really arrived.

`FieldAtTarget` is what any engine has to offer; `TabulatedField` is one made of a reciprocity table
that a plan has computed. Fields per A/us become V/m through the coil's largest rate of change and
the output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from euthymia.core.errors import InputError
from euthymia.core.poses import Frame, Pose
from euthymia.model.coil.coil import Coil
from euthymia.model.field.reciprocity import Sensitivity


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
        if pose.frame.id != self.frame.id:
            raise InputError(
                "pose of the coil",
                f"it is in frame {pose.frame.id!r}, and the head in {self.frame.id!r}",
                "Register the tracker to the head's image",
            )
        field = self.table.mean_field(self.coil, pose.rotation[None], pose.position_mm[None])[0]
        strength = float(np.linalg.norm(field))
        return strength if np.isfinite(strength) else None


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
