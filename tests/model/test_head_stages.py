"""The stages of a build: what is made anew after a change, and what an interrupted run leaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from euthymia.core.store import Arrays, Store
from euthymia.model.head.build.stages import Bench, Made, Stage, code_of, sha256_of

MODULE = "euthymia.model.head.image.geometry"


class Work:
    """A build of three stages like that of a head: b needs a; c needs a and b."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.broken: str | None = None

    def run(self, image: float, gain: float = 2.0, shift: float = 1.0, clip: float = 9.0) -> Bench:
        bench = Bench(self.store)
        start = sha256_of({"image": np.array(image)})
        a = self.stage(bench, "a", {"image": start}, {"gain": gain}, lambda: image * gain)
        b = self.stage(
            bench, "b", {"a": a.sha256}, {"shift": shift}, lambda: float(a["value"]) + shift
        )
        self.stage(
            bench,
            "c",
            {"a": a.sha256, "b": b.sha256},
            {"clip": clip},
            lambda: min(float(b["value"]), clip) - float(a["value"]),
        )
        return bench

    def stage(self, bench: Bench, name: str, inputs: dict, parameters: dict, value) -> Made:  # type: ignore[no-untyped-def,type-arg]
        def make() -> Arrays:
            if self.broken == name:
                raise KeyboardInterrupt
            return {"value": np.array(value())}

        return bench.run(Stage(name, (MODULE,)), make, inputs=inputs, parameters=parameters)


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(Store(tmp_path))


def test_a_second_run_makes_nothing_anew(work: Work) -> None:
    assert work.run(3.0).ran == ["a", "b", "c"]
    assert work.run(3.0).ran == []


@pytest.mark.parametrize(
    ("change", "made"),
    [
        ({"clip": 5.0}, ["c"]),
        ({"shift": 2.0}, ["b", "c"]),
        ({"gain": 3.0}, ["a", "b", "c"]),
        ({"image": 4.0}, ["a", "b", "c"]),
    ],
)
def test_a_changed_parameter_makes_anew_only_what_depends_on_it(
    work: Work, change: dict[str, float], made: list[str]
) -> None:
    work.run(3.0)
    assert work.run(**{"image": 3.0, **change}).ran == made


def test_a_stage_that_gives_the_same_as_before_stops_the_chain(work: Work) -> None:
    work.run(3.0, gain=2.0)
    # Another image and another gain, but the same product of both.
    assert work.run(2.0, gain=3.0).ran == ["a"]


def test_an_interrupted_build_goes_on_where_it_was(work: Work) -> None:
    work.broken = "c"
    with pytest.raises(KeyboardInterrupt):
        work.run(3.0)
    work.broken = None
    assert work.run(3.0).ran == ["c"]


def test_a_damaged_file_is_made_again(work: Work, tmp_path: Path) -> None:
    work.run(3.0)
    (kept,) = tmp_path.glob("head-b-*.npz")
    kept.write_bytes(kept.read_bytes()[:40])
    assert work.run(3.0).ran == ["b"]


def test_without_a_store_everything_is_made_every_time() -> None:
    assert Work(Store(None)).run(3.0).ran == ["a", "b", "c"]


def test_the_code_of_a_stage_is_that_of_all_it_imports() -> None:
    everything = code_of(("euthymia.model.head.build.steps",))
    assert everything != code_of(("euthymia.model.head.build.fitting",))
    assert code_of((MODULE,)) == code_of((MODULE, MODULE))


def test_a_changed_line_in_an_imported_module_is_another_stage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from euthymia.model.head.build import stages  # noqa: PLC0415 - its private reader is replaced

    before = code_of(("euthymia.model.head.build.look",))
    real = stages._source

    def changed(name: str) -> bytes:
        return real(name) + (b"# a change" if name.endswith("image.geometry") else b"")

    monkeypatch.setattr(stages, "_source", changed)
    assert code_of(("euthymia.model.head.build.look",)) != before


def test_the_hash_of_arrays_sees_name_type_shape_and_content() -> None:
    ones = np.ones((2, 3))
    seen = {
        sha256_of(arrays)
        for arrays in (
            {"a": ones},
            {"b": ones},
            {"a": ones.astype("f4")},
            {"a": ones.reshape(3, 2)},
            {"a": ones * 2},
            {"a": np.array("ones")},
        )
    }
    assert len(seen) == 6
    assert sha256_of({"a": np.asfortranarray(ones)}) == sha256_of({"a": ones})
