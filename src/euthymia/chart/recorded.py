"""Facts in force, kept up to date as entries come, each with the entries that it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from euthymia.chart.entries import Amended, Entry, Retracted
from euthymia.chart.facts import Fact

F = TypeVar("F", bound=Fact)
G = TypeVar("G", bound=Fact)
Day = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Recorded(Generic[F]):
    """A fact that is in force, with the entries it comes from.

    entries: the first is the one that recorded it, the others its amendments, oldest first.
    """

    fact: F
    entries: tuple[Entry, ...]

    @property
    def id(self) -> str:
        """The id of the entry that recorded it; amendments and retractions name this one."""
        return self.entries[0].id

    @property
    def entry_ids(self) -> tuple[str, ...]:
        return tuple(entry.id for entry in self.entries)

    @property
    def seq(self) -> int:
        """Its place in the chart; an amendment does not move it."""
        return self.entries[0].seq


class Standing:
    """All entries so far, and of every kind the facts in force.

    What one more entry changes is worked out for its own kind only, so that adding to a long chart
    costs little. `days` says by which day the facts of a kind are ordered; the others stand in the
    order of recording.
    """

    def __init__(self, days: Mapping[type[Fact], Day]) -> None:
        self.entries: dict[str, Entry] = {}
        self._days = days
        self._amendments: dict[str, tuple[Entry, ...]] = {}
        self._retracted: set[str] = set()
        self._recording: dict[type[Fact], tuple[Entry, ...]] = {}
        self._held: dict[type[Fact], tuple[Recorded[Any], ...]] = {}
        self._coming: dict[type[Fact], list[Entry]] = {}

    def copy(self) -> Standing:
        """One that can go another way from here."""
        other = Standing(self._days)
        other.entries = self.entries.copy()
        other._amendments = self._amendments.copy()
        other._retracted = self._retracted.copy()
        other._recording = self._recording.copy()
        other._held = self._held.copy()
        other._coming = {kind: coming.copy() for kind, coming in self._coming.items()}
        return other

    def add(self, entry: Entry) -> None:
        """Add an entry that may stand where it does."""
        self.entries[entry.id] = entry
        kind = type(entry.fact)
        if isinstance(entry.fact, Amended):
            target = entry.fact.entry_id
            self._amendments[target] = (*self._amendments.get(target, ()), entry)
            self._work_out_anew(type(self.entries[target].fact))
        elif isinstance(entry.fact, Retracted):
            gone = self.entries[entry.fact.entry_id]
            self._retracted.add(gone.id)
            if isinstance(gone.fact, Amended):
                gone = self.entries[gone.fact.entry_id]
            self._work_out_anew(type(gone.fact))
        else:
            self._coming.setdefault(kind, []).append(entry)

    def is_retracted(self, entry_id: str) -> bool:
        return entry_id in self._retracted

    def held(self, kind: type[G]) -> tuple[Recorded[G], ...]:
        """The facts of one kind in force, by their day if they have one, else as recorded."""
        coming = self._coming.pop(kind, [])
        if coming:
            self._recording[kind] = (*self._recording.get(kind, ()), *coming)
        if kind not in self._held:
            self._held[kind] = self._ordered(kind, self._recorded(self._recording.get(kind, ())))
        elif coming:
            self._held[kind] = self._joined(kind, self._held[kind], self._recorded(coming))
        return self._held[kind]

    def in_order(self, *kinds: type[Fact]) -> tuple[Recorded[Any], ...]:
        """The facts in force of several kinds, in the order of recording."""
        found = [each for kind in kinds for each in self.held(kind)]
        return tuple(sorted(found, key=lambda each: each.seq))

    def retracted(self) -> tuple[Recorded[Fact], ...]:
        """The facts that no longer hold, as they last stood, in the order of recording."""
        gone = [self.entries[entry_id] for entry_id in self._retracted]
        facts = [entry for entry in gone if not isinstance(entry.fact, Amended)]
        return tuple(self._amended(entry) for entry in sorted(facts, key=lambda each: each.seq))

    def _work_out_anew(self, kind: type[Fact]) -> None:
        self._held.pop(kind, None)

    def _recorded(self, entries: Iterable[Entry]) -> list[Recorded[Any]]:
        return [self._amended(entry) for entry in entries if entry.id not in self._retracted]

    def _amended(self, entry: Entry) -> Recorded[Any]:
        """An original entry with its amendments in force."""
        known = self._amendments.get(entry.id, ())
        amended = [each for each in known if each.id not in self._retracted]
        latest: Fact = entry.fact
        if amended and isinstance(amended[-1].fact, Amended):
            latest = amended[-1].fact.fact
        return Recorded(latest, (entry, *amended))

    def _ordered(self, kind: type[Fact], found: list[Recorded[Any]]) -> tuple[Recorded[Any], ...]:
        day = self._days.get(kind)
        if day is not None:
            found.sort(key=lambda each: (day(each.fact), each.seq))
        return tuple(found)

    def _joined(
        self, kind: type[Fact], before: tuple[Recorded[Any], ...], new: list[Recorded[Any]]
    ) -> tuple[Recorded[Any], ...]:
        """Both in order; in most charts what comes later is also about a later day."""
        day = self._days.get(kind)
        if day is None or not before or all(day(x.fact) >= day(before[-1].fact) for x in new):
            return (*before, *self._ordered(kind, new))
        return self._ordered(kind, [*before, *new])
