"""The contacts after a course: which are due, and which have taken place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from euthymia.chart.entries import Entry
from euthymia.chart.follow_up_facts import FollowUpDone, FollowUpSet


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A contact that was set, as it stands. done: None while it is still to come."""

    entry_id: str
    contact: FollowUpSet
    set_by: Entry
    done: FollowUpDone | None = None
    done_by: Entry | None = None

    @property
    def is_open(self) -> bool:
        return self.done is None

    def is_overdue(self, on: date) -> bool:
        """True if its day has passed and it has not taken place."""
        return self.is_open and self.contact.due_on < on


def follow_ups(
    contacts: Iterable[tuple[FollowUpSet, Entry]], done: Iterable[tuple[FollowUpDone, Entry]]
) -> tuple[FollowUp, ...]:
    """The contacts in order of the day they are due."""
    taken = {fact.entry_id: (fact, entry) for fact, entry in done}
    found = [
        FollowUp(entry.id, fact, entry, *taken.get(entry.id, (None, None)))
        for fact, entry in contacts
    ]
    return tuple(sorted(found, key=lambda each: (each.contact.due_on, each.set_by.seq)))
