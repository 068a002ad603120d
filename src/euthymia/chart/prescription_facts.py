"""Entries about what is prescribed: where the coil goes, with what, how strongly, how often."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from euthymia.chart.course_facts import SignatureMeaning
from euthymia.chart.envelope import canonical_json, sha256
from euthymia.chart.facts import CoilPose, EntryId, Fact, Name, Number, Output, Sha256
from euthymia.core.errors import InputError
from euthymia.plan.protocol import schema

FieldStrength = Annotated[float, Field(gt=0)]


class FieldAtTarget(BaseModel):
    """The electric field that a placement brings to the target, at a setting.

    low_v_per_m, high_v_per_m: ends of its 95 % interval.
    how: what the interval covers, in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    v_per_m: FieldStrength
    low_v_per_m: FieldStrength | None = None
    high_v_per_m: FieldStrength | None = None
    output_pct_mso: Output
    stimulator: Name
    how: str = ""

    @model_validator(mode="after")
    def _interval(self) -> Self:
        low, high = self.low_v_per_m, self.high_v_per_m
        if (low is None) != (high is None):
            raise ValueError("an interval needs both ends")
        if low is not None and high is not None and not low <= self.v_per_m <= high:
            raise ValueError(f"the interval {low:g} to {high:g} does not hold the field")
        return self


class PlacementChosen(Fact):
    """Where the coil is to be; it is chosen anew, not amended, because prescriptions lean on it.

    target: its id in the catalogue.
    how: at the planning bench, by navigation at the chair, or by a rule on the scalp.
    rule: the id of that rule.
    head: the id of the head model that the pose holds in.
    pose: only a scalp rule may do without one.
    """

    kind: Literal["placement_chosen"] = "placement_chosen"
    schema_version: Literal[1] = 1
    chosen_on: date
    target: Name
    coil: Name
    how: Literal["bench", "navigation", "scalp_rule"]
    rule: str = ""
    head: Name | None = None
    pose: CoilPose | None = None
    field: FieldAtTarget | None = None
    note: str = ""

    @model_validator(mode="after")
    def _findable(self) -> Self:
        if self.how == "scalp_rule" and not self.rule.strip():
            raise ValueError("a placement by a scalp rule names the rule")
        if self.how != "scalp_rule" and (self.pose is None or self.head is None):
            raise ValueError("a placement at the bench or by navigation has a pose and its head")
        if self.pose is None and self.field is not None:
            raise ValueError("a field at the target needs the pose that brings it there")
        return self


class PrescriptionWritten(Fact):
    """What a patient is to be given, for a signature; it is written anew, not amended.

    protocol: its id in the catalogue.
    protocol_json: the whole protocol as it is to be given.
    output_pct_rmt: of the protocol's first block; None where it does not follow a threshold.
    outputs_pct_mso: one for each block of the protocol.
    placement: the entry that chose it.
    placement_text: how the coil is placed, in words.
    sessions: how many are to be given from this prescription on.
    ramp: the first sessions are given at less output, by the rule for it.
    plan_sha256: of the plan that it was made from.
    """

    kind: Literal["prescription_written"] = "prescription_written"
    schema_version: Literal[1] = 1
    written_on: date
    protocol: Name
    protocol_json: Name
    output_pct_rmt: Annotated[float, Field(gt=0, le=300)] | None = None
    outputs_pct_mso: Annotated[tuple[Output, ...], Field(min_length=1)]
    stimulator: Name
    coil: Name
    target: Name
    placement: EntryId | None = None
    placement_text: Name
    sessions: Number
    sessions_per_day: Number = 1
    ramp: bool = False
    course: Name | None = None
    plan_sha256: Sha256 | None = None
    note: str = ""

    @property
    def sha256(self) -> str:
        """The SHA-256 of its canonical content: what a signature binds to."""
        return sha256(canonical_json(self.model_dump(mode="json")))

    def refuse_slip(self) -> None:
        """Refuse a protocol that cannot be read, and another number of outputs than blocks."""
        _require_outputs(
            "Prescription written", self.protocol, self.protocol_json, self.outputs_pct_mso
        )


class PrescriptionSigned(Fact):
    """The entry's author signs the prescription of that hash, and says what this means."""

    kind: Literal["prescription_signed"] = "prescription_signed"
    schema_version: Literal[1] = 1
    prescription_sha256: Sha256
    meaning: Annotated[SignatureMeaning, Field(strict=False)]


class DeviationSigned(Fact):
    """The entry's author signs that one session is given otherwise than prescribed, and why.

    session: the only one that it holds for, on that day.
    prescription_sha256: the prescription that it deviates from; None where none stands.
    allows: codes of the findings that are accepted by it.
    """

    kind: Literal["deviation_signed"] = "deviation_signed"
    schema_version: Literal[1] = 1
    session: Number
    on: date
    prescription_sha256: Sha256 | None = None
    protocol: Name
    protocol_json: Name
    outputs_pct_mso: Annotated[tuple[Output, ...], Field(min_length=1)]
    allows: tuple[Name, ...] = ()
    reason: Name

    def refuse_slip(self) -> None:
        """Refuse a protocol that cannot be read, and another number of outputs than blocks."""
        _require_outputs(
            "Deviation signed", self.protocol, self.protocol_json, self.outputs_pct_mso
        )


def _require_outputs(what: str, protocol: str, as_json: str, outputs: tuple[float, ...]) -> None:
    blocks = len(schema.from_json(as_json, protocol).blocks)
    if blocks != len(outputs):
        raise InputError(
            f"{what}, outputs pct mso",
            f"{len(outputs)} are given for {blocks} blocks",
            "Give one output in % MSO for each block",
        )
