"""Whether a payer's rule for TMS in depression is met on a day, and what is missing.

The rules stand in `data/payers.toml` with their dates and tags. Conditions that the record cannot
settle (an order, a supervision) are listed for a person to confirm and never counted as met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Self

from pydantic import Field, model_validator

from euthymia.assess.data_files import Row, load_table
from euthymia.assess.eligibility.label import Condition, Diagnosis, Fact
from euthymia.assess.medication.episode import Tally, classes, in_current_episode, molecules
from euthymia.assess.medication.trial import EpisodeFacts, EpisodeSeverity
from euthymia.assess.medication.verdicts import ReasonStep, Role, TrialVerdict, Verdict
from euthymia.assess.scales.score import ScaleResult
from euthymia.core.errors import InputError
from euthymia.core.findings import Severity
from euthymia.core.references import Citation


class Settle(Row):
    """Who settles an open condition, and what to do."""

    who: str
    what: str


class Code(Row):
    """A billing code."""

    code: str
    text: str
    source: Citation


class PayerRule(Row):
    """One version of a payer's conditions; a condition that is not asked for is None or False.

    `payer` is common to the versions of one payer's rule; `criteria_known` False: only its header
    was read, so that nothing can be said of its conditions.
    """

    id: str
    payer: str
    name: str
    since: date | None = Field(default=None, alias="from")
    until: date | None = None
    diagnosis: Diagnosis = Diagnosis.MDD
    criteria_known: bool = True
    age_from_years: int | None = None
    age_case_by_case_from_years: int | None = None
    failures: int = 0
    classes: int = 1
    intolerance_counts: bool = False
    or_intolerances: int | None = None
    severe: bool = False
    no_psychosis: bool = False
    psychotherapy: bool = False
    phq9_at_least: int | None = None
    no_implant: bool = False
    sessions_at_most: int | None = None
    confirm: tuple[Settle, ...] = ()
    excludes: tuple[str, ...] = ()
    source: Citation

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"{self.id}: it ends before it begins")
        return self

    def in_force(self, day: date) -> bool | None:
        """Whether it held on a day; None where its dates are not on record."""
        if (self.since and day < self.since) or (self.until and day > self.until):
            return False
        return True if self.dated else None

    @property
    def dated(self) -> bool:
        """Whether any of its dates is on record."""
        return self.since is not None or self.until is not None

    @property
    def dates(self) -> str:
        """ "from 2022-12-11", "2018-05-14 to 2023-08-19", "dates not on record"."""
        if not self.dated:
            return "dates not on record"
        if self.until is None:
            return f"from {self.since}"
        return f"{self.since} to {self.until}" if self.since else f"until {self.until}"


@dataclass(frozen=True, slots=True)
class PayerCase:
    """What a payer's rule is applied to; None means unknown."""

    on: date
    diagnosis: Diagnosis
    episode: EpisodeFacts
    failures: Tally
    intolerant: tuple[TrialVerdict, ...]
    psychotherapy: bool | None
    age_years: tuple[int, int] | None
    phq9: ScaleResult | None
    implants: Severity | None
    """The gravest finding of the device labels on implants; None: not asked for all of them."""


@dataclass(frozen=True, slots=True)
class PayerResult:
    """Whether one rule is met, condition by condition; `in_force` None: its dates are unknown."""

    rule: PayerRule
    in_force: bool | None
    conditions: tuple[Condition, ...]

    @property
    def met(self) -> bool | None:
        """Whether all conditions hold that the record can settle."""
        held = [condition.held for condition in self.conditions]
        return False if False in held else None if None in held else True

    @property
    def missing(self) -> tuple[str, ...]:
        points = [point for condition in self.conditions for point in condition.missing]
        return tuple(dict.fromkeys(points))

    @property
    def sentence(self) -> str:
        """The result, with what is missing and what a person has to confirm."""
        said = {True: "met as far as recorded", False: "not met", None: "open"}[self.met]
        against = [c.reason.text for c in self.conditions if c.held is False]
        said += f" ({'; '.join(against)})" if against else ""
        unknown = f"; unknown: {', '.join(self.missing)}" if self.missing else ""
        dates = "" if self.in_force else "; its dates are not on record"
        return f"{self.rule.name}: {said}{unknown}{dates}"


class _Tables(Row):
    payer: tuple[PayerRule, ...]
    settle: dict[str, Settle]
    cpt: tuple[Code, ...]


@cache
def _tables() -> _Tables:
    return _Tables.model_validate(load_table("payers.toml"))


def payer_rules() -> tuple[PayerRule, ...]:
    """All payer rules, in the order of their file."""
    return _tables().payer


def find_payer_rule(key: str, on: date) -> PayerRule:
    """The rule of that id, or the version of that payer's rule that holds on a day.

    Refuses an unknown one, and one that does not hold on the day, with the versions that there are.
    """
    plain = key.casefold().strip()
    named = [r for r in payer_rules() if plain in (r.id, r.payer.casefold(), r.name.casefold())]
    if not named:
        known = ", ".join(rule.id for rule in payer_rules())
        raise InputError(
            f"payer {key!r}", "no rule of this payer is on record", f"Use one of {known}"
        )
    versions = [rule for rule in payer_rules() if rule.payer in {found.payer for found in named}]
    holding = [rule for rule in versions if rule.in_force(on) is not False]
    if not holding:
        said = "; ".join(f"{rule.name}: {rule.dates}" for rule in versions)
        raise InputError(
            f"payer {key!r}",
            f"none of its rules on record holds on {on.isoformat()} ({said})",
            "Ask the payer for the rule in force, and enter it",
        )
    return holding[0]


def settles(fact: str) -> Settle:
    """Who settles an open condition on that fact, and how."""
    return _tables().settle[fact]


def billing_codes() -> tuple[Code, ...]:
    """The codes under which sessions are billed."""
    return _tables().cpt


def check_payer(rule: PayerRule, case: PayerCase) -> PayerResult:
    """Apply one rule."""
    return PayerResult(rule, rule.in_force(case.on), _conditions(rule, case))


def check_payers(case: PayerCase) -> tuple[PayerResult, ...]:
    """Apply every rule about the diagnosis that is in force, or whose dates are not on record."""
    return tuple(
        check_payer(rule, case)
        for rule in payer_rules()
        if rule.diagnosis is case.diagnosis and rule.in_force(case.on) is not False
    )


def intolerances(
    verdicts: Sequence[TrialVerdict], episode: EpisodeFacts
) -> tuple[TrialVerdict, ...]:
    """The antidepressants of the present episode that were surely not tolerated."""
    return tuple(
        verdict
        for verdict in verdicts
        if verdict.role is Role.ANTIDEPRESSANT
        and verdict.verdict is Verdict.INTOLERANCE
        and in_current_episode(verdict.trial, episode)
    )


def _conditions(rule: PayerRule, case: PayerCase) -> tuple[Condition, ...]:
    found = []
    if not rule.criteria_known:
        text = "the criteria of this rule are not on record here"
        missing = ("the criteria of this rule",)
        return (Condition(None, ReasonStep(text, rule.source), missing, Fact.CRITERIA, text),)
    if rule.age_from_years is not None:
        found.append(_age(rule, rule.age_from_years, case))
    if rule.severe:
        found.append(_severe(rule, case.episode))
    if rule.no_psychosis:
        found.append(_not_psychotic(rule, case.episode))
    if rule.no_implant:
        found.append(_no_implant(rule, case.implants))
    if rule.failures:
        found.append(_failures(rule, case))
    if rule.psychotherapy:
        found.append(_psychotherapy(rule, case))
    if rule.phq9_at_least is not None:
        found.append(_phq9(rule, rule.phq9_at_least, case.phq9))
    return tuple(found)


def _condition(
    rule: PayerRule, fact: Fact, held: bool | None, asked: str, said: str, *missing: str
) -> Condition:
    step = ReasonStep(f"{asked}; {said}", rule.source)
    return Condition(held, step, missing if held is None else (), fact, asked)


def _age(rule: PayerRule, limit: int, case: PayerCase) -> Condition:
    asked = f"from {limit} years"
    if case.age_years is None:
        return _condition(rule, Fact.AGE, None, asked, "the age is not known", "the age")
    youngest, oldest = case.age_years
    held = True if youngest >= limit else False if oldest < limit else None
    said = f"{youngest}" if youngest == oldest else f"{youngest} or {oldest}"
    missing = "the date of birth"
    single = rule.age_case_by_case_from_years
    if held is False and single is not None and oldest >= single:
        held, asked = None, f"{asked} ({single} to {limit - 1} years case by case)"
        missing = "the payer's decision on this age"
    return _condition(rule, Fact.AGE, held, asked, f"the age is {said}", missing)


def _severe(rule: PayerRule, episode: EpisodeFacts) -> Condition:
    severity = episode.severity
    held = None if severity is None else severity is EpisodeSeverity.SEVERE
    said = f"recorded as {severity or 'unknown'}"
    missing = "how severe the episode is"
    return _condition(rule, Fact.SEVERITY, held, "severe depression", said, missing)


def _not_psychotic(rule: PayerRule, episode: EpisodeFacts) -> Condition:
    held = None if episode.psychotic is None else not episode.psychotic
    said = {True: "recorded as psychotic", False: "recorded as not psychotic", None: "unknown"}
    missing = "whether it is psychotic"
    asked = "without psychosis"
    return _condition(rule, Fact.PSYCHOSIS, held, asked, said[episode.psychotic], missing)


def _no_implant(rule: PayerRule, gravest: Severity | None) -> Condition:
    held = None if gravest is None else gravest < Severity.STOP
    said = {True: "none recorded", False: "one is recorded or not ruled out", None: "not asked"}
    asked = "no implant or metal that the device labels exclude"
    missing = "whether there are implants or metal"
    return _condition(rule, Fact.IMPLANT, held, asked, said[held], missing)


def _failures(rule: PayerRule, case: PayerCase) -> Condition:
    counted = case.intolerant if rule.intolerance_counts else ()
    sure, possible = (*case.failures.sure, *counted), (*case.failures.possible, *counted)
    enough = _reached(rule, sure)
    if rule.or_intolerances is not None:
        enough = enough or len(molecules(case.intolerant)) >= rule.or_intolerances
    held = True if enough else None if _reached(rule, possible) else False
    noun = "class" if rule.classes == 1 else "classes"
    drugs = "failed antidepressant" if rule.failures == 1 else "failed antidepressants"
    asked = f"{rule.failures} {drugs} of {rule.classes} {noun}"
    if rule.intolerance_counts:
        asked += " (one not tolerated counts)"
    elif rule.or_intolerances is not None:
        asked += f" (or {rule.or_intolerances} not tolerated)"
    said = (
        f"recorded: {case.failures.text} adequate failures, "
        f"{len(molecules(case.intolerant))} not tolerated"
    )
    return _condition(rule, Fact.FAILURES, held, asked, said, *case.failures.missing)


def _reached(rule: PayerRule, verdicts: Sequence[TrialVerdict]) -> bool:
    return len(molecules(verdicts)) >= rule.failures and len(classes(verdicts)) >= rule.classes


def _psychotherapy(rule: PayerRule, case: PayerCase) -> Condition:
    said = {True: "recorded", False: "recorded as not tried", None: "not shown by the record"}
    asked = "an adequate trial of psychotherapy"
    missing = "whether an adequate trial of psychotherapy was made"
    held = case.psychotherapy
    return _condition(rule, Fact.PSYCHOTHERAPY, held, asked, said[held], missing)


def _phq9(rule: PayerRule, limit: int, result: ScaleResult | None) -> Condition:
    asked = f"PHQ-9 of {limit} or more"
    if result is None:
        return _condition(rule, Fact.PHQ9, None, asked, "not recorded", "the PHQ-9")
    held = True if result.low >= limit else False if result.high < limit else None
    missing = "the unanswered items of the PHQ-9"
    return _condition(rule, Fact.PHQ9, held, asked, result.sentence, missing)
