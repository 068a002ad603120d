"""Worked examples of the rules: rows that the tests run and the documentation prints.

They stand in `data/examples/*.toml`, so that what is documented is what was tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from euthymia.assess.data_files import load_table

EXAMPLE_FILES = (
    "told",
    "adequacy",
    "staging",
    "definitions",
    "implants",
    "scales",
    "crosswalks",
    "eligibility",
    "session",
    "drugs",
)


@dataclass(frozen=True, slots=True)
class ExampleTable:
    """A table of worked examples; each row maps the names of its file to given and expected."""

    name: str
    title: str
    rows: tuple[Mapping[str, Any], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every field that some row uses, in order of first use."""
        return tuple(dict.fromkeys(key for row in self.rows for key in row))


def load_examples(name: str) -> ExampleTable:
    """The table of examples of that name."""
    table = load_table(f"examples/{name}.toml")
    return ExampleTable(name, str(table["title"]), tuple(table["example"]))
