"""Entries as they are written down for one invented patient, in the order of their times."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from random import Random
from uuid import UUID, uuid5

from euthymia.chart.entries import AnyFact, Entry, draft
from euthymia.chart.envelope import Author, Draft
from euthymia.clinic.example.people import Person
from euthymia.clinic.example.rooms import Place
from euthymia.clinic.example.weeks import OpenDays

_NAMESPACE = UUID("3f0b3c58-92a4-4a0e-8a4f-6f4b1d1f8c11")


@dataclass(frozen=True, slots=True)
class Noted:
    """One entry before it has a place in a chart: the fact, who noted it, and when."""

    id: str
    at: datetime
    author: Author
    fact: AnyFact
    reason: str = ""

    def draft(self) -> Draft:
        """The entry ready for the ledger, checked as any other."""
        return draft(self.fact, id=self.id, at=self.at, author=self.author, reason=self.reason)

    def entry(self, seq: int) -> Entry:
        """The entry at its place, without a way over bytes."""
        return Entry(seq, self.id, self.at, self.author, self.reason, self.fact)


@dataclass(frozen=True, slots=True)
class Document:
    """A file that a chart names by its hash: a plan that says it is synthetic."""

    name: str
    content: bytes


@dataclass(slots=True)
class Book:
    """What is written down for one patient; what lies after `now` is left out in the end."""

    person: Person
    seed: int
    now: datetime
    days: OpenDays
    draw: Random
    place: Place
    documents: list[Document] = field(default_factory=list)
    _noted: list[Noted] = field(default_factory=list)

    @property
    def zone(self) -> tzinfo:
        assert self.now.tzinfo is not None
        return self.now.tzinfo

    def at(self, day: date, minute: float) -> datetime:
        """The time of a day so many minutes after midnight, with its offset from UTC."""
        whole = datetime.combine(day, time(), self.zone) + timedelta(minutes=minute)
        return whole.replace(microsecond=0)

    def note(
        self, day: date, minute: float, author: Author, *facts: AnyFact, reason: str = ""
    ) -> str:
        """Write facts down one minute after the other; returns the id of the last one's entry."""
        for later, fact in enumerate(facts):
            self.note_at(self.at(day, minute + later), author, fact, reason)
        return self._noted[-1].id

    def note_at(self, at: datetime, author: Author, fact: AnyFact, reason: str = "") -> str:
        """Write one fact down at a time; returns the id of its entry."""
        name = f"{self.seed}/{self.person.pseudonym}/{len(self._noted)}"
        noted = Noted(str(uuid5(_NAMESPACE, name)), at, author, fact, reason)
        self._noted.append(noted)
        return noted.id

    def entries(self) -> tuple[Noted, ...]:
        """Everything that was written down until now, in order of time."""
        past = (noted for noted in self._noted if noted.at <= self.now)
        return tuple(sorted(past, key=lambda noted: noted.at))
