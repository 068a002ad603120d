"""Everything that a session is run with, handed to the engine in one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from euthymia.core.poses import Pose
from euthymia.treat.clock import Clock
from euthymia.treat.devices.stimulator import Stimulator
from euthymia.treat.session.documents import Sink
from euthymia.treat.session.guards import CoilView
from euthymia.treat.session.limits import SessionLimits, default_limits
from euthymia.treat.session.operator import Operator


class CoilSource(Protocol):
    """Navigation, as the engine sees it."""

    def look(self) -> tuple[CoilView, Pose | None]:
        """How far the coil is from its plan now, and its pose if it is tracked. Never waits."""


class FieldSource(Protocol):
    """The field at the target under a pose."""

    def field_v_per_m(self, pose: Pose, output_pct_mso: float) -> float | None:
        """|E| at the target in V/m at that output; None where it is not known."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The chair: device, clock, record, person, and what is watched.

    coil, field: None without navigation. press_each_train: a train waits for the operator's
    press; always so with a real stimulator. tick_s, rest_tick_s: how often the guards look while
    armed or firing, and while resting. lead_s: how long before its onset a train is prepared.
    """

    device: Stimulator
    clock: Clock
    sink: Sink
    operator: Operator
    software: str
    limits: SessionLimits = field(default_factory=default_limits)
    coil: CoilSource | None = None
    field: FieldSource | None = None
    press_each_train: bool = False
    tick_s: float = 0.02
    rest_tick_s: float = 0.1
    lead_s: float = 1.0
