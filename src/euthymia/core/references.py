"""Where a number comes from: references, verification tags, and the registry of both.

A `Reference` is a publication, label or web page. A `Citation` is one use of it: which reference,
where in it, and how far the fact was verified. Rule tables carry citations; reports print them.
The references stand in `data/references/*.toml`, one file a subject.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from euthymia.core.errors import InputError


class Tag(StrEnum):
    """How far a fact was verified against its source."""

    READ = "V"
    READ_SECONDHAND = "V2"
    ARITHMETIC = "A"
    RECALLED = "M"
    COMPUTED = "C"

    @property
    def meaning(self) -> str:
        return _MEANINGS[self]

    @property
    def verified(self) -> bool:
        """False for recalled facts, which every screen and report shows as unverified."""
        return self is not Tag.RECALLED


_MEANINGS = {
    Tag.READ: "read in the named source",
    Tag.READ_SECONDHAND: "read in a secondary source only",
    Tag.ARITHMETIC: "recalled, and confirmed by arithmetic",
    Tag.RECALLED: "unverified: recalled, still to be checked against the named source",
    Tag.COMPUTED: "computed, reproducible from the rule beside it",
}


class Reference(BaseModel):
    """One publication, device label, rule text or web page."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    authors: str = ""
    year: int | None = None
    where: str = ""
    doi: str | None = None
    url: str | None = None

    @property
    def short(self) -> str:
        """Author and year, for a table: "Fekadu 2018"."""
        lead = self.authors.split(",")[0].split(" and ")[0].strip()
        family = lead.split()[0] if lead else self.title
        return f"{family} {self.year}" if self.year else family

    @property
    def text(self) -> str:
        """The whole reference on one line."""
        parts = [self.authors, self.title, self.where, str(self.year) if self.year else ""]
        line = ". ".join(part.rstrip(".") for part in parts if part)
        return f"{line}. doi:{self.doi}" if self.doi else f"{line}. {self.url or ''}".rstrip()

    @property
    def link(self) -> str | None:
        return f"https://doi.org/{self.doi}" if self.doi else self.url


class Citation(BaseModel):
    """One use of a reference: the place in it, and how far the fact was verified."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ref: str
    tag: Tag
    at: str = ""
    note: str = ""

    @property
    def reference(self) -> Reference:
        return reference(self.ref)

    @property
    def short(self) -> str:
        """Author, year, place and tag: "Fekadu 2018, Table 1 [V]"."""
        place = f", {self.at}" if self.at else ""
        return f"{self.reference.short}{place} [{self.tag.value}]"


@dataclass(frozen=True, slots=True)
class Bibliography:
    """The references used by a document, numbered in order of first use."""

    citations: tuple[Citation, ...]

    @classmethod
    def of(cls, citations: Iterable[Citation | None]) -> Bibliography:
        """Collect the citations that are there, in order, each reference once."""
        seen: dict[str, Citation] = {}
        for citation in citations:
            if citation is not None:
                seen.setdefault(citation.ref, citation)
        return cls(tuple(seen.values()))

    def number(self, citation: Citation) -> int:
        """The 1-based number under which the document lists the citation's reference."""
        return [used.ref for used in self.citations].index(citation.ref) + 1

    def __iter__(self) -> Iterator[tuple[int, Reference]]:
        for position, citation in enumerate(self.citations, start=1):
            yield position, citation.reference


@cache
def _registry() -> dict[str, Reference]:
    found: dict[str, Reference] = {}
    folder = files("euthymia.core") / "data" / "references"
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".toml"):
            continue
        for key, fields in tomllib.loads(entry.read_text(encoding="utf-8")).items():
            if key in found:
                raise ValueError(f"reference {key!r} stands twice, the second time in {entry.name}")
            found[key] = Reference(id=key, **fields)
    return found


def reference(key: str) -> Reference:
    """The registered reference of that id; refuses an id that is not registered."""
    try:
        return _registry()[key]
    except KeyError:
        raise InputError(
            f"reference {key!r}", "it is not in the registry", "Add it to core/data/references/"
        ) from None


def all_references() -> tuple[Reference, ...]:
    """Every registered reference, by id."""
    return tuple(_registry()[key] for key in sorted(_registry()))
