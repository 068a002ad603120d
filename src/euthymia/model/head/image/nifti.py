"""A NIfTI file read whole: its voxels, where they lie, and nothing of what else its header says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding
from euthymia.core.poses import FloatArray
from euthymia.model.head.place.sides import header_side_findings
from euthymia.model.head.volume import load_image

Volume = NDArray[np.float32]

_UNITS = {1: "metres", 3: "micrometres"}
"""Codes of the NIfTI header for units of length; 2 is millimetres, 0 says nothing."""

_FEWEST_SLICES = 16


@dataclass(frozen=True, eq=False)
class RawImage:
    """One three-dimensional image as it lies in its file.

    values: (nx, ny, nz) float32, finite or not. affine: (4, 4) voxel to RAS millimetres.
    oriented: whether the file says how the head lies in it. findings: what its header says against
    itself. Names, dates and remarks of the file's
    header are not carried on: they may hold the patient's name.
    """

    values: Volume
    affine: FloatArray
    oriented: bool
    findings: tuple[Finding, ...] = ()


def read_nifti(path: Path, what: str = "a T1-weighted image of the whole head") -> RawImage:
    """Read an image whole, or refuse it: no image, cut short, 4-D, colour, complex, metres."""
    image = load_image(path, f"{what} (NIfTI)")
    _refuse_kind(image, path)
    _refuse_units(image, path)
    values = _three_dimensional(_whole(image, path, what), path)
    affine = np.asarray(image.affine, dtype=float)
    return RawImage(values, affine, _oriented(image), _sides(image))


def _sides(image: nib.Nifti1Image) -> tuple[Finding, ...]:
    return header_side_findings(image, "T1 image") if "sform_code" in image.header else ()


def _oriented(image: nib.Nifti1Image) -> bool:
    if "sform_code" in image.header:
        return bool(image.header["sform_code"]) or bool(image.header["qform_code"])
    # FreeSurfer's format always holds directions; the old Analyze format never does.
    return isinstance(image, nib.MGHImage)


def _refuse_kind(image: nib.Nifti1Image, path: Path) -> None:
    """What is no grey-valued volume is refused before its voxels are read."""
    if image.get_data_dtype().names is not None:
        raise InputError(str(path), "it is a colour picture (RGB)", "Give the T1 itself")
    if image.get_data_dtype().kind == "c":
        raise InputError(str(path), "its values are complex", "Give the magnitude image")


def _refuse_units(image: nib.Nifti1Image, path: Path) -> None:
    code = int(image.header["xyzt_units"]) & 7 if "xyzt_units" in image.header else 0
    if code in _UNITS:
        raise InputError(
            str(path),
            f"its header says that lengths are in {_UNITS[code]}",
            "Check the unit: sizes must be in millimetres",
        )


def _whole(image: nib.Nifti1Image, path: Path, what: str) -> NDArray[np.generic]:
    try:
        return np.asarray(image.dataobj)
    except Exception as problem:  # a file cut short shows only when it is read to its end
        raise InputError(
            str(path),
            f"it is cut short or damaged ({type(problem).__name__})",
            f"Copy {what} again from where it came from",
        ) from problem


def _three_dimensional(values: NDArray[np.generic], path: Path) -> Volume:
    while values.ndim > 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim != 3:
        size = " x ".join(map(str, values.shape))
        raise InputError(
            str(path),
            f"it is not one three-dimensional image ({size})",
            "Give the T1 alone, not a time series or a colour image",
        )
    if min(values.shape) < _FEWEST_SLICES:
        raise InputError(
            str(path),
            f"it has only {min(values.shape)} slices in one direction",
            "Give a three-dimensional T1 with slices of at most 2.5 mm",
        )
    return values.astype(np.float32)
