"""The tissue maps of SPM as a hint, for a user who has SPM installed.

They come under the GPL: they are read from the user's own disk and never shipped.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.head.volume import load_image

Volume = NDArray[np.float32]

_GREY, _WHITE, _FLUID = 0, 1, 2
_CLASSES = 6


def spm_tissues(path: Path, carry: Callable[[Volume, FloatArray], Volume]) -> Volume:
    """(3, nx, ny, nz) fluid, grey and white of SPM's TPM.nii on the grid of an image.

    path: SPM's TPM.nii, six maps in MNI space. carry: brings a map of MNI space (the default
    head's millimetres) and its affine onto the image's grid.
    """
    image = load_image(path, "SPM's TPM.nii")
    values = np.asarray(image.dataobj, dtype=np.float32)
    if values.ndim != 4 or values.shape[3] != _CLASSES:
        raise InputError(
            str(path),
            f"it is not six tissue maps ({' x '.join(map(str, values.shape))})",
            "Give the file tpm/TPM.nii of an SPM12 installation",
        )
    total = values.sum(axis=3)
    if values.min() < -1e-3 or np.abs(total[total > 0.1] - 1.0).max(initial=0.0) > 0.05:
        raise InputError(
            str(path),
            "its six maps are not probabilities that add up to one",
            "Give the file tpm/TPM.nii of an SPM12 installation",
        )
    affine = np.asarray(image.affine, dtype=float)
    maps = [carry(values[..., part], affine) for part in (_FLUID, _GREY, _WHITE)]
    return np.clip(np.stack(maps), 0.0, 1.0).astype(np.float32)
