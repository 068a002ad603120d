"""A whole-head T1 turned into tissue labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Frame
from euthymia.core.progress import SILENT, Progress, stage
from euthymia.model.head.grid.morphology import (
    BoolArray,
    closed,
    depth_inside_mm,
    distance_to_mm,
    filled,
    grown,
    largest,
    opened,
    without_small,
)
from euthymia.model.head.maps import TissueMaps
from euthymia.model.head.tissue.brain import (
    FAT_RIM_MM,
    BrainTissues,
    Priors,
    brightnesses,
    classify,
    evened,
    find_brain,
    noise_of,
    white_brightness,
)
from euthymia.model.head.tissue.eyes import find_eyes
from euthymia.model.head.tissue.fat import fat_near_brain, orbits
from euthymia.model.head.tissue.marrow import find_marrow
from euthymia.model.head.tissue.shares import Evidence, partial_volumes
from euthymia.model.head.tissue.skull import SkullLayers, brain_hull, find_skull
from euthymia.model.head.tissue.t2 import T2
from euthymia.model.head.volume import BRAIN, LabelVolume, Tissue

Volume = NDArray[np.float32]

_SKIN = 0.30
"""Brightness of the skin's edge, where a voxel is half skin and half air; grey matter is 1."""

_LEAST_SKIN = 0.15
_DIM_MM = 12.0

_PRIOR_OFF_MM = 5.0
"""The fitted default head's cavity is not farther off than this."""

_DARK = 0.36
"""Bone and air are darker than this; grey matter is 1."""

_LEAST_HEAD_TO_BRAIN = 1.5

THINNEST_SCALP_MM = 2.0
THINNEST_SKULL_MM = 2.0


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The tissues of a head, and what the quality checks look at.

    maps: how much of each voxel is each tissue; `volume` has the labels of the greatest share.
    """

    volume: LabelVolume
    maps: TissueMaps
    means: FloatArray
    """(3,) brightness of fluid, grey and white matter, as a share of the grey peak."""
    noise: float
    """Standard deviation of the noise, as a share of the grey peak."""


def segment(
    t1: NDArray[np.floating],
    affine: FloatArray,
    frame: Frame,
    priors: Priors,
    progress: Progress = SILENT,
    *,
    t2: NDArray[np.floating] | None = None,
) -> Segmentation:
    """Tell scalp, skull, fluid, grey, white, eyes and air in a whole-head T1.

    t1: (nx, ny, nz) of about one millimetre, free of bias, on a grid along RAS axes with that
    affine. priors: on the same grid. t2: on the same grid, free of bias; it helps to tell bone
    from fluid. The layers are nested: grey and white within fluid within skull within scalp, each
    at least one voxel (skull and scalp two millimetres) thick.
    """
    spacing = np.asarray(np.linalg.norm(affine[:3, :3], axis=0))
    with stage(progress, "Segmenting the head", 6) as running:
        scaled = evened(np.asarray(t1, dtype=np.float32), priors, spacing)
        noise = noise_of(scaled, priors)
        head, skin_level, skin_mm = find_head(scaled, spacing)
        running.advance()
        fat = fat_near_brain(scaled, white_brightness(scaled, priors), priors.cavity, spacing)
        orbit = orbits(fat, priors.eyes_mm, affine)
        fat |= orbit
        core = find_brain(scaled, priors, fat, spacing)
        _refuse_stripped(head, core)
        model = brightnesses(scaled, core, priors, spacing)
        second = None if t2 is None else T2.of(t2, scaled, core, priors, model)
        hull = brain_hull(core, affine) & ~grown(fat, FAT_RIM_MM, spacing)
        hull = largest(opened(hull & grown(priors.cavity, _PRIOR_OFF_MM, spacing), 2.5, spacing))
        _refuse_elsewhere(hull)
        running.advance()
        layers = find_skull(
            scaled,
            head,
            hull,
            affine,
            fluid=float(model.means[0]),
            noise=noise,
            t2=None if second is None else second.to_fluid,
        )
        cavity, outside = _nested(layers, head, hull, grown(fat, FAT_RIM_MM, spacing), spacing)
        running.advance()
        more = None if second is None else second.log_likelihood()
        brain = classify(scaled, cavity, core, priors, model, spacing, more)
        running.advance()
        labels = _composed(scaled, skin_level, head, outside, cavity, brain, spacing)
        _add_orbits(labels, scaled, orbit, cavity, affine, priors)
        bone = outside & ~cavity & (labels == Tissue.SKULL)
        labels[find_marrow(scaled, bone, layers.bone, noise, spacing)] = Tissue.SPONGY
        running.advance()
        volume = LabelVolume(labels, affine, frame)
        evidence = Evidence(scaled, model.means, noise, layers.inner_mm, layers.outer_mm, skin_mm)
        maps = partial_volumes(volume, evidence)
        running.advance()
    return Segmentation(volume, maps, model.means, noise)


def find_head(scaled: Volume, spacing_mm: FloatArray) -> tuple[BoolArray, Volume, Volume]:
    """What is not outer air, with its sinuses, canals and holes closed.

    Also the brightness that divides skin from air, and the depth below the skin in millimetres,
    negative outside and about right within a voxel of the skin.
    """
    smooth = ndimage.gaussian_filter(scaled, 0.5 / spacing_mm)
    level = _skin_level(smooth, spacing_mm)
    head = largest(opened(smooth > level, 1.5, spacing_mm))
    head = largest(filled(closed(head, 4.0, spacing_mm)))
    steepness = ndimage.gaussian_gradient_magnitude(scaled, 0.7) / float(spacing_mm.mean())
    depth = (smooth - level) / np.maximum(steepness, 0.05)
    return head, level, np.asarray(np.clip(depth, -4.0, 4.0), dtype=np.float32)


def _skin_level(smooth: Volume, spacing_mm: FloatArray) -> Volume:
    """The brightness of the skin's edge: lower where coils far away leave face and neck dim."""
    # Of the one bright piece alone: the ghosts of a moving head lie apart from it.
    lit = largest(opened(smooth > _SKIN, 1.5, spacing_mm))
    thin = (slice(None, None, 3),) * 3
    sigma = _DIM_MM / spacing_mm / 3.0
    weight = ndimage.gaussian_filter(lit[thin].astype(np.float32), sigma)
    total = ndimage.gaussian_filter((lit * np.minimum(smooth, 1.0))[thin], sigma)
    local = np.where(weight > 0.02, total / np.maximum(weight, 1e-6), 1.0)
    places = np.indices(smooth.shape, dtype=np.float32) / np.float32(3.0)
    full = ndimage.map_coordinates(local.astype(np.float32), places, order=1, mode="nearest")
    return np.asarray(np.clip(0.45 * full, _LEAST_SKIN, _SKIN), dtype=np.float32)


def _refuse_stripped(head: BoolArray, brain: BoolArray) -> None:
    """A head holds more than twice the volume of its brain; a stripped one hardly more than it."""
    if head.sum() < _LEAST_HEAD_TO_BRAIN * brain.sum():
        raise InputError(
            "head image",
            "there is hardly any skull and scalp around the brain",
            "Give the T1 before skull-stripping or cropping",
        )


def _refuse_elsewhere(hull: BoolArray) -> None:
    """The brain must lie where the fitted default head has its own."""
    if not hull.any():
        raise InputError(
            "head image",
            "its brain does not lie where the default head was fitted onto it",
            "Check that it is a T1-weighted image of one whole head, and its orientation",
        )


def _nested(
    layers: SkullLayers, head: BoolArray, hull: BoolArray, fat: BoolArray, spacing: FloatArray
) -> tuple[BoolArray, BoolArray]:
    """The cavity and the outside of the skull, each at least its least distance in the next."""
    outside = (layers.within_outer | hull) & (depth_inside_mm(head, spacing) > THINNEST_SCALP_MM)
    outside = filled(largest(opened(outside, 2.0, spacing)))
    cavity = layers.cavity & ~fat & (depth_inside_mm(outside, spacing) > THINNEST_SKULL_MM)
    cavity = filled(largest(opened(cavity, 1.5, spacing)))
    return cavity, outside


def _composed(
    scaled: Volume,
    skin_level: Volume,
    head: BoolArray,
    skull_outside: BoolArray,
    cavity: BoolArray,
    brain: BrainTissues,
    spacing: FloatArray,
) -> NDArray[np.uint8]:
    labels = np.zeros(head.shape, dtype=np.uint8)
    labels[head] = Tissue.SCALP
    # Where skin is dim, so is muscle, and bone must be darker still.
    dark = (scaled < _DARK * skin_level / _SKIN) & ~skull_outside
    labels[_facial_bone(dark, head, spacing)] = Tissue.SKULL
    labels[skull_outside] = Tissue.SKULL
    labels[_inner_air(scaled, head, skull_outside, cavity, spacing)] = Tissue.AIR
    labels[cavity] = Tissue.CSF
    # One voxel of fluid lies between brain and skull, also across corners.
    room = ndimage.binary_erosion(cavity, structure=np.ones((3, 3, 3), dtype=bool), border_value=1)
    whole = largest((brain.grey | brain.white) & room)
    # Specks of fluid inside the tissue are noise: they carry no current anywhere.
    whole = ~without_small(~whole, 6)
    labels[whole] = Tissue.GREY
    labels[brain.white & whole] = Tissue.WHITE
    return labels


def _facial_bone(dark: BoolArray, head: BoolArray, spacing: FloatArray) -> BoolArray:
    """Dark compact bone of face and jaw; thin or doubtful parts stay soft tissue."""
    return without_small(opened(dark & (depth_inside_mm(head, spacing) > 3.0), 1.0, spacing), 300)


def _inner_air(
    scaled: Volume, head: BoolArray, skull: BoolArray, cavity: BoolArray, spacing: FloatArray
) -> BoolArray:
    """Sinuses and cells: dark as bone, and too thick for compact bone.

    Where the skull around the brain is meant to be, they must be thicker still. A wall of bone
    stays before the cavity and a layer of tissue below the skin.
    """
    black = (ndimage.gaussian_filter(scaled, 0.7 / spacing) < 0.2) & head
    thick = opened(black & ~skull, 3.0, spacing) | opened(black, 4.5, spacing)
    apart = (distance_to_mm(cavity, spacing) > 2.0) & (depth_inside_mm(head, spacing) > 3.0)
    return without_small(thick & apart, 1000)


def _add_orbits(
    labels: NDArray[np.uint8],
    scaled: Volume,
    orbit: BoolArray,
    cavity: BoolArray,
    affine: FloatArray,
    priors: Priors,
) -> None:
    """The eyeballs, and the soft tissue behind them where it was taken for skull."""
    spacing = np.asarray(np.linalg.norm(affine[:3, :3], axis=0))
    apart = distance_to_mm(cavity, spacing) > THINNEST_SKULL_MM
    labels[orbit & apart & (labels == Tissue.SKULL)] = Tissue.SCALP
    for ball in find_eyes(scaled, affine, priors.eyes_mm):
        labels[ball & apart & np.isin(labels, [Tissue.SCALP, Tissue.SKULL, Tissue.AIR])] = (
            Tissue.EYES
        )


def close_cuts(
    volume: LabelVolume, *, reach_mm: float = 6.0, margin_mm: float = 4.0
) -> LabelVolume:
    """The volume with its head closed by scalp where the image cuts it, and air all round.

    Beyond a border that the head touches (neck, ears, nose) it goes on as soft tissue that
    narrows at 45 degrees for up to `reach_mm`. Where the cut opens the skull's cavity it is first
    covered by fluid and bone, so that the layers stay nested.
    """
    spacing = volume.spacing_mm
    labels, affine = volume.labels, np.array(volume.affine)
    for axis in range(3):
        reach = int(np.ceil(reach_mm / spacing[axis]))
        margin = int(np.ceil(margin_mm / spacing[axis]))
        before = np.flip(_beyond(labels, axis, 0, reach, margin, spacing), axis)
        after = _beyond(labels, axis, -1, reach, margin, spacing)
        labels = np.concatenate([before, labels, after], axis=axis)
        affine[:3, 3] -= affine[:3, axis] * (reach + margin)
    return LabelVolume(labels, affine, volume.frame)


def _beyond(
    labels: NDArray[np.uint8],
    axis: int,
    end: int,
    reach: int,
    margin: int,
    spacing: FloatArray,
) -> NDArray[np.uint8]:
    """The slices beyond one face, nearest first, along that axis."""
    face = np.take(labels, end, axis=axis)
    within = [s for a, s in enumerate(spacing) if a != axis]
    depth = ndimage.distance_transform_edt(np.pad(face > 0, 1), sampling=within)[1:-1, 1:-1]
    slices = np.zeros((reach + margin, *face.shape), dtype=np.uint8)
    bone = round(THINNEST_SKULL_MM / spacing[axis])
    # One voxel beyond the edge in the plane, so that the layers are nested across corners too.
    around = np.ones((3, 3), dtype=bool)
    cavity = ndimage.binary_dilation(np.isin(face, [*BRAIN, Tissue.CSF]), around)
    for step in range(reach):
        slices[step][depth > (step + 1) * spacing[axis]] = Tissue.SCALP
        if step <= bone:
            slices[step][cavity] = Tissue.SKULL
    brain = ndimage.binary_dilation(np.isin(face, BRAIN), around)
    slices[0][brain & (face != Tissue.AIR)] = Tissue.CSF
    return np.moveaxis(slices, 0, axis)


def crop_to(volume: LabelVolume, tissues: Iterable[Tissue], margin_mm: float) -> LabelVolume:
    """The volume cut to the box of the tissues plus a margin, where the grid has it."""
    box = ndimage.find_objects(volume.mask(*tissues).astype(np.uint8))[0]
    keep = []
    for part, spacing, size in zip(box, volume.spacing_mm, volume.labels.shape, strict=True):
        margin = int(np.ceil(margin_mm / spacing))
        keep.append(slice(max(part.start - margin, 0), min(part.stop + margin, size)))
    affine = np.array(volume.affine)
    affine[:3, 3] = volume.to_world([[part.start for part in keep]])[0]
    return LabelVolume(volume.labels[tuple(keep)], affine, volume.frame)


def crop_to_head(volume: LabelVolume, margin_mm: float = 6.0) -> LabelVolume:
    """The volume cut to the box of the head plus a margin of air."""
    return crop_to(volume, [tissue for tissue in Tissue if tissue is not Tissue.AIR], margin_mm)
