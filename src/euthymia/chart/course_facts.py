"""Entries about the course: when it can be, what was asked for, planned and signed."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from euthymia.chart.facts import Fact, Name, Number, Output, Sha256, text_of
from euthymia.plan.course.hours import Availability
from euthymia.plan.course.site import zone_of

Country = Annotated[str, *text_of(r"[A-Z]{2}", "a country's code of two letters, such as US")]
Subdivision = Annotated[
    str, *text_of(r"[A-Z0-9]{1,3}", "a subdivision's code without its country, such as MN")
]


class AvailabilityRecorded(Fact):
    """When the patient can come, in the clinic's wall-clock time; a later entry replaces it.

    time_zone: the clinic's, by its IANA name ("America/Chicago").
    holiday_country, holiday_subdivision: ISO 3166 codes of the public holidays that the clinic
    keeps ("US", "MN"); None means that no holidays are kept.
    """

    kind: Literal["availability_recorded"] = "availability_recorded"
    schema_version: Literal[1] = 1
    availability: Availability
    first_possible_day: date | None = None
    time_zone: Name | None = None
    holiday_country: Country | None = None
    holiday_subdivision: Subdivision | None = None

    may_lie_ahead: ClassVar[frozenset[str]] = frozenset({"availability", "first_possible_day"})

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not any(self.availability.hours.days):
            raise ValueError("it leaves no free hour in the week")
        if self.holiday_subdivision and not self.holiday_country:
            raise ValueError("a holiday subdivision needs its country")
        if self.time_zone is not None:
            zone_of(self.time_zone)
        return self


class PlanRequested(Fact):
    """What a clinician asks to be planned; a later request replaces it.

    protocol, target, stimulator, coil and course are ids of the catalogues; they are checked when
    the plan is made.
    """

    kind: Literal["plan_requested"] = "plan_requested"
    schema_version: Literal[1] = 1
    protocol: Name
    target: Name
    stimulator: Name
    coil: Name
    start_on: date
    course: Name | None = None
    """None: the course that the protocol is published with."""

    may_lie_ahead: ClassVar[frozenset[str]] = frozenset({"start_on"})


class PlanNumbers(BaseModel):
    """A proposed plan in figures, for whoever reads and signs it.

    protocol, target, stimulator, coil: ids of the catalogues.
    setting_pct_mso: of the first block, as the stimulator is set.
    low_pct_mso, high_pct_mso: ends of the 95 % interval of the output that was worked out.
    pct_rmt: the setting in % of the threshold; None where it does not follow one.
    field_v_per_m: at the target, at the setting; field_low_v_per_m, field_high_v_per_m: ends of its
    95 % interval.
    sessions: on the calendar, from first_day to last_day.
    findings: how many there are of each severity.
    forbidden: something forbids the treatment as it is planned.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    protocol: Name
    target: Name
    stimulator: Name
    coil: Name
    setting_pct_mso: Output | None = None
    low_pct_mso: Annotated[float, Field(ge=0)] | None = None
    high_pct_mso: Annotated[float, Field(ge=0)] | None = None
    pct_rmt: Annotated[float, Field(gt=0)] | None = None
    field_v_per_m: Annotated[float, Field(gt=0)] | None = None
    field_low_v_per_m: Annotated[float, Field(gt=0)] | None = None
    field_high_v_per_m: Annotated[float, Field(gt=0)] | None = None
    pulses_per_session: Number | None = None
    sessions: Number | None = None
    first_day: date | None = None
    last_day: date | None = None
    findings: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    forbidden: bool = False


class PlanProposed(Fact):
    """A plan that was computed: in short, in figures, and the SHA-256 of its document."""

    kind: Literal["plan_proposed"] = "plan_proposed"
    schema_version: Literal[1] = 1
    plan_sha256: Sha256
    summary: Name
    file_name: str | None = None
    software: Name
    """Name and version of what computed it."""
    numbers: PlanNumbers | None = None

    came_later: ClassVar[frozenset[str]] = frozenset({"numbers"})
    may_lie_ahead: ClassVar[frozenset[str]] = frozenset({"numbers"})


class SignatureMeaning(StrEnum):
    """What the signer declares."""

    APPROVED = "approved"
    REVIEWED = "reviewed"
    REJECTED = "rejected"


class PlanSigned(Fact):
    """The entry's author signs the plan document of that hash, and says what this means."""

    kind: Literal["plan_signed"] = "plan_signed"
    schema_version: Literal[1] = 1
    plan_sha256: Sha256
    meaning: SignatureMeaning
