"""What the browser asks of the bench, checked: a coil at an output, a place for it, a target."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from euthymia.clinic.bench.opened import OpenBench, Target
from euthymia.clinic.bench.place import CoilPlace
from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Pose
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.plan.target.placement import HAIR_MM, HANDLE_ANGLE_DEG

Three = tuple[float, float, float]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


_Question = TypeVar("_Question", bound=_Strict)


class AskedPlace(_Strict):
    """A place of the coil, as the browser sends it."""

    at_mm: Three
    handle_deg: float = HANDLE_ANGLE_DEG
    tilt_deg: tuple[float, float] = (0.0, 0.0)
    gap_mm: float = HAIR_MM

    @property
    def place(self) -> CoilPlace:
        """The place, checked."""
        return CoilPlace(self.at_mm, self.handle_deg, self.tilt_deg, self.gap_mm)


class Asked(_Strict):
    """One question about the field.

    Either a place of the coil, or a preset with its handle angle and gap. target: the id of a
    published one, or target_mm a point of this head. output_pct: of the stimulator's maximum.
    number: comes back with the answer, so that the browser can tell old answers from new ones.
    """

    coil: str
    output_pct: Annotated[float, Field(gt=0, le=100)] = 100.0
    target: str = ""
    target_mm: Three | None = None
    place: AskedPlace | None = None
    preset: str | None = None
    handle_deg: float = HANDLE_ANGLE_DEG
    gap_mm: float = HAIR_MM
    number: int = 0


class AskedSlices(_Strict):
    """A question about the three slices through a point."""

    point_mm: Three


def asked(content: bytes) -> Asked:
    """The question in a request's body; refuses what is none, naming the field."""
    return _read(Asked, content)


def asked_slices(content: bytes) -> AskedSlices:
    """The point in a request's body."""
    return _read(AskedSlices, content)


def _read(kind: type[_Question], content: bytes) -> _Question:
    try:
        return kind.model_validate_json(content)
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "question"
        raise InputError(place, first["msg"], "Correct it and ask again") from None


@dataclass(frozen=True, eq=False)
class Setting:
    """A coil at an output on a head: what turns a field for 1 A/us into volts per metre.

    didt_a_per_us: 1 where the coil's largest rate of current is not known; the unit then says so.
    """

    coil: AnyCoil
    output_pct: float | None
    didt_a_per_us: float

    @classmethod
    def of(cls, coil: AnyCoil, output_pct: float) -> Setting:
        """The coil at that share of the maximum of the stimulator it is listed with."""
        if coil.max_didt_a_per_us is None:
            return cls(coil, None, 1.0)
        return cls(coil, output_pct, coil.max_didt_a_per_us * output_pct / 100.0)

    @property
    def unit(self) -> str:
        """The unit of the field at this setting."""
        return "V/m per A/µs" if self.output_pct is None else "V/m"


@dataclass(frozen=True, eq=False)
class Placed:
    """A coil put somewhere: the place as said, the pose it comes to, and the way it got there."""

    place: CoilPlace
    pose: Pose

    @property
    def at_mm(self) -> FloatArray:
        """(3,) the middle of the casing's face."""
        return self.pose.position_mm


def target_of(question: Asked, bench: OpenBench) -> Target:
    """The target that a question is about."""
    if question.target_mm is not None:
        if not all(math.isfinite(value) for value in question.target_mm):
            raise InputError("target", "a number of it is missing", "Give x, y and z")
        return bench.target_at(question.target_mm)
    return bench.target(question.target)
