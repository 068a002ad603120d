"""A ball of five tissues, on which every answer about a head is known; and a drawn T1."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import nibabel as nib
import numpy as np
from scipy import ndimage

from euthymia.core.poses import Frame
from euthymia.model.head.default import default_head
from euthymia.model.head.place.registration import drawn_t1
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


@cache
def phantom_t1() -> tuple[np.ndarray, np.ndarray]:
    """A T1 drawn from the default head in voxels of 2 mm, whole numbers, and its affine (4, 4)."""
    volume = default_head().volume
    drawn = ndimage.gaussian_filter(drawn_t1(volume), 0.8)[::2, ::2, ::2]
    affine = np.array(volume.affine)
    affine[:3, :3] *= 2.0
    values = np.rint(400.0 * drawn).astype(np.int16)
    values.setflags(write=False)
    return values, affine


def write_image(path: Path, values: np.ndarray, affine: np.ndarray, code: int = 1) -> Path:
    """A NIfTI file of an array, oriented by `code` (0: the file says nothing of it)."""
    image = nib.Nifti1Image(values, affine)
    image.set_sform(affine, code)
    image.set_qform(affine if code else None, code)
    nib.save(image, path)
    return path
