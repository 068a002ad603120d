"""What a staging instrument or a definition says: a stage or a range of them, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from euthymia.assess.medication.episode import Tally
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.verdicts import ReasonStep
from euthymia.assess.staging.rules import Definition
from euthymia.core.references import Citation


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """The points of one dimension: the least and the most that the facts allow, and why."""

    name: str
    category: str
    low: float
    high: float
    why: str
    missing: tuple[str, ...]
    source: Citation

    @property
    def points(self) -> str:
        """ "2", or "1 to 3"."""
        return span_text(self.low, self.high)


@dataclass(frozen=True, slots=True)
class StageResult:
    """A stage, or the range of stages that the recorded facts allow.

    `applicable` False: the instrument does not apply, and `low` and `high` are None. None: it
    applies only if one of the open trials turns out to count. `label` names the band or stage.
    `steps` are the reasoning line by line; the steps of a single trial stand in its own verdict.
    """

    instrument: Instrument
    name: str
    applicable: bool | None
    low: float | None
    high: float | None
    label: str
    sentence: str
    dimensions: tuple[DimensionScore, ...]
    missing: tuple[str, ...]
    notes: tuple[ReasonStep, ...]
    source: Citation
    steps: tuple[ReasonStep, ...]

    @property
    def definite(self) -> bool:
        """Whether there is exactly one possible result."""
        return self.applicable is False or (self.applicable is True and self.low == self.high)


@dataclass(frozen=True, slots=True)
class DefinitionResult:
    """Whether a definition of treatment resistance is met: True, False, or None (open)."""

    definition: Definition
    met: bool | None
    failures: Tally
    classes_low: int
    classes_high: int
    sentence: str
    missing: tuple[str, ...]
    steps: tuple[ReasonStep, ...]


def trial_steps(tallies: Iterable[Tally]) -> tuple[ReasonStep, ...]:
    """Which trials count, surely or perhaps; the rule is the one that judged the trial."""
    steps: list[ReasonStep] = []
    for tally in tallies:
        sure = {id(verdict) for verdict in tally.sure}
        for verdict in tally.possible:
            named = f"{verdict.agent.name} ({verdict.agent.drug_class})"
            source = verdict.instrument.rule.source
            if id(verdict) in sure:
                steps.append(ReasonStep(f"{named} counts: an adequate trial that failed", source))
            else:
                text = f"{named} may count{unknown_clause(verdict.missing)}"
                steps.append(ReasonStep(text, source))
    return tuple(dict.fromkeys(steps))


def unknown_clause(missing: Sequence[str]) -> str:
    """ "; unknown: the dose of sertraline", or nothing where nothing is missing."""
    return f"; unknown: {', '.join(missing)}" if missing else ""


def at_least(low: float, high: float, needed: float) -> bool | None:
    """Whether a value between `low` and `high` reaches what is needed; None where it is open."""
    if low >= needed:
        return True
    return None if high >= needed else False


def reached(fact: bool | None) -> str:
    """ "reached", "not reached" or "open"."""
    return {True: "reached", False: "not reached", None: "open"}[fact]


def span_text(low: float, high: float) -> str:
    """ "2", or "1 to 3"."""
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def joined(low: str, high: str) -> str:
    """Two categories as one text: "mild", or "mild to severe"."""
    return low if low == high else f"{low} to {high}"
