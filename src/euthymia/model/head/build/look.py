"""A first look at an image, seconds long: is there a head in it, all of it, and in a T1's contrast?

The default head is laid onto the image by a linear fit on coarse voxels. Where its tissues come to
lie tells the contrast; where its ears come to lie tells whether the image holds them.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.core.store import Arrays
from euthymia.model.head.default import default_head
from euthymia.model.head.image.geometry import resampled
from euthymia.model.head.place.registration import (
    ants_or_refuse,
    drawn_t1,
    likeness_of,
    to_ants,
)
from euthymia.model.head.volume import Tissue

Volume = NDArray[np.float32]

_COARSE_MM, _FINE_MM = 4.0, 2.0
_HEAD_HEIGHT_MM = 185.0
_BIAS_MM = 25.0
_LEAST_LIKENESS = 0.25
_STRETCH = (0.6, 1.8)
"""A head that needs more stretching than this to lie like the default one is none."""

_BRIGHT_FLUID, _BRIGHT_GREY, _BRIGHT_BONE = 1.3, 1.02, 1.3
"""Brightness beside white matter that no T1 shows: drawn and real ones have 0.5, 0.8 and 0.4."""

_EARS_BELOW_MM = 3.0


@dataclass(frozen=True, slots=True)
class Look:
    """What the first look found.

    likeness: correlation of the laid-on default head with the image. stretch: least and largest.
    fluid, grey, bone: brightness beside white matter. ears_mm: of the lower ear above the lowest
    slice (negative: below it).
    """

    likeness: float
    stretch: tuple[float, float]
    fluid: float
    grey: float
    bone: float
    ears_mm: float


def first_look(values: Volume, affine: FloatArray, subject: str) -> Arrays:
    """Look at an image of about one millimetre; refuse what is no whole head in a T1's contrast."""
    found = look_at(values, affine)
    refuse_unfit(found, subject)
    return {"likeness": np.array(found.likeness)}


def look_at(values: Volume, affine: FloatArray) -> Look:
    """Lay the default head onto the image and note what shows."""
    ants = ants_or_refuse()
    coarse, grid = resampled(_without_neck(values, affine), affine, _COARSE_MM)
    fixed = to_ants(ants, _flattened(coarse, grid), grid)
    head = default_head()
    drawn = ndimage.gaussian_filter(drawn_t1(head.volume), 0.6)
    moving = to_ants(ants, *resampled(drawn, head.volume.affine, _COARSE_MM))
    laid = ants.registration(
        fixed,
        moving,
        type_of_transform="Affine",
        aff_metric="mattes",
        aff_iterations=(200, 100, 50),
        aff_shrink_factors=(4, 2, 1),
        aff_smoothing_sigmas=(2, 1, 0),
    )
    transforms = laid["fwdtransforms"]
    matrix = np.array(ants.read_transform(transforms[0]).parameters).reshape(4, 3)[:3]
    stretch = np.linalg.svd(matrix, compute_uv=False)
    shown = _brightness(values, affine, transforms)
    return Look(
        likeness_of(laid["warpedmovout"].numpy(), fixed.numpy()),
        (float(stretch.min()), float(stretch.max())),
        shown[Tissue.CSF],
        shown[Tissue.GREY],
        shown[Tissue.SKULL],
        _ears_above_mm(affine, transforms),
    )


def refuse_unfit(found: Look, subject: str) -> None:
    """Refuse, in one sentence, what the first look shows to be unfit."""
    low, high = found.stretch
    if found.fluid > _BRIGHT_FLUID:
        raise InputError(
            subject,
            "its fluid is brighter than its white matter, as in a T2-weighted image",
            "Give the T1-weighted image",
        )
    if found.bone > _BRIGHT_BONE:
        raise InputError(
            subject,
            "its bone is brighter than its brain, as in a CT image",
            "Give a T1-weighted MR image",
        )
    if found.likeness < _LEAST_LIKENESS or low < _STRETCH[0] or high > _STRETCH[1]:
        raise InputError(
            subject,
            f"no head that lies as the file says was found in it (likeness {found.likeness:.2f})",
            "Check that it is a T1 of a whole head, and that it is not upside down or turned",
        )
    if found.grey > _BRIGHT_GREY:
        raise InputError(
            subject,
            "its grey matter is brighter than its white matter, as in FLAIR or proton density",
            "Give the T1-weighted image",
        )
    if found.ears_mm < -_EARS_BELOW_MM:
        raise InputError(
            subject,
            f"it ends {-found.ears_mm:.0f} mm above the ears",
            "Give an image that reaches from above the head to below the ears",
        )


def _brightness(values: Volume, affine: FloatArray, transforms: list[str]) -> dict[Tissue, float]:
    """Median brightness where each tissue of the default head comes to lie; white matter is 1."""
    ants = ants_or_refuse()
    fine, grid = resampled(values, affine, _FINE_MM)
    even = _flattened(fine, grid)
    full = to_ants(ants, even, grid)
    volume = default_head().volume
    medians = {}
    for tissue in (Tissue.WHITE, Tissue.GREY, Tissue.CSF, Tissue.SKULL):
        mask = resampled(volume.mask(tissue).astype(np.float32), volume.affine, _FINE_MM)
        laid = ants.apply_transforms(full, to_ants(ants, *mask), transforms).numpy()
        sure = laid > 0.7
        medians[tissue] = float(np.median(even[sure])) if sure.sum() > 200 else 0.0
    white = max(medians[Tissue.WHITE], 1e-6)
    return {tissue: value / white for tissue, value in medians.items()}


def _ears_above_mm(affine: FloatArray, transforms: list[str]) -> float:
    """How far above the image's lowest slice the lower pre-auricular point lies."""
    ants = ants_or_refuse()
    pandas = importlib.import_module("pandas")  # what ANTs takes points in
    marks = default_head().landmarks
    points = np.stack([marks.left_preauricular, marks.right_preauricular]) * (-1.0, -1.0, 1.0)
    frame = pandas.DataFrame(points, columns=["x", "y", "z"])
    moved = ants.apply_transforms_to_points(3, frame, transforms, whichtoinvert=[True])
    world = moved[["x", "y", "z"]].to_numpy() * (-1.0, -1.0, 1.0)
    voxel = np.linalg.solve(affine[:3, :3], (world - affine[:3, 3]).T)
    return float(voxel[2].min() * np.linalg.norm(affine[:3, 2]))


def _flattened(values: Volume, affine: FloatArray) -> Volume:
    """The image divided by its own slow brightness: rough, but quick; bright tissue is about 1."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    top = float(np.percentile(values[values > 0.1 * values.max()], 97))
    scaled = np.maximum(values / np.float32(top), 0)
    inside = scaled > 0.12
    weight = ndimage.gaussian_filter(inside.astype(np.float32), _BIAS_MM / spacing)
    bright = np.where(inside, np.minimum(scaled, 1.5), 0).astype(np.float32)
    total = ndimage.gaussian_filter(bright, _BIAS_MM / spacing)
    slow = (total + 0.02 * float(scaled[inside].mean())) / (weight + 0.02)
    even = scaled / np.maximum(slow, 0.05)
    scaled = np.clip(even / np.percentile(even[inside], 97), 0, 1.2)
    return np.asarray(scaled, dtype=np.float32)


def _without_neck(values: Volume, affine: FloatArray) -> Volume:
    """The image with everything far below the top of the head set to zero."""
    bright = values > 0.12 * float(np.percentile(values, 99))
    heights = np.nonzero(bright.mean(axis=(0, 1)) > 0.02)[0]
    spacing = float(np.linalg.norm(affine[:3, 2]))
    bottom = int(heights[-1] - _HEAD_HEIGHT_MM / spacing) if heights.size else 0
    kept = values.copy()
    kept[:, :, : max(bottom, 0)] = 0.0
    return kept
