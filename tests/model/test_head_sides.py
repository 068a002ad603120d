"""Left and right exchanged: what headers prove, and what a brain can and cannot tell."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from euthymia.model.head.default import default_head
from euthymia.model.head.place.mni import MniMap
from euthymia.model.head.place.sides import (
    asymmetry_likeness,
    brain_side_findings,
    header_side_findings,
)
from euthymia.model.head.volume import LabelVolume

FLIP = np.diag([-1.0, 1.0, 1.0, 1.0])
OBLIQUE = np.array(
    [[0.0, -0.1, 0.99, -80.0], [0.99, 0.0, 0.0, -100.0], [0.0, 0.99, 0.1, -70.0], [0, 0, 0, 1.0]]
)


def image(sform: np.ndarray, qform: np.ndarray) -> nib.Nifti1Image:
    made = nib.Nifti1Image(np.zeros((8, 9, 10), np.int16), sform)
    made.set_sform(sform, 1)
    made.set_qform(qform, 1)
    return made


@pytest.mark.parametrize("affine", [np.diag([1.0, 1.0, 1.2, 1.0]), OBLIQUE, FLIP])
def test_an_affine_flipped_in_one_of_two_places_raises_a_warning(affine: np.ndarray) -> None:
    flipped = image(FLIP @ affine, affine)
    assert [f.code for f in header_side_findings(flipped, "t1")] == ["head.sides_contradict"]
    assert header_side_findings(image(affine, affine), "t1") == ()


def test_a_turned_header_is_no_flipped_one() -> None:
    turned = np.diag([-1.0, -1.0, 1.0, 1.0])
    assert header_side_findings(image(turned, np.eye(4)), "t1") == ()


def test_one_orientation_alone_cannot_contradict_itself() -> None:
    made = image(FLIP, np.eye(4))
    made.header["qform_code"] = 0
    assert header_side_findings(made, "t1") == ()


def known() -> tuple[LabelVolume, MniMap, LabelVolume]:
    """The default head, its map, and its mirror image: a mirror image is fitted by the same map."""
    head = default_head()
    volume = head.volume
    return volume, head.mni, LabelVolume(volume.labels, FLIP @ volume.affine, volume.frame)


def test_a_mirrored_brain_has_the_opposite_asymmetry() -> None:
    volume, mni, flipped = known()
    straight = MniMap(mni.to_mni, 5.0, "linear")
    assert asymmetry_likeness(volume, mni, volume, mni) == pytest.approx(1.0)
    assert asymmetry_likeness(flipped, straight, volume, mni) < -0.6


def test_the_mirrored_default_head_is_doubted_and_the_default_head_is_not() -> None:
    volume, mni, flipped = known()
    straight = MniMap(mni.to_mni, 5.0, "linear")
    found = brain_side_findings(flipped, straight, volume, mni, "t1")
    assert [finding.code for finding in found] == ["head.sides_doubtful"]
    assert "weak evidence" in found[0].message
    assert brain_side_findings(volume, mni, volume, mni, "t1") == ()


def test_a_symmetric_brain_raises_no_doubt_and_asks_for_a_look_at_a_known_side() -> None:
    volume, mni, _ = known()
    labels = np.array(volume.labels)
    half = labels.shape[0] // 2
    labels[half:] = labels[: labels.shape[0] - half][::-1]
    even = LabelVolume(labels, volume.affine, volume.frame)
    found = brain_side_findings(even, mni, volume, mni, "t1")
    assert [finding.code for finding in found] == ["head.sides_unconfirmed"]
    assert "a side that you know" in found[0].message
