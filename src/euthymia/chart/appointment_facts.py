"""Entries about the calendar: appointments that were set, moved and missed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from euthymia.chart.facts import Fact, Name, Number, Sha256, text_of

AppointmentId = Annotated[
    str,
    *text_of(
        r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}",
        "the id of an appointment (up to 32 letters, digits, dots, hyphens and underscores)",
    ),
]
"""Short and stable: the same appointment keeps it, and no other of the chart ever has it."""

Minutes = Annotated[int, Field(ge=1, le=1440)]


class AppointmentSet(BaseModel):
    """One place on the calendar: a session of the course at a time, on a chair.

    session: its number as planned.
    minutes: how long the chair is taken.
    device: the stimulator, by the clinic's name for it.
    provisional: it is given only if the condition in `note` is met.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: AppointmentId
    session: Number
    start: AwareDatetime
    minutes: Minutes
    chair: Name
    device: Name | None = None
    phase: str = ""
    provisional: bool = False
    note: str = ""


class AppointmentsSet(Fact):
    """The appointments of a course from a time on.

    holds_from: appointments of earlier sets that begin at this time or later make way for these,
    except those that were missed; the ones before it stay. Unknown stands for the entry's own
    time, so that a new set replaces all that is still to come.
    plan_sha256: of the plan whose calendar this is.
    """

    kind: Literal["appointments_set"] = "appointments_set"
    schema_version: Literal[1] = 1
    appointments: Annotated[tuple[AppointmentSet, ...], Field(min_length=1)]
    holds_from: AwareDatetime | None = None
    plan_sha256: Sha256 | None = None

    may_lie_ahead: ClassVar[frozenset[str]] = frozenset({"appointments", "holds_from"})

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        ids = [each.id for each in self.appointments]
        for each in self.appointments:
            if ids.count(each.id) > 1:
                raise ValueError(f"the appointment {each.id!r} is set twice")
            if self.holds_from is not None and each.start < self.holds_from:
                raise ValueError(
                    f"the appointment {each.id!r} begins before the time from which the set holds"
                )
        return self


class AppointmentReason(StrEnum):
    """Why an appointment is moved or missed."""

    PATIENT = "patient"
    CLINIC = "clinic"
    DEVICE = "device"
    HOLIDAY = "holiday"
    OTHER = "other"


class AppointmentMoved(Fact):
    """An appointment has another time, chair or device; what is not given stays as it was."""

    kind: Literal["appointment_moved"] = "appointment_moved"
    schema_version: Literal[1] = 1
    appointment: AppointmentId
    start: AwareDatetime
    """Its new time; the old one if only chair or device change."""
    minutes: Minutes | None = None
    chair: Name | None = None
    device: Name | None = None
    reason: Annotated[AppointmentReason, Field(strict=False)]
    note: str = ""

    may_lie_ahead: ClassVar[frozenset[str]] = frozenset({"start"})


class AppointmentMissed(Fact):
    """An appointment is not kept: called off before it, or nobody came. It is not made up by
    itself; a new set of appointments does that."""

    kind: Literal["appointment_missed"] = "appointment_missed"
    schema_version: Literal[1] = 1
    appointment: AppointmentId
    reason: Annotated[AppointmentReason, Field(strict=False)]
    note: str = ""
