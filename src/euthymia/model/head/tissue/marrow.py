"""The spongy bone between the two tables of the skull, where the image shows its marrow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.poses import FloatArray
from euthymia.model.head.grid.morphology import BoolArray, depth_inside_mm, without_small

Volume = NDArray[np.float32]

_LEAST_CONTRAST = 0.15
"""Marrow is brighter than compact bone by at least this; grey matter is 1."""

_TABLE_MM = 1.0
_LEAST_SHARE = 0.03
_SMALLEST_VOXELS = 30


def find_marrow(
    scaled: Volume, skull: BoolArray, bone: float, noise: float, spacing_mm: FloatArray
) -> BoolArray:
    """The voxels of the skull that hold marrow; none where it cannot be told.

    scaled: (nx, ny, nz) T1 with grey matter 1. skull: all of the bone between the cavity and the
    soft tissue. bone: brightness of its compact part. A table of at least a voxel stays on each
    side. Nothing is told apart when hardly any marrow is seen: then the skull is thin, or the
    image too coarse or too noisy.
    """
    inner = skull & (depth_inside_mm(skull, spacing_mm) > _TABLE_MM)
    # Averaged over the inside of the skull alone, so that fat and fluid do not shine into it.
    sigma = 0.8 / spacing_mm
    weight = ndimage.gaussian_filter(inner.astype(np.float32), sigma)
    smooth = ndimage.gaussian_filter(np.where(inner, scaled, 0.0), sigma)
    smooth = smooth / np.maximum(weight, 1e-3)
    # A noise of so much is left after the average over neighbours.
    least = bone + max(_LEAST_CONTRAST, 1.2 * noise)
    marrow = without_small(inner & (smooth > least), _SMALLEST_VOXELS)
    if marrow.sum() < _LEAST_SHARE * skull.sum():
        return np.zeros_like(skull)
    return marrow
