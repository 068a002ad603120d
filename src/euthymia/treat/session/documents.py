"""What a session leaves behind: documents, each durable before the next thing happens.

A document is a plain value. The engine hands it to a `Sink`; when `append` returns, the document
must outlast a power failure. The chart's ledger is one sink. From the documents alone everything
can be worked out again: what was meant, what was given, and where the session broke off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from euthymia.core.poses import Pose
from euthymia.treat.devices.stimulator import DeviceIdentity


class Basis(StrEnum):
    """How it is known how many pulses of a train left the coil."""

    COUNTED = "counted"
    """The stimulator's counter, read right after the train."""
    RECOVERED = "recovered"
    """The stimulator's counter, read when the session was taken up after a break."""
    ASSUMED = "assumed"
    """The stimulator has no counter that can be read; what was asked for is taken as given."""


class SessionStatus(StrEnum):
    """How a session ended."""

    COMPLETED = "completed"
    PARTIAL = "partial"
    """Ended before its last train; some pulses were given."""
    NOT_GIVEN = "not given"
    """Ended before its first pulse."""


@dataclass(frozen=True, slots=True)
class PoseSummary:
    """How far the coil was from its plan during one train: millimetres and degrees."""

    mean_mm: float
    worst_mm: float
    mean_deg: float
    worst_deg: float
    samples: int


@dataclass(frozen=True, slots=True)
class TargetField:
    """The field that the planned pose brings to the target: what trains are held against.

    head: id of the head model. centre_mm: of the target region, in the head's frame; points: how
    many points of the cortex are in it. full_v_per_m: mean |E| over them at 100 % MSO. error_pct:
    told by the engine, of the field against a direct solve on the same head model.
    """

    head: str
    coil: str
    centre_mm: tuple[float, float, float]
    points: int
    full_v_per_m: float
    error_pct: float

    def same_aim(self, other: TargetField | None) -> bool:
        """Whether both are of one target, on one head, with one coil."""
        return other is not None and (self.head, self.coil, self.centre_mm, self.points) == (
            other.head,
            other.coil,
            other.centre_mm,
            other.points,
        )

    def at_v_per_m(self, output_pct_mso: float) -> float:
        """V/m at the target at an output."""
        return self.full_v_per_m * output_pct_mso / 100.0


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """The head of a session: what was prescribed, with what it is given, and who answered what.

    protocol_json: the whole protocol, so that a broken session can be taken up exactly.
    outputs_pct_mso: one for each block. settings: what the stimulator said it was set to.
    target_field: None where no field is worked out.
    """

    session: int
    at: datetime
    protocol: str
    protocol_json: str
    outputs_pct_mso: tuple[float, ...]
    pulses: int
    trains: int
    device: DeviceIdentity
    settings: str
    pulse_counter: int | None
    software: str
    coil_pose: Pose | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    target_field: TargetField | None = None


@dataclass(frozen=True, slots=True)
class TrainIntended:
    """A train that is about to be armed; written before it can be fired."""

    session: int
    train: int
    at: datetime
    block: int
    pulses: int
    output_pct_mso: float
    counter_before: int | None


@dataclass(frozen=True, slots=True)
class TrainGiven:
    """What became of an intended train of which at least one pulse left the coil.

    late_ms: the command to fire against its plan. field_v_per_m: mean field at the target.
    """

    session: int
    train: int
    at: datetime
    started_at: datetime
    block: int
    requested: int
    delivered: int
    output_pct_mso: float
    output_read_pct_mso: float | None
    counter_after: int | None
    basis: Basis
    late_ms: float | None = None
    pose: PoseSummary | None = None
    field_v_per_m: float | None = None


@dataclass(frozen=True, slots=True)
class TrainWithheld:
    """What became of an intended train of which no pulse left the coil."""

    session: int
    train: int
    at: datetime
    reason: str
    counter_after: int | None


@dataclass(frozen=True, slots=True)
class SessionInterrupted:
    """The session stands still; `code` names the reason for programs."""

    session: int
    after_train: int
    at: datetime
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class SessionResumed:
    """The session goes on with that train."""

    session: int
    next_train: int
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class SessionStopped:
    """The end of a session, with its totals."""

    session: int
    at: datetime
    started_at: datetime
    status: SessionStatus
    reason: str
    protocol: str
    pulses: int
    trains: int
    remaining_pulses: int
    output_pct_mso: float


Document: TypeAlias = (
    SessionStarted
    | TrainIntended
    | TrainGiven
    | TrainWithheld
    | SessionInterrupted
    | SessionResumed
    | SessionStopped
)


class Sink(Protocol):
    """Where documents go."""

    def append(self, document: Document) -> None:
        """Keep the document; when this returns, it outlasts a power failure."""


class ListSink:
    """Keeps documents in memory: for dry runs and tests."""

    def __init__(self) -> None:
        self.documents: list[Document] = []

    def append(self, document: Document) -> None:
        self.documents.append(document)
