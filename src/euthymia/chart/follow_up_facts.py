"""Entries about the end of a course and the time after it: contacts, and reminders."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from euthymia.chart.appointment_facts import AppointmentId
from euthymia.chart.facts import EntryId, Fact, Name, Number


class EndReason(StrEnum):
    """Why a course ends."""

    COMPLETED = "completed"
    REMISSION = "remission"
    NO_RESPONSE = "no_response"
    SIDE_EFFECTS = "side_effects"
    PATIENTS_WISH = "patients_wish"
    OTHER = "other"


class CourseEnded(Fact):
    """The course is over; sessions after this day are of another course."""

    kind: Literal["course_ended"] = "course_ended"
    schema_version: Literal[1] = 1
    ended_on: date
    why: Annotated[EndReason, Field(strict=False)]
    note: str = ""

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.why is EndReason.OTHER and not self.note.strip():
            raise ValueError("another reason needs a note that says which")
        return self


class FollowUpSet(Fact):
    """A contact that is due after the course, and whose task it is.

    month: how many months after the end of the course it is planned for.
    """

    kind: Literal["follow_up_set"] = "follow_up_set"
    schema_version: Literal[1] = 1
    what: Name
    due_on: date
    role: Literal["psychiatrist", "operator", "coordinator", "patient"]
    month: Number | None = None

    may_lie_ahead: ClassVar[frozenset[str]] = frozenset({"due_on"})


class FollowUpDone(Fact):
    """A contact that was set has taken place.

    entry_id: the entry that set it. result: what came of it.
    """

    kind: Literal["follow_up_done"] = "follow_up_done"
    schema_version: Literal[1] = 1
    entry_id: EntryId
    done_on: date
    result: Name


class ReminderSent(Fact):
    """The patient was reminded. Where it was sent to never stands here.

    appointment, follow_up, scale: what it is about, as far as it is about one of these.
    """

    kind: Literal["reminder_sent"] = "reminder_sent"
    schema_version: Literal[1] = 1
    sent_at: AwareDatetime
    to: Literal["patient"] = "patient"
    channel: Literal["email", "text_message", "phone", "letter", "portal"]
    about: Literal["appointment", "questionnaire", "follow_up", "other"]
    appointment: AppointmentId | None = None
    follow_up: EntryId | None = None
    scale: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")] | None = None

    @model_validator(mode="after")
    def _about_one(self) -> Self:
        named = {
            "appointment": self.appointment,
            "follow_up": self.follow_up,
            "questionnaire": self.scale,
        }
        for about, reference in named.items():
            if reference is not None and about != self.about:
                raise ValueError(f"it names a reference for {about!r}, but is about {self.about!r}")
        return self
