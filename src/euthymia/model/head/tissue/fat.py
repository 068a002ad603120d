"""Fat beside the brain: what fills the orbits lies as near to it as its own skull is thin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.poses import FloatArray
from euthymia.model.head.grid.morphology import (
    BoolArray,
    closed,
    depth_inside_mm,
    distance_to_mm,
)

Volume = NDArray[np.float32]

_BRIGHTER = 1.17
"""Fat is brighter than white matter by at least this factor."""

_BEYOND_MM = 3.0
"""A bright piece that reaches so far out of the expected cavity is fat, not a vessel or brain."""

_NEAR_MM = 12.0
_DEEPEST_MM = 9.0
_SMALLEST_VOXELS = 60
_ORBIT_MM = 38.0
_MUSCLE_MM = 5.0


def fat_near_brain(
    scaled: Volume, white: float, cavity: BoolArray, spacing_mm: FloatArray
) -> BoolArray:
    """The fat that touches, or nearly touches, where the cavity of the skull is expected.

    scaled: (nx, ny, nz) T1 with grey matter 1. white: the brightness of white matter.
    cavity: about where the brain and its fluid are; some millimetres off does no harm.
    """
    smooth = ndimage.gaussian_filter(scaled, 0.7 / spacing_mm)
    outside, inside = distance_to_mm(cavity, spacing_mm), depth_inside_mm(cavity, spacing_mm)
    bright = (smooth > _BRIGHTER * white) & (outside < _NEAR_MM) & (inside < _DEEPEST_MM)
    pieces, count = ndimage.label(bright)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    beyond = np.bincount(pieces[outside > _BEYOND_MM], minlength=count + 1)
    fat = (sizes >= _SMALLEST_VOXELS) & (beyond > 0.1 * sizes)
    fat[0] = False
    return np.asarray(fat[pieces])


def orbits(fat: BoolArray, eyes_mm: tuple[FloatArray, ...], affine: FloatArray) -> BoolArray:
    """The contents of the orbits: the fat behind the eyes, with the muscles and nerves in it.

    fat: from `fat_near_brain`. eyes_mm: about where the centres of the eyeballs are, (3,) each.
    """
    spacing = np.asarray(np.linalg.norm(affine[:3, :3], axis=0))
    found = np.zeros_like(fat)
    for eye in eyes_mm:
        centre = np.linalg.solve(affine[:3, :3], eye - affine[:3, 3])
        low = np.floor(centre - _ORBIT_MM / spacing).astype(int)
        high = np.ceil(centre + _ORBIT_MM / spacing).astype(int) + 1
        low, high = np.maximum(low, 0), np.minimum(high, fat.shape)
        if (high <= low).any():
            continue
        box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
        steps = np.moveaxis(np.indices(fat[box].shape), 0, -1) + low - centre
        near = np.linalg.norm(steps * spacing, axis=-1) < _ORBIT_MM
        found[box] |= closed(fat[box] & near, _MUSCLE_MM, spacing)
    return found
