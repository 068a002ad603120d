"""Small helpers that write Markdown tables with their sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from euthymia.core.references import Citation


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars and line breaks within cells are made harmless."""
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def cite(citation: Citation | None) -> str:
    """The short form of a citation with its tag, linked where the reference has an address."""
    if citation is None:
        return ""
    link = citation.reference.link
    text = citation.short if citation.tag.verified else f"{citation.short}, unverified"
    note = f" ({citation.note})" if citation.note else ""
    return f"[{text}]({link}){note}" if link else f"{text}{note}"


def page(title: str, *parts: str) -> str:
    """A page of parts under one title."""
    return "\n".join([f"# {title}\n", *parts])


def section(title: str, *parts: str) -> str:
    """A section of a page."""
    return "\n".join([f"## {title}\n", *parts])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()
