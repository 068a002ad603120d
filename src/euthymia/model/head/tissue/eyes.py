"""The eyeballs: dark balls of known size in bright orbital fat."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.poses import FloatArray

Volume = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

_RADII_MM = (11.0, 12.0, 13.0)
_SEARCH_MM = 9
_LEAST_CONTRAST = 0.12
"""Grey matter is 1. With less contrast between ball and surroundings there is no eye to see."""


def find_eyes(
    scaled: Volume, affine: FloatArray, near_mm: tuple[FloatArray, ...]
) -> list[BoolArray]:
    """The masks of the eyeballs near the given centres; those not clearly seen are left out.

    scaled: (nx, ny, nz) T1 with grey matter 1. near_mm: (3,) approximate centres.
    """
    spacing = np.asarray(np.linalg.norm(affine[:3, :3], axis=0), dtype=np.float64)
    found = []
    for guess in near_mm:
        centre = np.linalg.solve(affine[:3, :3], guess - affine[:3, 3])
        ball = _best_ball(scaled, np.asarray(centre, dtype=np.float64), spacing)
        if ball is not None:
            found.append(ball)
    return found


def _best_ball(scaled: Volume, centre: FloatArray, spacing: FloatArray) -> BoolArray | None:
    """The ball of greatest contrast between inside and the shell around it, or none."""
    reach = np.ceil((_SEARCH_MM + max(_RADII_MM) + 4) / spacing).astype(int)
    low = np.round(centre).astype(int) - reach
    high = low + 2 * reach + 1
    if (low < 0).any() or (high > np.array(scaled.shape)).any():
        return None
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    patch = ndimage.gaussian_filter(np.clip(scaled[box], 0.0, 1.6), 0.7 / spacing)
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in patch.shape], indexing="ij"), axis=-1)
    world = (grid - reach) * spacing
    best, best_contrast = None, _LEAST_CONTRAST
    steps = range(-_SEARCH_MM, _SEARCH_MM + 1, 3)
    offset = np.zeros(3)
    for scale in (1.0, 1 / 3):
        around = offset.copy()
        for shift in product(steps, repeat=3):
            middle = around + scale * np.array(shift, dtype=float)
            distance = np.linalg.norm(world - middle, axis=-1)
            for radius in _RADII_MM:
                contrast = _contrast(patch, distance, radius)
                if contrast > best_contrast:
                    best, best_contrast, offset = distance <= radius, contrast, middle
        if best is None:
            return None
    ball = np.zeros(scaled.shape, dtype=bool)
    ball[box] = best
    return ball


def _contrast(patch: Volume, distance: FloatArray, radius: float) -> float:
    """Brightness of the shell outside minus that of the ball inside, less their unevenness.

    The front of the eye borders on lids and air, so the shell's middle counts, not its mean.
    """
    inside = patch[distance < radius - 1.0]
    shell = patch[(distance > radius + 0.5) & (distance < radius + 3.0)]
    return float(np.median(shell) - np.median(inside) - 0.5 * np.std(inside))
