"""The four landmarks found on a head: carried over from the default head, then looked for near by.

Each point is first carried over by the fit of the default head. Then the shape of this very head
decides, within the reach of the fit's error: the dip of the nasal bridge, the bump of the occipital
bone, the front edge of the ear's hollow. Where the image does not hold the feature, the carried
point stays, and its note says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.poses import FloatArray
from euthymia.model.head.grid.morphology import BoolArray, closed, filled, largest, opened
from euthymia.model.head.place.landmarks import Landmarks, PointNote
from euthymia.model.head.surface.curves import curve_through
from euthymia.model.head.surface.meshes import TriangleSurface, largest_piece, surface_of_mask
from euthymia.model.head.surface.scalp import Scalp, head_mask
from euthymia.model.head.volume import BRAIN, LabelVolume, Tissue

_REACH_MM = 16.0
"""How far along the midline a feature is looked for: some three times the error of the fit."""

_CARRIED_SD_MM = 10.0
"""A feature this far from the carried point must be clearer by the factor exp(1/2)."""

_STEP_MM = 0.5
_RIDGE_MM = 8.0
"""Half the width of the nasal bridge: how far to the side its ridge is looked for."""

_NASION_CHORD_MM = 12.0
_INION_CHORD_MM = 16.0
"""Half the chord against which the dip and the bump are measured: their own size."""

_CLEAR_DIP_MM = 1.0
_CLEAR_BUMP_MM = 1.5

_POCKET_BEFORE_MM, _POCKET_BEHIND_MM = 12.0, 30.0
_POCKET_SIDE_MM, _POCKET_HEIGHT_MM = 18.0, 10.0
_LEAST_POCKET_MM3 = 100.0
_IN_FRONT_OF_EAR_MM = 4.0
"""From the front edge of the ear's hollow to the pre-auricular point: the tragus lies between."""

_FARTHEST_EAR_MM = 8.0

UNCERTAIN_MM = {
    "nasion": (2.0, 5.0),
    "inion": (4.0, 8.0),
    "left_preauricular": (5.0, 7.0),
    "right_preauricular": (5.0, 7.0),
}
"""Typical error where the feature was found, and where only the carried point is known.

Found: measured on Colin27 with the carried points scattered by 3 mm (standard deviation on each
axis) against the published points, and rounded up. Carried: what a fit leaves far from the brain
(assumed).
"""


@dataclass(frozen=True, slots=True)
class _Found:
    position_mm: FloatArray
    clear: bool
    how: str


def find_landmarks(carried_mm: FloatArray, volume: LabelVolume, scalp: Scalp) -> Landmarks:
    """The landmarks of a head from points carried over by the fit of the default head.

    carried_mm: (4, 3) nasion, inion, left and right pre-auricular point. All found points lie on
    the scalp. Refuses points that cannot be those of one head.
    """
    rough = Landmarks(*(scalp.nearest(point).position_mm for point in carried_mm))
    pockets = _ear_pockets(volume)
    found = {
        "nasion": _nasion(rough, scalp),
        "inion": _inion(rough, scalp, volume),
        "left_preauricular": _preauricular(rough, rough.left_preauricular, pockets),
        "right_preauricular": _preauricular(rough, rough.right_preauricular, pockets),
    }
    notes = tuple(
        PointNote(UNCERTAIN_MM[name][0 if point.clear else 1], point.how)
        for name, point in found.items()
    )
    places = [scalp.nearest(point.position_mm).position_mm for point in found.values()]
    return Landmarks(*places, notes=notes)


def _nasion(rough: Landmarks, scalp: Scalp) -> _Found:
    """The deepest place of the profile between brow and nose."""
    profile = _profile(scalp.surface, rough.nasion, rough)
    dip = _sagitta(profile, _NASION_CHORD_MM, rough)
    best = _likeliest(dip)
    if best is None or dip[best] < _CLEAR_DIP_MM:
        return _Found(rough.nasion, False, "carried over; no dip of the nasal bridge near it")
    place = _on_ridge(profile[best], scalp, rough)
    return _Found(place, True, f"dip of the nasal bridge, {dip[best]:.1f} mm deep")


def _on_ridge(place: FloatArray, scalp: Scalp, rough: Landmarks) -> FloatArray:
    """The place moved sideways to where the bridge of the nose stands out most, as a roof does."""
    sideways = np.arange(-_RIDGE_MM, _RIDGE_MM + 0.5, 1.0)
    curve = curve_through(scalp.surface.section(place, rough.up), place)
    start = curve.place_mm(place)
    across = np.stack([curve.at_mm(start + float(step)) for step in sideways])
    lateral, forward = (across - place) @ rough.right, (across - place) @ rough.forward
    curvature, slope, _ = np.polyfit(lateral, forward, 2)
    if curvature >= 0:
        return place
    shift = float(np.clip(-slope / (2 * curvature), -_RIDGE_MM, _RIDGE_MM))
    return np.asarray(place + shift * rough.right)


def _inion(rough: Landmarks, scalp: Scalp, volume: LabelVolume) -> _Found:
    """The skin over the most curved place of the occipital bone's profile.

    The skin itself shows no bump where muscle and fat lie under it.
    """
    skull = _skull_near(rough.inion, volume)
    start = skull.closest_point(rough.inion)
    profile = _profile(skull, start, rough)
    bump = -_sagitta(profile, _INION_CHORD_MM, rough)
    best = _likeliest(bump)
    if best is None or bump[best] < _CLEAR_BUMP_MM:
        return _Found(rough.inion, False, "carried over; no bump of the occipital bone near it")
    place = profile[best]
    outward = skull.smooth_normal(place, _INION_CHORD_MM)
    over = float(np.linalg.norm(scalp.nearest(place).position_mm - place))
    # Half way to the plane that nasion and ears share: neither knows the midline better.
    middle = (rough.nasion + (rough.left_preauricular + rough.right_preauricular) / 2) / 2
    aside = 0.5 * float((middle - place) @ rough.right)
    how = f"bump of the occipital bone, {bump[best]:.1f} mm high"
    return _Found(np.asarray(place + over * outward + aside * rough.right), True, how)


@dataclass(frozen=True, slots=True)
class _Pockets:
    """The outer air that the closed outline of the head swallows, in pieces.

    points_mm: (n, 3) its voxels. piece: (n,) which piece each belongs to. voxel_mm3: of one.
    """

    points_mm: FloatArray
    piece: NDArray[np.intp]
    voxel_mm3: float


def _ear_pockets(volume: LabelVolume) -> _Pockets:
    pockets = opened(_outer_air(volume) & head_mask(volume), 1.5, volume.spacing_mm)
    pieces, _ = ndimage.label(pockets)
    voxels = np.argwhere(pockets)
    return _Pockets(
        volume.to_world(voxels),
        pieces[tuple(voxels.T)],
        float(np.prod(volume.spacing_mm)),
    )


def _preauricular(rough: Landmarks, carried: FloatArray, pockets: _Pockets) -> _Found:
    """In front of the ear's hollow: half way between what the fit and what the ear says."""
    hollow = _ear_hollow(rough, carried, pockets)
    if hollow is None:
        return _Found(carried, False, "carried over; the image shows no hollow of the ear near it")
    edge = float(np.percentile((hollow - carried) @ rough.forward, 95)) + _IN_FRONT_OF_EAR_MM
    if abs(edge) > _FARTHEST_EAR_MM:
        return _Found(carried, False, f"carried over; the ear's hollow ends {edge:+.0f} mm off")
    place = np.asarray(carried + 0.5 * edge * rough.forward)
    return _Found(place, True, "between the carried point and the front of the ear's hollow")


def _ear_hollow(rough: Landmarks, carried: FloatArray, pockets: _Pockets) -> FloatArray | None:
    """(n, 3) the largest piece of air in the ear beside a point; None where there is none."""
    away = pockets.points_mm - carried
    ahead, side, above = away @ rough.forward, away @ rough.right, away @ rough.up
    near = (
        (ahead < _POCKET_BEFORE_MM)
        & (ahead > -_POCKET_BEHIND_MM)
        & (np.abs(side) < _POCKET_SIDE_MM)
        & (np.abs(above) < _POCKET_HEIGHT_MM)
    )
    sizes = np.bincount(pockets.piece[near], minlength=1)
    biggest = int(sizes.argmax())
    if sizes[biggest] * pockets.voxel_mm3 < _LEAST_POCKET_MM3:
        return None
    return np.asarray(pockets.points_mm[near & (pockets.piece == biggest)])


def _outer_air(volume: LabelVolume) -> BoolArray:
    pieces, _ = ndimage.label(np.pad(volume.labels == Tissue.AIR, 1, constant_values=True))
    return np.asarray(pieces[1:-1, 1:-1, 1:-1] == pieces[0, 0, 0])


def _skull_near(point_mm: FloatArray, volume: LabelVolume) -> TriangleSurface:
    """The outside of the skull around a point as one smooth surface, closed along the cut."""
    reach = _REACH_MM + 2 * _INION_CHORD_MM
    corner = np.floor(volume.to_voxel(point_mm[None])[0] - reach / volume.spacing_mm).astype(int)
    start = np.maximum(corner, 0)
    stop = start + np.ceil(2 * reach / volume.spacing_mm).astype(int)
    box = tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    bone = np.isin(volume.labels[box], [Tissue.SKULL, Tissue.CSF, *BRAIN])
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_world(start[None])[0]
    surface = surface_of_mask(
        filled(largest(closed(bone, 4.0, volume.spacing_mm))),
        affine,
        spacing_mm=2.5,
        smoothing_mm=1.5,
    )
    return largest_piece(surface).taubin_smoothed(6)


def _profile(surface: TriangleSurface, at_mm: FloatArray, rough: Landmarks) -> FloatArray:
    """(k, 3) the midsagittal outline through a point, in even steps, the point in the middle."""
    curve = curve_through(surface.section(at_mm, rough.right), at_mm)
    reach = _REACH_MM + _INION_CHORD_MM
    steps = np.arange(-reach, reach + _STEP_MM / 2, _STEP_MM)
    start = curve.place_mm(at_mm)
    return np.stack([curve.at_mm(start + float(step)) for step in steps])


def _sagitta(profile: FloatArray, chord_mm: float, rough: Landmarks) -> FloatArray:
    """(k,) how deep each point of a profile lies below the chord about it; NaN near the ends."""
    half = round(chord_mm / _STEP_MM)
    found = np.full(len(profile), np.nan)
    before, after = profile[: -2 * half], profile[2 * half :]
    middle = (before + after) / 2
    outward = np.cross(rough.right, after - before)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    centre = (rough.left_preauricular + rough.right_preauricular) / 2
    outward *= np.sign(np.sum(outward * (middle - centre), axis=1, keepdims=True))
    found[half:-half] = np.sum((middle - profile[half:-half]) * outward, axis=1)
    return found


def _likeliest(height_mm: FloatArray) -> int | None:
    """The highest place, places far from the middle counting less; None where there is none."""
    middle = len(height_mm) // 2
    away = _STEP_MM * np.abs(np.arange(len(height_mm)) - middle)
    weighed = height_mm * np.exp(-0.5 * (away / _CARRIED_SD_MM) ** 2)
    weighed[(away > _REACH_MM) | ~np.isfinite(weighed)] = -np.inf
    best = int(weighed.argmax())
    return best if weighed[best] > 0 else None
