"""`euthymia head`: what is shown, what is built, and what is refused."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from cli_samples import changed, coarse_head, contents, run, write_coarse_head

from euthymia.cli import head_build
from euthymia.core.findings import Finding, Severity
from euthymia.model.head import named as heads
from euthymia.model.head.build.steps import Given
from euthymia.model.head.build.whole import Built, Source
from euthymia.model.head.files.folder import load_head, save_head
from euthymia.model.head.files.gifti import read_gifti
from euthymia.model.head.files.labels import label_scheme
from euthymia.model.head.files.record import HeadFile, beside, read_head_file
from euthymia.model.head.files.stl import read_stl
from euthymia.model.head.head import Head, Origin
from euthymia.model.head.place.registration import drawn_t1
from euthymia.model.head.quality import head_quality
from euthymia.model.head.volume import LabelVolume
from model.head_samples import phantom_t1


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_coarse_head(tmp_path_factory.mktemp("head"))


def write_image(path: Path, values: np.ndarray, spacing: float = 1.0) -> Path:
    nib.save(nib.Nifti1Image(values, np.diag([spacing, spacing, spacing, 1.0])), path)
    return path


@pytest.fixture
def t1(tmp_path: Path) -> Path:
    """An image that passes for a T1 as far as can be told without building a head."""
    values, affine = phantom_t1()
    path = tmp_path / "T1.nii.gz"
    nib.save(nib.Nifti1Image(values, affine), path)
    return path


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
    assert "no alone.head.json beside it. Build a head of it with `euthymia head build" in refusal


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


def built(source: Source, *_: object) -> Built:
    """What a build gives. The building itself takes minutes and has its own tests."""
    head = replace(coarse_head(), title="Head from an MRI", origin=Origin.OWN_MRI)
    quality = head_quality(head, 0.8)
    values = drawn_t1(head.volume)
    given = Given(values, head.volume.affine, head.frame, (), {"image": head.frame.id}, False)
    return Built(head, quality, given, ("look", "bias"), {"look": "0" * 64}, given.hashes)


def test_a_build_writes_a_folder_that_other_commands_take(
    t1: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(head_build, "build", built)
    out = t1.parent / "made" / "head"
    done = run("head", "build", t1, "--out", out)
    assert done.code == 0
    assert "grey matter" in done.out
    assert "usable" in done.out or "look closer" in done.out
    assert str(out / "report.pdf") in " ".join(done.err.split())
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF")
    assert str(t1.name) not in "".join(
        path.read_text(errors="replace") for path in out.iterdir() if path.suffix != ".gii"
    )
    assert run("head", "show", out, "--json").json["title"] == "Head from an MRI"
    assert len(run("head", "eeg", "F3", "--head", out, "--json").json["positions"]) == 1
    told = run("head", "check", out, "--json").json
    assert told["whole"] is True
    assert told["made_from"] == {"image": coarse_head().frame.id}
    assert "it is there already" in run("head", "build", t1, "--out", out).refusal
    assert run("head", "build", t1, "--out", out, "--force", "--json").json["quality"]["verdict"]


def test_a_build_can_write_labels_alone(t1: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head_build, "build", built)
    out = t1.parent / "made" / "labels.nii.gz"
    assert run("head", "build", t1, "--out", out).code == 0
    assert LabelVolume.load(out).sha256 == coarse_head().volume.sha256
    assert json.loads(beside(out).read_text())["title"] == "Head from an MRI"
    assert "it is there already" in run("head", "build", t1, "--out", out).refusal


def test_a_head_is_exported_and_its_labels_read_back_by_their_scheme(tmp_path: Path) -> None:
    labels = write_coarse_head(tmp_path)
    out = tmp_path / "parts"
    assert "nothing was asked for" in run("head", "export", labels, "--out", out).refusal
    wanted = ("--gifti", "--stl", "--labels", "--scheme", "simnibs")
    told = run("head", "export", labels, *wanted, "--out", out, "--json").json
    assert sorted(told["files"]) == sorted(contents(out))
    assert len(told["files"]) == 5
    scalp = read_gifti(out / "scalp.surf.gii").surface
    assert len(read_stl(out / "scalp.stl").faces) == len(scalp.faces)
    tissue_of = label_scheme("simnibs").tissue_of()
    values = np.asarray(nib.load(out / "labels.nii.gz").dataobj)
    read = np.vectorize(lambda value: int(tissue_of[value]))(values)
    assert np.array_equal(read, coarse_head().volume.labels)
    assert (
        "not one that is known"
        in run("head", "export", labels, "--labels", "--scheme", "x", "--out", out).refusal
    )


def test_a_changed_folder_ends_the_check_with_code_one(tmp_path: Path) -> None:
    save_head(coarse_head(), tmp_path / "head")
    assert run("head", "check", tmp_path / "head").code == 0
    (tmp_path / "head" / "labels.nii.gz").write_bytes(b"other")
    done = run("head", "check", tmp_path / "head")
    assert done.code == 1
    assert "changed or missing: labels.nii.gz" in done.out
    assert "labels.nii.gz is missing or is not" in run("head", "show", tmp_path / "head").refusal
    assert "it is no head" in run("head", "check", tmp_path).refusal


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing is given to build it from"),
        (("--t2", "t2.nii.gz", "--labels", "seg.nii.gz"), "it helps only where a T1 is segmented"),
        (("--labels", "none.nii.gz"), "there is no such file"),
        (("--labels", "none.nii.gz", "--scheme", "x"), "not one that is known here"),
    ],
)
def test_what_cannot_be_built_from_is_refused(
    words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ants")
    monkeypatch.chdir(tmp_path)
    assert said in run("head", "build", *words).refusal
    assert contents(tmp_path) == {}


def test_a_head_by_tape_is_a_folder_that_says_so(tmp_path: Path) -> None:
    out = tmp_path / "head"
    sizes = ("--nasion-inion", 360, "--tragus-tragus", 355, "--circumference", 570)
    told = run("head", "tape", *sizes, "--out", out, "--json").json
    assert told["measures_mm"]["circumference"] == pytest.approx(570, abs=2)
    loaded = load_head(out)
    assert loaded.origin is Origin.TAPE
    assert loaded.spread is not None
    small = ("--nasion-inion", 36, "--tragus-tragus", 355, "--circumference", 570)
    assert "centimetres" in run("head", "tape", *small, "--out", tmp_path / "b").refusal
