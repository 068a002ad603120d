"""The notes of a page: every number's source, numbered in the order in which they are named."""

from __future__ import annotations

from dataclasses import dataclass, field

from euthymia.clinic.portal.figures import Figure
from euthymia.core.references import Citation


@dataclass(frozen=True, slots=True)
class Note:
    """One note: its number, the sources, and the values as published."""

    number: int
    sources: tuple[Citation, ...]
    exact: str


@dataclass(slots=True)
class Notes:
    """The notes that a page has named so far; a source with the same values is named once."""

    listed: list[Note] = field(default_factory=list)

    def note(self, figure: Figure) -> Note:
        """The note of a figure, a new one at its first naming."""
        for known in self.listed:
            if (known.sources, known.exact) == (figure.sources, figure.exact):
                return known
        made = Note(len(self.listed) + 1, figure.sources, figure.exact)
        self.listed.append(made)
        return made
