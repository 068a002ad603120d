"""One line of a told history while it is read: what was understood, and what is left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from euthymia.assess.medication.told.words import history_words

_MARK = "\x00"


@dataclass(frozen=True, slots=True)
class Reading:
    """Words of the line, and what they were taken to mean."""

    words: str
    meaning: str


class Scan:
    """A line of which parts are taken one after the other; what was taken is not read twice."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._left = text
        self._read: list[tuple[int, Reading]] = []

    @property
    def left(self) -> str:
        """The line with what was taken blotted out, letter by letter."""
        return self._left

    def take(self, match: re.Match[str], meaning: str) -> None:
        """Take a part of the line as understood."""
        first, last = match.span()
        words = " ".join(self.text[first:last].split()).strip(" ,;:")
        self._read.append((first, Reading(words, meaning)))
        self.blot(first, last)

    def blot(self, first: int, last: int) -> None:
        self._left = self._left[:first] + _MARK * (last - first) + self._left[last:]

    def hide(self, first: int, last: int) -> tuple[int, str]:
        """Blot out a part for a while; `show` brings it back."""
        part = self._left[first:last]
        self.blot(first, last)
        return first, part

    def show(self, hidden: tuple[int, str]) -> None:
        first, part = hidden
        self._left = self._left[:first] + part + self._left[first + len(part) :]

    def all(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Every place that still is to be read and fits, from left to right."""
        yield from list(pattern.finditer(self._left))

    @property
    def readings(self) -> tuple[Reading, ...]:
        """What was understood, in the order of the line."""
        return tuple(reading for _, reading in sorted(self._read, key=lambda one: one[0]))

    @property
    def not_understood(self) -> tuple[str, ...]:
        """The runs of words that nothing was made of, filler words left out."""
        fillers = history_words().fillers.words
        found = []
        for run in re.split(rf"[{_MARK},;|]+|\.\s", self._left):
            words = [word.strip(".,:()[]\"'") for word in run.split()]
            kept = [word for word in words if any(map(str.isalnum, word)) or "?" in word]
            if any(word.casefold() not in fillers for word in kept):
                found.append(" ".join(kept))
        return tuple(found)
