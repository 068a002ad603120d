"""The default head laid onto a patient's image: what later stages need of it, as arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.poses import FloatArray
from euthymia.core.store import Arrays
from euthymia.model.head.default import default_head
from euthymia.model.head.place.displacement import Displacement
from euthymia.model.head.place.mni import MniMap
from euthymia.model.head.place.registration import fit_default, working_folder
from euthymia.model.head.volume import BRAIN, Tissue

_FIELDS = ("forward", "back")
_EVERY = 150


def fitted_default(values: NDArray[np.float32], affine: FloatArray) -> Arrays:
    """What the fit of the default head gives for an image free of bias.

    tissues: (3, nx, ny, nz) soft maps of fluid, grey and white. eyes_mm: (2, 3). landmarks_mm:
    (4, 3) nasion, inion, left, right. likeness: one number. The rest is the map to MNI space.
    """
    head = default_head()
    brain = head.volume.to_world(np.argwhere(head.volume.mask(*BRAIN))[::_EVERY])
    with working_folder() as folder:
        fit = fit_default(values, affine, head.volume, Path(folder))
        return {
            "tissues": fit.tissues,
            "likeness": np.array(fit.likeness),
            "eyes_mm": fit.to_image(_default_eyes()),
            "landmarks_mm": fit.to_image(head.landmarks.stacked),
            **_map_arrays(fit.mni(head.mni, brain)),
        }


def mni_map(arrays: Arrays) -> MniMap:
    """The map to MNI space that a fit gave."""
    fields = [Displacement(arrays[f"{name}_vectors"], arrays[f"{name}_affine"]) for name in _FIELDS]
    return MniMap(arrays["to_mni"], float(arrays["mni_off_mm"]), str(arrays["mni_how"]), *fields)


def _map_arrays(found: MniMap) -> Arrays:
    arrays: Arrays = {
        "to_mni": found.to_mni,
        "mni_off_mm": np.array(found.uncertainty_mm),
        "mni_how": np.array(found.how),
    }
    for name, field in zip(_FIELDS, (found.forward_field, found.back_field), strict=True):
        assert field is not None  # a free fit is never linear
        arrays[f"{name}_vectors"] = field.vectors_mm
        arrays[f"{name}_affine"] = field.affine
    return arrays


def _default_eyes() -> FloatArray:
    """(2, 3) centres of the default head's eyeballs, left and right."""
    volume = default_head().volume
    pieces, count = ndimage.label(volume.mask(Tissue.EYES))
    centres = ndimage.center_of_mass(pieces > 0, pieces, range(1, count + 1))
    return volume.to_world(sorted(centres))
