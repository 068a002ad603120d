"""A patient's head image read from a file: refused with a reason, or brought to one millimetre."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.poses import FloatArray, Frame
from euthymia.model.head.image.content import without_surroundings
from euthymia.model.head.image.dicom import dicom_as_nifti, is_dicom
from euthymia.model.head.image.geometry import (
    LARGEST_VOXEL_MM,
    WORKING_VOXEL_MM,
    Volume,
    canonical,
    image_frame,
    refuse_bad_geometry,
    resampled,
)
from euthymia.model.head.image.nifti import RawImage, read_nifti

__all__ = ["LARGEST_VOXEL_MM", "WORKING_VOXEL_MM", "HeadImage", "load_head_image", "resampled"]

SUBJECT = "T1 image"
"""What findings and frames call the image: never its file's name, which may name the patient."""

_COARSE_VOXEL_MM = 1.3


@dataclass(frozen=True, eq=False)
class HeadImage:
    """A whole-head image on a grid of one millimetre whose axes are nearest to R, A and S.

    values: (nx, ny, nz), brightness as in the file. affine: (4, 4) voxel to RAS millimetres.
    frame: named after the content of the image in canonical order. findings: what was noticed.
    Of the file's name and header nothing else is kept.
    """

    values: Volume
    affine: FloatArray
    frame: Frame
    findings: tuple[Finding, ...]


def load_head_image(
    path: Path, series: int | None = None, what: str = SUBJECT, *, check_content: bool = True
) -> HeadImage:
    """Read a head image (NIfTI, or a folder or file of DICOM) and bring it to one millimetre.

    series: the DICOM series number to take; by default the T1 that suits best. Everything that
    makes the image unfit is refused in one sentence. check_content: also refuse what cannot be a
    whole head by its outline (not for a T2 that lies over a T1 known to be one).
    """
    noticed: tuple[Finding, ...] = ()
    if is_dicom(path):
        with dicom_as_nifti(path, series) as (converted, chosen):
            raw = read_nifti(converted)
        noticed = (chosen,)
    else:
        _refuse_series(series, path)
        raw = read_nifti(path)
    return _prepared(raw, str(path), what, noticed, check_content)


def _refuse_series(series: int | None, path: Path) -> None:
    if series is not None:
        raise InputError(
            "--series", f"{path.name} is not DICOM and has no series", "Leave it out for NIfTI"
        )


def _prepared(
    raw: RawImage, subject: str, what: str, noticed: tuple[Finding, ...], check_content: bool
) -> HeadImage:
    _refuse_unoriented(raw, subject)
    refuse_bad_geometry(raw.values.shape, raw.affine, subject)
    values, affine = canonical(raw.values, raw.affine)
    values, gaps = _finite(values, subject, what)
    frame = image_frame(values, affine, what)
    findings = (*noticed, *raw.findings, *gaps, *_coarse(affine, what))
    if check_content:
        values, affine = without_surroundings(values, affine, subject)
    data, grid = resampled(values, affine)
    return HeadImage(data, grid, frame, findings)


def _refuse_unoriented(raw: RawImage, subject: str) -> None:
    if not raw.oriented:
        raise InputError(
            subject,
            "the file does not say how the head lies in it, so left and right may be exchanged",
            "Convert it from DICOM again, which writes the orientation",
        )


def _finite(values: Volume, subject: str, what: str) -> tuple[Volume, tuple[Finding, ...]]:
    """The image with what is no number around the head set to zero; refused inside the head."""
    broken = ~np.isfinite(values)
    found: tuple[Finding, ...] = ()
    if broken.any():
        _refuse_enclosed(broken, subject)
        values = np.where(broken, np.float32(0), values)
        found = (
            Finding(
                "head.values-missing",
                Severity.NOTE,
                what,
                "Around the head some voxels are no numbers; they were taken as air.",
                found=f"{int(broken.sum())} voxels",
            ),
        )
    if float(np.ptp(values)) == 0.0:
        raise InputError(subject, "the image is empty: one value everywhere", "Give a T1")
    return values, found


def _refuse_enclosed(broken: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], subject: str) -> None:
    """Gaps that reach the border of the image are padding; any other lies in the head."""
    pieces, count = ndimage.label(broken)
    inner = [slice(1, -1)] * 3
    border = pieces.copy()
    border[tuple(inner)] = 0
    reaching = set(np.unique(border).tolist())
    enclosed = sum(piece not in reaching for piece in range(1, count + 1))
    if enclosed:
        raise InputError(
            subject,
            "voxels inside it are no numbers (NaN or infinite)",
            "Convert it from DICOM again",
        )


def _coarse(affine: FloatArray, what: str) -> tuple[Finding, ...]:
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if spacing.max() <= _COARSE_VOXEL_MM:
        return ()
    return (
        Finding(
            "head.voxels_coarse",
            Severity.CAUTION,
            what,
            "The image is coarser than the skull and fluid layers; their thickness and the "
            "field are less certain.",
            found=f"{spacing.max():.2f} mm",
            limit=f"{_COARSE_VOXEL_MM} mm",
        ),
    )
