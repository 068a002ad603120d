"""The pages of the reference are what the rules make of them."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType

import pytest
from docs_pages import DOCS, ROOT

from euthymia.chart import entries
from euthymia.core.references import all_references
from euthymia.model.coil.catalogue import coil_ids
from euthymia.plan.target.catalogue import targets


@pytest.fixture(scope="module")
def maker() -> Iterator[ModuleType]:
    found = importlib.util.spec_from_file_location(
        "make_reference", ROOT / "tools/make_reference.py"
    )
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules["make_reference"] = module
    found.loader.exec_module(module)
    yield module
    del sys.modules["make_reference"]


@pytest.fixture(scope="module")
def made(maker: ModuleType) -> Mapping[str, str]:
    pages: Mapping[str, str] = maker.pages()
    return pages


def test_the_reference_pages_are_up_to_date(made: Mapping[str, str]) -> None:
    written = {page.name: page.read_text(encoding="utf-8") for page in DOCS.glob("reference/*.md")}
    stale = sorted(name for name in made.keys() | written if made.get(name) != written.get(name))
    assert not stale, (
        f"{', '.join(stale)} of docs/reference/ differ from the rules: run `make docs`"
    )


def test_every_page_says_that_it_is_made_and_has_one_title(made: Mapping[str, str]) -> None:
    for name, text in made.items():
        assert text.startswith("<!-- Made by tools/make_reference.py"), name
        outside = [part for place, part in enumerate(text.split("```")) if place % 2 == 0]
        titles = [line for line in "".join(outside).splitlines() if line.startswith("# ")]
        assert len(titles) == 1, name


def test_nothing_known_is_left_out(made: Mapping[str, str]) -> None:
    for reference in all_references():
        assert f"`{reference.id}`" in made["bibliography.md"]
    for kind in entries.kinds():
        assert f"## `{kind}`" in made["chart-entries.md"]
    for key in coil_ids():
        assert f"`{key}`" in made["coils.md"]
    for key in targets().coordinates:
        assert f"`{key}`" in made["targets.md"]


def test_the_notes_of_fields_come_from_the_docstrings(made: Mapping[str, str]) -> None:
    page = made["chart-entries.md"]
    assert "| `pseudonym` | text | yes |" in page
    assert "True for an invented patient; every screen and report then says so." in page
    assert "| `coil_pose` |" in page


def test_the_maker_leaves_no_page_behind_that_is_no_longer_made(
    maker: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("reference")
    (folder / "gone.md").write_text("old", encoding="utf-8")
    maker.write(folder)
    assert {page.name for page in folder.iterdir()} == set(maker.pages())
