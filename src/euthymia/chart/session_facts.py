"""Entries about what was given: sessions, their trains, interruptions, and adverse events."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from euthymia.chart.facts import CoilPose, Fact, Name, Number, Output
from euthymia.treat.session.documents import Basis, SessionStatus

Count = Annotated[int, Field(ge=0)]


class DeviceUsed(BaseModel):
    """The stimulator and coil of a session, as they told of themselves."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    maker: Name
    model: Name
    serial_number: str
    software: str
    coil: Name
    simulated: bool
    """True if no magnetic pulse left it."""
    counts_pulses: bool


class PoseError(BaseModel):
    """How far the coil was from its planned pose during a train."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    mean_mm: Annotated[float, Field(ge=0)]
    worst_mm: Annotated[float, Field(ge=0)]
    mean_deg: Annotated[float, Field(ge=0)]
    worst_deg: Annotated[float, Field(ge=0)]
    samples: Number


class TargetField(BaseModel):
    """The field that the planned pose brings to the target, as the session began.

    centre_mm: of the target region, in the head's frame. full_v_per_m: mean |E| over its points at
    100 % MSO. error_pct: told by the engine, against a direct solve on the same head model.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    head: Name
    coil: Name
    centre_mm: tuple[float, float, float]
    points: Number
    full_v_per_m: Annotated[float, Field(gt=0)]
    error_pct: Annotated[float, Field(ge=0)]


class SessionStarted(Fact):
    """A session begins: what is prescribed, with what, and what was answered before it.

    protocol_json: the whole protocol, so that a session that breaks off can be taken up exactly.
    outputs_pct_mso: one for each block. settings: what the stimulator said that it was set to.
    pulse_counter: the stimulator's counter before the first train.
    """

    kind: Literal["session_started"] = "session_started"
    schema_version: Literal[1] = 1
    session: Number
    started_at: AwareDatetime
    protocol: Name
    protocol_json: Name
    outputs_pct_mso: Annotated[tuple[Output, ...], Field(min_length=1)]
    pulses: Number
    trains: Number
    device: DeviceUsed
    settings: str
    pulse_counter: Count | None = None
    software: Name
    coil_pose: CoilPose | None = None
    answers: dict[str, str] = Field(default_factory=dict)
    target_field: TargetField | None = None


class TrainIntended(Fact):
    """A train is about to be armed; written before it can be fired.

    Its outcome follows as train_delivered or train_withheld. If neither does, the program died in
    between, and the stimulator's counter against `counter_before` says what became of the train.
    """

    kind: Literal["train_intended"] = "train_intended"
    schema_version: Literal[1] = 1
    session: Number
    number: Number
    intended_at: AwareDatetime
    block: Number
    pulses: Number
    intensity_pct_mso: Output
    counter_before: Count | None = None


class TrainDelivered(Fact):
    """One train as it left the coil. `number` counts the trains of the session from 1.

    requested: how many pulses were asked for. intensity_read_pct_mso: what the stimulator showed.
    late_ms: the command to fire against its plan. field_v_per_m: at the target, under the actual
    pose, mean over the train.
    """

    kind: Literal["train_delivered"] = "train_delivered"
    schema_version: Literal[1] = 1
    session: Number
    number: Number
    started_at: AwareDatetime
    pulses: Number
    intensity_pct_mso: Output
    block: Number | None = None
    requested: Number | None = None
    intensity_read_pct_mso: Annotated[float, Field(ge=0, le=100)] | None = None
    counter_after: Count | None = None
    basis: Annotated[Basis, Field(strict=False)] | None = None
    late_ms: float | None = None
    pose: PoseError | None = None
    field_v_per_m: Annotated[float, Field(ge=0)] | None = None


class TrainWithheld(Fact):
    """An intended train of which no pulse left the coil."""

    kind: Literal["train_withheld"] = "train_withheld"
    schema_version: Literal[1] = 1
    session: Number
    number: Number
    withheld_at: AwareDatetime
    reason: Name
    counter_after: Count | None = None


class SessionInterrupted(Fact):
    """A session stands still, or breaks off; `code` names the reason for programs."""

    kind: Literal["session_interrupted"] = "session_interrupted"
    schema_version: Literal[1] = 1
    session: Number
    after_train: Count
    interrupted_at: AwareDatetime
    code: Name
    reason: Name


class SessionResumed(Fact):
    """A session goes on with that train."""

    kind: Literal["session_resumed"] = "session_resumed"
    schema_version: Literal[1] = 1
    session: Number
    next_train: Number
    resumed_at: AwareDatetime
    reason: Name


class SessionDelivered(Fact):
    """One session as it went. `number` counts the sessions of the course from 1.

    status, reason, trains and remaining_pulses stand where the session was run by the engine.
    """

    kind: Literal["session_delivered"] = "session_delivered"
    schema_version: Literal[1] = 1
    number: Number
    protocol: Name
    started_at: AwareDatetime
    ended_at: AwareDatetime
    pulses: Count
    intensity_pct_mso: Output | None = None
    completed: bool
    remark: str = ""
    status: Annotated[SessionStatus, Field(strict=False)] | None = None
    trains: Count | None = None
    remaining_pulses: Count | None = None

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.ended_at < self.started_at:
            raise ValueError("the session ends before it starts")
        return self


class AdverseEventRecorded(Fact):
    """Something untoward, whether or not the treatment caused it."""

    kind: Literal["adverse_event_recorded"] = "adverse_event_recorded"
    schema_version: Literal[1] = 1
    event: Name
    onset_on: date
    severity: Literal["mild", "moderate", "severe"]
    serious: bool
    """Death, danger to life, hospital, lasting harm, or otherwise medically important."""
    related: Literal["unrelated", "possible", "probable", "definite", "unknown"] = "unknown"
    resolved_on: date | None = None
    action: str = ""
    session: Number | None = None
    """The session in or after which it came."""

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.resolved_on is not None and self.resolved_on < self.onset_on:
            raise ValueError("it resolves before it begins")
        return self
