"""A head as a folder: it comes back as it was, and what was changed since is noticed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.poses import Frame
from euthymia.model.head.default import default_head
from euthymia.model.head.files import folder as folders
from euthymia.model.head.files.folder import check_folder, load_head, save_head
from euthymia.model.head.files.names import is_head_folder
from euthymia.model.head.files.record import HeadFile
from euthymia.model.head.head import Head, Origin
from euthymia.model.head.maps import TissueMaps
from euthymia.model.head.place.displacement import Displacement
from euthymia.model.head.place.landmarks import Landmarks, PointNote
from euthymia.model.head.place.mni import MniMap
from euthymia.model.head.volume import LabelVolume

DOUBT = Finding("head.fit_poor", Severity.ACKNOWLEDGE, "T1 image", "Look at it", "0.5", "0.6")


@pytest.fixture(scope="module")
def head() -> Head:
    """The default head at 4 mm with everything that a head can have."""
    fine = default_head()
    affine = np.array(fine.volume.affine)
    affine[:3, :3] *= 4
    labels = np.ascontiguousarray(fine.volume.labels[::4, ::4, ::4])
    volume = LabelVolume(labels, affine, Frame("image:" + "a" * 64, "T1 image"))
    wave = np.zeros((3, 3, 3, 3), dtype=np.float16)
    wave[1, 1, 1] = (1.0, 2.0, -1.5)
    box = np.diag([60.0, 60.0, 60.0, 1.0])
    box[:3, 3] = -60.0
    bent = MniMap(np.eye(4), 4.0, "bent", Displacement(wave, box), Displacement(-wave, box))
    marks = fine.landmarks
    noted = Landmarks(*marks.stacked, notes=tuple(PointNote(2.5, f"way {n}") for n in range(4)))
    maps = TissueMaps.of_labels(volume, blur_voxels=0.7)
    return Head(volume, noted, bent, "Head from an MRI", (DOUBT,), Origin.OWN_MRI, None, 4.0, maps)


@pytest.fixture
def folder(head: Head, tmp_path: Path) -> Path:
    save_head(
        head,
        tmp_path / "head",
        made_from={"image": head.frame.id},
        software={"euthymia": "0.1.0"},
        likeness=0.8,
        more={"report.html": b"<html></html>"},
    )
    return tmp_path / "head"


def test_a_head_comes_back_as_it_was(head: Head, folder: Path) -> None:
    again = load_head(folder)
    assert again.id == head.id
    assert again.frame.id == head.frame.id
    assert again.findings == (DOUBT,)
    assert (again.title, again.origin, again.hair_mm) == (head.title, head.origin, 4.0)
    assert np.array_equal(again.landmarks.stacked, head.landmarks.stacked)
    assert again.landmarks.notes == head.landmarks.notes
    assert again.maps is not None
    assert head.maps is not None
    assert again.maps.sha256 == head.maps.sha256
    points = np.array([[0.0, 0.0, 0.0], [10.0, -20.0, 30.0]])
    assert np.array_equal(again.to_mni(points), head.to_mni(points))
    assert np.array_equal(again.from_mni(points), head.from_mni(points))
    assert np.array_equal(again.scalp.vertices_mm, head.scalp.vertices_mm)
    assert check_folder(folder) == (DOUBT,)


def test_saving_twice_gives_the_same_bytes(head: Head, folder: Path, tmp_path: Path) -> None:
    first = folders.read_folder(folder).files
    again = save_head(head, tmp_path / "again", more={"report.html": b"<html></html>"})
    assert again.files == first


@pytest.mark.parametrize("name", ["labels.nii.gz", "mni.npz", "maps.nii.gz", "scalp.surf.gii"])
@pytest.mark.parametrize("gone", [True, False])
def test_a_changed_or_missing_part_is_refused_and_told(name: str, gone: bool, folder: Path) -> None:
    if gone:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes((folder / name).read_bytes() + b"\0")
    with pytest.raises(InputError, match=name):
        load_head(folder)
    told = check_folder(folder)
    assert [found.subject for found in told if found.severity is Severity.STOP] == [name]
    assert DOUBT in told


def test_a_changed_report_is_told_but_the_head_is_read(folder: Path) -> None:
    (folder / "report.html").write_text("<html>better</html>")
    assert load_head(folder).findings == (DOUBT,)
    codes = [found.code for found in check_folder(folder)]
    assert codes == ["head.file-changed", "head.fit_poor"]


def test_edited_landmarks_are_taken_with_a_caution(head: Head, folder: Path) -> None:
    path = folder / "landmarks.toml"
    lines = path.read_text().splitlines()
    moved = head.scalp.nearest(head.landmarks.nasion + np.array([0.0, 0.0, 8.0])).position_mm
    point = ", ".join(f"{value:.3f}" for value in moved)
    lines = [f"nasion = [{point}]" if line.startswith("nasion") else line for line in lines]
    path.write_text("\n".join(lines))
    again = load_head(folder)
    assert "head.landmarks-edited" in [found.code for found in again.findings]
    assert np.linalg.norm(again.landmarks.nasion - moved) < 0.1
    # What was not edited is exactly what it was, with its own note.
    assert np.array_equal(again.landmarks.inion, head.landmarks.inion)
    assert again.landmarks.note("inion") == head.landmarks.note("inion")
    assert again.landmarks.note("nasion") != head.landmarks.note("nasion")
    assert "head.landmarks-edited" in [found.code for found in check_folder(folder)]
    path.write_text(path.read_text().replace("image:", "other:"))
    with pytest.raises(InputError, match="frame"):
        load_head(folder)


def test_a_folder_without_head_json_is_no_head(folder: Path) -> None:
    (folder / "head.json").unlink()
    assert not is_head_folder(folder)
    with pytest.raises(InputError, match="its build was broken off"):
        load_head(folder)


def test_a_later_version_is_refused(folder: Path) -> None:
    data = json.loads((folder / "head.json").read_text())
    (folder / "head.json").write_text(json.dumps({**data, "euthymia_head_folder": 2}))
    with pytest.raises(InputError, match="euthymia_head_folder"):
        load_head(folder)


def test_the_linear_part_of_a_bent_map_says_that_it_is_less_certain(head: Head) -> None:
    written = HeadFile.of(head)
    assert written.mni_uncertainty_mm >= head.mni.uncertainty_mm
    assert written.mni_how == "linear part of: bent"
