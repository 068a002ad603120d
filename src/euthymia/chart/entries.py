"""Typed entries: every kind of fact that a chart can hold, and the way to and from the ledger."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import Field, TypeAdapter, ValidationError

from euthymia.chart.appointment_facts import (
    AppointmentMissed,
    AppointmentMoved,
    AppointmentsSet,
)
from euthymia.chart.course_facts import (
    AvailabilityRecorded,
    PlanProposed,
    PlanRequested,
    PlanSigned,
)
from euthymia.chart.envelope import Author, Draft, Envelope, canonical_json
from euthymia.chart.facts import EntryId, Fact, title
from euthymia.chart.follow_up_facts import (
    CourseEnded,
    FollowUpDone,
    FollowUpSet,
    ReminderSent,
)
from euthymia.chart.intake_facts import (
    AuthorizationRecorded,
    ConsentRecorded,
    NoteWritten,
    ReferralReceived,
)
from euthymia.chart.letter_facts import LetterSigned
from euthymia.chart.patient_facts import (
    EpisodeRecorded,
    HeadMeasured,
    ImageAttached,
    ImplantRecorded,
    MedicationTrialRecorded,
    MedicinesRecorded,
    MotorThresholdMeasured,
    PatientRegistered,
    ScaleFilled,
    ScreenAnswered,
)
from euthymia.chart.prescription_facts import (
    DeviationSigned,
    PlacementChosen,
    PrescriptionSigned,
    PrescriptionWritten,
)
from euthymia.chart.safety_facts import SafetyTaskClosed
from euthymia.chart.session_facts import (
    AdverseEventRecorded,
    SessionDelivered,
    SessionInterrupted,
    SessionResumed,
    SessionStarted,
    TrainDelivered,
    TrainIntended,
    TrainWithheld,
)
from euthymia.core.errors import InputError

Amendable: TypeAlias = (
    PatientRegistered
    | EpisodeRecorded
    | MedicationTrialRecorded
    | MedicinesRecorded
    | ScreenAnswered
    | ImplantRecorded
    | ScaleFilled
    | HeadMeasured
    | ImageAttached
    | MotorThresholdMeasured
    | AvailabilityRecorded
    | PlanRequested
    | SessionStarted
    | TrainIntended
    | TrainDelivered
    | TrainWithheld
    | SessionInterrupted
    | SessionResumed
    | SessionDelivered
    | AdverseEventRecorded
    | ReferralReceived
    | ConsentRecorded
    | AuthorizationRecorded
    | NoteWritten
    | AppointmentsSet
    | AppointmentMoved
    | AppointmentMissed
    | CourseEnded
    | FollowUpSet
    | FollowUpDone
    | ReminderSent
)
"""Facts that can be corrected. Plans, placements, prescriptions and signatures cannot: they are
bound to a hash, or something that is bound leans on them. The closing of a safety task cannot
either: it is retracted, which opens the task again."""


class Amended(Fact):
    """The fact of an earlier entry as it should have been. The entry's reason says why."""

    kind: Literal["amended"] = "amended"
    schema_version: Literal[1] = 1
    entry_id: EntryId
    fact: Annotated[Amendable, Field(discriminator="kind")]

    def refuse_future(self, at: datetime) -> None:
        """What cannot have happened yet cannot be amended to, either."""
        self.fact.refuse_future(at)

    def refuse_slip(self) -> None:
        """What cannot be recorded cannot be amended to, either."""
        self.fact.refuse_slip()


class Retracted(Fact):
    """An earlier entry no longer holds. The entry's reason says why."""

    kind: Literal["retracted"] = "retracted"
    schema_version: Literal[1] = 1
    entry_id: EntryId


AnyFact: TypeAlias = (
    Amendable
    | PlanProposed
    | PlanSigned
    | PlacementChosen
    | PrescriptionWritten
    | PrescriptionSigned
    | LetterSigned
    | DeviationSigned
    | SafetyTaskClosed
    | Amended
    | Retracted
)
"""Everything that an entry can hold."""

_FACTS: TypeAdapter[AnyFact] = TypeAdapter(Annotated[AnyFact, Field(discriminator="kind")])
_KINDS: dict[str, type[Fact]] = {
    kind.model_fields["kind"].default: kind for kind in get_args(AnyFact)
}
_NEWEST = {
    kind: max(get_args(kind.model_fields["schema_version"].annotation)) for kind in _KINDS.values()
}
"""The schema version of each kind that this version writes and reads."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a chart with its typed content. `seq` is its line in the chart, from 1."""

    seq: int
    id: str
    at: datetime
    author: Author
    reason: str
    fact: AnyFact

    @property
    def title(self) -> str:
        """What it records, in words, with its place: "entry 4 (Head measured)"."""
        return f"entry {self.seq} ({self.name})"

    @property
    def name(self) -> str:
        """What it records, in words: "Head measured"."""
        return title(type(self.fact))


def kinds() -> tuple[str, ...]:
    """The kinds of entry that this version knows."""
    return tuple(_KINDS)


def schema() -> dict[str, Any]:
    """The JSON Schema of all facts, each with its `kind`."""
    return _FACTS.json_schema()


def draft(fact: AnyFact, *, id: str, at: datetime, author: Author, reason: str = "") -> Draft:  # noqa: A002
    """A fact made ready for the ledger.

    Refuses a date in the future relative to `at`, an amendment or retraction without a reason, and
    a score that its scale cannot have.
    """
    _refuse_without_reason(fact, reason)
    fact.refuse_future(at)
    body = fact.model_dump(mode="json", exclude={"kind"})
    # What is written must read back; a value put together without validation would not.
    read_fact(fact.kind, body).refuse_slip()
    return Draft(id, at, author, fact.kind, body, reason)


def entry_of(envelope: Envelope) -> Entry:
    """The typed entry of a line. Refuses kinds and schema versions that only newer software knows,
    and everything that `draft` would have refused."""
    where = f"line {envelope.seq}"
    fact = read_fact(envelope.kind, envelope.body, where)
    _refuse_without_reason(fact, envelope.reason)
    fact.refuse_future(envelope.at)
    return Entry(envelope.seq, envelope.id, envelope.at, envelope.author, envelope.reason, fact)


def read_fact(kind: str, body: Mapping[str, Any], where: str = "") -> AnyFact:
    """The fact of that kind with that content (plain JSON values); refuses anything else.

    `where` names the place it comes from, for the sentence of the refusal.
    """
    place = f"{where}, " if where else ""
    _refuse_unknown(place, kind, body)
    if "kind" in body:
        raise InputError(f"{place}{kind}", "its body names the kind again", "Leave it out there")
    try:
        return _FACTS.validate_json(canonical_json({**body, "kind": kind}))
    except ValidationError as error:
        raise _refusal(place, kind, error) from None


def _refuse_unknown(place: str, kind: object, body: Mapping[str, Any]) -> None:
    """Refuse what only newer software can have written, also inside an amendment."""
    known = _KINDS.get(kind) if isinstance(kind, str) else None
    if known is None:
        raise InputError(
            f"{place}entry of kind {kind!r}",
            "this version of Euthymia does not know the kind",
            "Update Euthymia if a newer version wrote it; otherwise correct the kind",
        )
    version = body.get("schema_version")
    if type(version) is not int:
        raise InputError(
            f"{place}{title(known)}", "its schema version is missing", "Give it, for example 1"
        )
    if version > _NEWEST[known]:
        raise InputError(
            f"{place}{title(known)}",
            f"its schema version {version} is newer than this version of Euthymia knows",
            "Update Euthymia",
        )
    if known is Amended and isinstance(body.get("fact"), dict):
        _refuse_unknown(f"{place}{title(known)}, ", body["fact"].get("kind"), body["fact"])


def _refuse_without_reason(fact: AnyFact, reason: str) -> None:
    if isinstance(fact, Amended | Retracted) and not reason.strip():
        raise InputError(
            f"{title(type(fact))} (entry {fact.entry_id})",
            "the reason is missing",
            "Say why the entry is changed",
        )


def _refusal(place: str, kind: str, error: ValidationError) -> InputError:
    """The first of pydantic's complaints as one sentence, and how many more there are."""
    complaints = error.errors()
    first = complaints[0]
    inner = first.get("ctx", {}).get("error")
    subject = place + title(_KINDS[kind])
    field = " ".join(
        str(part + 1) if isinstance(part, int) else part.replace("_", " ")
        for part in first["loc"]
        if part not in _KINDS
    )
    if field:
        subject += f", {field}"
    if isinstance(inner, InputError):
        return InputError(f"{subject}: {inner.subject}", inner.problem, inner.remedy)
    problem = re.sub(r"^(Value error, )", "", first["msg"])
    problem = problem[0].lower() + problem[1:]
    more = len(complaints) - 1
    also = f" (and {more} more faults)" if more > 1 else " (and 1 more fault)" if more else ""
    return InputError(subject, problem + also, "Correct it and record it again")
