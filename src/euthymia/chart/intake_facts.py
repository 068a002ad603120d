"""Entries around the treatment: who sent the patient, what was agreed, paid and noted."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from euthymia.chart.facts import Fact, Name, Number


class ReferralReceived(Fact):
    """Someone asks the clinic to see the patient.

    referred_by: the clinician or practice, by name; never the patient's own name.
    question: what is asked, in the words of the referral.
    """

    kind: Literal["referral_received"] = "referral_received"
    schema_version: Literal[1] = 1
    received_on: date
    referred_by: Name
    question: Name
    urgency: Literal["routine", "soon", "urgent"] = "routine"
    note: str = ""


class ConsentAbout(StrEnum):
    """What a consent is about; each is asked and answered by itself."""

    TREATMENT = "treatment"
    RESEARCH_REGISTRY = "research_registry"
    IMAGES = "images"
    """Keeping and using the patient's images beyond the treatment."""
    REMINDERS_BY_EMAIL = "reminders_by_email"
    """Being written to, with nothing about the illness: when to come, what is to be filled in."""


class ConsentDecision(StrEnum):
    """What was decided."""

    GIVEN = "given"
    WITHHELD = "withheld"
    WITHDRAWN = "withdrawn"
    """Taken back after it was given."""


class ConsentRecorded(Fact):
    """What the patient decided about one thing; a later decision about it replaces it.

    version: of the text that was explained and signed.
    decided_by: the patient, or who decides for the patient by law.
    """

    kind: Literal["consent_recorded"] = "consent_recorded"
    schema_version: Literal[1] = 1
    about: Annotated[ConsentAbout, Field(strict=False)]
    decision: Annotated[ConsentDecision, Field(strict=False)]
    decided_on: date
    version: Name
    decided_by: Literal["patient", "representative"] = "patient"
    note: str = ""


class AuthorizationStatus(StrEnum):
    """Where the request to the payer stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DENIED = "denied"
    APPEALED = "appealed"
    NOT_NEEDED = "not_needed"


class AuthorizationRecorded(Fact):
    """What the payer was asked or answered about the course; a later state replaces it.

    payer: its id in the payer rules where it has one, and otherwise its name.
    on: the day of the request or of the answer.
    sessions_allowed: in all, under this reference.
    """

    kind: Literal["authorization_recorded"] = "authorization_recorded"
    schema_version: Literal[1] = 1
    payer: Name
    status: Annotated[AuthorizationStatus, Field(strict=False)]
    on: date
    sessions_allowed: Number | None = None
    reference: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    note: str = ""

    may_lie_ahead: ClassVar[frozenset[str]] = frozenset({"valid_from", "valid_until"})

    @model_validator(mode="after")
    def _possible(self) -> Self:
        limits = (self.sessions_allowed, self.valid_from, self.valid_until)
        if self.status is not AuthorizationStatus.APPROVED and any(x is not None for x in limits):
            raise ValueError("only an approval has a number of sessions and days of validity")
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("it ends before it begins")
        return self


class NoteTopic(StrEnum):
    """What a note is about."""

    INTAKE = "intake"
    SUITABILITY = "suitability"
    PLAN = "plan"
    SESSION = "session"
    OUTCOME = "outcome"
    SAFETY = "safety"
    COORDINATION = "coordination"
    OTHER = "other"


class NoteWritten(Fact):
    """What a clinician found worth writing down, in free words.

    session: the session that it is about, if it is about one.
    """

    kind: Literal["note_written"] = "note_written"
    schema_version: Literal[1] = 1
    topic: Annotated[NoteTopic, Field(strict=False)]
    text: Name
    session: Number | None = None
