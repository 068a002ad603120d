"""The brain told apart: left and right hemisphere, and cerebellum with brain stem."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage import segmentation

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.head.grid.morphology import (
    BoolArray,
    closed,
    depth_inside_mm,
    filled,
    largest,
)
from euthymia.model.head.place.mni import MniMap
from euthymia.model.head.volume import BRAIN, LabelVolume, Tissue

_CERTAIN_SIDE_MM = 3.0
"""Farther than this from the middle of MNI space there is no doubt about the side."""

_VENTRICLE_DEPTH_MM = 22.0

_LEFT, _RIGHT, _BELOW = 1, 2, 3

_TENT_DOUBT_MM = 5.0
"""Half the height of the layer in which cerebrum and cerebellum are told apart by the tissue."""

_NOTCH_Y_MM = -38.0
"""In front of it the tentorium is open: the brain stem passes."""

_STEM_HALF_WIDTH_MM, _BESIDE_STEM_MM = 10.0, 18.0


@dataclass(frozen=True, eq=False)
class Hemispheres:
    """Masks on the grid of a label volume; ventricles belong to the hemisphere around them.

    left, right, below: (nx, ny, nz) bool, without overlap. below: cerebellum and brain stem.
    """

    left: BoolArray
    right: BoolArray
    below: BoolArray


def hemispheres(volume: LabelVolume, mni: MniMap) -> Hemispheres:
    """Tell the parts of a brain apart, from places that are certain by the map to MNI space.

    What lies between them is flooded from them, deep tissue first, so that the borders come to lie
    in the fissures: between the hemispheres, and where the tentorium runs.
    """
    brain = brain_without_ventricles(volume)
    if not brain.any():
        raise InputError("cortex", "the head holds no brain", "Check the segmentation")
    depth = depth_inside_mm(brain, volume.spacing_mm)
    seeds = np.zeros(brain.shape, dtype=np.int8)
    voxels = np.argwhere(brain)
    seeds[tuple(voxels.T)] = _certain(mni.forward(volume.to_world(voxels)))
    parts = segmentation.watershed(-depth, seeds, mask=brain)
    return Hemispheres(*(largest(parts == part) for part in (_LEFT, _RIGHT, _BELOW)))


def _certain(mni_mm: FloatArray) -> NDArray[np.int8]:
    """(n,) which part each place belongs to; 0 where that is not certain."""
    x, y, z = mni_mm.T
    side = np.abs(x)
    above = z - _tentorium_mm(x, y)
    behind = y < _NOTCH_Y_MM
    cerebrum = np.where(
        behind,
        above > _TENT_DOUBT_MM,
        (z > 6.0) | (side > _BESIDE_STEM_MM) | (y > -8.0),
    )
    stem = (side < _STEM_HALF_WIDTH_MM) & (z < -14.0) & (y < -18.0)
    seeds = np.zeros(len(mni_mm), dtype=np.int8)
    seeds[cerebrum & (x < -_CERTAIN_SIDE_MM)] = _LEFT
    seeds[cerebrum & (x > _CERTAIN_SIDE_MM)] = _RIGHT
    seeds[np.where(behind, above < -_TENT_DOUBT_MM, stem)] = _BELOW
    return seeds


def _tentorium_mm(x: FloatArray, y: FloatArray) -> FloatArray:
    """(n,) height of the tentorium in MNI space over (x, y).

    A roof whose ridge falls from the notch to the back of the head, and which falls to both sides;
    laid by eye through straight sinus, transverse sinuses and petrous ridges of the default head.
    """
    return np.asarray(2.0 + 0.4 * (y - _NOTCH_Y_MM) - 0.3 * np.abs(x))


def brain_without_ventricles(volume: LabelVolume) -> BoolArray:
    """Grey and white matter in one piece, with the ventricles filled."""
    brain = volume.mask(*BRAIN)
    hull = filled(closed(brain, 8.0, volume.spacing_mm))
    inner = volume.mask(Tissue.CSF) & (
        depth_inside_mm(hull, volume.spacing_mm) > _VENTRICLE_DEPTH_MM
    )
    return largest(filled(brain | inner))
