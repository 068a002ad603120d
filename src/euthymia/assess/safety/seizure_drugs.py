"""Drugs that lower the seizure threshold or shift the motor threshold, and the risk of a seizure.

The lists stand in `data/seizure.toml`. They name examples and are not complete, so that a drug
that is not on them gives a note, never silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from euthymia.assess.data_files import Row, load_table
from euthymia.assess.medication.names import lookup_agent
from euthymia.core.findings import Finding, Severity
from euthymia.core.quantities import Estimate
from euthymia.core.references import Citation


class DrugGroup(Row):
    """Drugs of one weight. Names may be of a drug or of a class of drugs."""

    id: str
    name: str
    severity: str
    message: str
    drugs: tuple[str, ...]
    source: Citation


class _Sentence(Row):
    text: str
    source: Citation


class RiskFigure(Row):
    """A published frequency of seizures, with its interval where one was published."""

    id: str
    text: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    events: int | None = None
    exposures: int | None = None
    per: int | None = None
    source: Citation

    @property
    def estimate(self) -> Estimate:
        """The figure as a number with its 95 % interval."""
        return Estimate(
            self.value, self.unit, self.low, self.high, how="as published", source=self.source
        )


class _Tables(Row):
    weight: _Sentence
    group: tuple[DrugGroup, ...]
    classes: dict[str, tuple[str, ...]]
    classes_source: Citation
    polypharmacy: _Sentence
    risk: tuple[RiskFigure, ...]


@cache
def _tables() -> _Tables:
    return _Tables.model_validate(load_table("seizure.toml"))


def drug_groups() -> tuple[DrugGroup, ...]:
    """The groups of drugs, with their weights."""
    return _tables().group


def drug_classes() -> dict[str, tuple[str, ...]]:
    """The class names used in the groups, with the members that histories hold."""
    return dict(_tables().classes)


def seizure_risk() -> tuple[RiskFigure, ...]:
    """The published frequencies of seizures under TMS, as context for a decision."""
    return _tables().risk


def check_drugs(current: Iterable[str], withdrawn: Iterable[str] = ()) -> tuple[Finding, ...]:
    """Findings on the drugs taken now, and on those being withdrawn or recently stopped."""
    current = tuple(dict.fromkeys(current))
    found: list[Finding] = []
    for group in drug_groups():
        if group.id != "withdrawal":
            found.extend(_group_findings(group, current))
    lowering = [name for name in current if _groups_of(name) & {"strong", "relative"}]
    if len(lowering) > 1:
        found.append(_several(lowering))
    unlisted = [name for name in current if not _groups_of(name)]
    if unlisted:
        found.append(_unlisted(unlisted))
    found.extend(_withdrawal_findings(tuple(dict.fromkeys(withdrawn))))
    return tuple(found)


def _group_findings(group: DrugGroup, names: Sequence[str]) -> list[Finding]:
    return [
        Finding(
            code=f"safety.drug.{group.id}",
            severity=Severity[group.severity.upper()],
            subject=name,
            message=f"{_generic(name)} {group.message}{_weight(group)}",
            found="taken now",
            source=group.source,
        )
        for name in names
        if group.id in _groups_of(name)
    ]


def _weight(group: DrugGroup) -> str:
    return f"; {_tables().weight.text}" if group.id in ("strong", "relative") else ""


def _withdrawal_findings(names: Sequence[str]) -> list[Finding]:
    group = next(row for row in drug_groups() if row.id == "withdrawal")
    return [
        Finding(
            code="safety.drug.withdrawal" if _listed(group, name) else "safety.drug.change",
            severity=Severity[group.severity.upper()] if _listed(group, name) else Severity.CAUTION,
            subject=name,
            message=f"{_generic(name)} {group.message}"
            if _listed(group, name)
            else f"{_generic(name)} was stopped or reduced: measure the motor threshold again",
            found="withdrawn or reduced",
            source=group.source,
        )
        for name in names
    ]


def _several(names: Sequence[str]) -> Finding:
    sentence = _tables().polypharmacy
    return Finding(
        code="safety.drug.several",
        severity=Severity.CAUTION,
        subject="medication",
        message=f"{sentence.text[:1].upper()}{sentence.text[1:]}",
        found=", ".join(names),
        source=sentence.source,
    )


def _unlisted(names: Sequence[str]) -> Finding:
    return Finding(
        code="safety.drug.unlisted",
        severity=Severity.NOTE,
        subject="medication",
        message="Not named in the list of drugs that lower the seizure threshold, which gives "
        "examples and is not complete: look at the product information",
        found=", ".join(names),
        source=_tables().weight.source,
    )


def _generic(name: str) -> str:
    agent = lookup_agent(name)
    return agent.name if agent else name


def _groups_of(name: str) -> frozenset[str]:
    return frozenset(
        group.id for group in drug_groups() if group.id != "withdrawal" and _listed(group, name)
    )


def _listed(group: DrugGroup, name: str) -> bool:
    return bool(_synonyms(name) & {drug.casefold() for drug in group.drugs})


@cache
def _synonyms(name: str) -> frozenset[str]:
    """A drug's own name, its generic name, the parts of a combination, and the classes it is in."""
    names = {name.casefold().strip()}
    agent = lookup_agent(name)
    if agent is not None:
        names |= {agent.name.casefold(), agent.molecule, *agent.molecule.split("-")}
    classes = {group for group, members in drug_classes().items() if names & set(members)}
    return frozenset(names | classes)
