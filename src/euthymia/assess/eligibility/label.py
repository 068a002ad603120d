"""On label, off label or research: what TMS is cleared for, for this patient on this date.

The indications and clearances stand in `data/indications.toml`. A fact that is missing leaves the
status open; it never makes a treatment on label.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from euthymia.assess.data_files import Row, load_table
from euthymia.assess.medication.episode import Tally
from euthymia.assess.medication.verdicts import ReasonStep
from euthymia.core.references import Citation


class Diagnosis(StrEnum):
    """What TMS is considered for."""

    MDD = "mdd"
    BIPOLAR_DEPRESSION = "bipolar_depression"
    OCD = "ocd"
    SMOKING = "smoking"
    MIGRAINE = "migraine"
    PTSD = "ptsd"
    ANXIETY = "anxiety"
    OTHER = "other"


class LabelStatus(StrEnum):
    """How a treatment stands to the clearances."""

    ON_LABEL = "on_label"
    OFF_LABEL = "off_label"
    RESEARCH = "research"
    UNDETERMINED = "undetermined"

    @property
    def label(self) -> str:
        return (
            "experimental (research)"
            if self is LabelStatus.RESEARCH
            else self.value.replace("_", " ")
        )


class Indication(Row):
    """One cleared use. Both ends of the age belong to it.

    Between `age_perhaps_from_years` and `age_from_years` the labels leave the age open ("adults").
    """

    id: str
    name: str
    diagnosis: Diagnosis
    text: str
    anxious: bool = False
    age_from_years: int
    age_perhaps_from_years: int | None = None
    age_to_years: int | None = None
    age_source: Citation
    min_failures: int = 0
    max_failures: int | None = None
    asks_adequacy: bool = False
    source: Citation


class Clearance(Row):
    """A clearance of a device for indications, on a day between `earliest` and `latest`."""

    number: str
    device: str
    maker: str
    indications: tuple[str, ...]
    earliest: date
    latest: date
    source: Citation

    def holds_on(self, day: date) -> bool | None:
        """Whether it had been given by that day; None within the days that are not certain."""
        if day >= self.latest:
            return True
        return False if day < self.earliest else None


class Outside(Row):
    """How a use outside every clearance is called, and why."""

    diagnosis: Diagnosis
    status: LabelStatus
    text: str
    source: Citation


class _Icd10(Row):
    prefix: str
    diagnosis: Diagnosis


class _Tables(Row):
    icd10: tuple[_Icd10, ...]
    indication: tuple[Indication, ...]
    clearance: tuple[Clearance, ...]
    outside: tuple[Outside, ...]


@cache
def _tables() -> _Tables:
    return _Tables.model_validate(load_table("indications.toml"))


def indications() -> tuple[Indication, ...]:
    """All cleared uses."""
    return _tables().indication


def clearances() -> tuple[Clearance, ...]:
    """All clearances, oldest first."""
    return _tables().clearance


def outside_uses() -> tuple[Outside, ...]:
    """What is said of uses outside every clearance."""
    return _tables().outside


def diagnosis_of_icd10(code: str) -> Diagnosis:
    """What an ICD-10 or ICD-10-CM code means here; a code outside the table is OTHER."""
    plain = code.upper().replace(".", "").strip()
    fitting = [row for row in _tables().icd10 if plain.startswith(row.prefix)]
    return max(fitting, key=lambda row: len(row.prefix)).diagnosis if fitting else Diagnosis.OTHER


@dataclass(frozen=True, slots=True)
class Candidate:
    """Whom the clearances are asked about, and on which day; None means unknown.

    `failures` are the adequate failures of the present episode. `unsatisfied` counts the other
    antidepressants of the episode that did not help (too short, too low, not tolerated): the labels
    do not say whether such a trial will do. `age_years` is the youngest and the oldest age that the
    birth date or year allows. `device` keeps the clearances whose device or maker contains it.
    """

    diagnosis: Diagnosis
    on: date
    age_years: tuple[int, int] | None = None
    failures: Tally | None = None
    unsatisfied: int = 0
    anxious: bool | None = None
    device: str | None = None


class Fact(StrEnum):
    """What of the record a condition rests on."""

    DIAGNOSIS = "diagnosis"
    AGE = "age"
    SEVERITY = "severity"
    PSYCHOSIS = "psychosis"
    IMPLANT = "implant"
    FAILURES = "failures"
    PSYCHOTHERAPY = "psychotherapy"
    PHQ9 = "phq9"
    CLEARANCE = "clearance"
    ANXIETY = "anxiety"
    CRITERIA = "criteria"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a rule: held, not held, or open (None) with what is missing.

    `asked` is the condition in the rule's terms; `fact` says on what of the record it rests.
    """

    held: bool | None
    reason: ReasonStep
    missing: tuple[str, ...] = ()
    fact: Fact = Fact.CLEARANCE
    asked: str = ""

    @property
    def word(self) -> str:
        """ "met", "not met" or "unknown"."""
        return {True: "met", False: "not met", None: "unknown"}[self.held]


@dataclass(frozen=True, slots=True)
class IndicationResult:
    """Whether one cleared use covers the patient, condition by condition."""

    indication: Indication
    conditions: tuple[Condition, ...]
    clearances: tuple[Clearance, ...]

    @property
    def met(self) -> bool | None:
        held = [condition.held for condition in self.conditions]
        return False if False in held else None if None in held else True

    @property
    def missing(self) -> tuple[str, ...]:
        """What would settle an open use; nothing for one that is settled."""
        if self.met is not None:
            return ()
        return tuple(point for condition in self.conditions for point in condition.missing)


@dataclass(frozen=True, slots=True)
class EligibilityResult:
    """The label status of TMS for a patient on a day, with every cleared use that was weighed."""

    status: LabelStatus
    sentence: str
    results: tuple[IndicationResult, ...]
    missing: tuple[str, ...]
    source: Citation


def eligibility(candidate: Candidate) -> EligibilityResult:
    """Weigh every cleared use of the diagnosis on the day."""
    weighed = tuple(
        _weigh(row, candidate) for row in indications() if row.diagnosis is candidate.diagnosis
    )
    met = [result for result in weighed if result.met]
    perhaps = [result for result in weighed if result.met is None]
    if met:
        status, source = LabelStatus.ON_LABEL, met[0].indication.source
        said = "; ".join(result.indication.name for result in met)
    elif perhaps:
        status, source = LabelStatus.UNDETERMINED, perhaps[0].indication.source
        said = "; ".join(f"{result.indication.name}: open" for result in perhaps)
    else:
        row = next(row for row in outside_uses() if row.diagnosis is candidate.diagnosis)
        status, source, said = row.status, row.source, row.text
    missing = () if met else tuple(dict.fromkeys(m for result in perhaps for m in result.missing))
    unknown = f"; unknown: {', '.join(missing)}" if missing else ""
    opening = status.label[:1].upper() + status.label[1:]
    return EligibilityResult(status, f"{opening}: {said}{unknown}", weighed, missing, source)


def _weigh(row: Indication, candidate: Candidate) -> IndicationResult:
    conditions = [_cleared(row, candidate), _age(row, candidate.age_years)]
    if row.min_failures:
        conditions.append(_failed(row, candidate))
    if row.anxious:
        conditions.append(_anxious(row, candidate.anxious))
    held = tuple(c for c in _of(row, candidate) if c.holds_on(candidate.on))
    return IndicationResult(row, tuple(conditions), held)


def _of(row: Indication, candidate: Candidate) -> tuple[Clearance, ...]:
    asked = (candidate.device or "").casefold()
    found = (clearance for clearance in clearances() if row.id in clearance.indications)
    return tuple(c for c in found if asked in f"{c.device} {c.maker}".casefold())


def _cleared(row: Indication, candidate: Candidate) -> Condition:
    day = candidate.on.isoformat()
    rows = _of(row, candidate)
    sure = [clearance for clearance in rows if clearance.holds_on(candidate.on)]
    perhaps = [clearance for clearance in rows if clearance.holds_on(candidate.on) is None]
    of_device = f" for {candidate.device}" if candidate.device else ""
    if sure:
        text = f"Cleared{of_device} by {day}: {sure[0].number} ({sure[0].device})"
        return Condition(True, ReasonStep(text, sure[0].source))
    if perhaps:
        text = f"Cleared{of_device} about {day}, on a day that is not certain: {perhaps[0].number}"
        missing = (f"the exact day of clearance {perhaps[0].number}",)
        return Condition(None, ReasonStep(text, perhaps[0].source), missing)
    return Condition(False, ReasonStep(f"No clearance{of_device} by {day}", row.source))


def _age(row: Indication, age_years: tuple[int, int] | None) -> Condition:
    upper = f" to {row.age_to_years}" if row.age_to_years is not None else " on"
    asked = f"the label covers from {row.age_from_years}{upper} years"
    if age_years is None:
        step = ReasonStep(f"Age not known; {asked}", row.age_source)
        return Condition(None, step, ("the age",), Fact.AGE)
    youngest, oldest = age_years
    said = f"{youngest}" if youngest == oldest else f"{youngest} or {oldest}"
    step = ReasonStep(f"Age {said} years; {asked}", row.age_source)
    held = {_age_held(row, youngest), _age_held(row, oldest)}
    if len(held) == 1 and None not in held:
        return Condition(held.pop(), step, (), Fact.AGE)
    adult = f"whether {said} years counts as adult for the label"
    return Condition(None, step, (adult if None in held else "the date of birth",), Fact.AGE)


def _age_held(row: Indication, years: int) -> bool | None:
    if row.age_to_years is not None and years > row.age_to_years:
        return False
    if years >= row.age_from_years:
        return True
    perhaps = row.age_perhaps_from_years
    return None if perhaps is not None and years >= perhaps else False


def _failed(row: Indication, candidate: Candidate) -> Condition:
    only = row.max_failures == row.min_failures
    asked = f"the label asks for {row.min_failures}{'' if only else ' or more'}"
    failures, others = candidate.failures, candidate.unsatisfied
    if failures is None:
        text = f"Failed antidepressants not known; {asked}"
        missing_trials = ("the trials of this episode",)
        return Condition(None, ReasonStep(text, row.source), missing_trials, Fact.FAILURES)
    text = f"{failures.text} adequate failures in this episode; {asked}"
    if row.max_failures is not None and failures.low > row.max_failures:
        return Condition(False, ReasonStep(text, row.source), (), Fact.FAILURES)
    few_enough = row.max_failures is None or failures.high <= row.max_failures
    if failures.low >= row.min_failures and few_enough:
        return Condition(True, ReasonStep(text, row.source), (), Fact.FAILURES)
    missing = list(failures.missing) if failures.high >= row.min_failures else []
    if others and failures.low < row.min_failures and not row.asks_adequacy:
        text += f"; {others} more did not help, and the label does not ask for adequacy"
        missing.append("whether an inadequate or intolerable trial will do (the label is silent)")
    held = None if missing else False
    return Condition(held, ReasonStep(text, row.source), tuple(missing), Fact.FAILURES)


def _anxious(row: Indication, anxious: bool | None) -> Condition:
    said = {True: "present", False: "absent", None: "not known"}[anxious]
    missing = ("whether there are anxiety symptoms",) if anxious is None else ()
    step = ReasonStep(f"Anxiety symptoms: {said}", row.source)
    return Condition(anxious, step, missing, Fact.ANXIETY)
