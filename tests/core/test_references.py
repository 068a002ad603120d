"""Every citation in the data leads to a registered reference."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from euthymia.core.errors import InputError
from euthymia.core.references import Bibliography, Citation, Tag, all_references, reference

ROOT = Path(str(files("euthymia")))


def cited(value: object) -> Iterator[dict[str, str]]:
    """Every table in the data that looks like a citation."""
    if isinstance(value, dict):
        if {"ref", "tag"} <= value.keys():
            yield value
        for part in value.values():
            yield from cited(part)
    elif isinstance(value, list):
        for part in value:
            yield from cited(part)


DATA = sorted(path for path in ROOT.rglob("data/**/*.toml") if path.parent.name != "references")


@pytest.mark.parametrize("path", DATA, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_citation_in_a_data_file_is_valid(path: Path) -> None:
    for fields in cited(tomllib.loads(path.read_text("utf-8"))):
        assert Citation(**fields).reference.title


def test_the_data_files_do_hold_citations() -> None:
    found = [each for path in DATA for each in cited(tomllib.loads(path.read_text("utf-8")))]
    assert len(found) > 100


def test_every_reference_says_where_it_is_to_be_found() -> None:
    for entry in all_references():
        assert entry.title
        assert entry.doi or entry.url or entry.where or entry.authors, entry.id


def test_recalled_facts_are_not_verified() -> None:
    assert [tag for tag in Tag if not tag.verified] == [Tag.RECALLED]


def test_an_unknown_reference_is_refused() -> None:
    with pytest.raises(InputError, match="registry"):
        reference("nobody-1900")


def test_a_bibliography_numbers_each_reference_once_in_order_of_use() -> None:
    first, second = (entry.id for entry in all_references()[:2])
    used = [
        Citation(ref=second, tag=Tag.READ),
        None,
        Citation(ref=first, tag=Tag.READ),
        Citation(ref=second, tag=Tag.RECALLED, at="Table 1"),
    ]
    bibliography = Bibliography.of(used)
    assert [entry.id for _, entry in bibliography] == [second, first]
    assert bibliography.number(Citation(ref=first, tag=Tag.COMPUTED)) == 2
