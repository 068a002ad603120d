"""What is asked before each session, when to stop, and when the threshold is measured, as data."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Literal, Self

from pydantic import field_validator, model_validator

from euthymia.assess.data_files import Row, load_table
from euthymia.core.errors import InputError
from euthymia.core.findings import Severity
from euthymia.core.references import Citation


class _Graded(Row):
    """A row with severities, which the file spells in small letters."""

    @field_validator("severity", "yes", "unknown", "missed_severity", "gap_severity",
                     mode="before", check_fields=False)  # fmt: skip
    @classmethod
    def _named(cls, value: object) -> object:
        return Severity[value.upper()] if isinstance(value, str) else value


class SessionQuestion(_Graded):
    """A question before each session. `below_hours` goes with the kind "hours"."""

    id: str
    kind: Literal["yes_no", "hours"]
    text: str
    below_hours: float | None = None
    yes: Severity
    unknown: Severity
    threshold_reason: str | None = None
    message: str
    remedy: str
    source: Citation

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if (self.kind == "hours") != (self.below_hours is not None):
            raise ValueError(f"question {self.id}: hours and their limit go together")
        if self.unknown < Severity.ACKNOWLEDGE:
            raise ValueError(f"question {self.id}: an unanswered question must not pass as a no")
        return self


class Gaps(_Graded):
    """What missed sessions and long gaps lead to."""

    missed_in_a_row: int
    missed_severity: Severity
    missed_message: str
    gap_days: int
    gap_severity: Severity
    gap_message: str
    source: Citation


class FirstSessions(_Graded):
    """The first sessions of a course, watched more closely."""

    sessions: int
    severity: Severity
    message: str
    source: Citation


class HCoil(_Graded):
    """What is said of an H-coil."""

    severity: Severity
    message: str
    source: Citation


class ThresholdReason(_Graded):
    """A reason to measure the motor threshold again; stop: no session before it is measured."""

    id: str
    text: str
    severity: Severity
    source: Citation


class Redetermination(Row):
    """When the motor threshold is measured again, and when its change is unusual.

    `changed_points_mso` is in % MSO, `changed_pct` relative to the earlier threshold.
    """

    cpt: str
    interval_days: int
    interval_source: Citation
    changed_points_mso: float
    changed_pct: float
    changed_message: str
    changed_source: Citation
    reason: tuple[ThresholdReason, ...]

    def named(self, key: str) -> ThresholdReason:
        """The reason of that id."""
        return next(row for row in self.reason if row.id == key)


class StopScope(StrEnum):
    """How far an event stops the treatment."""

    TRAIN = "train"
    SESSION = "session"
    COURSE = "course"


class StopRule(Row):
    """An event during a session: what to do, and what has to happen before TMS goes on."""

    id: str
    text: str
    scope: StopScope
    actions: tuple[str, ...]
    before_next: str
    source: Citation


class Precaution(Row):
    """Something that holds in every session."""

    id: str
    text: str
    source: Citation


class EventCode(Row):
    """A name for an adverse event, with its frequency in the label (% of patients) if known."""

    id: str
    name: str
    label_pct: float | None = None
    stop: str | None = None


class EventSources(Row):
    list_source: Citation
    rates_source: Citation
    dropout_pct: float
    dropout_source: Citation


class SessionRules(Row):
    """Everything of `data/session.toml`."""

    verdicts: dict[str, str]
    question: tuple[SessionQuestion, ...]
    gaps: Gaps
    first_sessions: FirstSessions
    h_coil: HCoil
    redetermination: Redetermination
    stop: tuple[StopRule, ...]
    precaution: tuple[Precaution, ...]
    event: tuple[EventCode, ...]
    events: EventSources

    @model_validator(mode="after")
    def _linked(self) -> Self:
        reasons = {row.id for row in self.redetermination.reason}
        for question in self.question:
            if question.threshold_reason not in (None, *reasons):
                raise ValueError(f"question {question.id}: no reason {question.threshold_reason!r}")
        stops = {rule.id for rule in self.stop}
        for event in self.event:
            if event.stop is not None and event.stop not in stops:
                raise ValueError(f"event {event.id}: there is no stop rule {event.stop!r}")
        return self


@cache
def session_rules() -> SessionRules:
    """The rules that ship with the system."""
    return SessionRules.model_validate(load_table("session.toml"))


def stop_rule(event: str) -> StopRule:
    """The stop rule of that id; refuses an unknown one."""
    rules = {rule.id: rule for rule in session_rules().stop}
    if event not in rules:
        raise InputError(
            f"event {event!r}", "no stop rule has this name", f"Use one of {', '.join(rules)}"
        )
    return rules[event]
