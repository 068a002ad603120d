"""May today's session go ahead: the questions before it, the calendar, drugs and the threshold.

All findings come at once; the gravest gives the verdict. A question that was not answered never
counts as a no. The rules stand in `data/session.toml`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from euthymia.assess.safety.seizure_drugs import check_drugs
from euthymia.assess.safety.session_rules import SessionQuestion, session_rules
from euthymia.assess.safety.threshold import ThresholdFacts, threshold_due
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity, by_severity, worst

_DAY_HOURS = 24


class Verdict(StrEnum):
    """What the rules say of today's session."""

    GO = "go"
    CAUTION = "caution"
    ASK_PHYSICIAN = "ask_physician"
    NO_SESSION = "no_session"

    @classmethod
    def of(cls, severity: Severity) -> Verdict:
        """The verdict that the gravest finding gives."""
        return tuple(cls)[severity]

    @property
    def text(self) -> str:
        """ "go", "go with caution", "ask the physician", "no session today"."""
        return session_rules().verdicts[tuple(Severity)[tuple(Verdict).index(self)].label]


@dataclass(frozen=True, slots=True)
class SessionAnswer:
    """One answer: True or False, a number of hours, or None for unknown."""

    question: str
    value: bool | float | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SessionDay:
    """What the record knows of the day; None means unknown.

    `sessions_given` counts those of the course so far; `missed_in_a_row` the planned ones since the
    last one given. `new_drugs` and `missed_drugs` are names. `threshold` None: it is not asked
    about here, because another check does.
    """

    on: date
    sessions_given: int | None = None
    last_session_on: date | None = None
    missed_in_a_row: int = 0
    h_coil: bool | None = None
    new_drugs: tuple[str, ...] = ()
    missed_drugs: tuple[str, ...] = ()
    threshold: ThresholdFacts | None = None


@dataclass(frozen=True, slots=True)
class SessionScreen:
    """What the rules say of today's session: the verdict, and every finding, gravest first."""

    on: date
    verdict: Verdict
    findings: tuple[Finding, ...]

    @property
    def measure_threshold(self) -> bool:
        """Whether anything asks for the motor threshold to be measured first."""
        return any(finding.code.startswith("session.threshold.") for finding in self.findings)

    @property
    def opens_safety_task(self) -> bool:
        """Whether a named person has to assess the risk of suicide today."""
        return any(finding.code == "session.suicide.yes" for finding in self.findings)

    @property
    def sentence(self) -> str:
        """ "Ask the physician: 2 findings, the gravest: ..."."""
        said = self.verdict.text[:1].upper() + self.verdict.text[1:]
        if not self.findings:
            return f"{said}: every question was answered, and nothing stands against the session"
        count = len(self.findings)
        noun = "finding" if count == 1 else "findings"
        return f"{said}: {count} {noun}, the gravest: {self.findings[0].message}"


def screen_session(answers: Iterable[SessionAnswer], day: SessionDay) -> SessionScreen:
    """Weigh the answers of today and what the record knows of the day.

    Refuses an unknown question, one answered twice, and an answer of the wrong kind.
    """
    given = _by_question(answers)
    found = list(_answers(given))
    reasons = _threshold_reasons(given, day)
    found += _calendar(day)
    found += _drugs(day)
    if day.threshold is not None:
        merged = tuple(dict.fromkeys((*day.threshold.reasons, *reasons)))
        found += threshold_due(replace(day.threshold, reasons=merged))
    else:
        bare = ThresholdFacts(on=day.on, measured_on=day.on, reasons=reasons)
        found += threshold_due(bare)
    ordered = by_severity(found)
    return SessionScreen(day.on, Verdict.of(worst(ordered)), ordered)


def _threshold_reasons(given: Mapping[str, SessionAnswer], day: SessionDay) -> tuple[str, ...]:
    """What of the answers and the day asks for the motor threshold, each reason once."""
    reasons = [
        question.threshold_reason
        for question in session_rules().question
        if question.threshold_reason is not None and _holds(question, given) is True
    ]
    if day.new_drugs or day.missed_drugs:
        reasons.append("drug-change")
    return tuple(dict.fromkeys(reasons))


def _by_question(answers: Iterable[SessionAnswer]) -> Mapping[str, SessionAnswer]:
    questions = {question.id: question for question in session_rules().question}
    given: dict[str, SessionAnswer] = {}
    for answer in answers:
        subject = f"session answer {answer.question!r}"
        if answer.question not in questions:
            raise InputError(
                subject, "there is no such question", f"Use one of {', '.join(questions)}"
            )
        if answer.question in given:
            raise InputError(subject, "it was answered twice", "Keep one of the two answers")
        _refuse_kind(questions[answer.question], answer)
        given[answer.question] = answer
    return given


def _refuse_kind(question: SessionQuestion, answer: SessionAnswer) -> None:
    subject, value = f"session answer {question.id!r}", answer.value
    if value is None:
        return
    if question.kind == "yes_no" and not isinstance(value, bool):
        raise InputError(subject, f"{value!r} is neither yes nor no", "Give yes, no, or leave out")
    if question.kind == "hours":
        hours = not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= _DAY_HOURS
        if not hours:
            raise InputError(
                subject, f"{value!r} is not a number of hours", f"Give 0 to {_DAY_HOURS} hours"
            )


def _holds(question: SessionQuestion, given: Mapping[str, SessionAnswer]) -> bool | None:
    """Whether the answer is the one that the rule is about; None where it is unknown."""
    answer = given.get(question.id)
    if answer is None or answer.value is None:
        return None
    if question.below_hours is not None:
        return answer.value < question.below_hours
    return bool(answer.value)


def _answers(given: Mapping[str, SessionAnswer]) -> Iterator[Finding]:
    for question in session_rules().question:
        held = _holds(question, given)
        if held is False:
            continue
        answer = given.get(question.id)
        if held is None:
            said = "not asked" if answer is None else "not known"
            yield Finding(
                code=f"session.{question.id}.unknown",
                severity=question.unknown,
                subject=question.text,
                message=f"Not answered: {question.text}",
                found=said,
                nearest_allowed="Ask and enter the answer",
                source=question.source,
            )
            continue
        assert answer is not None
        hours = question.below_hours
        found = f"{answer.value:g} hours" if hours is not None else "yes"
        yield Finding(
            code=f"session.{question.id}.yes",
            severity=question.yes,
            subject=question.text,
            message=question.message,
            found=f"{found}: {answer.detail}" if answer.detail else found,
            limit=f"at least {hours:g} hours" if hours is not None else "",
            nearest_allowed=question.remedy,
            source=question.source,
        )


def _calendar(day: SessionDay) -> Iterator[Finding]:
    rules = session_rules()
    if day.last_session_on is not None and day.last_session_on > day.on:
        raise InputError(
            "last session",
            f"{day.last_session_on.isoformat()} lies after {day.on.isoformat()}",
            "Correct the date, or ask about a later day",
        )
    if day.missed_in_a_row < 0 or (day.sessions_given is not None and day.sessions_given < 0):
        raise InputError("sessions", "a number below zero is not possible", "Count them again")
    first, gaps = rules.first_sessions, rules.gaps
    if day.sessions_given is None or day.sessions_given < first.sessions:
        number = "unknown" if day.sessions_given is None else f"session {day.sessions_given + 1}"
        yield Finding("session.first", first.severity, "first sessions", first.message, number,
                      source=first.source)  # fmt: skip
    if day.h_coil:
        coil = rules.h_coil
        yield Finding("session.h-coil", coil.severity, "coil", coil.message, source=coil.source)
    if day.missed_in_a_row >= gaps.missed_in_a_row:
        yield Finding(
            code="session.missed",
            severity=gaps.missed_severity,
            subject="missed sessions",
            message=gaps.missed_message,
            found=f"{day.missed_in_a_row} in a row",
            limit=f"fewer than {gaps.missed_in_a_row}",
            source=gaps.source,
        )
    gap = (day.on - day.last_session_on).days if day.last_session_on is not None else 0
    if gap >= gaps.gap_days:
        yield Finding(
            code="session.gap",
            severity=gaps.gap_severity,
            subject="gap",
            message=gaps.gap_message,
            found=f"{gap} days since the last session",
            limit=f"fewer than {gaps.gap_days} days",
            source=gaps.source,
        )


def _drugs(day: SessionDay) -> Iterator[Finding]:
    """New and missed medicines against the lists; a drug on no list is not worth a note here."""
    for finding in check_drugs(day.new_drugs, day.missed_drugs):
        if finding.code not in ("safety.drug.unlisted", "safety.drug.several"):
            found = "new or changed" if finding.found == "taken now" else finding.found
            yield replace(finding, found=found)
