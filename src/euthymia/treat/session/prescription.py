"""What is to be given in one session, laid out train by train."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from euthymia.core.errors import InputError
from euthymia.core.poses import Pose
from euthymia.plan.protocol import schema
from euthymia.plan.protocol.algebra import Protocol
from euthymia.plan.protocol.policy import default_policy
from euthymia.plan.protocol.pulses import Train
from euthymia.treat.devices.stimulator import TrainSettings
from euthymia.treat.session.documents import TargetField


@dataclass(frozen=True, slots=True)
class TrainStep:
    """One train of a session: its number from 1, and its onset from the session's first pulse."""

    number: int
    block: int
    train: Train
    output_pct_mso: float
    onset_s: Fraction

    @property
    def settings(self) -> TrainSettings:
        return TrainSettings(self.output_pct_mso, self.train)

    @property
    def end_s(self) -> Fraction:
        """The time of its last pulse."""
        return self.onset_s + self.train.span_s


@dataclass(frozen=True, slots=True)
class Prescription:
    """A protocol with the outputs at which it is given to one patient in one session.

    outputs_pct_mso: one for each block, in % of maximum stimulator output.
    given_today: pulses of earlier sessions of the same day. day_ceiling: no session may take the
    day beyond it. coil_pose: where the coil is to be; None without navigation. target_field: what
    that pose brings to the target; None where no field is worked out.
    """

    session: int
    protocol_id: str
    protocol: Protocol
    outputs_pct_mso: tuple[float, ...]
    coil_pose: Pose | None = None
    target_field: TargetField | None = None
    given_today: int = 0
    day_ceiling: int = default_policy().caps.pulses_per_day

    def __post_init__(self) -> None:
        if self.session < 1:
            raise InputError("session", f"there is no session {self.session}", "Count from 1")
        if len(self.outputs_pct_mso) != len(self.protocol.blocks):
            raise InputError(
                "outputs of a session",
                f"{len(self.outputs_pct_mso)} are given for {len(self.protocol.blocks)} blocks",
                "Give one output in % MSO for each block",
            )
        for output in self.outputs_pct_mso:
            if not 0 < output <= 100:
                raise InputError(
                    "output of a session",
                    f"{output:g} % MSO is not within 0 to 100",
                    "Give what the stimulator can be set to",
                )
        if self.given_today < 0:
            raise InputError("pulses given today", "they are below zero", "Give 0 or more")

    @property
    def pulses(self) -> int:
        return self.protocol.pulse_count

    @property
    def protocol_json(self) -> str:
        """The protocol as it travels in the session's first document."""
        return schema.to_json(self.protocol)

    def steps(self) -> tuple[TrainStep, ...]:
        """All trains in order."""
        found: list[TrainStep] = []
        placed = tuple(self.protocol.placed_blocks())
        start = placed[0].onset_s
        for block, output in zip(placed, self.outputs_pct_mso, strict=True):
            for train in block.trains():
                found.append(
                    TrainStep(
                        len(found) + 1, block.index + 1, train.train, output, train.onset_s - start
                    )
                )
        return tuple(found)

    def least_rest_s(self, step: TrainStep, steps: tuple[TrainStep, ...]) -> Fraction:
        """The shortest allowed silence before a train: as much as the protocol has there."""
        if step.number == 1:
            return Fraction(0)
        return step.onset_s - steps[step.number - 2].end_s
