"""The default head laid onto a patient's image: what later stages need of it, as arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.poses import FloatArray
from euthymia.core.store import Arrays
from euthymia.model.head.default import default_head
from euthymia.model.head.place.landmarks import Landmarks
from euthymia.model.head.place.mni import MniMap
from euthymia.model.head.place.registration import Fit, fit_default, working_folder
from euthymia.model.head.volume import Tissue

MNI_HOW = "linear part of the free fit of the default head; the rest counts as uncertainty"


def fitted(values: NDArray[np.float32], affine: FloatArray) -> Arrays:
    """What the fit of the default head gives for an image free of bias.

    tissues: (3, nx, ny, nz) soft maps of fluid, grey and white. eyes_mm: (2, 3). landmarks_mm:
    (4, 3) nasion, inion, left, right. to_mni: (4, 4). mni_uncertainty_mm, likeness: one number.
    """
    with working_folder() as folder:
        fit = fit_default(values, affine, default_head().volume, Path(folder))
        to_mni, uncertainty = _linear_map(fit)
        return {
            "tissues": fit.tissues,
            "likeness": np.array(fit.likeness),
            "eyes_mm": fit.to_image(_default_eyes()),
            "landmarks_mm": fit.to_image(stacked(default_head().landmarks)),
            "to_mni": to_mni,
            "mni_uncertainty_mm": np.array(uncertainty),
        }


def mni_map(arrays: Arrays) -> MniMap:
    """The map to MNI space that a fit gave."""
    return MniMap(arrays["to_mni"], float(arrays["mni_uncertainty_mm"]), MNI_HOW)


def stacked(landmarks: Landmarks) -> FloatArray:
    """(4, 3) nasion, inion, left and right pre-auricular point."""
    return np.stack(
        [
            landmarks.nasion,
            landmarks.inion,
            landmarks.left_preauricular,
            landmarks.right_preauricular,
        ]
    )


def _default_eyes() -> FloatArray:
    """(2, 3) centres of the default head's eyeballs, left and right."""
    volume = default_head().volume
    pieces, count = ndimage.label(volume.mask(Tissue.EYES))
    centres = ndimage.center_of_mass(pieces > 0, pieces, range(1, count + 1))
    return volume.to_world(sorted(centres))


def _linear_map(fit: Fit) -> tuple[FloatArray, float]:
    """The linear map to MNI that follows the free fit best over the cortex, and its error."""
    volume = default_head().volume
    mni = volume.to_world(np.argwhere(volume.mask(Tissue.GREY))[::150])
    here = fit.to_image(mni)
    design = np.column_stack([here, np.ones(len(here))])
    solution, *_ = np.linalg.lstsq(design, mni, rcond=None)
    matrix = np.eye(4)
    matrix[:3, :] = solution.T
    left_over = np.linalg.norm(design @ solution - mni, axis=1)
    own = default_head().mni.uncertainty_mm
    return matrix, float(np.hypot(np.median(left_over), own))
