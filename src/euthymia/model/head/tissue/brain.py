"""The brain in a T1: where it is, and its grey matter, white matter and fluid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.head.grid.morphology import (
    BoolArray,
    closed,
    depth_inside_mm,
    distance_to_mm,
    filled,
    grown,
    largest,
    opened,
    shrunk,
    without_small,
)
from euthymia.model.head.tissue.mixture import Mixture, peak, posterior

Volume = NDArray[np.float32]

_FLUID, _GREY, _WHITE = 0, 1, 2
_USUAL_FLUID = 0.42
"""Usual brightness of fluid in a T1 where grey matter is 1."""

_NARROWEST = 0.28
"""Least width of a tissue's brightness, as a share of the step from grey to white."""

_PRIOR_STRENGTH = ([0.0, 12.0, 25.0], [0.4, 0.5, 1.2])
"""Exponent of the spatial prior by depth in millimetres below the surface of the brain."""

_TOO_BRIGHT = 1.2
"""Brighter than white matter by this factor, where none is expected, is fat or a vessel."""

FAT_RIM_MM = 1.9
"""Within this distance of fat its brightness is mixed with that of what lies beside it."""

_THICKEST_CORTEX_MM = 5.0
_SURE_BRAIN = 0.6

_BIAS_MM = 14.0
"""Width of the bell that estimates the bias from white matter."""

_ANCHOR_RANGES = ((0.75, 2.6), (0.95, 1.9), (1.08, 1.7))
"""Brightness of what may be white matter in each round of evening out; grey matter is 1."""

_SMALLEST_BRAIN_ML = 700.0


@dataclass(frozen=True, eq=False)
class Priors:
    """How probable each tissue is at each voxel before the image is looked at.

    tissues: (3, nx, ny, nz) fluid, grey, white; grey and white are zero far from the brain.
    eyes_mm: about where the centres of the eyeballs are, (3,) each; may be empty.
    """

    tissues: Volume
    eyes_mm: tuple[FloatArray, ...] = ()

    @property
    def brain(self) -> Volume:
        """(nx, ny, nz) probability of grey or white matter."""
        return np.asarray(self.tissues[_GREY] + self.tissues[_WHITE])

    @property
    def cavity(self) -> BoolArray:
        """(nx, ny, nz) about what the skull encloses."""
        return np.asarray(self.tissues.sum(axis=0) > 0.5)


@dataclass(frozen=True, eq=False)
class BrainTissues:
    """Masks of grey and white matter on the image's grid; the rest of the cavity is fluid."""

    grey: BoolArray
    white: BoolArray


def scaled_to_grey(t1: Volume, priors: Priors) -> Volume:
    """The T1 divided by the brightness of grey matter, found with the help of the prior.

    White is the median where the prior is sure of it; grey is the peak below.
    """
    sure_white = priors.tissues[_WHITE] > 0.85 * float(priors.tissues[_WHITE].max())
    brain = priors.brain > 0.5
    if sure_white.sum() < 1000 or brain.sum() < 10_000:
        raise InputError(
            "head image",
            "the brain was not found in it",
            "Give a whole-head T1 that was not cropped or skull-stripped",
        )
    white = float(np.median(t1[sure_white]))
    grey = peak(t1[brain], 0.58 * white, 0.88 * white)
    return np.asarray(t1 / np.float32(grey), dtype=np.float32)


def evened(t1: Volume, priors: Priors, spacing_mm: FloatArray) -> Volume:
    """The T1 with grey matter at 1 and what is left of a slow bias taken out of the brain.

    First loosely, since a strong bias makes the brightness of white matter differ by half.
    """
    scaled = scaled_to_grey(t1, priors)
    for low, high in _ANCHOR_RANGES:
        scaled = scaled_to_grey(_flattened(scaled, priors, spacing_mm, low, high), priors)
    return scaled


def _flattened(
    scaled: Volume, priors: Priors, spacing_mm: FloatArray, low: float, high: float
) -> Volume:
    """The T1 divided by the slow field that makes its white matter even.

    Voxels of that brightness where the prior is sure of white matter are the anchors; between and
    around them the field is their average weighted by a wide bell.
    """
    anchor = (priors.tissues[_WHITE] > 0.7) & (scaled > low) & (scaled < high)
    if not anchor.any():
        return scaled
    mean = float(scaled[anchor].mean())
    # The field is slow: every third voxel is enough.
    thin = (slice(None, None, 3),) * 3
    sigma = _BIAS_MM / spacing_mm / 3.0
    weight = ndimage.gaussian_filter(anchor[thin].astype(np.float32), sigma)
    total = ndimage.gaussian_filter((anchor * scaled)[thin].astype(np.float32), sigma)
    # A little of the mean everywhere, so that far from anchors the field fades into it.
    floor = np.float32(1e-3)
    field = (total + floor * np.float32(mean)) / (weight + floor) / np.float32(mean)
    places = np.indices(scaled.shape, dtype=np.float32) / np.float32(3.0)
    full = ndimage.map_coordinates(field, places, order=1, mode="nearest")
    return np.asarray(scaled / np.clip(full, 0.5, 2.0), dtype=np.float32)


def white_brightness(t1: Volume, priors: Priors) -> float:
    """The brightness of white matter where the prior is sure of it."""
    return float(np.median(t1[priors.tissues[_WHITE] > 0.85 * float(priors.tissues[_WHITE].max())]))


def noise_of(t1: Volume, priors: Priors) -> float:
    """The standard deviation of the noise, from how a voxel differs from its neighbours."""
    sure = priors.tissues[_WHITE] > 0.85 * float(priors.tissues[_WHITE].max())
    beside = np.array([0.5, 0.0, 0.5])
    around = sum(ndimage.convolve1d(t1, beside, axis=axis) for axis in range(3)) / 3.0
    difference = (t1 - around)[sure]
    spread = 1.4826 * float(np.median(np.abs(difference - np.median(difference))))
    return spread * float(np.sqrt(6.0 / 7.0))


def find_brain(t1: Volume, priors: Priors, fat: BoolArray, spacing_mm: FloatArray) -> BoolArray:
    """A first mask of the brain: bright enough, where the prior allows it, in one thick piece.

    fat: that of the orbits; its rim is as bright as brain.
    """
    allowed = grown(priors.brain > 0.3, 2.5, spacing_mm)
    candidate = (t1 > 0.72) & (t1 < 1.6) & allowed & ~grown(fat, FAT_RIM_MM, spacing_mm)
    core = largest(opened(candidate, 2.5, spacing_mm))
    brain = filled(grown(core, 2.5, spacing_mm) & candidate)
    if brain.sum() * float(np.prod(spacing_mm)) / 1000.0 < _SMALLEST_BRAIN_ML:
        raise InputError(
            "head image",
            "less than 0.7 litres of brain were found in it",
            "Check that it is a T1-weighted image of a whole adult head",
        )
    return brain


def classify(
    t1: Volume,
    cavity: BoolArray,
    core: BoolArray,
    priors: Priors,
    model: Mixture,
    spacing_mm: FloatArray,
    more: Volume | None = None,
) -> BrainTissues:
    """Grey and white matter inside the cavity of the skull.

    cavity: what the skull encloses. core: the first brain mask; grey matter is looked for within
    three millimetres of it, so that dura, sinuses and vessels stay fluid. model: brightness of
    the tissues in the T1. more: (3, nx, ny, nz) log likelihood that another image adds.
    """
    inside = cavity & grown(core, 3.0, spacing_mm)
    prior = _softened(priors.tissues, core, spacing_mm)
    share = posterior(t1, inside, prior, model, smoothness=0.25, rounds=4, more=more)
    label = share.argmax(axis=0)
    brain = inside & (label > _FLUID)
    white = brain & (label == _WHITE)
    brain &= ~_sulcal_fluid(t1, brain, white, model.means, spacing_mm)
    shallow = depth_inside_mm(filled(closed(core, 6.0, spacing_mm)), spacing_mm) < 12.0
    doubtful = shallow | (priors.tissues[_WHITE] < 0.3)
    brain &= (t1 < _TOO_BRIGHT * model.means[_WHITE]) | ~doubtful
    # Venous sinuses are as bright as cortex, but there is no white matter below them.
    brain &= (distance_to_mm(white & brain, spacing_mm) < _THICKEST_CORTEX_MM) | (
        priors.brain > _SURE_BRAIN
    )
    brain = largest(brain)
    white = largest(white & brain)
    white |= _lining_of_ventricles(brain, white, cavity, spacing_mm)
    white = ~without_small(~white, 20)
    return BrainTissues(brain & ~white, white & brain)


def brightnesses(t1: Volume, core: BoolArray, priors: Priors, spacing_mm: FloatArray) -> Mixture:
    """The peaks of the three tissues; that of fluid from the ventricles, where it is pure."""
    fluid = _USUAL_FLUID
    deep = depth_inside_mm(filled(closed(core, 6.0, spacing_mm)), spacing_mm) > 25.0
    pure = shrunk(deep & (t1 < 0.72), 1.5, spacing_mm)
    if pure.sum() > 200:
        fluid = float(np.clip(np.median(t1[pure]), 0.1, 0.6))
    sure_white = t1[core & (priors.tissues[_WHITE] > 0.8)]
    white = peak(sure_white, 1.1, 1.8)
    grey = peak(t1[core & (priors.tissues[_GREY] > 0.6)], 0.8, 0.5 * (1.0 + white))
    noise = 1.4826 * float(np.median(np.abs(sure_white - np.median(sure_white))))
    return Mixture(np.array([fluid, grey, white]), max(noise, _NARROWEST * (white - grey)))


def _softened(tissues: Volume, core: BoolArray, spacing_mm: FloatArray) -> Volume:
    """The prior, weakened near the folded surface and kept deep inside.

    Gyri differ between heads, the deep nuclei hardly do, and brightness alone would take the
    thalamus for white matter.
    """
    depth = depth_inside_mm(closed(core, 10.0, spacing_mm), spacing_mm)
    strength = np.interp(depth, *_PRIOR_STRENGTH).astype(np.float32)
    soft = np.maximum(tissues, 0.05) ** strength
    return np.asarray(soft / soft.sum(axis=0), dtype=np.float32)


def _sulcal_fluid(
    t1: Volume, brain: BoolArray, white: BoolArray, means: FloatArray, spacing_mm: FloatArray
) -> BoolArray:
    """Fluid in sulci so narrow that no voxel shows it pure.

    Such a sulcus is a valley of brightness between two banks of grey, away from white matter.
    """
    steps = np.maximum(1, np.round(3.0 / spacing_mm)).astype(int)
    size = tuple(int(2 * s + 1) for s in steps)
    valley = ndimage.grey_closing(t1, size=size) - t1
    contrast = float(means[_GREY] - means[_FLUID])
    dim = t1 < means[_GREY] - 0.33 * contrast
    away = distance_to_mm(white, spacing_mm) > 2.0
    return np.asarray(brain & (valley > 0.26 * contrast) & dim & away)


def _lining_of_ventricles(
    brain: BoolArray, white: BoolArray, cavity: BoolArray, spacing_mm: FloatArray
) -> BoolArray:
    """The false grey rim where white matter meets a ventricle and a voxel holds half of each."""
    deep = depth_inside_mm(filled(grown(brain, 3.0, spacing_mm)), spacing_mm) > 18.0
    ventricle = cavity & ~brain & deep
    if not ventricle.any():
        return np.zeros_like(brain)
    grey = brain & ~white
    near = distance_to_mm(ventricle, spacing_mm) <= 2.3
    beside_white = ndimage.binary_dilation(white, iterations=2)
    return np.asarray(grey & near & beside_white & ~opened(grey, 1.5, spacing_mm))
