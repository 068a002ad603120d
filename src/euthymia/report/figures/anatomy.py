"""Slices through a head: where they lie in a picture, what tissue each pixel shows, its borders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import measure

from euthymia.core.poses import FloatArray
from euthymia.model.head.volume import LabelVolume, Tissue
from euthymia.report.svg import Node, number, path

PIXEL_MM = 0.5
_MARGIN_MM = 6.0
_EDGE_SIGMA_MM = 0.7
_CORNER_STEP = 3
"""Every third corner of a border is drawn: about a millimetre of a smooth curve."""


@dataclass(frozen=True, slots=True)
class Plane:
    """One slice: which world axis it stands on, and how the other two lie in the picture.

    `across` runs to the picture's right, `up` upwards; a sign of -1 mirrors the world axis.
    """

    title: str
    fixed: int
    across: int
    across_sign: int
    up: int
    left_word: str
    right_word: str


# Sagittal with the nose to the left, as one sees a head from its left; the others as the patient
# would see themself from behind and from above: left is left.
SAGITTAL = Plane("sagittal", 0, 1, -1, 2, "A", "P")
CORONAL = Plane("coronal", 1, 0, 1, 2, "L", "R")
AXIAL = Plane("axial", 2, 0, 1, 1, "L", "R")


def bounds(head: LabelVolume) -> tuple[FloatArray, FloatArray]:
    """Two (3,) corners in world millimetres around all tissue, with a margin."""
    boxes = ndimage.find_objects((head.labels > 0).astype(np.uint8))
    corners = np.array(
        [
            [(part.start, part.stop)[bit >> axis & 1] for axis, part in enumerate(boxes[0])]
            for bit in range(8)
        ]
    )
    world = head.to_world(corners)
    return world.min(axis=0) - _MARGIN_MM, world.max(axis=0) + _MARGIN_MM


class Anatomy:
    """The head's tissues, each as a volume that can be sampled between voxels."""

    def __init__(self, head: LabelVolume) -> None:
        self._head = head

    def shares(self, points: FloatArray) -> dict[Tissue, FloatArray]:
        """How much of each tissue every pixel shows: labels smoothed, then made crisp again.

        points: (rows, columns, 3) world millimetres; each share is (rows, columns), 0 to 1.
        """
        shape = points.shape[:2]
        corners = [
            (labels.reshape(shape), weight.reshape(shape))
            for labels, weight in self._corners(points.reshape(-1, 3))
        ]
        sampled = {}
        for tissue in Tissue:
            share = np.zeros(shape, dtype=np.float32)
            for labels, weight in corners:
                share += weight * (labels == tissue)
            share = ndimage.gaussian_filter(share, _EDGE_SIGMA_MM / PIXEL_MM)
            sampled[tissue] = np.asarray(share * share, dtype=float) ** 2
        total = np.maximum(sum(sampled.values(), start=np.zeros(shape)), 1e-9)
        return {tissue: np.asarray(share / total) for tissue, share in sampled.items()}

    def _corners(
        self, points: FloatArray
    ) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float32]]]:
        """For each of the eight voxels around (n, 3) points: (n,) labels and (n,) weights.

        Beyond the volume there is air.
        """
        voxels = self._head.to_voxel(points)
        base = np.floor(voxels).astype(int)
        ahead = (voxels - base).astype(np.float32)
        last = np.array(self._head.labels.shape) - 1
        for corner in np.ndindex(2, 2, 2):
            sides = [
                ahead[:, axis] if far else 1 - ahead[:, axis] for axis, far in enumerate(corner)
            ]
            weight = sides[0] * sides[1] * sides[2]
            if not weight.any():
                continue
            at = base + corner
            nearest = np.clip(at, 0, last)
            labels = self._head.labels[tuple(nearest.T)]
            beyond = (at[:, 0] != nearest[:, 0]) | (at[:, 1] != nearest[:, 1])
            beyond |= at[:, 2] != nearest[:, 2]
            yield np.where(beyond, np.uint8(Tissue.AIR), labels), weight


class View:
    """The geometry of one slice in the picture."""

    def __init__(
        self, plane: Plane, low: FloatArray, high: FloatArray, target: FloatArray, px_per_mm: float
    ) -> None:
        self.plane, self.target, self.px_per_mm = plane, target, px_per_mm
        self.low, self.high = low, high
        self.width = float((high - low)[plane.across]) * px_per_mm
        self.height = float((high - low)[plane.up]) * px_per_mm

    @property
    def title(self) -> str:
        axis = "xyz"[self.plane.fixed]
        return f"{self.plane.title}, {axis} = {self.target[self.plane.fixed]:.0f} mm".replace(
            "-", "−"
        )

    def place(self, point_mm: FloatArray) -> tuple[float, float]:
        """A world point in the panel's units, projected onto the slice."""
        plane = self.plane
        edge = self.low if plane.across_sign > 0 else self.high
        x = (point_mm[plane.across] - edge[plane.across]) * plane.across_sign * self.px_per_mm
        return float(x), float((self.high[plane.up] - point_mm[plane.up]) * self.px_per_mm)

    def grid(self) -> FloatArray:
        """(rows, columns, 3) world points of the pixels' centres."""
        plane = self.plane
        across = np.arange(self.low[plane.across], self.high[plane.across], PIXEL_MM)
        up = np.arange(self.high[plane.up], self.low[plane.up], -PIXEL_MM)
        points = np.empty((len(up), len(across), 3))
        points[..., plane.fixed] = self.target[plane.fixed]
        points[..., plane.across] = (across if plane.across_sign > 0 else across[::-1])[None, :]
        points[..., plane.up] = up[:, None]
        return points


def outline(
    share: FloatArray,
    view: View,
    colour: str,
    width: float,
    shown: NDArray[np.bool_] | None = None,
) -> Node:
    """The border of a tissue as smooth curves; only where it is `shown`, if that is given."""
    step = PIXEL_MM * view.px_per_mm
    parts = []
    mask = None if shown is None else np.pad(shown, 1, constant_values=True)
    for curve in measure.find_contours(np.pad(share, 1), 0.5, mask=mask):
        if len(curve) < 24:
            continue
        kept = np.concatenate([curve[:-1:_CORNER_STEP], curve[-1:]]) - 1
        corners = " ".join(
            f"{number((c + 0.5) * step)} {number((r + 0.5) * step)}" for r, c in kept
        )
        parts.append(f"M{corners}")
    return path("".join(parts), fill="none", stroke=colour, stroke_width=width, stroke_opacity=0.75)
