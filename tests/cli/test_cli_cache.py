"""`euthymia cache`: it names its folder, and removes nothing that is not its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cli_samples import contents, run

from euthymia.core.store import Store


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EUTHYMIA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_folder_is_printed_and_not_made(cache: Path) -> None:
    assert run("cache", "path").out.strip() == str(cache)
    assert run("cache", "path", "--json").json == {"folder": str(cache), "files": 0, "bytes": 0}
    assert not cache.exists()
    assert "Removed 0 files" in run("cache", "clear").out


def test_clearing_removes_what_the_store_kept_and_leaves_everything_else(cache: Path) -> None:
    Store.default().arrays("placing", {"a": 1}, lambda: {"x": np.zeros(3)})
    Store.default().arrays("head", {"a": 1}, lambda: {"x": np.zeros(3)})
    (cache / "tmpabc_12.part").write_bytes(b"killed")
    (cache / "letter-to-a-patient.npz").write_bytes(b"mine")
    (cache / "notes.txt").write_bytes(b"mine")
    (cache / "placing").mkdir()
    assert run("cache", "path", "--json").json["files"] == 3
    assert run("cache", "clear", "--json").json["removed"] == 3
    assert set(contents(cache)) == {"letter-to-a-patient.npz", "notes.txt", "placing"}


def test_a_file_instead_of_the_folder_is_refused(cache: Path) -> None:
    cache.write_text("a file")
    assert "must be a folder" in run("cache", "clear").refusal
    assert cache.read_text() == "a file"
