"""Whether a payer's rule for TMS in depression is met on a day, and what is missing.

The rules stand in `data/payers.toml` with their dates and tags. Conditions that the record cannot
settle (an order, a supervision) are listed for a person to confirm and never counted as met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from pydantic import Field

from euthymia.assess.data_files import Row, load_table
from euthymia.assess.eligibility.label import Condition
from euthymia.assess.medication.episode import Tally, classes, in_current_episode, molecules
from euthymia.assess.medication.trial import EpisodeFacts, EpisodeSeverity
from euthymia.assess.medication.verdicts import ReasonStep, Role, TrialVerdict, Verdict
from euthymia.assess.scales.score import ScaleResult
from euthymia.core.findings import Severity
from euthymia.core.references import Citation


class PayerRule(Row):
    """One payer's conditions; a condition that is not asked for is None or False."""

    id: str
    name: str
    since: date | None = Field(default=None, alias="from")
    until: date | None = None
    age_from_years: int | None = None
    failures: int = 0
    classes: int = 1
    intolerance_counts: bool = False
    or_intolerances: int | None = None
    severe: bool = False
    no_psychosis: bool = False
    psychotherapy: bool = False
    phq9_at_least: int | None = None
    no_implant: bool = False
    confirm: tuple[str, ...] = ()
    source: Citation

    def in_force(self, day: date) -> bool | None:
        """Whether it held on a day; None where its dates are not on record."""
        if (self.since and day < self.since) or (self.until and day > self.until):
            return False
        return True if self.dated else None

    @property
    def dated(self) -> bool:
        """Whether any of its dates is on record."""
        return self.since is not None or self.until is not None


@dataclass(frozen=True, slots=True)
class PayerCase:
    """What a payer's rule is applied to; None means unknown."""

    on: date
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


@cache
def payer_rules() -> tuple[PayerRule, ...]:
    """All payer rules, in the order of their file."""
    return tuple(PayerRule.model_validate(row) for row in load_table("payers.toml")["payer"])


def check_payers(case: PayerCase) -> tuple[PayerResult, ...]:
    """Apply every rule that is in force on the day, or whose dates are not on record."""
    return tuple(
        PayerResult(rule, rule.in_force(case.on), _conditions(rule, case))
        for rule in payer_rules()
        if rule.in_force(case.on) is not False
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


def _condition(rule: PayerRule, held: bool | None, text: str, *missing: str) -> Condition:
    return Condition(held, ReasonStep(text, rule.source), missing if held is None else ())


def _age(rule: PayerRule, limit: int, case: PayerCase) -> Condition:
    asked = f"from {limit} years"
    if case.age_years is None:
        return _condition(rule, None, f"{asked}; the age is not known", "the age")
    youngest, oldest = case.age_years
    held = True if youngest >= limit else False if oldest < limit else None
    said = f"{youngest}" if youngest == oldest else f"{youngest} or {oldest}"
    return _condition(rule, held, f"{asked}; the age is {said}", "the date of birth")


def _severe(rule: PayerRule, episode: EpisodeFacts) -> Condition:
    severity = episode.severity
    held = None if severity is None else severity is EpisodeSeverity.SEVERE
    text = f"severe depression; recorded as {severity or 'unknown'}"
    return _condition(rule, held, text, "how severe the episode is")


def _not_psychotic(rule: PayerRule, episode: EpisodeFacts) -> Condition:
    held = None if episode.psychotic is None else not episode.psychotic
    said = {True: "yes", False: "no", None: "unknown"}[episode.psychotic]
    return _condition(
        rule, held, f"without psychosis; psychotic: {said}", "whether it is psychotic"
    )


def _no_implant(rule: PayerRule, gravest: Severity | None) -> Condition:
    held = None if gravest is None else gravest < Severity.STOP
    said = {True: "none recorded", False: "one is recorded or not ruled out", None: "not asked"}
    text = f"no implant or metal that the device labels exclude; {said[held]}"
    return _condition(rule, held, text, "whether there are implants or metal")


def _failures(rule: PayerRule, case: PayerCase) -> Condition:
    counted = case.intolerant if rule.intolerance_counts else ()
    sure, possible = (*case.failures.sure, *counted), (*case.failures.possible, *counted)
    enough = _reached(rule, sure)
    if rule.or_intolerances is not None:
        enough = enough or len(molecules(case.intolerant)) >= rule.or_intolerances
    held = True if enough else None if _reached(rule, possible) else False
    text = (
        f"{rule.failures} failed antidepressants of {rule.classes} classes; recorded: "
        f"{case.failures.text} adequate failures, {len(molecules(case.intolerant))} not tolerated"
    )
    return _condition(rule, held, text, *case.failures.missing)


def _reached(rule: PayerRule, verdicts: Sequence[TrialVerdict]) -> bool:
    return len(molecules(verdicts)) >= rule.failures and len(classes(verdicts)) >= rule.classes


def _psychotherapy(rule: PayerRule, case: PayerCase) -> Condition:
    said = {True: "recorded", False: "recorded as not tried", None: "not shown by the record"}
    text = f"an adequate trial of psychotherapy; {said[case.psychotherapy]}"
    missing = "whether an adequate trial of psychotherapy was made"
    return _condition(rule, case.psychotherapy, text, missing)


def _phq9(rule: PayerRule, limit: int, result: ScaleResult | None) -> Condition:
    if result is None:
        return _condition(rule, None, f"PHQ-9 of {limit} or more; not recorded", "the PHQ-9")
    held = True if result.low >= limit else False if result.high < limit else None
    text = f"PHQ-9 of {limit} or more; {result.sentence}"
    return _condition(rule, held, text, "the unanswered items of the PHQ-9")
