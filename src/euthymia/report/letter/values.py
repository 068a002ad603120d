"""What a prior-authorisation letter is made of: statements with the chart entries behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from euthymia.assess.eligibility.payers import PayerResult
from euthymia.assess.eligibility.tasks import Task
from euthymia.chart.entries import Entry
from euthymia.core.errors import InputError
from euthymia.core.references import Citation

_ID_SHOWN = 8


@dataclass(frozen=True, slots=True)
class EntryRef:
    """A chart entry that a statement rests on."""

    number: int
    id: str

    @property
    def short(self) -> str:
        """ "17 · 3f0c9a12": its number in the chart and the end of its id."""
        return f"{self.number} · {self.id[-_ID_SHOWN:]}"


def refs_of(entries: Iterable[Entry]) -> tuple[EntryRef, ...]:
    """References to entries, each once, in the order of the chart."""
    found = {entry.id: EntryRef(entry.seq, entry.id) for entry in entries}
    return tuple(sorted(found.values(), key=lambda ref: ref.number))


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a letter with the chart entries behind it; never without an entry."""

    text: str
    refs: tuple[EntryRef, ...]
    source: Citation | None = None

    def __post_init__(self) -> None:
        if not self.refs:
            raise InputError(
                f"statement {self.text!r}",
                "no chart entry stands behind it",
                "Leave it out, or record what it says",
            )


def verified(source: Citation | None) -> Citation | None:
    """A source that a letter may cite: a rule that was only recalled becomes a task instead."""
    return source if source is not None and source.tag.verified else None


@dataclass(frozen=True, slots=True)
class Part:
    """A titled part of a letter."""

    title: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One treatment trial as a row: what was taken, when, how much, and what became of it."""

    treatment: str
    dates: str
    dose: str
    outcome: str
    refs: tuple[EntryRef, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion of the payer that the chart shows to be met."""

    asked: str
    shown: Statement


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, printed at the top; what is empty is left out."""

    clinic: str = ""
    physician: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A request for prior authorisation.

    parts: what is stated.
    trials: the treatment history.
    criteria: those of the payer that the chart shows to be met.
    unmet: those that are not.
    tasks: what is open, or what only a person can confirm.
    safety_tasks: those on suicide that nobody has closed yet.
    entries: every entry that is referred to, in the order of the chart.
    """

    on: date
    patient: str
    synthetic: bool
    payer: PayerResult
    letterhead: Letterhead
    parts: tuple[Part, ...]
    trials: tuple[TrialRow, ...]
    criteria: tuple[Criterion, ...]
    unmet: tuple[str, ...]
    tasks: tuple[Task, ...]
    safety_tasks: tuple[str, ...]
    entries: tuple[Entry, ...]

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Every statement of the letter, in reading order."""
        told = [statement for part in self.parts for statement in part.statements]
        return (*told, *(criterion.shown for criterion in self.criteria))

    @property
    def open_conditions(self) -> int:
        """How many of the payer's criteria the chart leaves open."""
        return sum(condition.held is None for condition in self.payer.conditions)

    @property
    def ready(self) -> bool:
        """Whether every criterion that the chart can show is met, by a rule with known dates.

        What only a person can confirm may still be open; an open safety task may not.
        """
        settled = not (self.unmet or self.open_conditions or self.safety_tasks)
        return settled and self.payer.in_force is True
