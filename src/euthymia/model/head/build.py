"""A head model made from a patient's own T1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.poses import FloatArray
from euthymia.core.progress import SILENT, Progress, stage
from euthymia.model.head.default import default_head
from euthymia.model.head.head import Head
from euthymia.model.head.image.read import HeadImage, load_head_image
from euthymia.model.head.place.landmarks import Landmarks
from euthymia.model.head.place.mni import MniMap
from euthymia.model.head.place.registration import (
    Fit,
    ants_or_refuse,
    bias_corrected,
    fit_default,
    working_folder,
)
from euthymia.model.head.surface.scalp import Scalp
from euthymia.model.head.tissue.brain import Priors
from euthymia.model.head.tissue.segment import close_cuts, crop_to_head, segment
from euthymia.model.head.volume import BRAIN, LabelVolume, Tissue

_LEAST_LIKENESS = 0.35
_DOUBTFUL_LIKENESS = 0.6
_USUAL_CAVITY_ML = (1000.0, 2100.0)
_FARTHEST_LANDMARK_MM = 12.0


def build_head(t1_path: Path, progress: Progress = SILENT) -> Head:
    """Build the head model of a whole-head T1 (NIfTI), in its own millimetres.

    Steps: read and bring to one millimetre; even out the coil bias; fit the default head onto it;
    segment with the fitted default as prior; carry the landmarks over and put them on this scalp.
    Refuses what is not a usable head image; doubts stand in `Head.findings`.
    """
    ants_or_refuse()
    image = load_head_image(t1_path)
    with stage(progress, "Evening out the image", 1) as running:
        values = bias_corrected(image.values, image.affine)
        running.advance()
    with working_folder() as folder, stage(progress, "Fitting the default head", 1) as running:
        fit = fit_default(values, image.affine, default_head().volume, Path(folder))
        _refuse_misfit(fit, t1_path)
        eyes = tuple(fit.to_image(_default_eyes()))
        landmarks = fit.to_image(_stacked(default_head().landmarks))
        mni = _linear_map(fit)
        running.advance()
    found = segment(values, image.affine, image.frame, Priors(fit.tissues, eyes), progress)
    volume = crop_to_head(close_cuts(found.volume))
    on_scalp, moved = _on_scalp(landmarks, Scalp.of_volume(volume))
    findings = image.findings + _doubts(image, volume, fit, moved)
    return Head(volume, on_scalp, mni, t1_path.name, findings)


def _default_eyes() -> FloatArray:
    """(2, 3) centres of the default head's eyeballs, left and right."""
    volume = default_head().volume
    pieces, count = ndimage.label(volume.mask(Tissue.EYES))
    centres = ndimage.center_of_mass(pieces > 0, pieces, range(1, count + 1))
    return volume.to_world(sorted(centres))


def _stacked(landmarks: Landmarks) -> FloatArray:
    return np.stack(
        [
            landmarks.nasion,
            landmarks.inion,
            landmarks.left_preauricular,
            landmarks.right_preauricular,
        ]
    )


def _linear_map(fit: Fit) -> MniMap:
    """The linear map to MNI that follows the free fit best over the cortex."""
    volume = default_head().volume
    mni = volume.to_world(np.argwhere(volume.mask(Tissue.GREY))[::150])
    here = fit.to_image(mni)
    design = np.column_stack([here, np.ones(len(here))])
    solution, *_ = np.linalg.lstsq(design, mni, rcond=None)
    matrix = np.eye(4)
    matrix[:3, :] = solution.T
    left_over = np.linalg.norm(design @ solution - mni, axis=1)
    own = default_head().mni.uncertainty_mm
    return MniMap(
        matrix,
        float(np.hypot(np.median(left_over), own)),
        "linear part of the free fit of the default head; the rest counts as uncertainty",
    )


def _refuse_misfit(fit: Fit, path: Path) -> None:
    if fit.likeness < _LEAST_LIKENESS:
        raise InputError(
            str(path),
            f"the default head could not be fitted onto it (likeness {fit.likeness:.2f})",
            "Check that it is a T1-weighted whole head that is not skull-stripped",
        )


def _on_scalp(points_mm: FloatArray, scalp: Scalp) -> tuple[Landmarks, float]:
    """The landmarks on the scalp, and the largest distance one was moved."""
    placed = [scalp.nearest(point).position_mm for point in points_mm]
    moved = float(np.linalg.norm(np.array(placed) - points_mm, axis=1).max())
    return Landmarks(*placed), moved


def _doubts(
    image: HeadImage, volume: LabelVolume, fit: Fit, moved_mm: float
) -> tuple[Finding, ...]:
    found = []
    name = image.frame.title
    if fit.likeness < _DOUBTFUL_LIKENESS:
        found.append(
            Finding(
                "head.fit_poor",
                Severity.ACKNOWLEDGE,
                name,
                "The default head fits this image poorly; look at the slices before using it.",
                found=f"likeness {fit.likeness:.2f}",
                limit=f"{_DOUBTFUL_LIKENESS}",
            )
        )
    cavity = volume.volume_ml(*BRAIN, Tissue.CSF)
    if not _USUAL_CAVITY_ML[0] <= cavity <= _USUAL_CAVITY_ML[1]:
        found.append(
            Finding(
                "head.volume_unusual",
                Severity.ACKNOWLEDGE,
                name,
                "The volume inside the skull is unusual; the segmentation may have failed.",
                found=f"{cavity:.0f} ml",
                limit=f"{_USUAL_CAVITY_ML[0]:.0f} to {_USUAL_CAVITY_ML[1]:.0f} ml",
            )
        )
    if moved_mm > _FARTHEST_LANDMARK_MM:
        found.append(
            Finding(
                "head.landmark_moved",
                Severity.ACKNOWLEDGE,
                name,
                "A landmark carried over from the default head lay far from this scalp; check "
                "nasion, inion and the pre-auricular points.",
                found=f"{moved_mm:.0f} mm",
                limit=f"{_FARTHEST_LANDMARK_MM:.0f} mm",
            )
        )
    if _touches_top(image.values):
        found.append(
            Finding(
                "head.top_cut",
                Severity.ACKNOWLEDGE,
                name,
                "The image seems to cut the top of the head; the vertex and all EEG positions are "
                "uncertain.",
            )
        )
    return tuple(found)


def _touches_top(values: NDArray[np.float32]) -> bool:
    """More than a square centimetre of bright tissue in the topmost slice."""
    level = 0.15 * float(np.percentile(values, 99))
    return int((ndimage.median_filter(values[:, :, -1], 5) > level).sum()) > 100
