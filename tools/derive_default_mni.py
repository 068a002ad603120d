"""Derive the default head's map to MNI space: python tools/derive_default_mni.py IMAGE [FOLDER]

IMAGE is the whole-head Colin27 average at 1 mm, from which the default head comes. The brain of it
is fitted freely (SyN) onto the ICBM 2009a template (Montreal Neurological Institute), which the
package `nilearn` carries; its notice permits any use. Needs `antspyx` and `nilearn`. Takes some
minutes.

The fit is made twice, with two measures of likeness. The map is that of mutual information; the
median distance of the two over grey matter is part of its uncertainty.

Writes default_head_mni.npz into FOLDER, by default the package's own data folder, and prints how
far the map moves the brain and how far the two fits lie apart.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nilearn import datasets
from scipy import ndimage

from euthymia.core.errors import require_file
from euthymia.model.head.default import MNI_MAP, default_head
from euthymia.model.head.place.mni import MniMap, fitted
from euthymia.model.head.place.registration import ants_or_refuse, moved_by, to_ants
from euthymia.model.head.volume import BRAIN, Tissue

ants = ants_or_refuse()
PACKAGE_DATA = Path(__file__).resolve().parents[1] / "src/euthymia/model/head/data"
GRID_MM = 4.0
LIKENESSES = {
    "mattes": {"syn_metric": "mattes", "reg_iterations": (80, 60, 30)},
    "CC": {"syn_metric": "CC", "syn_sampling": 2, "reg_iterations": (80, 50, 8)},
}


def main(image: Path, folder: Path) -> None:
    require_file(image, "the Colin27 T1")
    loaded = nib.load(image)
    affine = np.asarray(loaded.affine, dtype=float)
    brain = stripped(np.asarray(loaded.dataobj, dtype=np.float32), affine)
    template = datasets.load_mni152_template(resolution=1)
    whole = np.asarray(template.dataobj, dtype=np.float32)
    with tempfile.TemporaryDirectory() as work:
        transforms = {
            name: registered(to_ants(ants, brain, affine),
                             to_ants(ants, evened(whole), np.asarray(template.affine)),
                             f"{work}/{name}_", options)
            for name, options in LIKENESSES.items()
        }  # fmt: skip
        write(transforms, folder / MNI_MAP)


def registered(fixed: Any, moving: Any, prefix: str, options: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = ants.registration(
        fixed, moving, type_of_transform="SyN", aff_metric="mattes", singleprecision=True,
        outprefix=prefix, **options,
    )  # fmt: skip
    return found


def stripped(t1: np.ndarray[Any, Any], affine: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The brain alone, cut out by the default head's own labels."""
    volume = default_head().volume
    voxels = np.indices(t1.shape).reshape(3, -1).T
    places = volume.to_voxel(voxels @ affine[:3, :3].T + affine[:3, 3])
    inside = ndimage.map_coordinates(volume.mask(*BRAIN).astype(np.float32), places.T, order=1)
    soft = ndimage.gaussian_filter(inside.reshape(t1.shape), 0.7)
    return evened(t1 * np.clip(1.6 * soft, 0.0, 1.0))


def evened(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.minimum(values / np.percentile(values[values > 0.02 * values.max()], 98), 1.3)


def write(transforms: dict[str, dict[str, Any]], path: Path) -> None:
    volume = default_head().volume
    grey = volume.to_world(np.argwhere(volume.mask(Tissue.GREY))[::40])
    brain = volume.to_world(np.argwhere(volume.mask(*BRAIN))[::40])
    there = {
        name: moved_by(ants, grey, found["fwdtransforms"], [False, False])
        for name, found in transforms.items()
    }
    apart = np.linalg.norm(there["mattes"] - there["CC"], axis=1)
    far = np.linalg.norm(there["mattes"] - grey, axis=1)
    for title, values in (("moved by", far), ("two fits apart", apart)):
        half, most = np.percentile(values, [50, 95])
        print(f"{title:15s} {half:5.2f} mm (median) {most:5.2f} mm (95 %)")
    chosen = transforms["mattes"]
    found = fitted(
        lambda points: moved_by(ants, points, chosen["fwdtransforms"], [False, False]),
        lambda points: moved_by(ants, points, chosen["invtransforms"], [True, False]),
        brain,
        float(np.hypot(np.median(apart), TEMPLATE_MM)),
        "Colin27 fitted freely to the ICBM 2009a template",
        grid_mm=GRID_MM,
    )
    back = found.inconsistency_mm(grey)
    print(f"there and back  {np.percentile(back, 95):5.2f} mm (95 %)")
    found.save(path)
    print(f"uncertainty     {found.uncertainty_mm:5.2f} mm; {path.stat().st_size / 1e3:.0f} kB")
    assert MniMap.load(path).forward(grey).shape == grey.shape


TEMPLATE_MM = 2.0
"""How far apart the MNI templates in use are over the cortex; which one a published coordinate
is in is often not told (assumed)."""


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else PACKAGE_DATA)
