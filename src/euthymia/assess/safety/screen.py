"""The safety screen before TMS: questions, implants, drugs and age, all findings at once.

What was not asked is a finding of its own: a patient who has not been screened cannot start. The
questions stand in `data/screening.toml`; implants are judged under two rule sets that may disagree
(`euthymia.assess.safety.implants`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Literal

from euthymia.assess.data_files import Row, load_table
from euthymia.assess.safety.implants import Implant, ImplantKind, RuleSet, check_implants
from euthymia.assess.safety.seizure_drugs import check_drugs
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity, by_severity, worst
from euthymia.core.references import Citation

MEDICINES_ITEM, PSYCHOSIS_ITEM = "medicines", "psychosis"
"""Questions that other records can answer, too."""


class Answer(StrEnum):
    """The answer to a question of the screen."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ScreenAnswer:
    """One answer: the id of the question, the answer, and what was said about it."""

    item: str
    answer: Answer
    detail: str = ""


class ScreenItem(Row):
    """A question of the screen, in our own wording, with its numbers in the questionnaires."""

    id: str
    text: str
    tass: int | None = None
    ifcn: int | None = None
    clinician: bool = False
    checklist: Literal["absolute", "consideration"] | None = None
    yes: str
    unknown: str
    message: str
    implant_kinds: tuple[ImplantKind, ...] = ()
    source: Citation


class Questionnaire(Row):
    name: str
    source: Citation
    rule: str
    rule_source: Citation | None = None


class _AgeRule(Row):
    child_below_years: int
    severity: str
    message: str
    source: Citation


class _Tables(Row):
    questionnaires: dict[str, Questionnaire]
    item: tuple[ScreenItem, ...]
    age: _AgeRule


@cache
def _tables() -> _Tables:
    return _Tables.model_validate(load_table("screening.toml"))


def screen_items() -> tuple[ScreenItem, ...]:
    """The questions of the screen, in the order in which they are asked."""
    return _tables().item


def questionnaires() -> Mapping[str, Questionnaire]:
    """The questionnaires that the questions come from."""
    return _tables().questionnaires


def screen(
    answers: Iterable[ScreenAnswer],
    implants: Iterable[Implant] = (),
    *,
    current_drugs: Sequence[str] | None = None,
    running_drugs: Sequence[str] = (),
    withdrawn_drugs: Iterable[str] = (),
    age_years: int | None = None,
    psychotic: bool | None = None,
) -> tuple[Finding, ...]:
    """Everything that the screen finds, gravest first.

    `current_drugs` is the list of all medicines, None if none was taken down; `running_drugs` are
    drugs known to be taken beside it. `psychotic` is what the history of the episode says; a yes
    stands in for the question. Refuses an answer to a question that does not exist, and two answers
    to one question.
    """
    given, pieces = _by_item(answers), tuple(implants)
    taken = (*(current_drugs or ()), *running_drugs)
    if psychotic:
        said = given.get(PSYCHOSIS_ITEM)
        detail = said.detail if said and said.answer is Answer.YES else "recorded for this episode"
        given[PSYCHOSIS_ITEM] = ScreenAnswer(PSYCHOSIS_ITEM, Answer.YES, detail)
    found = [finding for item in screen_items() for finding in _judge(item, given, pieces)]
    found += [*check_implants(pieces), *check_drugs(taken, withdrawn_drugs)]
    found += [*_check_list(given.get(MEDICINES_ITEM), current_drugs), *_check_age(age_years)]
    return by_severity(found)


@dataclass(frozen=True, slots=True)
class Clearance:
    """The gravest finding under each rule set; what is common to both counts in both."""

    label: Severity
    guideline: Severity

    @property
    def agree(self) -> bool:
        return self.label is self.guideline


def clearance(findings: Sequence[Finding]) -> Clearance:
    """How the labels and the guidelines would decide on the same findings."""
    return Clearance(
        label=worst(f for f in findings if not _is_of(f, RuleSet.GUIDELINE)),
        guideline=worst(f for f in findings if not _is_of(f, RuleSet.LABEL)),
    )


def label_severity(findings: Sequence[Finding]) -> Severity | None:
    """The gravest finding of the device labels on implants; None if not all were asked for."""
    asked = {f"safety.screen.{item.id}.unknown" for item in screen_items() if item.implant_kinds}
    gravest = worst(finding for finding in findings if _is_of(finding, RuleSet.LABEL))
    open_question = any(finding.code in asked for finding in findings)
    return None if open_question and gravest < Severity.STOP else gravest


def _is_of(finding: Finding, rule_set: RuleSet) -> bool:
    return finding.code.startswith(f"safety.{rule_set.value}.")


def _by_item(answers: Iterable[ScreenAnswer]) -> dict[str, ScreenAnswer]:
    known = {item.id for item in screen_items()}
    given: dict[str, ScreenAnswer] = {}
    for answer in answers:
        subject = f"screening answer {answer.item!r}"
        if answer.item not in known:
            raise InputError(
                subject, "there is no such question", f"Use one of {', '.join(sorted(known))}"
            )
        if answer.item in given:
            raise InputError(subject, "it was answered twice", "Keep one of the two answers")
        given[answer.item] = answer
    return given


def _judge(
    item: ScreenItem, given: Mapping[str, ScreenAnswer], implants: Sequence[Implant]
) -> list[Finding]:
    answer = given.get(item.id)
    listed = [implant for implant in implants if implant.kind in item.implant_kinds]
    if answer is None or answer.answer is Answer.UNKNOWN:
        said = "not asked" if answer is None else "answered with unknown"
        message = f"Not screened: {item.text} ({said})"
        return [_finding(item, "unknown", item.unknown, message, said)]
    if answer.answer is Answer.NO:
        if not listed:
            return []
        message = "Answered with no, but such an implant is recorded: correct one of the two"
        return [_finding(item, "contradiction", "stop", message, listed[0].kind.value)]
    found = [_finding(item, "yes", item.yes, item.message, answer.detail or "yes")]
    if item.implant_kinds and not listed:
        message = "Answered with yes, but no such implant is recorded: enter kind and distance"
        found.append(_finding(item, "not-recorded", "stop", message, answer.detail or "yes"))
    return found


def _finding(item: ScreenItem, what: str, severity: str, message: str, found: str) -> Finding:
    return Finding(
        code=f"safety.screen.{item.id}.{what}",
        severity=Severity[severity.upper()],
        subject=item.text,
        message=message,
        found=found,
        source=item.source,
    )


def _check_list(answer: ScreenAnswer | None, current_drugs: Iterable[str] | None) -> list[Finding]:
    """Medicines that are taken but not listed cannot be checked."""
    if current_drugs is not None or answer is None or answer.answer is not Answer.YES:
        return []
    item = next(row for row in screen_items() if row.id == MEDICINES_ITEM)
    message = "Medicines are taken, but no list of them was given: enter it"
    return [_finding(item, "not-listed", item.unknown, message, answer.detail or "yes")]


def _check_age(age_years: int | None) -> list[Finding]:
    rule = _tables().age
    limit = f"{rule.child_below_years} years"
    if age_years is None:
        message, found = "The age is not known", "unknown"
    elif not 0 <= age_years <= 130:
        raise InputError("age", f"{age_years} years is not possible", "Correct the date of birth")
    elif age_years < rule.child_below_years:
        message, found = rule.message, f"{age_years} years"
    else:
        return []
    return [
        Finding(
            code="safety.age",
            severity=Severity[rule.severity.upper()],
            subject="age",
            message=message,
            found=found,
            limit=limit,
            source=rule.source,
        )
    ]
