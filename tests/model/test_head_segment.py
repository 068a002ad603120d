"""The segmentation, against heads whose tissues are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.poses import Frame
from euthymia.core.progress import CallbackProgress, Report
from euthymia.model.head.default import default_head
from euthymia.model.head.place.registration import drawn_t1
from euthymia.model.head.tissue.brain import Priors, scaled_to_grey
from euthymia.model.head.tissue.mixture import Mixture, peak
from euthymia.model.head.tissue.segment import close_cuts, crop_to_head, segment
from euthymia.model.head.volume import LabelVolume, Tissue


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
def test_a_drawn_t1_with_noise_and_bias_is_segmented_back_into_its_labels() -> None:
    volume = default_head().volume
    seen: list[Report] = []
    t1 = scanned(volume, noise=0.03, bias=0.2)
    segmentation = segment(
        t1, volume.affine, volume.frame, shifted_priors(volume), CallbackProgress(seen.append)
    )
    found = segmentation.volume
    least = {"WHITE": 0.90, "GREY": 0.86, "CSF": 0.70, "SKULL": 0.75, "SCALP": 0.90}
    reached = {name: dice(found.mask(Tissue[name]), volume.mask(Tissue[name])) for name in least}
    assert all(reached[name] >= least[name] for name in least), reached
    assert seen[-1].finished
    assert seen[-1].fraction == 1.0


def scanned(volume: LabelVolume, *, noise: float, bias: float) -> np.ndarray:
    """A T1 drawn from labels, with blur, a smooth bias of that size and noise (grey is 1)."""
    rng = np.random.default_rng(1)
    field = ndimage.zoom(1 + bias * rng.uniform(-1, 1, (3, 3, 3)), 100, order=3)
    field = field[tuple(slice(0, n) for n in volume.labels.shape)]
    t1 = ndimage.gaussian_filter(drawn_t1(volume), 0.5) * field
    return np.abs(t1 + noise * rng.normal(size=t1.shape)).astype(np.float32)


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
