"""The commands that the documentation shows exist, with the options it gives them."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docs_pages import DOCS, ROOT, blocks, name_of, written_pages
from typer.main import get_command
from typer.testing import CliRunner

from euthymia.cli.main import app

QUICK = ("assess", "protocol", "chart", "head", "coil", "target", "stimulator")
"""Commands that compute no field."""


def shown() -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Every call of the program on a page, as its words."""
    for page in written_pages():
        for _, code in blocks(page, "sh"):
            for line in code.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words and Path(words[0]).name == "euthymia":
                    yield page, tuple(words[1:])


CALLS = sorted(set(shown()))


def command_of(words: tuple[str, ...]) -> tuple[Any, list[str]]:
    """The command that the words call, and the words after its name."""
    command, rest = get_command(app), list(words)
    while rest and hasattr(command, "commands") and rest[0] in command.commands:
        command = command.commands[rest.pop(0)]
    return command, rest


def test_the_pages_show_calls() -> None:
    assert {words[0] for _, words in CALLS} >= {"plan", "assess", "protocol", "chart"}


@pytest.mark.parametrize(
    ("page", "words"), CALLS, ids=[f"{name_of(page)}: {' '.join(words)}" for page, words in CALLS]
)
def test_a_call_names_a_command_and_options_that_exist(page: Path, words: tuple[str, ...]) -> None:
    command, rest = command_of(words)
    assert not hasattr(command, "commands"), f"{name_of(page)}: no command {' '.join(words)}"
    known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    for word in rest:
        if word.startswith("-"):
            assert word.split("=")[0] in known, f"{name_of(page)}: no option {word}"


def quick(page: Path) -> list[tuple[str, ...]]:
    """The calls of a page that compute no field and need nothing but what the page and we have."""
    return [
        words
        for of, words in shown()
        if of == page
        and words[0] in QUICK
        and words[:2] != ("head", "build")  # takes an image and minutes
        and words[:2] != ("coil", "convert")  # solves for fields
        and not {"CASE", "my-case"} & set(words)
    ]


@pytest.mark.parametrize("page", [page for page in written_pages() if quick(page)], ids=name_of)
def test_the_quick_calls_of_a_page_end_well_one_after_the_other(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    labels = ROOT / "src/euthymia/model/head/data/default_head_labels.nii.gz"
    shutil.copy(labels, tmp_path / "labels.nii.gz")
    ((_, described),) = blocks(DOCS / "how-to/use-your-own-labels.md", "json")
    (tmp_path / "labels.head.json").write_text(described, encoding="utf-8")
    ((_, told),) = blocks(DOCS / "how-to/enter-a-medication-history.md", "text")
    (tmp_path / "history.txt").write_text(told, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for words in quick(page):
        before = set(tmp_path.iterdir())
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == 0, f"{' '.join(words)}: {result.output}"
        assert result.stdout or set(tmp_path.iterdir()) > before
