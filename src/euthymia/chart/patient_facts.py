"""Entries about the patient: who it is, what was told, answered, measured and attached."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from euthymia.assess.medication.trial import EpisodeFacts, MedicationTrial
from euthymia.assess.safety.implants import Implant
from euthymia.assess.safety.screen import ScreenAnswer
from euthymia.assess.scales.score import ScaleScore, score_scale
from euthymia.chart.facts import CoilPose, Fact, Name, Sha256
from euthymia.core.errors import InputError
from euthymia.plan.dose.values import Observation

OLDEST_BIRTH_YEAR = 1890
"""Nobody born before is alive."""


class Sex(StrEnum):
    """Sex as recorded for the patient."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class Handedness(StrEnum):
    """The hand that the patient prefers."""

    RIGHT = "right"
    LEFT = "left"
    BOTH = "both"
    UNKNOWN = "unknown"


class Diagnosis(BaseModel):
    """A diagnosis by its code in a named system, with its label."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    system: Literal["ICD-10", "ICD-10-CM", "ICD-11", "DSM-5-TR"]
    code: Name
    label: Name


class PatientRegistered(Fact):
    """The patient by pseudonym; always the first entry. Names and addresses never stand here."""

    kind: Literal["patient_registered"] = "patient_registered"
    schema_version: Literal[1] = 1
    pseudonym: Name
    synthetic: bool
    """True for an invented patient; every screen and report then says so."""
    birth_date: date | None = None
    birth_year: int | None = None
    sex: Sex = Sex.UNKNOWN
    handedness: Handedness = Handedness.UNKNOWN
    diagnosis: Diagnosis | None = None

    @model_validator(mode="after")
    def _one_birth(self) -> Self:
        if self.birth_date is None and self.birth_year is None:
            raise ValueError("it needs a birth date or a birth year")
        if self.birth_date and self.birth_year not in (None, self.birth_date.year):
            raise ValueError("birth date and birth year contradict each other")
        if self.year_of_birth < OLDEST_BIRTH_YEAR:
            raise ValueError(f"nobody born in {self.year_of_birth} is alive")
        return self

    @property
    def year_of_birth(self) -> int:
        """The year, whichever way it was given."""
        if self.birth_date is not None:
            return self.birth_date.year
        assert self.birth_year is not None  # the validator has seen to it
        return self.birth_year

    def age_range(self, on: date) -> tuple[int, int]:
        """The age in whole years on a day: youngest and oldest possible, equal if it is known."""
        if self.birth_date is None:
            oldest = on.year - self.year_of_birth
            return max(0, oldest - 1), oldest
        before_birthday = (on.month, on.day) < (self.birth_date.month, self.birth_date.day)
        age = on.year - self.birth_date.year - before_birthday
        return age, age

    def refuse_future(self, at: datetime) -> None:
        """Also refuses a birth year after the entry's own year."""
        super().refuse_future(at)
        if self.year_of_birth > at.year:
            raise InputError(
                "Patient registered, birth year",
                f"{self.year_of_birth} is a date in the future",
                "Correct the year",
            )


class EpisodeRecorded(Fact):
    """What is known of the present depressive episode; a later one replaces it."""

    kind: Literal["episode_recorded"] = "episode_recorded"
    schema_version: Literal[1] = 1
    episode: EpisodeFacts

    came_later: ClassVar[frozenset[str]] = frozenset({"onset_between"})


class MedicationTrialRecorded(Fact):
    """One treatment taken once. An unknown drug is recorded; the assessment says so."""

    kind: Literal["medication_trial_recorded"] = "medication_trial_recorded"
    schema_version: Literal[1] = 1
    trial: MedicationTrial

    came_later: ClassVar[frozenset[str]] = frozenset(
        {"start_between", "end_between", "least_days", "most_days", "doses"}
    )


class MedicinesRecorded(Fact):
    """Everything that the patient takes on a day, for whatever reason; a later list replaces it.

    taken: drugs and substances by name; empty means that nothing is taken.
    stopped: those given up lately, whose withdrawal may still matter.
    """

    kind: Literal["medicines_recorded"] = "medicines_recorded"
    schema_version: Literal[1] = 1
    listed_on: date
    taken: tuple[Name, ...]
    stopped: tuple[Name, ...] = ()


class ScreenAnswered(Fact):
    """Answers to questions of the safety screen; a later answer replaces an earlier one."""

    kind: Literal["screen_answered"] = "screen_answered"
    schema_version: Literal[1] = 1
    answered_on: date
    answers: Annotated[tuple[ScreenAnswer, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _each_question_once(self) -> Self:
        asked = [answer.item for answer in self.answers]
        for item in asked:
            if asked.count(item) > 1:
                raise ValueError(f"the question {item!r} is answered twice")
        return self


class ImplantRecorded(Fact):
    """Metal or a device in or on the body."""

    kind: Literal["implant_recorded"] = "implant_recorded"
    schema_version: Literal[1] = 1
    implant: Implant


class ScaleFilled(Fact):
    """A rating scale on one day: its total, its items in the scale's own order, or both."""

    kind: Literal["scale_filled"] = "scale_filled"
    schema_version: Literal[1] = 1
    score: ScaleScore
    rated_by: Literal["patient", "clinician"] | None = None

    came_later: ClassVar[frozenset[str]] = frozenset({"version", "language"})

    def refuse_slip(self) -> None:
        """Refuse a scale that is not known, and a score that it cannot have."""
        score_scale(self.score)


def _tape_mm(value: float) -> float:
    if 15 <= value <= 80:
        raise ValueError(f"{value:g} looks like centimetres; give millimetres")
    if not 200 <= value <= 800:
        raise ValueError(f"{value:g} mm is not the size of a head")
    return value


class HeadMeasured(Fact):
    """The head by tape measure, in millimetres; a later measurement replaces it."""

    kind: Literal["head_measured"] = "head_measured"
    schema_version: Literal[1] = 1
    measured_on: date
    nasion_inion_mm: float
    """Over the top, from the nasion to the inion."""
    tragus_tragus_mm: float
    """Over the top, from the left to the right tragus."""
    circumference_mm: float

    @field_validator("nasion_inion_mm", "tragus_tragus_mm", "circumference_mm")
    @classmethod
    def _plausible(cls, value: float) -> float:
        return _tape_mm(value)


class ImageAttached(Fact):
    """An image in the folder of the case, by name and content."""

    kind: Literal["image_attached"] = "image_attached"
    schema_version: Literal[1] = 1
    file_name: Name
    sha256: Sha256
    contrast: Literal["T1", "T2", "other"] = "T1"
    acquired_on: date | None = None

    @field_validator("file_name")
    @classmethod
    def _in_the_folder(cls, name: str) -> str:
        plain = PurePosixPath(name).name == name == PureWindowsPath(name).name
        if not plain or name in (".", ".."):
            raise ValueError("it must be the name of a file in the case's folder, without a path")
        return name


class ThresholdMethod(StrEnum):
    """How the motor threshold was searched for."""

    RELATIVE_FREQUENCY = "relative_frequency"
    """Lowest intensity with an answer in at least half of the trials (5 of 10, or 10 of 20)."""
    MILLS_NITHI = "mills_nithi"
    ML_PEST = "ml_pest"
    BAYESIAN = "bayesian"
    """A belief over thresholds, ended when its 95 % interval was narrow enough."""
    OTHER = "other"


class MotorThresholdMeasured(Fact):
    """A motor threshold in % of maximum stimulator output, with the devices that it holds for."""

    kind: Literal["motor_threshold_measured"] = "motor_threshold_measured"
    schema_version: Literal[1] = 1
    measured_on: date
    intensity_pct_mso: Annotated[float, Field(gt=0, le=100)]
    low_pct_mso: Annotated[float, Field(gt=0)] | None = None
    """Ends of its 95 % interval; the upper one may lie above what the stimulator has."""
    high_pct_mso: Annotated[float, Field(gt=0)] | None = None
    state: Literal["resting", "active"]
    method: ThresholdMethod
    observation: Observation
    muscle: Name
    """For example "right APB" or "left FDI"."""
    motor_area: Literal["hand", "leg"] = "hand"
    stimulator: Name
    coil: Name
    coil_pose: CoilPose | None = None
    pulses: Annotated[int, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        if self.intensity_pct_mso < 1:
            raise ValueError(f"{self.intensity_pct_mso:g} % is below any threshold; 45 means 45 %")
        low, high = self.low_pct_mso, self.high_pct_mso
        if (low is None) != (high is None):
            raise ValueError("an interval needs both ends")
        if low is not None and high is not None and not low <= self.intensity_pct_mso <= high:
            raise ValueError(f"the interval {low:g} to {high:g} does not hold the threshold")
        return self
