"""NIfTI files as bytes: the same for the same content, with nothing else in their header."""

from __future__ import annotations

import gzip

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from euthymia.core.poses import FloatArray

_SCANNER = 1
"""Code of the scanner's own RAS millimetres (NIFTI_XFORM_SCANNER_ANAT)."""


def label_bytes(values: NDArray[np.generic], affine: FloatArray, *, packed: bool = True) -> bytes:
    """A volume as a NIfTI file, gzipped if `packed`.

    No name, date or remark stands in the header or in the gzip frame around it: the header is a
    new one, not that of any file that was read.
    """
    image = nib.Nifti1Image(values, affine)
    image.set_qform(affine, _SCANNER)
    image.set_sform(affine, _SCANNER)
    image.header.set_xyzt_units("mm")
    content = image.to_bytes()
    return gzip.compress(content, compresslevel=6, mtime=0) if packed else content
