"""What an image shows, judged by its outline: a whole head, or a reason why it will not do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray

Volume = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

_LOOK_MM = 4.0
"""The outline is judged on voxels of about this size."""

_SHARE_OF_BRIGHT = 0.10
"""What is brighter than this share of the brightest hundredth belongs to the head."""

_LEAST_LITRES = 0.7
_BRAIN_LITRES = 2.2
"""A brain with its fluid holds up to 1.9 litres; a head down to the jaw more than 2.5."""

_MOST_FILLED = 0.92
_LEAST_HEIGHT_MM = 115.0
"""From the top of the head to the ear canals are 120 to 140 mm."""

_AIR_HU = -500.0
_MARGIN_MM = 10.0
_DEEPEST_MM = 250.0
"""Below this distance from the top lie neck and shoulders, which no model needs."""


@dataclass(frozen=True, eq=False)
class Outline:
    """The one thick piece that an image shows, on coarse voxels.

    mask: (nx, ny, nz) every `step`-th voxel of the image along each axis. spacing_mm: (3,) of it.
    """

    mask: BoolArray
    step: NDArray[np.int64]
    spacing_mm: FloatArray

    @property
    def litres(self) -> float:
        return float(self.mask.sum()) * float(np.prod(self.spacing_mm)) / 1e6

    @property
    def filled_share(self) -> float:
        """How much of the image it fills."""
        return float(self.mask.mean())

    @property
    def height_mm(self) -> float:
        """From its top to its lowest slice, or to the image's border below."""
        heights = np.nonzero(self.mask.any(axis=(0, 1)))[0]
        return float((heights[-1] - heights[0] + 1) * self.spacing_mm[2]) if heights.size else 0.0

    @property
    def box(self) -> tuple[slice, slice, slice]:
        """The voxels of the whole image around it, without margin."""
        x, y, z = (
            slice(int(part.start * step), int(part.stop * step))
            for part, step in zip(
                ndimage.find_objects(self.mask.astype(np.uint8))[0], self.step, strict=True
            )
        )
        return x, y, z


def outline(values: Volume, affine: FloatArray) -> Outline:
    """The largest bright piece of an image with RAS axes, holes filled."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    step = np.maximum(np.round(_LOOK_MM / spacing), 1).astype(np.int64)
    smooth = ndimage.gaussian_filter(values, 0.5 * _LOOK_MM / spacing)
    coarse = smooth[:: step[0], :: step[1], :: step[2]]
    bright = coarse > _SHARE_OF_BRIGHT * float(np.percentile(coarse, 99))
    pieces, count = ndimage.label(ndimage.binary_opening(bright))
    if count == 0:
        return Outline(np.zeros(coarse.shape, dtype=bool), step, spacing * step)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    mask = ndimage.binary_fill_holes(pieces == int(sizes.argmax()))
    return Outline(np.asarray(mask, dtype=bool), step, spacing * step)


def without_surroundings(
    values: Volume, affine: FloatArray, subject: str
) -> tuple[Volume, FloatArray]:
    """The image cut to the head it shows, with a margin; refused if it shows no whole head."""
    _refuse_hounsfield(values, subject)
    found = outline(values, affine)
    _refuse_outline(found, subject)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    margin = np.ceil(_MARGIN_MM / spacing).astype(int)
    deepest = found.box[2].stop - int(_DEEPEST_MM / spacing[2])
    keep = []
    for axis, part in enumerate(found.box):
        low = max(part.start - int(margin[axis]), 0, deepest if axis == 2 else 0)
        keep.append(slice(low, min(part.stop + int(margin[axis]), values.shape[axis])))
    moved = np.array(affine)
    moved[:3, 3] += affine[:3, :3] @ [part.start for part in keep]
    return np.ascontiguousarray(values[tuple(keep)]), moved


def _refuse_hounsfield(values: Volume, subject: str) -> None:
    """A T1 has no values far below zero; a CT has them wherever there is air."""
    if float((values < _AIR_HU).mean()) > 0.05:
        raise InputError(
            subject,
            "its air is far below zero, as in a CT image",
            "Give a T1-weighted MR image",
        )


def _refuse_outline(found: Outline, subject: str) -> None:
    if found.filled_share > _MOST_FILLED or found.litres < _LEAST_LITRES:
        raise InputError(
            subject,
            "no head stands out from the air around it",
            "Give a T1-weighted MR image of a whole head",
        )
    if found.litres < _BRAIN_LITRES and not _cut_below(found):
        raise InputError(
            subject,
            f"what it shows is as large as a brain ({found.litres:.1f} litres), not as a head",
            "Give the whole-head T1 before skull-stripping or cropping",
        )
    if found.height_mm < _LEAST_HEIGHT_MM:
        raise InputError(
            subject,
            f"it ends {found.height_mm:.0f} mm below the top of the head, above the ears",
            "Give an image that reaches from above the head to below the ears",
        )


def _cut_below(found: Outline) -> bool:
    """Whether the image's lower border cuts it over more than 50 square centimetres."""
    lowest = found.mask[:, :, 0].sum() * found.spacing_mm[0] * found.spacing_mm[1]
    return float(lowest) > 5000.0
