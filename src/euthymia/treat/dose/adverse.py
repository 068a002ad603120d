"""The terms of adverse events, and what a recorded one asks for."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache

from euthymia.core.findings import Finding, Severity
from euthymia.core.references import Citation
from euthymia.treat.datafiles import NO_EXTRAS, read_table


@dataclass(frozen=True, slots=True)
class AdverseTerms:
    """The list of terms; `grave` ones ask for a clinician before any other session."""

    terms: tuple[str, ...]
    grave: tuple[str, ...]
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@cache
def adverse_terms() -> AdverseTerms:
    """The terms that ship with the system."""
    return read_table("euthymia.treat.dose", "adverse.toml", AdverseTerms)


def adverse_findings(event: str, serious: bool) -> tuple[Finding, ...]:
    """What is to be known about an event as it was written: its term, and its gravity."""
    known, word = adverse_terms(), event.strip().casefold()
    found: list[Finding] = []
    if word not in known.terms:
        close = difflib.get_close_matches(word, known.terms, n=3, cutoff=0.5)
        found.append(
            Finding(
                "adverse.not-a-term",
                Severity.NOTE,
                event,
                "It is recorded as written; it is not among the terms that are counted",
                nearest_allowed=", ".join(close),
                source=known.source,
            )
        )
    if serious or word in known.grave:
        found.append(
            Finding(
                "adverse.grave",
                Severity.ACKNOWLEDGE,
                event,
                "End the session, and ask a clinician before any other one",
                source=known.source,
            )
        )
    return tuple(found)
