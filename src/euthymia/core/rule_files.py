"""Every cited rule of the house as it stands in its data file, with an id to name it by.

A rule is a table of a data file that holds at least one citation. Its id is the file's name and the
way to the table, in dots: "scales.phq9.remission". Data files are found by where they lie
(`data/*.toml` of any room), so that a new one is never forgotten.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from euthymia.core.errors import InputError
from euthymia.core.references import Citation

_NAMES = ("id", "number", "diagnosis", "name", "label", "code", "prefix", "text", "from")
_SKIPPED = ("references", "examples")


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One data file: where it lies ("assess/data/scales.toml"), its name, and its content."""

    path: str
    name: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """One cited table of a data file.

    `citations` are those that stand in it directly, each with its field ("source", "age_source").
    """

    id: str
    path: str
    content: Mapping[str, Any]
    citations: tuple[tuple[str, Citation], ...]

    @property
    def verified(self) -> bool:
        """Whether none of its citations was only recalled."""
        return all(citation.tag.verified for _, citation in self.citations)

    @property
    def tags(self) -> str:
        """Its tags, each once: "V, M"."""
        return ", ".join(dict.fromkeys(citation.tag.value for _, citation in self.citations))

    @property
    def file(self) -> str:
        """The name of its file: "scales"."""
        return self.id.split(".", 1)[0]


@cache
def rule_files() -> tuple[RuleFile, ...]:
    """Every data file of every room, by its path."""
    found = sorted(_toml_files(files("euthymia"), ""))
    return tuple(RuleFile(path, _name(path), tomllib.loads(text)) for path, text in found)


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every cited rule of every file; refuses a citation that is not one."""
    return tuple(rule for file in rule_files() for rule in rules_of(file))


def rules_of(file: RuleFile) -> tuple[Rule, ...]:
    """The cited rules of one file, in its order; ids that would stand twice are numbered."""
    made: dict[str, Rule] = {}
    for place, content in _cited_tables(file.content, file.name):
        key, number = place, 1
        while key in made:
            number += 1
            key = f"{place}-{number}"
        made[key] = Rule(key, file.path, content, tuple(_citations(content)))
    return tuple(made.values())


def find_rules(key: str) -> tuple[Rule, ...]:
    """The rule of that id, or every rule whose id begins with it; refuses what fits none."""
    wanted = key.casefold().strip().rstrip(".")
    exact = tuple(rule for rule in all_rules() if rule.id == wanted)
    below = tuple(rule for rule in all_rules() if rule.id.startswith(f"{wanted}."))
    if exact or below:
        return (*exact, *below)
    close = [rule.id for rule in all_rules() if wanted in rule.id]
    listed = ", ".join(close[:8]) if close else "see `euthymia rules list`"
    raise InputError(f"rule {key!r}", "no rule has this id", f"Choose one of: {listed}")


def _name(path: str) -> str:
    """The file's name, with its room where that tells files of one name apart."""
    room, stem = path.split("/data/", maxsplit=1)[0].rsplit("/", 1)[-1], path.rsplit("/", 1)[-1]
    stem = stem.removesuffix(".toml")
    shared = {"catalogue": "protocols", "rules": f"{room}-rules"}
    if stem == "clearances":
        return "protocol-clearances"
    return shared.get(stem, stem)


def _toml_files(folder: Traversable, path: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        place = f"{path}/{entry.name}".strip("/")
        if entry.is_dir() and entry.name not in _SKIPPED:
            yield from _toml_files(entry, place)
        elif entry.name.endswith(".toml") and "/data/" in place:
            yield place, entry.read_text(encoding="utf-8")


def is_citation(node: object) -> bool:
    """Whether a value of a data file is meant as a citation."""
    return isinstance(node, Mapping) and "ref" in node


def _cited_tables(node: object, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(node, Mapping):
        if is_citation(node):
            return
        if any(True for _ in _citations(node)):
            yield place, node
        for key, value in node.items():
            yield from _cited_tables(value, place if isinstance(value, list) else f"{place}.{key}")
    elif isinstance(node, list):
        for number, value in enumerate(node, start=1):
            yield from _cited_tables(value, f"{place}.{_name_of(value) or number}")


def _citations(node: Mapping[str, Any]) -> Iterator[tuple[str, Citation]]:
    for key, value in node.items():
        values = value if isinstance(value, list) else [value]
        for each in values:
            if is_citation(each):
                yield key, Citation.model_validate(each)


def _name_of(row: object) -> str:
    """What a row is called, as a part of an id: small letters, no blanks, not too long."""
    if not isinstance(row, Mapping):
        return ""
    word = next((str(row[key]) for key in _NAMES if key in row), "")
    plain = "".join(letter if letter.isalnum() else "-" for letter in word.casefold())
    return "-".join(part for part in plain.split("-") if part)[:48].rstrip("-")
