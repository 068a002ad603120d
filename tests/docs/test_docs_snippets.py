"""The Python examples in the documentation run as they stand."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path
from typing import Any

import pytest
from docs_pages import ROOT, blocks, name_of, written_pages

HEAD_DATA = ROOT / "src/euthymia/model/head/data"

PAGES = [page for page in written_pages() if blocks(page, "python")]
TESTED = [page for page in PAGES if any(tested for tested, _ in blocks(page, "python"))]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the examples read: the example patients, and a head as labels."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copy(HEAD_DATA / "default_head_labels.nii.gz", tmp_path / "labels.nii.gz")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", TESTED, ids=name_of)
def test_the_marked_examples_of_a_page_run_one_after_the_other(page: Path, folder: Path) -> None:
    names: dict[str, Any] = {"__name__": "example"}
    for number, (tested, code) in enumerate(blocks(page, "python"), start=1):
        if tested:
            exec(compile(code, f"{name_of(page)}, example {number}", "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_other_examples_are_python_and_import_what_exists(page: Path) -> None:
    for tested, code in blocks(page, "python"):
        if not tested:
            imports = [
                line
                for line in ast.parse(code).body
                if isinstance(line, ast.Import | ast.ImportFrom)
            ]
            exec(compile(ast.Module(imports, []), name_of(page), "exec"), {})


def test_there_are_tested_examples_in_the_tutorial_and_in_every_guide_with_code() -> None:
    assert len(TESTED) >= 6
    assert set(PAGES) == set(TESTED)
