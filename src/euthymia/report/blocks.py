"""The parts of a written document as values: inline words, paragraphs, tables, figures, findings.

Each part gives itself as plain data for the two settings (PDF and HTML), and names its citations
in the order in which a reader meets them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias
from xml.etree import ElementTree

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.references import Bibliography, Citation

Data: TypeAlias = dict[str, Any]

_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that stand out."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A hash, a version, a file name: set in a typewriter face."""

    text: str


@dataclass(frozen=True, slots=True)
class Cite:
    """The number of a source; a fact that is only recalled is marked "unverified" beside it."""

    citation: Citation


Inline: TypeAlias = str | Strong | Code | Cite
Content: TypeAlias = tuple[Inline, ...]


def content(*parts: Inline | Citation | None) -> Content:
    """Inline parts as one content; a citation becomes its number, None is left out."""
    return tuple(
        Cite(part) if isinstance(part, Citation) else part for part in parts if part is not None
    )


class Block(Protocol):
    """One part of a section."""

    def as_data(self, numbering: Bibliography) -> Data:
        """The part as plain data, with `kind` saying which part it is."""

    def citations(self) -> Iterator[Citation]:
        """Every citation in it, in reading order."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of text; a quiet one is set small and grey."""

    content: Content
    quiet: bool = False

    def as_data(self, numbering: Bibliography) -> Data:
        words = _inline(self.content, numbering)
        return {"kind": "paragraph", "content": words, "quiet": self.quiet}

    def citations(self) -> Iterator[Citation]:
        yield from _cited([self.content])


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of points."""

    items: tuple[Content, ...]

    def as_data(self, numbering: Bibliography) -> Data:
        return {"kind": "bullets", "items": [_inline(item, numbering) for item in self.items]}

    def citations(self) -> Iterator[Citation]:
        yield from _cited(self.items)


@dataclass(frozen=True, slots=True)
class Referenced:
    """A sentence with references in the margin: what of a record stands behind it."""

    content: Content
    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statements:
    """Sentences, each with its references in the margin."""

    rows: tuple[Referenced, ...]

    def as_data(self, numbering: Bibliography) -> Data:
        rows = [
            {"content": _inline(row.content, numbering), "refs": list(row.refs)}
            for row in self.rows
        ]
        return {"kind": "statements", "rows": rows}

    def citations(self) -> Iterator[Citation]:
        yield from _cited(row.content for row in self.rows)


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with their values, in two columns."""

    rows: tuple[tuple[str, Content], ...]

    def as_data(self, numbering: Bibliography) -> Data:
        rows = [{"name": name, "content": _inline(value, numbering)} for name, value in self.rows]
        return {"kind": "facts", "rows": rows}

    def citations(self) -> Iterator[Citation]:
        yield from _cited(value for _, value in self.rows)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption and one row of headings.

    `numeric` columns are set to the right; `shares` says how the width is divided, one number a
    column, and the columns fit their words when it is empty. Columns and rows count from 0.
    An `unbroken` table stays on one page.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Content, ...], ...]
    numeric: tuple[int, ...] = ()
    shares: tuple[float, ...] = ()
    strong_rows: tuple[int, ...] = ()
    unbroken: bool = False

    def __post_init__(self) -> None:
        if self.shares and (len(self.shares) != len(self.header) or min(self.shares) <= 0):
            raise InputError(
                f"table {self.caption!r}",
                f"its width is divided into {self.shares} for {len(self.header)} columns",
                "Give one number above zero for each column, or none",
            )
        for row in self.rows:
            if len(row) != len(self.header):
                raise InputError(
                    f"table {self.caption!r}",
                    f"a row has {len(row)} cells under {len(self.header)} headings",
                    "Give one cell for each heading",
                )

    def as_data(self, numbering: Bibliography) -> Data:
        whole = sum(self.shares)
        shares = [round(share / whole, 4) for share in self.shares] or [0.0] * len(self.header)
        columns = [
            {"title": title, "numeric": place in self.numeric, "share": share}
            for place, (title, share) in enumerate(zip(self.header, shares, strict=True))
        ]
        rows = [
            {
                "strong": place in self.strong_rows,
                "cells": [_inline(cell, numbering) for cell in row],
            }
            for place, row in enumerate(self.rows)
        ]
        return {
            "kind": "table",
            "caption": self.caption,
            "columns": columns,
            "rows": rows,
            "unbroken": self.unbroken,
        }

    def citations(self) -> Iterator[Citation]:
        yield from _cited(cell for row in self.rows for cell in row)


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its caption; `alternative` says in words what it shows."""

    svg: str
    caption: Content
    alternative: str
    width: float

    @classmethod
    def of(cls, svg: str, caption: Content) -> Figure:
        """The figure of an SVG text, its words and its width read from the picture itself."""
        root = ElementTree.fromstring(svg)
        words = [root.findtext(_SVG + tag) or "" for tag in ("title", "desc")]
        if not all(words):
            raise InputError(
                "figure",
                "it has no title or no description",
                "Give it words for those who read by ear",
            )
        width = float(root.get("width", "720"))
        return cls(svg, caption, ". ".join(word.rstrip(".") for word in words) + ".", width)

    def as_data(self, numbering: Bibliography) -> Data:
        return {
            "kind": "figure",
            "svg": self.svg,
            "caption": _inline(self.caption, numbering),
            "alternative": self.alternative,
            "width": self.width,
        }

    def citations(self) -> Iterator[Citation]:
        yield from _cited([self.caption])


@dataclass(frozen=True, slots=True)
class FindingList:
    """Findings with severity, limit, nearest allowed value and source; `none` is said of none."""

    findings: tuple[Finding, ...]
    none: str = "Nothing was found."

    def as_data(self, numbering: Bibliography) -> Data:
        findings = [_finding(finding, numbering) for finding in self.findings]
        return {"kind": "findings", "findings": findings, "none": self.none}

    def citations(self) -> Iterator[Citation]:
        yield from (finding.source for finding in self.findings if finding.source)


@dataclass(frozen=True, slots=True)
class Callout:
    """A box that one must not miss; a severity gives it its colour and its word."""

    title: str
    content: Content = ()
    severity: Severity | None = None

    def as_data(self, numbering: Bibliography) -> Data:
        return {
            "kind": "callout",
            "title": self.title,
            "content": _inline(self.content, numbering),
            "severity": self.severity.label if self.severity is not None else "",
        }

    def citations(self) -> Iterator[Citation]:
        yield from _cited([self.content])


@dataclass(frozen=True, slots=True)
class Headline:
    """What a reader learns in half a minute: boxes with the answer, then names with values."""

    callouts: tuple[Callout, ...]
    facts: Facts

    def as_data(self, numbering: Bibliography) -> Data:
        return {
            "kind": "headline",
            "callouts": [callout.as_data(numbering) for callout in self.callouts],
            "facts": self.facts.as_data(numbering),
        }

    def citations(self) -> Iterator[Citation]:
        for callout in self.callouts:
            yield from callout.citations()
        yield from self.facts.citations()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two parts side by side where the page is wide enough; `share` is the left one's room."""

    left: Block
    right: Block
    share: float = 0.5

    def as_data(self, numbering: Bibliography) -> Data:
        return {
            "kind": "pair",
            "share": self.share,
            "left": self.left.as_data(numbering),
            "right": self.right.as_data(numbering),
        }

    def citations(self) -> Iterator[Citation]:
        yield from self.left.citations()
        yield from self.right.citations()


@dataclass(frozen=True, slots=True)
class Signatures:
    """A line for each person to sign, with room for name and date."""

    roles: tuple[str, ...]

    def as_data(self, numbering: Bibliography) -> Data:
        return {"kind": "signatures", "roles": list(self.roles)}

    def citations(self) -> Iterator[Citation]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the numbered list of all cited sources stands, with the meaning of the tags."""

    def as_data(self, numbering: Bibliography) -> Data:
        return {"kind": "sources"}

    def citations(self) -> Iterator[Citation]:
        return iter(())


def _inline(parts: Content, numbering: Bibliography) -> list[Data]:
    return [_part(part, numbering) for part in parts]


def _part(part: Inline, numbering: Bibliography) -> Data:
    match part:
        case Strong(text=words):
            return {"kind": "strong", "text": words}
        case Code(text=words):
            return {"kind": "code", "text": words}
        case Cite(citation=citation):
            return _cite(citation, numbering)
        case _:
            return {"kind": "text", "text": part}


def _cite(citation: Citation, numbering: Bibliography) -> Data:
    return {
        "kind": "cite",
        "number": numbering.number(citation),
        "unverified": not citation.tag.verified,
        "short": citation.short,
    }


def _finding(finding: Finding, numbering: Bibliography) -> Data:
    details = (
        ("found", finding.found),
        ("limit", finding.limit),
        ("nearest allowed", finding.nearest_allowed),
    )
    return {
        "severity": finding.severity.label,
        "subject": finding.subject,
        "message": _stopped(finding.message),
        "details": [{"name": name, "text": words} for name, words in details if words],
        "source": _cite(finding.source, numbering) if finding.source else None,
    }


def _stopped(text: str) -> str:
    """The text with its full stop."""
    return text if text.rstrip().endswith((".", "!", "?")) else f"{text}."


def _cited(contents: Iterable[Content]) -> Iterator[Citation]:
    for parts in contents:
        yield from (part.citation for part in parts if isinstance(part, Cite))
