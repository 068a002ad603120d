"""A patient's T1 read from a file: refused with a reason, or brought to one millimetre."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.poses import FloatArray, Frame
from euthymia.model.head.volume import load_image

Volume = NDArray[np.float32]

WORKING_VOXEL_MM = 1.0
LARGEST_VOXEL_MM = 2.5
_COARSE_VOXEL_MM = 1.3
_SMALLEST_VOXEL_MM = 0.2
_SMALLEST_EXTENT_MM = 120.0
_LARGEST_EXTENT_MM = 420.0
_SHEAR_TOLERANCE = 0.02


@dataclass(frozen=True, eq=False)
class HeadImage:
    """A whole-head image on a grid of one millimetre whose axes are nearest to R, A and S.

    values: (nx, ny, nz), brightness as in the file. affine: (4, 4) voxel to RAS millimetres.
    frame: named after the content of the file's voxels and affine. findings: what was noticed.
    """

    values: Volume
    affine: FloatArray
    frame: Frame
    findings: tuple[Finding, ...]


def load_head_image(path: Path) -> HeadImage:
    """Read a NIfTI head image and bring it to one millimetre, or refuse it in one sentence."""
    image = load_image(path, "a T1-weighted image of the whole head (NIfTI)")
    values = _three_dimensional(np.asarray(image.dataobj), path)
    affine = np.asarray(image.affine, dtype=float)
    _refuse_bad_geometry(values.shape, affine, path)
    values = _finite(values, path)
    digest = hashlib.sha256(np.round(affine * 1000).astype("<i8").tobytes())
    digest.update(np.ascontiguousarray(values, dtype="<f4").tobytes())
    frame = Frame.of_image(digest.hexdigest(), path.name)
    upright = nib.as_closest_canonical(nib.Nifti1Image(values, affine))
    findings = _noticed(image, affine, path)
    data, grid = resampled(np.asarray(upright.dataobj, dtype=np.float32), upright.affine)
    return HeadImage(data, grid, frame, findings)


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


def _three_dimensional(values: NDArray[np.generic], path: Path) -> NDArray[np.generic]:
    while values.ndim > 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim != 3 or values.dtype.names is not None:
        size = " x ".join(map(str, values.shape))
        raise InputError(
            str(path),
            f"it is not one three-dimensional image ({size})",
            "Give the T1 alone, not a time series or a colour image",
        )
    if min(values.shape) < 16:
        raise InputError(
            str(path),
            f"it has only {min(values.shape)} slices in one direction",
            "Give a three-dimensional T1 with slices of at most 2.5 mm",
        )
    return values


def _refuse_bad_geometry(shape: tuple[int, ...], affine: FloatArray, path: Path) -> None:
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        raise InputError(
            str(path), "its orientation is missing or broken", "Convert it from DICOM again"
        )
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    axes = affine[:3, :3] / spacing
    if np.abs(axes.T @ axes - np.eye(3)).max() > _SHEAR_TOLERANCE:
        raise InputError(
            str(path),
            "its axes are sheared",
            "Give the image as it came from the scanner, not resampled by an affine",
        )
    if spacing.max() > LARGEST_VOXEL_MM:
        raise InputError(
            str(path),
            f"its voxels are {spacing.max():.2g} mm long",
            f"Give a T1 with voxels of at most {LARGEST_VOXEL_MM} mm, best 1 mm",
        )
    if spacing.min() < _SMALLEST_VOXEL_MM:
        raise InputError(
            str(path),
            f"its voxels are {spacing.min():.2g} mm long",
            "Check the unit: sizes must be in millimetres",
        )
    extent = np.array(shape) * spacing
    if extent.min() < _SMALLEST_EXTENT_MM or extent.max() > _LARGEST_EXTENT_MM:
        size = " x ".join(f"{e:.0f}" for e in extent)
        raise InputError(
            str(path), f"it covers {size} mm, which is not a whole head", "Give a whole-head T1"
        )


def _finite(values: NDArray[np.generic], path: Path) -> Volume:
    if np.iscomplexobj(values):
        raise InputError(str(path), "its values are complex", "Give the magnitude image")
    data = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    if float(np.ptp(data)) == 0.0:
        raise InputError(str(path), "the image is empty: one value everywhere", "Give a T1")
    return data


def _noticed(image: nib.Nifti1Image, affine: FloatArray, path: Path) -> tuple[Finding, ...]:
    found = []
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if spacing.max() > _COARSE_VOXEL_MM:
        found.append(
            Finding(
                "head.voxels_coarse",
                Severity.CAUTION,
                path.name,
                "The image is coarser than the skull and fluid layers; their thickness and the "
                "field are less certain.",
                found=f"{spacing.max():.2f} mm",
                limit=f"{_COARSE_VOXEL_MM} mm",
            )
        )
    header = image.header
    if "sform_code" in header and int(header["sform_code"]) == int(header["qform_code"]) == 0:
        found.append(
            Finding(
                "head.orientation_unknown",
                Severity.ACKNOWLEDGE,
                path.name,
                "The file does not say how the head lies in it; left and right may be exchanged.",
            )
        )
    return tuple(found)
