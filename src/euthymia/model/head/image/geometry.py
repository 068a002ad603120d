"""How a head image lies in space: what cannot be used, its canonical order, its name by content."""

from __future__ import annotations

import hashlib

import nibabel as nib
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Frame

Volume = NDArray[np.float32]

WORKING_VOXEL_MM = 1.0
LARGEST_VOXEL_MM = 2.5
_SMALLEST_VOXEL_MM = 0.2
_SMALLEST_EXTENT_MM = 120.0
_LARGEST_EXTENT_MM = 420.0
_SHEAR_TOLERANCE = 0.02

_CORNER_STEP_MM = 0.05
_OFF_THE_TIES = 0.3183
"""Corners are counted in steps that round figures never fall between (see `image_frame`)."""


def refuse_bad_geometry(shape: tuple[int, ...], affine: FloatArray, subject: str) -> None:
    """Refuse an image that is sheared, thick-sliced, in another unit, or no whole head in size."""
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-12:
        raise InputError(
            subject, "its orientation is missing or broken", "Convert it from DICOM again"
        )
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    axes = affine[:3, :3] / spacing
    if np.abs(axes.T @ axes - np.eye(3)).max() > _SHEAR_TOLERANCE:
        raise InputError(
            subject,
            "its axes are sheared",
            "Give the image as it came from the scanner, not resampled by an affine",
        )
    _refuse_voxels(spacing, subject)
    extent = np.array(shape) * spacing
    if extent.min() < _SMALLEST_EXTENT_MM or extent.max() > _LARGEST_EXTENT_MM:
        size = " x ".join(f"{e:.0f}" for e in extent)
        raise InputError(
            subject, f"it covers {size} mm, which is not a whole head", "Give a whole-head T1"
        )


def _refuse_voxels(spacing: FloatArray, subject: str) -> None:
    if spacing.max() > LARGEST_VOXEL_MM:
        thick = spacing.max() > 1.5 * np.median(spacing)
        what = "it is a stack of slices" if thick else "its voxels are"
        rest = f"{spacing.max():.2g} mm apart" if thick else f"{spacing.max():.2g} mm long"
        raise InputError(
            subject,
            f"{what} {rest}",
            f"Give a three-dimensional T1 with voxels of at most {LARGEST_VOXEL_MM} mm, best 1 mm",
        )
    if spacing.min() < _SMALLEST_VOXEL_MM:
        raise InputError(
            subject,
            f"its voxels are {spacing.min():.2g} mm long",
            "Check the unit: sizes must be in millimetres",
        )


def canonical(values: Volume, affine: FloatArray) -> tuple[Volume, FloatArray]:
    """The image with its axes turned and flipped so that they are nearest to R, A and S.

    No voxel is interpolated. All orders and flips in which a file may hold one image give the
    same array.
    """
    upright = nib.as_closest_canonical(nib.Nifti1Image(values, affine))
    data = np.ascontiguousarray(np.asarray(upright.dataobj, dtype=np.float32))
    return data, np.asarray(upright.affine, dtype=float)


def image_frame(values: Volume, affine: FloatArray, title: str) -> Frame:
    """The frame of a canonical image, named by its voxels and by where its corners lie.

    The order in which a file holds the voxels, its name and its other header words do not count.
    Corners are rounded to 0.05 mm: a file holds its affine in single precision, and an image
    turned back and forth must keep its name.
    """
    shape = np.array(values.shape) - 1
    ends = np.vstack([np.zeros(3), np.diag(shape)])
    corners = ends @ affine[:3, :3].T + affine[:3, 3]
    steps = np.floor(corners / _CORNER_STEP_MM + _OFF_THE_TIES).astype("<i8")
    digest = hashlib.sha256(np.array(values.shape, dtype="<i8").tobytes() + steps.tobytes())
    digest.update(np.ascontiguousarray(values, dtype="<f4").tobytes())
    return Frame.of_image(digest.hexdigest(), title)


def resampled(
    values: Volume, affine: FloatArray, voxel_mm: float = WORKING_VOXEL_MM
) -> tuple[Volume, FloatArray]:
    """The image on voxels of that size along the same axes; unchanged when it has them already."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if np.allclose(spacing, voxel_mm, rtol=0.01):
        return values, np.array(affine, dtype=float)
    scale = voxel_mm / spacing
    # What is finer than the new voxels is averaged first, or it would alias.
    blur = np.where(scale > 1.01, 0.4 * scale, 0.0)
    smooth = ndimage.gaussian_filter(values, blur)
    shape = tuple(int(n) for n in np.floor((np.array(values.shape) - 1) / scale) + 1)
    # Cubic on the way to finer voxels keeps thin layers such as the skull as sharp as they were.
    out = ndimage.affine_transform(smooth, np.diag(scale), output_shape=shape, order=3)
    grid = np.array(affine, dtype=float)
    grid[:3, :3] = affine[:3, :3] * scale
    low = float(values.min())
    return np.maximum(out, low).astype(np.float32), grid
