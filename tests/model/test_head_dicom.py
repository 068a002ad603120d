"""DICOM: which series is taken and why, where its voxels come to lie, and what is left behind."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from euthymia.core.errors import InputError, MissingPartError
from euthymia.model.head.image.dicom import dicom_as_nifti, is_dicom
from euthymia.model.head.image.read import HeadImage, load_head_image
from euthymia.model.head.image.series import Series, choose
from model.dicom_samples import write_multi_frame, write_series
from model.head_samples import phantom_t1, write_image

pytest.importorskip("dcm2niix")
pytest.importorskip("pydicom")


def lps_array() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The phantom as DICOM wants it: stored from the right front, with its affine there and RAS."""
    values, affine = phantom_t1()
    turned = values[::-1, ::-1]
    corner = affine[:3, :3] @ (np.array(values.shape) - 1) + affine[:3, 3]
    lps = np.diag([2.0, 2.0, 2.0, 1.0])
    lps[:3, 3] = (corner[0], corner[1], affine[2, 3])
    return turned, lps, affine


def same_place(one: HeadImage, other: HeadImage) -> None:
    assert one.values.shape == other.values.shape
    assert np.abs(one.affine - other.affine).max() < 1e-3
    assert np.abs(one.values - other.values).max() < 1e-2
    assert one.frame == other.frame


def test_a_series_lies_where_the_same_nifti_lies_left_on_the_left(tmp_path: Path) -> None:
    turned, lps, _ = lps_array()
    values, affine = phantom_t1()
    folder = write_series(tmp_path / "study" / "deep", turned, lps, 4)
    plain = load_head_image(write_image(tmp_path / "t1.nii", values, affine))
    loaded = load_head_image(folder.parent)
    same_place(loaded, plain)
    assert "Invented" not in f"{loaded.findings} {loaded.frame}"
    note = loaded.findings[0]
    assert note.code == "head.series-chosen"
    assert "series 4" in note.message
    assert "the only series" in note.message


def test_one_multi_frame_file_is_a_whole_series(tmp_path: Path) -> None:
    turned, lps, _ = lps_array()
    values, affine = phantom_t1()
    path = write_multi_frame(tmp_path / "enhanced.dcm", turned, lps, 7)
    assert is_dicom(path)
    plain = load_head_image(write_image(tmp_path / "t1.nii", values, affine))
    same_place(load_head_image(path), plain)


def test_the_converted_file_is_gone_after_use(tmp_path: Path) -> None:
    turned, lps, _ = lps_array()
    folder = write_series(tmp_path / "study", turned[::2, ::2, ::2], 2 * lps, 4)
    with dicom_as_nifti(folder, 4) as (converted, _):
        assert converted.is_file()
        assert converted.parent.parent.stat().st_mode & 0o077 == 0
    assert not converted.exists()


def test_a_folder_without_dicom_and_an_absent_package_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "letter.txt").write_text("not an image")
    with pytest.raises(InputError, match="no DICOM image"):
        load_head_image(tmp_path)
    with pytest.raises(InputError, match="is not DICOM and has no series"):
        load_head_image(write_image(tmp_path / "t1.nii", *phantom_t1()), series=3)
    monkeypatch.setitem(sys.modules, "dcm2niix", None)
    with pytest.raises(MissingPartError, match=r"euthymia\[mri\]"):
        load_head_image(tmp_path)


# --- the choice among many ----------------------------------------------------------------------


def series(number: int, **changes: object) -> Series:
    usual: dict[str, object] = {
        "uid": f"1.2.{number}",
        "number": number,
        "files": (),
        "modality": "MR",
        "slices": 176,
        "voxel_mm": (1.0, 1.0, 1.0),
        "extent_mm": (256.0, 256.0, 176.0),
        "three_dimensional": True,
        "echo_ms": 3.0,
        "repetition_ms": 2300.0,
        "inversion_ms": 900.0,
        "image_type": ("ORIGINAL", "PRIMARY", "M"),
        "with_contrast_agent": False,
    }
    return Series(**{**usual, **changes})  # type: ignore[arg-type]


T2 = {"echo_ms": 408.0, "repetition_ms": 3200.0}
FLAIR = {"echo_ms": 390.0, "inversion_ms": 1800.0}


@pytest.mark.parametrize(
    ("others", "why"),
    [
        ({"modality": "CT"}, "it is CT, not MR"),
        ({"image_type": ("ORIGINAL", "PRIMARY", "P")}, "phase image"),
        ({"image_type": ("DERIVED", "PRIMARY", "PROJECTION IMAGE")}, "projection"),
        ({"voxel_mm": (0.5, 0.5, 5.0)}, "slices are 5 mm apart"),
        ({"slices": 1, "voxel_mm": (0.5, 0.5, float("nan"))}, "no stack of parallel slices"),
        ({"extent_mm": (256.0, 256.0, 80.0)}, "only 80 mm"),
        (T2, "that of a T2 or FLAIR"),
        (FLAIR, "that of a T2 or FLAIR"),
    ],
)
def test_what_is_no_t1_of_a_whole_head_is_passed_over_with_its_reason(
    others: dict[str, object], why: str
) -> None:
    unfit = series(2, **others)
    assert why in unfit.unfit
    chosen, words = choose([unfit, series(9)], None, "study")
    assert chosen.number == 9
    assert words == "best of 1 that fit, 2 in all"
    with pytest.raises(InputError, match="none of its 1 series is a T1") as refusal:
        choose([unfit], None, "study")
    assert why in refusal.value.problem


@pytest.mark.parametrize(
    "worse",
    [
        {"with_contrast_agent": True},
        {"image_type": ("DERIVED", "PRIMARY", "MPR")},
        {"three_dimensional": False},
        {"voxel_mm": (1.0, 1.0, 1.6)},
        {"extent_mm": (256.0, 256.0, 140.0)},
    ],
)
def test_the_better_of_two_t1_is_taken(worse: dict[str, object]) -> None:
    assert choose([series(3, **worse), series(5)], None, "study")[0].number == 5


def test_equally_good_series_are_listed_and_one_is_asked_for() -> None:
    with pytest.raises(InputError, match="several series suit equally well") as refusal:
        choose([series(8), series(5), series(2, **T2)], None, "study")
    assert "series 5: 176 slices, 1 x 1 x 1 mm, TR 2300 ms" in refusal.value.problem
    assert refusal.value.remedy.endswith("--series 5")
    assert choose([series(8), series(5)], 8, "study") == (series(8), "asked for")
    with pytest.raises(InputError, match="there is no series 6"):
        choose([series(8), series(5)], 6, "study")


def test_a_study_of_several_series_is_sorted_out_from_its_files(tmp_path: Path) -> None:
    turned, lps, _ = lps_array()
    write_series(tmp_path / "a", turned, lps, 2, EchoTime=95.0)
    write_series(tmp_path / "a", turned[:, :, ::3], lps @ np.diag([1, 1, 3, 1]), 3)
    write_series(tmp_path / "b", turned, lps, 6)
    note = load_head_image(tmp_path).findings[0]
    assert "series 6" in note.message
    assert "best of 1 that fit, 3 in all" in note.message
