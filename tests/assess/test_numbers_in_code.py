"""No clinical number stands in code: every number in the clinical rooms has a reason on a list.

Thresholds, doses, durations and cut-offs stand in data files with their source. What is left in
code (days of a week, digits shown, steps of a search) is listed in `numbers_in_code.toml`: by the
number, by the file, or by the name under which it is given (letters of a field, status of a page).
"""

from __future__ import annotations

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

import euthymia

ROOT = Path(euthymia.__file__).parent
ROOMS = [room for room in ("assess", "plan", "treat", "follow", "clinic") if (ROOT / room).is_dir()]
LISTED = tomllib.loads(Path(__file__).with_name("numbers_in_code.toml").read_text("utf-8"))
ANYWHERE = {float(number) for number in LISTED["anywhere"]}
FILES = [
    file.relative_to(ROOT).as_posix()
    for room in ROOMS
    for file in sorted((ROOT / room).rglob("*.py"))
]
NAMED = frozenset(LISTED["named"])


def numbers_of(source: str) -> Iterator[tuple[int, float]]:
    """Every number that is written in the source, with its line; truth values are no numbers.

    What is given under one of the listed names is left out.
    """
    tree = ast.parse(source)
    named = {id(part) for value in _given_by_name(tree) for part in ast.walk(value)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in named:
            continue
        if type(node.value) in (int, float, complex):
            yield node.lineno, abs(node.value)


def _given_by_name(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in NAMED:
            yield node.value
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in NAMED:
                    yield value


def looked_at(room: str) -> Iterator[tuple[str, str]]:
    """The files of a room that may hold clinical numbers, each with its source."""
    for file in sorted((ROOT / room).rglob("*.py")):
        path = file.relative_to(ROOT).as_posix()
        if not any(fnmatch(path, pattern) for pattern in LISTED["not_clinical"]):
            yield path, file.read_text("utf-8")


def allowed_in(path: str) -> dict[float, str]:
    """The numbers that the list allows in a file beside those that it allows anywhere."""
    found: dict[float, str] = {}
    for entry in LISTED["file"]:
        if fnmatch(path, entry["path"]):
            found |= {float(number): reason for number, reason in entry["numbers"].items()}
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_no_clinical_number_stands_in_code(room):
    unlisted = []
    for path, source in looked_at(room):
        allowed = ANYWHERE | allowed_in(path).keys()
        unlisted += [
            f"{path}:{line}: {number:g}"
            for line, number in numbers_of(source)
            if number not in allowed
        ]
    remedy = "put it into a data file with its source, or list it with the reason"
    assert not unlisted, f"{remedy}: {'; '.join(unlisted)}"


def test_the_list_holds_nothing_that_is_no_longer_there_and_a_reason_for_all():
    held: dict[str, set[float]] = defaultdict(set)
    for room in ROOMS:
        for path, source in looked_at(room):
            held[path] |= {number for _, number in numbers_of(source)}
    for pattern, why in LISTED["not_clinical"].items():
        assert len(why.split()) > 1, f"{pattern}: say why"
        assert any(fnmatch(path, pattern) for path in FILES), f"{pattern}: no such file"
    text = "\n".join((ROOT / path).read_text("utf-8") for path in FILES)
    for name, why in LISTED["named"].items():
        assert len(why.split()) > 1, f"{name}: say why"
        assert f"{name}=" in text or f'"{name}"' in text, f"{name}: nothing is given by it"
    for entry in LISTED["file"]:
        fitting = [path for path in held if fnmatch(path, entry["path"])]
        used = set().union(*(held[path] for path in fitting))
        for number, reason in entry["numbers"].items():
            assert len(reason.split()) > 1, f"{entry['path']} {number}: say why"
            assert not fitting or float(number) in used, f"{entry['path']} {number} is not there"


@pytest.mark.parametrize(
    "line",
    [
        "LIMIT_MG = 150",
        "x = 42.0 if y else -37",
        "def f(a=28): ...",
        "Field(max_length=80, max_value=35)",
        "Field(attrs={'rows': 3, 'dose': 35})",
    ],
)
def test_a_number_that_slipped_in_would_be_found(line):
    found = {number for _, number in numbers_of(line)}
    assert found - ANYWHERE


@pytest.mark.parametrize("line", ["Field(max_length=80)", "Field(attrs={'rows': 3})"])
def test_a_number_that_is_given_by_a_listed_name_is_left_out(line):
    assert not list(numbers_of(line))
