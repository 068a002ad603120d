"""A head from an MRI, from the file to the targets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from euthymia.core.errors import InputError, MissingPartError
from euthymia.core.store import Store
from euthymia.model.head.build.whole import Built, Source, build, build_head
from euthymia.model.head.files.folder import load_head, save_head
from euthymia.model.head.place import registration
from euthymia.model.head.volume import BRAIN, Tissue
from shared_data import shared_file


def test_without_the_extra_part_the_remedy_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def absent(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(registration.importlib, "import_module", absent)
    with pytest.raises(MissingPartError, match=r"euthymia\[mri\]"):
        build_head(tmp_path / "t1.nii.gz")


def test_a_file_that_is_no_image_is_refused_before_any_work(tmp_path: Path) -> None:
    pytest.importorskip("ants")
    path = tmp_path / "notes.nii.gz"
    path.write_text("not an image")
    with pytest.raises(InputError, match="cannot be read as an image"):
        build_head(path)


@pytest.mark.slow
def test_another_whole_head_becomes_a_model_with_plausible_anatomy(tmp_path: Path) -> None:
    pytest.importorskip("ants")
    image = shared_file("heads/second_head_T1_1p5mm.nii.gz")
    store = Store(tmp_path / "cache")
    built = build(Source(t1=image), store=store)
    assert built.ran == ("look", "bias", "fit", "segment", "landmarks")
    head = built.head
    volume = head.volume
    assert 1000 < volume.volume_ml(*BRAIN, Tissue.CSF) < 1900
    assert 0.9 < volume.volume_ml(Tissue.GREY) / volume.volume_ml(Tissue.WHITE) < 2.0
    measures = head.eeg.measures
    assert 300 < measures.nasion_inion_mm < 400
    assert 300 < measures.tragus_tragus_mm < 400
    assert 500 < measures.circumference_mm < 620
    for name in ("F3", "C3", "F4"):
        assert 8 < head.scalp_cortex_distance_mm(head.eeg[name]) < 25
    target, moved_mm = head.snap_to_grey(head.from_mni((-38, 44, 26)))
    assert moved_mm < 15
    assert np.linalg.norm(head.to_mni(target) - (-38, 44, 26)) < 20
    assert "head.voxels_coarse" in {finding.code for finding in head.findings}
    turned_image_is_the_same_head(image, built, store, tmp_path)
    a_moved_landmark_makes_one_stage_anew(image, built, store, tmp_path)
    the_folder_gives_the_same_head_and_no_name(built, tmp_path)


def turned_image_is_the_same_head(image: Path, built: Built, store: Store, folder: Path) -> None:
    """Another order of the axes through the whole path: nothing is made anew, the head the same."""
    loaded = nib.load(image)
    turned = loaded.as_reoriented(np.array([[2, -1], [0, 1], [1, -1]]))
    turned.header["descrip"] = b"Invented Name"
    path = folder / "Invented_Name.nii.gz"
    nib.save(turned, path)
    again = build(Source(t1=path), store=store)
    assert again.ran == ()
    assert again.head.id == built.head.id
    assert again.head.frame == built.head.frame
    assert np.array_equal(again.head.landmarks.stacked, built.head.landmarks.stacked)
    assert "Invented" not in repr((again.head.findings, again.made_from, again.head.title))


def a_moved_landmark_makes_one_stage_anew(
    image: Path, built: Built, store: Store, folder: Path
) -> None:
    place = built.head.scalp.nearest(
        built.head.landmarks.nasion + np.array([0.0, 0.0, 6.0])
    ).position_mm
    given = ", ".join(f"{value:.3f}" for value in place)
    (folder / "marks.toml").write_text(f"nasion = [{given}]\n")
    moved = build(Source(t1=image, landmarks=folder / "marks.toml"), store=store)
    assert moved.ran == ("landmarks",)
    assert np.linalg.norm(moved.head.landmarks.nasion - place) < 0.1
    assert moved.head.id == built.head.id


def the_folder_gives_the_same_head_and_no_name(built: Built, folder: Path) -> None:
    save_head(built.head, folder / "head", made_from=built.made_from, stages=built.keys)
    again = load_head(folder / "head")
    assert again.id == built.head.id
    points = built.head.volume.to_world(np.argwhere(built.head.volume.mask(Tissue.GREY))[::5000])
    assert np.array_equal(again.to_mni(points), built.head.to_mni(points))
    for path in (folder / "head").iterdir():
        assert b"second_head" not in path.read_bytes()
