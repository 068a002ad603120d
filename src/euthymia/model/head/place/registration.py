"""The default head fitted onto another head's T1 (needs the extra part `mri`, ANTs)."""

from __future__ import annotations

import importlib
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.errors import InputError, MissingPartError
from euthymia.core.poses import FloatArray
from euthymia.model.head.image.geometry import resampled
from euthymia.model.head.place.mni import MniMap, fitted
from euthymia.model.head.volume import LabelVolume, Tissue

Volume = NDArray[np.float32]

BETWEEN_FITS_MM = 4.7
"""How far apart two ways of fitting one brain to MNI space put a place of the cortex.

Measured on the one whole head at hand that is not Colin27 (1.5 mm, strong bias): by way of the
default head against a fit of its brain straight to the template; median over grey matter (95 %:
9.4 mm).
"""

_FIT_VOXEL_MM = 2.0
_SEED = 1
_HEAD_HEIGHT_MM = 185.0
"""Below this distance from the top lies the neck, which the default head lacks."""

_BRIGHTNESS = {
    Tissue.AIR: 0.0,
    Tissue.WHITE: 1.32,
    Tissue.GREY: 1.0,
    Tissue.CSF: 0.37,
    Tissue.SKULL: 0.25,
    Tissue.SCALP: 1.2,
    Tissue.EYES: 0.65,
    Tissue.SPONGY: 0.6,
}
"""What a T1 shows of each tissue, grey matter being 1."""

_INTERPOLATORS = {0: "nearestNeighbor", 1: "linear", 3: "bSpline"}

_FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])


def ants_or_refuse() -> ModuleType:
    """The ANTs package, set to repeat itself exactly, or a refusal that says how to install it."""
    try:
        ants = importlib.import_module("ants")
    except ImportError as missing:
        raise MissingPartError(
            "head from an MRI",
            "the package for bias correction and registration (antspyx) is not installed",
            "Install it with: pip install 'euthymia[mri]'",
        ) from missing
    _make_repeatable(ants)
    return ants


def _make_repeatable(ants: ModuleType) -> None:
    """One thread and one seed: the same image must give the same head.

    ANTs also seeds the generators of Python and numpy; those are given back as they were.
    """
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002 (what ANTs touches)
    ants.config.set_ants_deterministic(True, seed_value=_SEED)
    random.setstate(python)
    np.random.set_state(legacy)  # noqa: NPY002


def bias_corrected(values: Volume, affine: FloatArray) -> Volume:
    """The image with the slow brightness field of the receiving coils taken out (N4)."""
    ants = ants_or_refuse()
    bright = ndimage.gaussian_filter(values, 1.0)
    mask = bright > 0.15 * float(np.percentile(bright, 99))
    image = to_ants(ants, np.maximum(values, 0.0), affine)
    corrected = ants.n4_bias_field_correction(
        image,
        mask=image.new_image_like(mask.astype(np.float32)),
        shrink_factor=5,
        convergence={"iters": [40, 40, 30], "tol": 1e-6},
    )
    return np.asarray(corrected.numpy(), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Fit:
    """The default head laid onto another head's grid.

    likeness: correlation of the fitted default's brightness with the image within the head.
    """

    tissues: Volume
    likeness: float
    _forward: tuple[str, ...]
    _backward: tuple[str, ...]
    _image: Any
    _ants: ModuleType

    def carry(self, values: Volume, affine: FloatArray, *, order: int = 1) -> Volume:
        """A map that lies on the default head, carried onto the grid of the image.

        values: (nx, ny, nz) with its affine to the default head's millimetres. order: 0 takes the
        nearest voxel (labels), 1 is trilinear (probabilities), 3 a cubic spline. Zero outside the
        map. Returns float32 of the image's shape. Valid while the folder of the fit is there.
        """
        try:
            interpolator = _INTERPOLATORS[order]
        except KeyError:
            raise InputError(
                "order of interpolation", f"{order} is not one that is known here", "Use 0, 1 or 3"
            ) from None
        moving = to_ants(self._ants, np.asarray(values, dtype=np.float32), affine)
        carried = self._ants.apply_transforms(
            self._image, moving, list(self._forward), interpolator=interpolator
        )
        return np.asarray(carried.numpy(), dtype=np.float32)

    def to_image(self, points_mm: FloatArray) -> FloatArray:
        """(n, 3) millimetres of the default head to the fitted place in the image."""
        return moved_by(self._ants, points_mm, self._backward, [True, False])

    def to_default(self, points_mm: FloatArray) -> FloatArray:
        """(n, 3) millimetres of the image to the fitted place in the default head."""
        return moved_by(self._ants, points_mm, self._forward, [False, False])

    def mni(self, default: MniMap, brain_mm: FloatArray) -> MniMap:
        """The map of the image's millimetres to MNI space, by way of the default head.

        default: the default head's own map. brain_mm: (n, 3) points all over its brain.
        """
        return fitted(
            lambda points: default.forward(self.to_default(points)),
            lambda points: self.to_image(default.back(points)),
            self.to_image(brain_mm),
            float(np.hypot(default.uncertainty_mm, BETWEEN_FITS_MM)),
            f"free fit of the default head (likeness {self.likeness:.2f}), then {default.how}",
        )


def moved_by(
    ants: ModuleType, points_mm: FloatArray, transforms: Sequence[str], invert: list[bool]
) -> FloatArray:
    """(n, 3) RAS millimetres after a list of ANTs' transforms, the first one first."""
    pandas = importlib.import_module("pandas")  # what ANTs takes points in
    lps = pandas.DataFrame(points_mm * (-1.0, -1.0, 1.0), columns=["x", "y", "z"])
    moved = ants.apply_transforms_to_points(3, lps, list(transforms), whichtoinvert=invert)
    return np.asarray(moved[["x", "y", "z"]].to_numpy() * (-1.0, -1.0, 1.0), dtype=float)


def fit_default(values: Volume, affine: FloatArray, default: LabelVolume, folder: Path) -> Fit:
    """Fit the default head onto a bias-corrected T1, first linearly, then freely (SyN).

    values: (nx, ny, nz) on a grid with that affine. folder: where ANTs may keep its transforms;
    it must outlive the fit. The same input gives the same fit on one machine.
    """
    ants = ants_or_refuse()
    coarse, grid = resampled(_without_neck(values, affine), affine, _FIT_VOXEL_MM)
    top = float(np.percentile(coarse[coarse > 0.1 * coarse.max()], 97))
    fixed = to_ants(ants, np.minimum(coarse / top, 1.2), grid)
    drawn = ndimage.gaussian_filter(drawn_t1(default), 0.6)
    model, model_grid = resampled(drawn, default.affine, _FIT_VOXEL_MM)
    moving = to_ants(ants, model, model_grid)
    found = ants.registration(
        fixed,
        moving,
        type_of_transform="SyN",
        aff_metric="mattes",
        syn_metric="mattes",
        reg_iterations=(60, 40, 10),
        singleprecision=True,
        outprefix=str(folder / "fit_"),
    )
    fit = Fit(
        tissues=np.zeros((0,), dtype=np.float32),
        likeness=likeness_of(found["warpedmovout"].numpy(), fixed.numpy()),
        _forward=tuple(found["fwdtransforms"]),
        _backward=tuple(found["invtransforms"]),
        _image=to_ants(ants, values, affine),
        _ants=ants,
    )
    carried = [fit.carry(part, default.affine) for part in _soft_tissues(default)]
    return replace(fit, tissues=np.clip(np.stack(carried), 0.0, 1.0))


def drawn_t1(volume: LabelVolume) -> Volume:
    """A T1 drawn from tissue labels: each tissue in its usual brightness, grey matter being 1."""
    table = np.array([_BRIGHTNESS[tissue] for tissue in Tissue], dtype=np.float32)
    return np.asarray(table[volume.labels])


def working_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for transforms that disappears after use."""
    return tempfile.TemporaryDirectory(prefix="euthymia-fit-")


def _soft_tissues(volume: LabelVolume, blur_mm: float = 1.5) -> list[Volume]:
    """Fluid, grey and white as soft maps: other heads fold differently."""
    blur = blur_mm / volume.spacing_mm
    return [
        ndimage.gaussian_filter(volume.mask(tissue).astype(np.float32), blur)
        for tissue in (Tissue.CSF, Tissue.GREY, Tissue.WHITE)
    ]


def _without_neck(values: Volume, affine: FloatArray) -> Volume:
    """The image with everything far below the top of the head set to zero."""
    bright = ndimage.gaussian_filter(values, 2.0)
    head = ndimage.binary_opening(bright > 0.15 * float(np.percentile(bright, 99)), iterations=3)
    heights = np.nonzero(head.any(axis=(0, 1)))[0]
    spacing = float(np.linalg.norm(affine[:3, 2]))
    bottom = int(heights[-1] - _HEAD_HEIGHT_MM / spacing) if heights.size else 0
    kept = values.copy()
    kept[:, :, : max(bottom, 0)] = 0.0
    return kept


def likeness_of(model: Volume, image: Volume) -> float:
    """Correlation of two images of one head on one grid, within both."""
    head = (model > 0.1) & (image > 0.05)
    if head.sum() < 1000:
        return 0.0
    return float(np.corrcoef(model[head], image[head])[0, 1])


def to_ants(ants: ModuleType, values: Volume, affine: FloatArray) -> Any:
    """An ANTs image of an array and its RAS affine (ANTs itself counts in LPS)."""
    lps = _FLIP @ affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    return ants.from_numpy(
        np.ascontiguousarray(values, dtype=np.float32),
        origin=lps[:3, 3].tolist(),
        spacing=spacing.tolist(),
        direction=lps[:3, :3] / spacing,
    )
