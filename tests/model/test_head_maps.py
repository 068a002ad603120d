"""Tissue maps: shares that add up, mean partial volume, and keep their labels."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from head_samples import sphere
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from euthymia.core.errors import InputError
from euthymia.core.poses import Frame
from euthymia.model.head.maps import WHOLE, TissueMaps, packed, unpacked
from euthymia.model.head.tissue.segment import close_cuts, crop_to_head
from euthymia.model.head.volume import LabelVolume, Tissue

FRAME = Frame("maps")
LABELS = arrays.arrays(np.uint8, (4, 3, 2), elements=st.integers(0, len(Tissue) - 1))


@given(LABELS, st.sampled_from([0.0, 0.6, 1.5]))
def test_maps_of_labels_have_these_labels_however_much_they_are_blurred(
    labels: np.ndarray, blur: float
) -> None:
    maps = TissueMaps.of_labels(LabelVolume(labels, np.eye(4), FRAME), blur_voxels=blur)
    assert np.array_equal(maps.labels().labels, labels)
    assert maps.labels().frame == FRAME


@given(
    arrays.arrays(
        np.float32, (len(Tissue), 2, 2, 1), elements=st.floats(0, 1, width=32, allow_nan=False)
    )
)
def test_rounded_shares_add_up_and_stay_close(shares: np.ndarray) -> None:
    maps = TissueMaps.of_shares(shares, np.eye(4), FRAME)
    assert (maps.shares.sum(axis=0, dtype=int) == WHOLE).all()
    total = shares.sum(axis=0)
    some = total > 1e-6
    wanted = shares[:, some] / total[some]
    found = maps.shares[:, some] / WHOLE
    assert np.abs(found - wanted).max(initial=0.0) <= 0.5 * len(Tissue) / WHOLE
    assert (maps.shares[Tissue.AIR][~some] == WHOLE).all()


def test_a_voxel_that_is_half_of_each_says_so() -> None:
    shares = np.zeros((len(Tissue), 1, 1, 1), np.float32)
    shares[[Tissue.GREY, Tissue.CSF]] = 0.5
    maps = TissueMaps.of_shares(shares, np.eye(4), FRAME)
    assert maps.share(Tissue.GREY)[0, 0, 0] == pytest.approx(0.5, abs=0.003)
    assert maps.share(Tissue.CSF)[0, 0, 0] == pytest.approx(0.5, abs=0.003)
    assert maps.share(Tissue.CSF).dtype == np.float32


def test_blurred_labels_of_a_ball_keep_the_volume_of_its_tissues() -> None:
    volume = sphere()
    maps = TissueMaps.of_labels(volume, blur_voxels=0.7)
    voxel_ml = float(np.prod(volume.spacing_mm)) / 1000.0
    for tissue in (Tissue.WHITE, Tissue.GREY, Tissue.SKULL, Tissue.SCALP):
        shared = float(maps.share(tissue).sum()) * voxel_ml
        assert shared == pytest.approx(volume.volume_ml(tissue), rel=0.03)


def test_maps_follow_their_volume_when_it_is_closed_and_cropped() -> None:
    radius = np.linalg.norm(np.indices((41, 41, 41)) - 20.0, axis=0)
    labels = np.zeros(radius.shape, dtype=np.uint8)
    for limit, tissue in ((18, 5), (14, 4), (11, 3), (9, 2), (6, 1)):
        labels[radius <= limit] = tissue
    cut = LabelVolume(labels[:, :, 12:], np.diag([1.0, -1.0, 1.0, 1.0]), FRAME)
    maps = TissueMaps.of_labels(cut, blur_voxels=0.6)
    whole = crop_to_head(close_cuts(cut))
    found = maps.extended_to(whole)
    assert np.array_equal(found.labels().labels, whole.labels)
    place = cut.to_world([(20, 20, 3)])
    here, there = (np.rint(v.to_voxel(place)[0]).astype(int) for v in (cut, whole))
    assert np.array_equal(maps.shares[:, *here], found.shares[:, *there])
    moved = LabelVolume(whole.labels, whole.affine + 0.3 * np.eye(4, k=3), FRAME)
    with pytest.raises(InputError, match="not those of the label volume"):
        maps.extended_to(moved)


@given(LABELS, st.sampled_from([0.0, 0.5, 1.0]))
def test_packed_maps_keep_labels_and_shares_of_two_tissues(labels: np.ndarray, blur: float) -> None:
    maps = TissueMaps.of_labels(LabelVolume(labels, np.eye(4), FRAME), blur_voxels=blur)
    again = unpacked(packed(maps), maps.affine, maps.frame)
    assert np.array_equal(again.labels().labels, labels)
    two = (maps.shares > 0).sum(axis=0) <= 2
    gap = np.abs(again.shares.astype(int) - maps.shares)[:, two]
    assert gap.max(initial=0) <= 0.12 * WHOLE


def test_maps_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    affine = np.array([[0, -2.0, 0, 5], [2.0, 0, 0, -7], [0, 0, 2.0, 1], [0, 0, 0, 1]])
    labels = np.random.default_rng(1).integers(0, 8, (5, 4, 3)).astype(np.uint8)
    maps = TissueMaps.of_labels(LabelVolume(labels, affine, FRAME), blur_voxels=0.8)
    maps.save(tmp_path / "maps.nii.gz")
    again = TissueMaps.load(tmp_path / "maps.nii.gz", FRAME)
    assert np.array_equal(again.shares, maps.shares)
    assert np.allclose(again.affine, affine)
    assert again.sha256 == maps.sha256
    assert TissueMaps.load(tmp_path / "maps.nii.gz").frame != FRAME


def test_maps_cannot_be_changed_in_place() -> None:
    maps = TissueMaps.of_labels(sphere())
    with pytest.raises(ValueError, match="read-only"):
        maps.shares[0, 0, 0, 0] = 3


def test_shares_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(InputError, match="do not add up to 255"):
        TissueMaps(np.zeros((len(Tissue), 2, 2, 2), np.uint8), np.eye(4), FRAME)


@pytest.mark.parametrize(
    "shares",
    [np.zeros((3, 2, 2, 2), np.uint8), np.zeros((len(Tissue), 2, 2, 2), np.float32)],
    ids=["three tissues", "fractions"],
)
def test_arrays_of_another_kind_are_refused(shares: np.ndarray) -> None:
    with pytest.raises(InputError, match="tissue maps"):
        TissueMaps(shares, np.eye(4), FRAME)


def test_a_label_volume_is_not_read_as_maps(tmp_path: Path) -> None:
    nib.save(nib.Nifti1Image(np.zeros((3, 3, 3), np.uint8), np.eye(4)), tmp_path / "labels.nii")
    with pytest.raises(InputError, match="not tissue maps"):
        TissueMaps.load(tmp_path / "labels.nii")
