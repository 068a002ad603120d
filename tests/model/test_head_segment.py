"""The segmentation, against heads whose tissues are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.poses import Frame
from euthymia.core.progress import CallbackProgress, Report
from euthymia.model.head.default import default_head
from euthymia.model.head.phantom import Phantom, Scanner, Shape
from euthymia.model.head.place.registration import drawn_t1
from euthymia.model.head.tissue.brain import Priors, scaled_to_grey
from euthymia.model.head.tissue.mixture import Mixture, peak
from euthymia.model.head.tissue.segment import close_cuts, crop_to_head, segment
from euthymia.model.head.volume import BONE, BRAIN, LabelVolume, Tissue


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


def shifted_priors(volume: LabelVolume) -> Priors:
    """Priors as a registration would give them: soft, and two millimetres off."""
    parts = [
        ndimage.shift(
            ndimage.gaussian_filter(volume.mask(tissue).astype(np.float32), 2.5), 1.2, order=1
        )
        for tissue in (Tissue.CSF, Tissue.GREY, Tissue.WHITE)
    ]
    return Priors(np.stack(parts))


@pytest.mark.slow
def test_a_simulated_scan_is_segmented_back_into_its_labels() -> None:
    shape = Shape(rotation_deg=6.0, scale=0.97, bend_mm=3.0)
    phantom = Phantom.of(default_head().volume, shape)
    t1, affine = phantom.t1(Scanner(noise=0.03, bias=0.2))
    seen: list[Report] = []
    truth = phantom.truth
    found = segment(t1, affine, truth.frame, shifted_priors(truth), CallbackProgress(seen.append))
    least = {"GREY": 0.88, "WHITE": 0.90, "CSF": 0.75, "SCALP": 0.92}
    reached = {n: dice(found.volume.mask(Tissue[n]), truth.mask(Tissue[n])) for n in least}
    reached["BONE"] = dice(found.volume.mask(*BONE), truth.mask(*BONE))
    assert all(reached[name] >= bar for name, bar in {**least, "BONE": 0.80}.items()), reached
    assert seen[-1].finished
    assert seen[-1].fraction == 1.0
    assert found.noise == pytest.approx(0.03 * 1.4, rel=0.35)
    assert np.array_equal(found.maps.labels().labels, found.volume.labels)
    mixed = (found.maps.shares > 20).sum(axis=0) > 1
    assert 0.02 < mixed.mean() < 0.5
    assert_nested(found.volume)


def assert_nested(volume: LabelVolume) -> None:
    around = np.ones((3, 3, 3), dtype=bool)
    brain = ndimage.binary_dilation(volume.mask(*BRAIN), around)
    assert not (brain & volume.mask(*BONE, Tissue.SCALP, Tissue.AIR, Tissue.EYES)).any()
    fluid = ndimage.binary_dilation(volume.mask(Tissue.CSF), around)
    assert not (fluid & volume.mask(Tissue.SCALP, Tissue.AIR, Tissue.EYES)).any()


def test_an_image_without_a_brain_is_refused() -> None:
    with pytest.raises(InputError, match="brain was not found"):
        scaled_to_grey(
            np.ones((40, 40, 40), np.float32), Priors(np.zeros((3, 40, 40, 40), np.float32))
        )


def test_a_skull_stripped_image_is_refused() -> None:
    whole = default_head().volume
    affine = whole.affine.copy()
    affine[:3, :3] *= 2.0
    volume = LabelVolume(whole.labels[::2, ::2, ::2], affine, whole.frame)
    brain = volume.mask(Tissue.GREY, Tissue.WHITE)
    t1 = np.where(brain, drawn_t1(volume), 0.0).astype(np.float32)
    with pytest.raises(InputError, match="hardly any skull and scalp"):
        segment(t1, affine, whole.frame, shifted_priors(volume))


def test_the_border_between_two_tissues_lies_at_the_middle_of_their_brightness() -> None:
    model = Mixture(np.array([0.4, 1.0, 1.4]), 0.1)
    likelihood = model.log_likelihood(np.array([0.7, 1.2, 0.69, 0.71]))
    assert likelihood[0, 0] == pytest.approx(likelihood[1, 0], abs=1e-4)
    assert likelihood[1, 1] == pytest.approx(likelihood[2, 1], abs=1e-4)
    assert likelihood[0, 2] > likelihood[1, 2]
    assert likelihood[1, 3] > likelihood[0, 3]


def test_the_peak_of_a_brightness_is_found_among_noise() -> None:
    rng = np.random.default_rng(2)
    values = np.concatenate([rng.normal(1.0, 0.05, 5000), rng.uniform(0.5, 1.5, 2000)])
    assert peak(values, 0.6, 1.4) == pytest.approx(1.0, abs=0.02)


def cut_ball() -> LabelVolume:
    """A ball of nested tissues, cut through the brain at the bottom of the grid."""
    radius = np.linalg.norm(np.indices((61, 61, 61)) - 30.0, axis=0)
    labels = np.zeros(radius.shape, dtype=np.uint8)
    for limit, tissue in ((26, 5), (22, 4), (19, 3), (17, 2), (12, 1)):
        labels[radius <= limit] = tissue
    return LabelVolume(labels[:, :, 20:], np.eye(4), Frame("cut"))


def test_a_cut_head_is_closed_by_nested_layers() -> None:
    closed = close_cuts(cut_ball())
    around = np.ones((3, 3, 3), dtype=bool)
    brain = ndimage.binary_dilation(closed.mask(Tissue.WHITE, Tissue.GREY), around)
    assert not (brain & closed.mask(Tissue.SKULL, Tissue.SCALP, Tissue.AIR)).any()
    fluid = ndimage.binary_dilation(closed.mask(Tissue.CSF), around)
    assert not (fluid & closed.mask(Tissue.SCALP, Tissue.AIR)).any()
    assert not closed.labels[:, :, 0].any()


def test_closing_and_cropping_leave_every_voxel_where_it_was() -> None:
    ball = cut_ball()
    closed = crop_to_head(close_cuts(ball))
    voxels = np.argwhere(ball.labels > 0)
    there = np.round(closed.to_voxel(ball.to_world(voxels))).astype(int)
    assert np.array_equal(closed.labels[tuple(there.T)], ball.labels[tuple(voxels.T)])
    assert closed.labels.size < close_cuts(ball).labels.size
