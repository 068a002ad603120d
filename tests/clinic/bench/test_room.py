"""Opening benches in the background, and the one bar of a preparation."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from clinic.bench.bench_samples import bench
from euthymia.clinic.bench import preparing
from euthymia.clinic.bench.choice import (
    DefaultChoice,
    FolderChoice,
    TapeChoice,
    from_json,
    to_json,
)
from euthymia.clinic.bench.opened import OpenBench
from euthymia.clinic.bench.room import BenchRoom, Failed, Opening, State, Unprepared
from euthymia.core.progress import CallbackProgress, Progress, Report, stage
from euthymia.core.store import Store
from euthymia.model.head.tape_measures import TapeMeasures

CHOICES = (
    DefaultChoice(),
    TapeChoice(TapeMeasures(360.0, 365.0, 570.0)),
    TapeChoice(TapeMeasures(360.0, 365.0, 570.0, 3.0)),
    FolderChoice(Path("/heads/a")),
    FolderChoice(Path("/heads/a"), Path("/heads/a/t1.nii.gz")),
)


def settled(place: BenchRoom, choice: object) -> State:
    """The state once nothing is being opened."""
    for _ in range(600):
        found = place.state(choice)  # type: ignore[arg-type]
        if not isinstance(found, Opening):
            return found
        time.sleep(0.05)
    raise AssertionError("it opens for ever")


@pytest.mark.parametrize("choice", CHOICES)
def test_a_choice_survives_being_written_for_a_job(choice: object) -> None:
    assert from_json(to_json(choice)) == choice  # type: ignore[arg-type]


def test_choices_of_different_heads_have_different_keys() -> None:
    assert len({choice.key for choice in CHOICES}) == len(CHOICES) - 1  # the T1 changes no head


def test_a_head_that_was_built_anew_is_another_choice(tmp_path: Path) -> None:
    choice = FolderChoice(tmp_path)
    before = choice.key
    (tmp_path / "head.json").write_text("{}")
    first = choice.key
    os.utime(tmp_path / "head.json", ns=(1, 1))
    assert len({before, first, choice.key}) == 3


def test_a_head_that_was_never_prepared_is_told_as_such() -> None:
    assert isinstance(settled(BenchRoom(Store(None)), DefaultChoice()), Unprepared)


def test_a_folder_that_holds_no_head_is_told_in_a_sentence_and_tried_again(tmp_path: Path) -> None:
    place = BenchRoom(Store(None))
    for _ in range(2):
        found = settled(place, FolderChoice(tmp_path))
        assert isinstance(found, Failed)
        assert "there is no head.json in it" in found.why


def test_a_prepared_head_opens_and_the_one_unused_longest_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready = bench()
    monkeypatch.setattr(BenchRoom, "_is_prepared", lambda room, head: True)
    opened: list[str] = []

    def made(head: object, store: Store) -> OpenBench:
        opened.append("one")
        return ready

    monkeypatch.setattr(OpenBench, "of", made)
    place = BenchRoom(Store(None), most=1)
    assert settled(place, DefaultChoice()) is ready
    assert place.state(DefaultChoice()) is ready
    assert len(opened) == 1
    place.keep(FolderChoice(Path("/another")), ready)
    assert settled(place, DefaultChoice()) is ready
    assert len(opened) == 2


def test_a_preparation_is_told_as_one_bar_that_only_grows_and_ends_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready = bench()

    def opened(head: object, store: Store, progress: Progress) -> OpenBench:
        for title, steps in (("Making the mesh", 4), ("Solving the modes", 460), ("Unknown", 3)):
            with stage(progress, title, steps) as step:
                for _ in range(steps):
                    step.advance()
        return ready

    monkeypatch.setattr(preparing.OpenBench, "of", opened)
    monkeypatch.setattr(preparing, "scene_parts", lambda bench, store: {})
    told: list[tuple[str, float]] = []

    def tell(report: Report) -> None:
        told.append((report.title, report.fraction))

    preparing.prepare_bench(DefaultChoice(), Store(None), CallbackProgress(tell))
    assert {title for title, _ in told} == {preparing.TITLE}
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert 0.1 < shares[len(shares) // 2] < 0.9
    assert shares[-1] == pytest.approx(1.0)
