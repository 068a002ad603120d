"""A placement of the coil that somebody chose on the bench: what a plan or a chart keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from euthymia.clinic.bench.answer import Answer
from euthymia.clinic.bench.detail import Detail
from euthymia.clinic.bench.opened import OpenBench
from euthymia.clinic.bench.place import CoilPlace
from euthymia.core.errors import InputError
from euthymia.core.poses import Pose
from euthymia.core.quantities import Estimate


class _PlaceFile(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    at_mm: tuple[float, float, float]
    handle_deg: float
    tilt_deg: tuple[float, float]
    gap_mm: float


class _FieldFile(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    mean: float
    unit: str
    low: float
    high: float
    coverage: float
    how: str
    relative_error: float


class _File(BaseModel):
    """What `Placement.to_json` writes."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    euthymia_placement: int
    name: str
    head: str
    head_origin: str
    coil: str
    output_pct: float | None
    target: str
    target_mm: tuple[float, float, float]
    place: _PlaceFile
    pose: dict[str, Any]
    field: _FieldFile


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """A chosen placement with the field it makes, complete enough to be repeated.

    head: the identity of the head's anatomy; head_origin: whose it is. coil: its id. output_pct:
    of the stimulator's maximum, None where the coil's rate of current is not known (the field is
    then for 1 A/us). target: the id of a published target, or empty. field: at the target, with
    its interval. relative_error: as the engine tells it.
    """

    name: str
    head: str
    head_origin: str
    coil: str
    output_pct: float | None
    target: str
    target_mm: tuple[float, float, float]
    place: CoilPlace
    pose: Pose
    field: Estimate
    relative_error: float

    @classmethod
    def of(cls, name: str, answer: Answer, detail: Detail, bench: OpenBench) -> Placement:
        """The placement of an answer, under a name."""
        if not name.strip():
            raise InputError("placement", "it has no name", "Name it")
        x, y, z = answer.target.point_mm.tolist()
        return cls(
            name.strip(), bench.head.id, bench.head.origin.value, answer.setting.coil.id,
            answer.setting.output_pct, answer.target.id, (x, y, z), answer.placed.place,
            answer.placed.pose, detail.field, answer.relative_error,
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """A plain dictionary with units in its names."""
        place, field = self.place, self.field
        return {
            "euthymia_placement": 1,
            "name": self.name,
            "head": self.head,
            "head_origin": self.head_origin,
            "coil": self.coil,
            "output_pct": self.output_pct,
            "target": self.target,
            "target_mm": list(self.target_mm),
            "place": {
                "at_mm": list(place.at_mm), "handle_deg": place.handle_deg,
                "tilt_deg": list(place.tilt_deg), "gap_mm": place.gap_mm,
            },
            "pose": self.pose.to_json(),
            "field": {
                "mean": field.value, "unit": field.unit, "low": field.low, "high": field.high,
                "coverage": field.coverage, "how": field.how,
                "relative_error": self.relative_error,
            },
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Placement:
        """Read what `to_json` wrote; refuses anything else."""
        try:
            read = _File.model_validate(data)
        except ValidationError as problem:
            first = problem.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise InputError(f"placement, {place}", first["msg"], "Save it again") from None
        if read.euthymia_placement != 1:
            raise InputError(
                "placement", f"its version is {read.euthymia_placement}", "Use a later Euthymia"
            )
        field = read.field
        return cls(
            read.name, read.head, read.head_origin, read.coil, read.output_pct, read.target,
            read.target_mm,
            CoilPlace(
                read.place.at_mm, read.place.handle_deg, read.place.tilt_deg, read.place.gap_mm
            ),
            Pose.from_json(read.pose),
            Estimate(field.mean, field.unit, field.low, field.high, field.coverage, field.how),
            field.relative_error,
        )  # fmt: skip
