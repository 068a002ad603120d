"""A ball of five tissues, on which every answer about a head is known."""

from __future__ import annotations

from functools import cache

import numpy as np

from euthymia.core.poses import Frame
from euthymia.model.head.surface.scalp import Scalp
from euthymia.model.head.volume import LabelVolume, Tissue

RADIUS_MM = 85.0


@cache
def sphere() -> LabelVolume:
    """Scalp to 85 mm, skull to 79, fluid to 74, grey to 72, white to 65, in voxels of 2 mm."""
    size = 93
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = -2.0 * (size - 1) / 2
    radius = np.linalg.norm(np.indices((size,) * 3) - (size - 1) / 2, axis=0) * 2.0
    labels = np.zeros(radius.shape, dtype=np.uint8)
    for limit, tissue in (
        (RADIUS_MM, Tissue.SCALP),
        (79.0, Tissue.SKULL),
        (74.0, Tissue.CSF),
        (72.0, Tissue.GREY),
        (65.0, Tissue.WHITE),
    ):
        labels[radius <= limit] = tissue
    return LabelVolume(labels, affine, Frame("sphere"))


@cache
def scalp() -> Scalp:
    return Scalp.of_volume(sphere())
