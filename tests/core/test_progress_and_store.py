"""Progress reaches whoever watches; the store never serves the wrong or a damaged result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from euthymia.core.progress import SILENT, CallbackProgress, Report, stage
from euthymia.core.store import Arrays, Store


def test_a_watcher_sees_start_every_step_and_finish() -> None:
    seen: list[tuple[float, bool]] = []
    watcher = CallbackProgress(lambda report: seen.append((report.fraction, report.finished)))
    with stage(watcher, "Solving", 2) as step:
        step.advance()
        step.advance()
    assert seen == [(0.0, False), (0.5, False), (1.0, False), (1.0, True)]


def test_a_stage_is_finished_even_when_the_work_fails() -> None:
    reports: list[Report] = []
    with pytest.raises(RuntimeError), stage(CallbackProgress(reports.append), "Work"):
        raise RuntimeError
    assert reports[-1].finished


def test_nobody_need_watch() -> None:
    with stage(SILENT, "Work") as step:
        step.advance(3)


class Counter:
    """Makes an array and counts how often it had to."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> Arrays:
        self.made += 1
        return {"x": np.arange(3.0) + self.made}


def test_the_same_inputs_are_computed_once(tmp_path: Path) -> None:
    make, store = Counter(), Store(tmp_path)
    first = store.arrays("step", {"a": 1}, make)
    second = store.arrays("step", {"a": 1}, make)
    assert make.made == 1
    assert np.array_equal(first["x"], second["x"])


def test_any_other_input_or_step_is_computed_anew(tmp_path: Path) -> None:
    make, store = Counter(), Store(tmp_path)
    for step, inputs in (("step", {"a": 1}), ("step", {"a": 2}), ("other", {"a": 1})):
        store.arrays(step, inputs, make)
    assert make.made == 3


def test_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    make, store = Counter(), Store(tmp_path)
    store.arrays("step", {}, make)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:-20])
    store.arrays("step", {}, make)
    assert make.made == 2
    store.arrays("step", {}, make)
    assert make.made == 2


def test_a_store_that_cannot_write_still_answers(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert Store(blocked).arrays("step", {}, Counter())["x"][0] == 1.0


def test_a_store_without_a_folder_keeps_nothing() -> None:
    make = Counter()
    Store(None).arrays("step", {}, make)
    Store(None).arrays("step", {}, make)
    assert make.made == 2


def test_no_half_files_are_left(tmp_path: Path) -> None:
    Store(tmp_path).arrays("step", {}, Counter())
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]


def test_a_store_knows_what_it_holds_without_reading_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert not store.holds("step", {"a": 1})
    store.arrays("step", {"a": 1}, lambda: {"x": np.zeros(2)})
    assert store.holds("step", {"a": 1})
    assert not store.holds("step", {"a": 2})
    assert not Store(None).holds("step", {"a": 1})
