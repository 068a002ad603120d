"""Every cited rule of this room in one list, which also shows what is still unverified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from euthymia.assess.data_files import load_table
from euthymia.core.references import Citation

RULE_FILES = (
    "agents.toml",
    "history_words.toml",
    "side_effects.toml",
    "burden.toml",
    "instruments.toml",
    "staging.toml",
    "screening.toml",
    "implants.toml",
    "seizure.toml",
    "session.toml",
    "scales.toml",
    "crosswalks.toml",
    "indications.toml",
    "conditions.toml",
    "payers.toml",
)
_NAMES = ("id", "number", "name", "label", "diagnosis", "text")


@dataclass(frozen=True, slots=True)
class CitedRule:
    """One use of a source in a rule table: the table, the place in it, and the citation."""

    table: str
    place: str
    citation: Citation


@cache
def cited_rules() -> tuple[CitedRule, ...]:
    """Every citation of every rule table, in the order of the files."""
    return tuple(
        CitedRule(PurePosixPath(name).stem, place, citation)
        for name in RULE_FILES
        for place, citation in _citations(load_table(name), "")
    )


def unverified_rules() -> tuple[CitedRule, ...]:
    """The rules that were recalled and are still to be checked against their source."""
    return tuple(rule for rule in cited_rules() if not rule.citation.tag.verified)


def _citations(node: Any, place: str) -> Iterator[tuple[str, Citation]]:
    if isinstance(node, Mapping):
        if "ref" in node and "tag" in node:
            yield place, Citation.model_validate(node)
            return
        for key, value in node.items():
            yield from _citations(value, f"{place}.{key}" if place else str(key))
    elif isinstance(node, list):
        for number, value in enumerate(node, start=1):
            yield from _citations(value, f"{place}[{_name_of(value) or number}]")


def _name_of(row: Any) -> str:
    if not isinstance(row, Mapping):
        return ""
    return next((str(row[key]) for key in _NAMES if key in row), "")
