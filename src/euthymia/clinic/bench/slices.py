"""Three orthogonal slices through a head, and where on them which point of the cortex lies.

The field is known on the middle of the grey matter. A pixel of grey matter near it shows the mean
of the three nearest points; the browser holds their values already, so slices follow the coil
without a further question.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from euthymia.clinic.bench.opened import OpenBench
from euthymia.clinic.bench.wire import packed
from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.head.image.nifti import read_nifti
from euthymia.model.head.volume import LabelVolume, Tissue

STEP_MM = 1.0
FARTHEST_MM = 3.0
"""Grey matter farther than this from the points of the field shows none."""

_ANATOMY = ("anatomy",)
_NEAREST = 3
_MARGIN_MM = 6.0

_GREYS = {
    Tissue.AIR: 0, Tissue.WHITE: 205, Tissue.GREY: 140, Tissue.CSF: 42, Tissue.SKULL: 24,
    Tissue.SCALP: 172, Tissue.EYES: 66, Tissue.SPONGY: 108,
}  # fmt: skip
"""Shades that make labels look about like a T1."""

PLANES = {"sagittal": (1, 2), "coronal": (0, 2), "axial": (0, 1)}
"""The two world axes of each plane: to the right of the picture, and up."""


@dataclass(frozen=True, eq=False)
class Anatomy:
    """Grey values to lay under the field.

    values: (nx, ny, nz) uint8; affine: (4, 4) from voxels to the head's millimetres.
    """

    values: NDArray[np.uint8]
    affine: FloatArray
    smooth: bool

    @classmethod
    def of_labels(cls, volume: LabelVolume) -> Anatomy:
        """Tissue labels in shades of grey."""
        table = np.zeros(256, dtype=np.uint8)
        for tissue, grey in _GREYS.items():
            table[tissue] = grey
        return cls(table[volume.labels], volume.affine, smooth=False)

    @classmethod
    def of_image(cls, values: ArrayLike, affine: FloatArray) -> Anatomy:
        """An image such as a T1 that lies on the head, its brightest per cent cut off."""
        raw = np.nan_to_num(np.asarray(values, dtype=np.float32), posinf=0.0, neginf=0.0)
        low, high = np.percentile(raw, (1.0, 99.5))
        if not high > low:
            raise InputError("image for the slices", "it has no contrast", "Give a T1")
        scaled = np.clip((raw - low) / (high - low), 0.0, 1.0) * 255.0
        return cls(scaled.astype(np.uint8), np.asarray(affine, dtype=float), smooth=True)


@dataclass(frozen=True, eq=False)
class Slice:
    """One plane: grey values and, for pixels with field, the points it is read from.

    grey: (h, w), first row on top. pixels: (k,) flat indices; points: (k, 3) of the engine;
    shares: (k, 3) summing to 255. origin_mm: (2,) world coordinates of the lower left pixel.
    """

    plane: str
    grey: NDArray[np.uint8]
    pixels: NDArray[np.uint32]
    points: NDArray[np.uint32]
    shares: NDArray[np.uint8]
    origin_mm: FloatArray


def show_image(bench: OpenBench, t1: Path) -> None:
    """Let the slices of a bench show the image that its head was built from."""
    image = read_nifti(t1, "the T1 of the head")
    bench.once(_ANATOMY, lambda: Anatomy.of_image(image.values, image.affine))


def sliced(bench: OpenBench, point_mm: ArrayLike) -> list[Slice]:
    """The sagittal, coronal and axial slice through a (3,) point, in 1 mm steps of RAS."""
    point = np.asarray(point_mm, dtype=float)
    low, high = extent_mm(bench)
    if point.shape != (3,) or not ((point >= low) & (point <= high)).all():
        raise InputError("point of the slices", "it lies outside the head", "Give one inside")
    shown = bench.once(_ANATOMY, lambda: Anatomy.of_labels(bench.head.volume))
    return [_slice(bench, shown, point, plane, low, high) for plane in PLANES]


def extent_mm(bench: OpenBench) -> tuple[FloatArray, FloatArray]:
    """The lowest and highest world coordinates of the head, with a margin, millimetres."""
    vertices = bench.head.scalp.vertices_mm
    return (
        np.floor(vertices.min(axis=0)) - _MARGIN_MM,
        np.ceil(vertices.max(axis=0)) + _MARGIN_MM,
    )


def _slice(
    bench: OpenBench, anatomy: Anatomy, point: FloatArray, plane: str,
    low: FloatArray, high: FloatArray,
) -> Slice:  # fmt: skip
    right, up = PLANES[plane]
    across = np.arange(low[right], high[right] + 1e-9, STEP_MM)
    upwards = np.arange(low[up], high[up] + 1e-9, STEP_MM)[::-1]
    world = np.empty((len(upwards), len(across), 3))
    world[...] = point
    world[..., right] = across
    world[..., up] = upwards[:, None]
    flat = world.reshape(-1, 3)
    grey = _read(anatomy.values, anatomy.affine, flat, order=1 if anatomy.smooth else 0)
    volume = bench.head.volume
    label = _read(volume.labels, volume.affine, flat, order=0)
    pixels = np.flatnonzero(label == Tissue.GREY)
    found = bench.points_tree.query(flat[pixels], k=_NEAREST)
    away, points = np.asarray(found[0]), np.asarray(found[1])
    near = away[:, 0] <= FARTHEST_MM
    weights = 1.0 / np.maximum(away[near], 0.25)
    shares = np.rint(255.0 * weights / weights.sum(axis=1, keepdims=True)).astype(np.int64)
    shares[:, 0] += 255 - shares.sum(axis=1)
    return Slice(
        plane,
        grey.reshape(world.shape[:2]),
        pixels[near].astype(np.uint32),
        points[near].astype(np.uint32),
        shares.astype(np.uint8),
        np.array([across[0], upwards[-1]]),
    )


def _read(
    values: NDArray[np.uint8], affine: FloatArray, points_mm: FloatArray, order: Literal[0, 1]
) -> NDArray[np.uint8]:
    inverse = np.linalg.inv(affine)
    voxels = points_mm @ inverse[:3, :3].T + inverse[:3, 3]
    read = ndimage.map_coordinates(values, voxels.T, order=order, mode="constant")
    return np.asarray(read, dtype=np.uint8)


def slices_bytes(slices: list[Slice], point_mm: ArrayLike) -> bytes:
    """The slices for the browser."""
    meta: dict[str, Any] = {
        "point_mm": np.asarray(point_mm, dtype=float).tolist(),
        "step_mm": STEP_MM,
        "planes": [
            {
                "plane": one.plane,
                "axes": list(PLANES[one.plane]),
                "origin_mm": one.origin_mm.tolist(),
            }
            for one in slices
        ],
    }
    arrays: dict[str, NDArray[Any]] = {}
    for one in slices:
        arrays[f"{one.plane}.grey"] = one.grey
        arrays[f"{one.plane}.pixels"] = one.pixels
        arrays[f"{one.plane}.points"] = one.points
        arrays[f"{one.plane}.shares"] = one.shares
    return packed(meta, arrays)
