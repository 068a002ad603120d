"""Reading coil models from NIfTI volumes of the vector potential."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError

from euthymia.core.errors import InputError, require_file
from euthymia.model.coil.ccd import header_fields, positive_rate
from euthymia.model.coil.elements import SampledCoil


def read_potential_volume(path: Path) -> SampledCoil:
    """The coil of a `.nii` or `.nii.gz` with A for 1 A (T m) in three components, 4-D or 5-D.

    The affine leads to the coil's millimetres. `dIdtmax` and the names are read from the
    description field, where they stand.
    """
    require_file(path, "a volume of the vector potential")
    try:
        image = nib.load(path)
        values = np.asarray(image.dataobj, dtype=np.float32)
    except (ImageFileError, OSError, EOFError, ValueError):
        raise InputError(
            str(path), "it is not a readable NIfTI image", "Give a .nii or .nii.gz coil file"
        ) from None
    if values.ndim == 5 and values.shape[3] == 1:
        values = values[:, :, :, 0]
    if values.ndim != 4 or values.shape[3] != 3:
        raise InputError(
            str(path),
            f"its shape is {values.shape}, not a volume of three components",
            "Give the vector potential of the coil",
        )
    fields = header_fields(image.header["descrip"].tobytes().decode("ascii", "replace"))
    stem = path.name.removesuffix(".gz").removesuffix(".nii")
    return SampledCoil(
        id=stem,
        name=fields.get("coilname", stem),
        maker=fields.get("brand", ""),
        coil_class="unknown",
        potential=np.ascontiguousarray(values * np.float32(1e6)),
        affine=np.asarray(image.affine, dtype=float),
        max_didt_a_per_us=positive_rate(path, fields),
        stimulator=fields.get("stimulator", ""),
    )
