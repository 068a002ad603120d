"""Derive the default head from the Colin27 T1: python tools/derive_default_head.py IMAGE [FOLDER]

IMAGE is the whole-head Colin27 average at 1 mm (181 x 217 x 181; Montreal Neurological Institute;
Debian's `mricron-data` carries it as ch2.nii.gz). The tissue maps that guide the segmentation are
those of the ICBM 2009a template (Montreal Neurological Institute), which the package `nilearn`
carries; both have notices that permit any use. Needs `antspyx` and `nilearn`. Takes some minutes.

Writes default_head_labels.nii.gz and default_head_maps.nii.gz (the shares of the tissues, packed as
in `euthymia.model.head.maps`) into FOLDER, by default the package's own data folder, and prints the
tissue volumes.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pandas as pd
from nilearn import datasets
from scipy import ndimage

from euthymia.core.errors import require_file
from euthymia.core.poses import COLIN27, FloatArray
from euthymia.core.progress import CallbackProgress, Report
from euthymia.model.head.default import LABELS, MAPS
from euthymia.model.head.grid.morphology import closed, filled, grown
from euthymia.model.head.maps import packed
from euthymia.model.head.place.registration import ants_or_refuse, to_ants
from euthymia.model.head.tissue.brain import Priors
from euthymia.model.head.tissue.segment import close_cuts, crop_to_head, segment
from euthymia.model.head.volume import Tissue

ants = ants_or_refuse()
PACKAGE_DATA = Path(__file__).resolve().parents[1] / "src/euthymia/model/head/data"

# Seen on the image; the search around them is nine millimetres wide.
EYES_MM = (np.array([-32.0, 61.0, -37.0]), np.array([32.0, 61.0, -37.0]))


def main(image: Path, folder: Path) -> None:
    require_file(image, "the Colin27 T1")
    loaded = nib.load(image)
    t1 = np.asarray(loaded.dataobj, dtype=np.float32)
    priors = Priors(template_maps(t1, loaded), EYES_MM)
    result = segment(t1, np.asarray(loaded.affine), COLIN27, priors, CallbackProgress(tell))
    volume = crop_to_head(close_cuts(result.volume))
    save_reproducibly(volume.labels, volume.affine, folder / LABELS)
    save_reproducibly(packed(result.maps.extended_to(volume)), volume.affine, folder / MAPS)
    for tissue in Tissue:
        print(f"{tissue.label:20s} {volume.volume_ml(tissue):8.0f} ml")
    print("brightness of fluid, grey, white:", np.round(result.means, 3).tolist())


def template_maps(t1: np.ndarray[Any, Any], loaded: Any) -> np.ndarray[Any, Any]:
    """(3, nx, ny, nz) fluid, grey and white of the ICBM template, warped onto the image."""
    grey, white, template = (
        as_ants(part)
        for part in (
            datasets.load_mni152_gm_template(resolution=1),
            datasets.load_mni152_wm_template(resolution=1),
            datasets.load_mni152_template(resolution=1),
        )
    )
    fixed = as_ants(loaded)
    brain = rough_brain(t1, ants.resample_image_to_target(template, fixed).numpy() > 0.05)
    stripped = fixed.new_image_like(np.where(brain, t1, 0.0).astype(np.float32))
    found = ants.registration(
        stripped,
        template,
        type_of_transform="SyN",
        reg_iterations=(40, 20, 5),
        singleprecision=True,
    )
    maps = [
        np.clip(ants.apply_transforms(fixed, part, found["fwdtransforms"]).numpy(), 0, 1)
        for part in (grey, white)
    ]
    print_misfit(maps[0] > 0.5, np.asarray(loaded.affine), found["fwdtransforms"])
    spacing = np.linalg.norm(np.asarray(loaded.affine)[:3, :3], axis=0)
    cavity = grown(filled(closed(maps[0] + maps[1] > 0.5, 12.0, spacing)), 4.0, spacing)
    fluid = np.clip(1.0 - maps[0] - maps[1], 0.0, 1.0) * cavity
    return np.stack([fluid, *maps]).astype(np.float32)


def print_misfit(grey: np.ndarray[Any, Any], affine: np.ndarray[Any, Any], warp: Any) -> None:
    """How far the nonlinear fit moves grey matter: what a linear map to MNI space leaves open."""
    voxels = np.argwhere(grey)[::200]
    lps = (voxels @ affine[:3, :3].T + affine[:3, 3]) * (-1, -1, 1)
    moved = ants.apply_transforms_to_points(3, pd.DataFrame(lps, columns=["x", "y", "z"]), warp)
    shift = (moved[["x", "y", "z"]].to_numpy() - lps) * (-1, -1, 1)
    misfit = np.linalg.norm(shift, axis=1)
    print("its mean, towards the template, x y z:", np.round(shift.mean(axis=0), 2).tolist())
    print("millimetres to the template at 50, 75, 95 %:", np.percentile(misfit, [50, 75, 95]))


def rough_brain(t1: np.ndarray[Any, Any], support: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The bright thick piece near the template's brain (Colin27 already lies in its space)."""
    candidate = (t1 > 55) & ndimage.binary_dilation(support, iterations=6)
    ball = ndimage.generate_binary_structure(3, 1)
    opened = ndimage.binary_opening(candidate, ball, iterations=3)
    pieces, _ = ndimage.label(opened)
    core = pieces == int(np.bincount(pieces.ravel())[1:].argmax()) + 1
    grown = ndimage.binary_dilation(core, iterations=3) & candidate
    return np.asarray(ndimage.binary_closing(grown, iterations=4))


def as_ants(image: Any) -> Any:
    return to_ants(ants, np.asarray(image.dataobj, np.float32), np.asarray(image.affine, float))


def save_reproducibly(values: np.ndarray[Any, Any], affine: FloatArray, path: Path) -> None:
    """Write gzip without a time stamp, so that the same values give the same bytes."""
    image = nib.Nifti1Image(values, affine)
    image.set_qform(affine, 1)
    image.set_sform(affine, 1)
    path.write_bytes(gzip.compress(image.to_bytes(), compresslevel=9, mtime=0))


def tell(report: Report) -> None:
    print(f"{report.title}: {report.fraction:.0%}", flush=True)


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else PACKAGE_DATA)
