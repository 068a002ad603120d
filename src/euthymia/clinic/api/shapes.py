"""What the interface takes and gives."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, StringConstraints

Text = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
Short = Annotated[str, StringConstraints(max_length=120, pattern=r"^[^\x00]*$")]


class Refusal(Schema):
    """Why something was not done, in one sentence."""

    detail: str


class MeOut(Schema):
    """In whose name the program asks, and what it may do."""

    name: str
    roles: list[str]
    scopes: list[str]


class PatientOut(Schema):
    """A patient as lists show them. name: only with the right to see identities."""

    id: UUID
    pseudonym: str
    synthetic: bool
    site: str
    name: str | None
    way: str | None
    protocol: str | None
    sessions_given: int | None
    sessions_planned: int | None
    open_safety_tasks: int | None
    entries: int


class PatientsOut(Schema):
    """One page of patients."""

    total: int
    items: list[PatientOut]


class EntryOut(Schema):
    """One entry as it stands in the ledger."""

    seq: int
    id: UUID
    at: datetime
    author: str
    role: str
    kind: str
    reason: str
    body: dict[str, Any]
    prev: str
    hash: str


class EntriesOut(Schema):
    """Entries after a place in the ledger."""

    head: int
    items: list[EntryOut]


class EntryIn(Schema):
    """A fact to be recorded. id: a new UUID; the same one sent again records nothing twice."""

    id: UUID
    kind: Short
    body: dict[str, Any]
    reason: Text = ""


class AppointmentOut(Schema):
    """One appointment."""

    id: str
    session: int
    start: datetime
    minutes: int
    chair: str
    state: Literal["planned", "moved", "kept", "missed"]
    provisional: bool


class BookingOut(Schema):
    """One appointment on the clinic's calendar."""

    patient: UUID
    pseudonym: str
    appointment: str
    session: int
    start: datetime
    end: datetime
    chair: str
    state: str


class WorkOut(Schema):
    """One thing that waits."""

    patient: UUID
    pseudonym: str
    kind: str
    role: str
    due_on: date | None
    what: str


class ScaleOut(Schema):
    """One scale over the course."""

    scale: str
    scores: list[tuple[date, float | None, float | None]]
    improvement_pct: float | None
    response: bool | None
    remission: bool | None


class OutlookOut(Schema):
    """Where a patient stands and what may come; a forecast always with what is usual."""

    on: date
    sessions_given: int
    sessions_planned: int | None
    scales: list[ScaleOut]
    forecast: dict[str, Any] | None
    no_forecast_because: str
    advice: list[dict[str, str]]


class ClaimOut(Schema):
    """One claim of the field."""

    said: str
    strength: str
    known: str
    against: str
    sources: list[str]


Page = Annotated[int, Field(ge=1, le=1_000_000)]
Seq = Annotated[int, Field(ge=0, le=2_000_000_000)]
Days = Annotated[int, Field(ge=1, le=31)]
