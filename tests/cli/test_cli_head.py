"""`euthymia head`: what is shown, what is built, and what is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from cli_samples import changed, coarse_head, contents, run, write_coarse_head

from euthymia.cli import heads
from euthymia.cli.head_file import HeadFile, beside, read_head_file
from euthymia.core.findings import Finding, Severity
from euthymia.core.progress import SILENT
from euthymia.core.store import Store
from euthymia.model.head.head import Head
from euthymia.model.head.volume import LabelVolume


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_coarse_head(tmp_path_factory.mktemp("head"))


def write_image(path: Path, values: np.ndarray, spacing: float = 1.0) -> Path:
    nib.save(nib.Nifti1Image(values, np.diag([spacing, spacing, spacing, 1.0])), path)
    return path


@pytest.fixture
def t1(tmp_path: Path) -> Path:
    """An image that passes for a T1 as far as geometry goes."""
    draw = np.random.default_rng(1)
    return write_image(tmp_path / "T1.nii.gz", draw.normal(100, 30, (80, 80, 80)).astype("f4"), 2.0)


def test_labels_with_their_file_are_a_whole_head(labels: Path) -> None:
    shown = run("head", "show", labels)
    assert "grey matter" in shown.out
    assert "nasion to inion" in shown.out
    told = run("head", "show", labels, "--json").json
    assert told["title"] == "Coarse test head"
    assert told["frame"] == "coarse-test-head"
    assert told["shape"] == list(coarse_head().volume.labels.shape)
    assert 340 < told["measures_mm"]["nasion_inion"] < 440
    assert 700 < told["volumes_ml"]["grey"] < 1100


def test_labels_alone_are_shown_without_landmarks(labels: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.nii.gz"
    alone.write_bytes(labels.read_bytes())
    assert "there is no alone.head.json" in " ".join(run("head", "show", alone).out.split())
    assert run("head", "show", alone, "--json").json["landmarks_mm"] is None
    refusal = run("head", "eeg", "--head", alone).refusal
    assert "no alone.head.json beside it. Build the head with `euthymia head build`" in refusal


def test_electrodes_are_listed_in_the_order_asked_for(labels: Path) -> None:
    told = run("head", "eeg", "cz", "F3", "--head", labels, "--json").json
    assert [row["name"] for row in told["positions"]] == ["Cz", "F3"]
    right, front, up = told["positions"][1]["position_mm"]
    assert right < -30
    assert front > 30
    assert up > 10
    assert len(run("head", "eeg", "--head", labels, "--json").json["positions"]) > 60
    text = run("head", "eeg", "F3", "--head", labels).out
    assert f"{right:.1f}" in text
    refusal = run("head", "eeg", "F33", "--head", labels).refusal
    assert "EEG position 'F33': there is no such 10-10 position" in refusal


def test_an_image_is_shown_with_the_way_to_build_it(t1: Path) -> None:
    assert "euthymia head build" in run("head", "show", t1).out
    assert run("head", "show", t1, "--json").json["kind"] == "image"


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ["head", "show", "IMAGE"],
        ["head", "build", "IMAGE", "--out", "made.nii.gz"],
        ["head", "eeg", "--head", "IMAGE"],
        ["field", "--coil", "magventure-c-b60", "--at", "F3", "--head", "IMAGE"],
        ["plan", "examples/clear-candidate", "--head", "IMAGE", "--out", "made"],
    ],
)
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("four-d", "it is not one three-dimensional image (20 x 20 x 20 x 3)"),
        ("text", "it cannot be read as an image"),
        ("empty", "the file is empty"),
        ("folder", "this is a folder"),
        ("missing", "there is no such file"),
        ("thin", "it has only 5 slices"),
        ("small", "which is not a whole head"),
        ("constant", "one value everywhere"),
    ],
)
def test_what_is_no_head_image_is_refused_and_nothing_is_written(
    words: list[str], kind: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = tmp_path / "T1.nii.gz"
    root = Path(__file__).resolve().parents[2]
    make = {
        "four-d": lambda: write_image(image, np.ones((20, 20, 20, 3), dtype="f4")),
        "text": lambda: image.write_text("this is a letter"),
        "empty": lambda: image.write_bytes(b""),
        "folder": image.mkdir,
        "missing": lambda: None,
        "thin": lambda: write_image(image, np.full((60, 60, 5), 9.5, dtype="f4")),
        "small": lambda: write_image(image, np.full((20, 20, 20), 9.5, dtype="f4")),
        "constant": lambda: write_image(image, np.full((70, 70, 70), 9.5, dtype="f4"), 2.0),
    }
    make[kind]()
    monkeypatch.setenv("EUTHYMIA_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    before = contents(tmp_path)
    given = {
        "IMAGE": str(image),
        "examples/clear-candidate": str(root / "examples/clear-candidate"),
    }
    refusal = run(*(given.get(word, word) for word in words)).refusal
    assert said in refusal
    assert str(image) in refusal
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("out", "said"),
    [
        (".", "this is a folder"),
        ("labels.img", "its name has another ending. Let it end in .nii.gz or .nii"),
        ("T1.nii.gz/labels.nii.gz", "is a file, not a folder"),
        ("/proc/nowhere/labels.nii.gz", "nothing can be written there"),
        ("there.nii.gz", "it is there already, perhaps corrected by hand. Add --force"),
    ],
)
def test_a_place_that_cannot_take_the_labels_is_refused_before_anything_is_built(
    out: str, said: str, t1: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if out.startswith("/proc") and not Path("/proc/self").exists():
        pytest.skip("no /proc on this system")
    monkeypatch.chdir(t1.parent)
    (t1.parent / "there.nii.gz").write_bytes(b"corrected by hand")
    before = contents(t1.parent)
    assert said in run("head", "build", t1, "--out", out).refusal
    assert contents(t1.parent) == before


def test_without_the_extra_part_the_refusal_says_how_to_install_it(
    t1: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ants", None)
    monkeypatch.setenv("EUTHYMIA_CACHE", str(t1.parent / "cache"))
    refusal = run("head", "build", t1, "--out", t1.parent / "made.nii.gz").refusal
    assert "is not installed. Install it with: pip install 'euthymia[mri]'." in refusal
    assert set(contents(t1.parent)) == {"T1.nii.gz"}


# --- the file beside the labels -----------------------------------------------------------------


def test_a_head_goes_through_its_file_unchanged(tmp_path: Path) -> None:
    doubt = Finding("head.fit_poor", Severity.ACKNOWLEDGE, "T1", "Look at it", "0.5", "0.6")
    head = coarse_head()
    head = Head(head.volume, head.landmarks, head.mni, head.title, (doubt,))
    place = tmp_path / "x.head.json"
    place.write_text(HeadFile.of(head).model_dump_json())
    again = read_head_file(place).head(head.volume, place)
    assert again.findings == (doubt,)
    assert again.title == head.title
    assert again.frame.id == head.frame.id
    assert (again.landmarks.inion == head.landmarks.inion).all()
    assert (again.mni.to_mni == head.mni.to_mni).all()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda data: {**data, "labels_sha256": "0" * 64}, "it describes other labels"),
        (lambda data: {**data, "more": 1}, "more: extra inputs are not permitted"),
        (lambda data: {**data, "to_mni": [[1, 0, 0, 0]]}, "to_mni"),
        (lambda data: {**data, "landmarks_mm": {}}, "landmarks_mm.nasion: field required"),
        (
            lambda data: {
                **data,
                "landmarks_mm": {
                    **data["landmarks_mm"],
                    "nasion": data["landmarks_mm"]["inion"],
                    "inion": data["landmarks_mm"]["nasion"],
                },
            },
            "the nasion lies behind the inion",
        ),
    ],
)
def test_a_file_that_does_not_fit_its_labels_is_refused(
    spoil: object, said: str, tmp_path: Path
) -> None:
    labels = write_coarse_head(tmp_path)
    assert callable(spoil)
    changed(beside(labels), spoil)
    assert said in run("head", "show", labels).refusal


def test_a_file_written_by_hand_needs_neither_hash_nor_frame(tmp_path: Path) -> None:
    labels = write_coarse_head(tmp_path)
    drop = ("labels_sha256", "frame", "findings", "title")
    changed(beside(labels), lambda data: {k: v for k, v in data.items() if k not in drop})
    head = heads.head_of_labels(labels)
    assert head.frame.id.startswith("image:")
    assert head.findings == ()


def test_where_the_file_lies() -> None:
    assert beside(Path("a/b.nii.gz")) == Path("a/b.head.json")
    assert beside(Path("b.c.nii")) == Path("b.c.head.json")


def test_a_coarse_head_is_called_so() -> None:
    assert [found.code for found in heads.coarse_findings(coarse_head().volume)] == [
        "head.labels-coarse"
    ]


# --- building -----------------------------------------------------------------------------------


def test_a_head_is_built_once_for_an_image_and_written_with_its_file(
    t1: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The building itself takes minutes and has its own tests; here it is counted."""
    built = []

    def build(path: Path, progress: object) -> Head:
        built.append(path)
        return coarse_head()

    monkeypatch.setattr(heads, "build_head", build)
    monkeypatch.setattr(heads, "ants_or_refuse", lambda: None)
    monkeypatch.setenv("EUTHYMIA_CACHE", str(t1.parent / "cache"))
    out = t1.parent / "made" / "labels.nii.gz"
    done = run("head", "build", t1, "--out", out)
    assert done.code == 0
    assert "grey matter" in done.out
    assert LabelVolume.load(out).sha256 == coarse_head().volume.sha256
    assert json.loads(beside(out).read_text())["title"] == "T1.nii.gz"
    again = heads.head_of_t1(t1, SILENT, Store(t1.parent / "cache"))
    assert again.id == coarse_head().id
    assert again.title == "T1.nii.gz"
    assert len(built) == 1
    assert "it is there already" in run("head", "build", t1, "--out", out).refusal
    assert run("head", "build", t1, "--out", out, "--force", "--json").json["files"]
    values = np.asarray(nib.load(t1).dataobj) + 1.0
    write_image(t1, values.astype("f4"), 2.0)
    heads.head_of_t1(t1, SILENT, Store(t1.parent / "cache"))
    assert len(built) == 2
