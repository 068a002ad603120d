"""Simulated scans: what is asked of the shape and the scanner is what comes out."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.poses import Frame
from euthymia.model.head.phantom import Phantom, Scanner, Shape
from euthymia.model.head.volume import BONE, LabelVolume, Tissue


@cache
def ball() -> LabelVolume:
    radius = np.linalg.norm(np.indices((57, 57, 57)) - 28.0, axis=0)
    labels = np.zeros(radius.shape, dtype=np.uint8)
    for limit, tissue in ((25, 5), (20, 4), (16, 3), (14, 2), (9, 1)):
        labels[radius <= limit] = tissue
    return LabelVolume(labels, np.diag([2.0, 2.0, 2.0, 1.0]), Frame("ball"))


@cache
def straight() -> Phantom:
    return Phantom.of(ball(), Shape())


def test_an_unchanged_head_keeps_the_volume_of_its_tissues() -> None:
    truth = straight().truth
    assert np.allclose(truth.spacing_mm, 1.0)
    layers = ((Tissue.WHITE,), (Tissue.GREY,), (Tissue.CSF,), BONE, (Tissue.SCALP,))
    found = [truth.volume_ml(*tissues) for tissues in layers]
    assert found == pytest.approx([ball().volume_ml(*tissues) for tissues in layers], rel=0.05)
    assert truth.volume_ml(Tissue.SPONGY) > 0


def test_a_scaled_turned_and_bent_head_has_the_volume_of_its_scale() -> None:
    inside = (Tissue.WHITE, Tissue.GREY, Tissue.CSF)
    smaller = Phantom.of(ball(), Shape(rotation_deg=20.0, scale=0.9)).truth
    assert smaller.volume_ml(*inside) == pytest.approx(0.9**3 * ball().volume_ml(*inside), rel=0.02)
    bent = Phantom.of(ball(), Shape(bend_mm=3.0)).truth
    assert bent.volume_ml(*inside) == pytest.approx(ball().volume_ml(*inside), rel=0.25)
    same = Phantom.of(ball(), Shape(bend_mm=3.0)).truth
    assert np.array_equal(bent.labels, same.labels)
    other = Phantom.of(ball(), Shape(bend_mm=3.0, seed=2)).truth
    assert bent.labels.shape != other.labels.shape or (bent.labels != other.labels).any()


def test_noise_is_a_share_of_the_brightness_of_white_matter() -> None:
    scan, affine = straight().t1(Scanner(noise=0.09, bias=0.0))
    truth = straight().truth
    assert np.allclose(affine, truth.affine)
    white = scan[ndimage.binary_erosion(truth.mask(Tissue.WHITE), iterations=3)]
    assert white.mean() == pytest.approx(1.4, abs=0.03)
    assert white.std() == pytest.approx(0.09 * 1.4, rel=0.1)
    # Noise of a magnitude image never averages out to zero.
    assert scan[0].mean() > 0.08


def test_the_bias_field_has_the_range_it_was_asked_to_have() -> None:
    even, _ = straight().t1(Scanner(noise=0.0, bias=0.0))
    uneven, _ = straight().t1(Scanner(noise=0.0, bias=0.4))
    ratio = uneven[even > 0.3] / even[even > 0.3]
    assert 0.8 - 1e-3 <= ratio.min() < ratio.max() <= 1.2 + 1e-3
    assert np.ptp(ratio) > 0.1


def test_thick_slices_mix_the_tissues_they_cover() -> None:
    thick, affine = straight().t1(Scanner((1.0, 1.0, 2.0), noise=0.0, bias=0.0))
    thin, _ = straight().t1(Scanner(noise=0.0, bias=0.0))
    assert affine[2, 2] == 2.0
    pairs = 0.5 * (thin[:, :, 0:-1:2] + thin[:, :, 1::2])
    assert np.abs(thick[:, :, : pairs.shape[2]] - pairs).mean() < 0.02


def test_a_t2_lies_on_the_grid_of_its_t1_and_shows_fluid_bright() -> None:
    scanner = Scanner(noise=0.0, bias=0.0)
    t1, t2 = straight().t1(scanner)[0], straight().t2(scanner)[0]
    fluid, grey = (straight().truth.mask(tissue) for tissue in (Tissue.CSF, Tissue.GREY))
    assert t1.shape == t2.shape
    assert np.median(t2[fluid]) > 1.5 * np.median(t2[grey])
    assert np.median(t1[fluid]) < 0.6 * np.median(t1[grey])


def test_voxels_of_no_size_are_refused() -> None:
    with pytest.raises(InputError, match=r"Give 0\.3 to 5 mm"):
        straight().t1(Scanner((1.0, 0.0, 1.0)))
