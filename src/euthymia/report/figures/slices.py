"""Three slices through the target: the tissues in grey, the field over the brain in colour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import measure

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Pose
from euthymia.model.head.volume import BRAIN, LabelVolume, Tissue
from euthymia.report import palette
from euthymia.report.colourmap import decode, encode
from euthymia.report.fieldscale import FieldScale
from euthymia.report.figures.marks import letter, scale_bar, target_cross
from euthymia.report.render.png import encode_png
from euthymia.report.svg import (
    NORMAL,
    SMALL,
    Node,
    Picture,
    circle,
    image,
    line,
    nested,
    number,
    path,
    text,
)

FieldSampler = Callable[[FloatArray], FloatArray]
"""(n, 3) world millimetres to (n,) magnitude of the field in V/m, NaN where it is unknown."""

_PIXEL_MM = 0.5
_WIDTH = 720.0
_GAP = 14.0
_MARGIN_MM = 6.0
_EDGE_SIGMA_MM = 0.7
_CORNER_STEP = 3
"""Every third corner of a border is drawn: about a millimetre of a smooth curve."""

# Grey as on a T1: fat and white matter bright, bone and fluid dark. Air is the paper.
_GREY = {
    Tissue.AIR: 1.0,
    Tissue.WHITE: 0.84,
    Tissue.GREY: 0.62,
    Tissue.CSF: 0.30,
    Tissue.SKULL: 0.42,
    Tissue.SCALP: 0.78,
    Tissue.EYES: 0.55,
    Tissue.SPONGY: 0.52,
}
_BRAIN_BASE = np.full(3, 0.45)


@dataclass(frozen=True, slots=True)
class _Plane:
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
_PLANES = (
    _Plane("sagittal", 0, 1, -1, 2, "A", "P"),
    _Plane("coronal", 1, 0, 1, 2, "L", "R"),
    _Plane("axial", 2, 0, 1, 1, "L", "R"),
)


def draw(
    head: LabelVolume,
    field: FieldSampler,
    target_mm: FloatArray,
    scale: FieldScale,
    *,
    pose: Pose | None = None,
    name: str = "slices",
) -> str:
    """The three slices as SVG, with the coil's axis drawn dashed where a pose is given.

    target_mm: (3,) in the head's frame; it must lie inside the head.
    """
    target = np.asarray(target_mm, dtype=float)
    _refuse_outside(head, target)
    low, high = _bounds(head)
    extents = [(high - low)[plane.across] for plane in _PLANES]
    px_per_mm = (_WIDTH - 2 * _GAP) / float(sum(extents))
    tallest = max(float((high - low)[plane.up]) for plane in _PLANES) * px_per_mm
    anatomy = _Anatomy(head)
    content: list[Node] = []
    x = 0.0
    for plane in _PLANES:
        view = _View(plane, low, high, target, px_per_mm)
        panel = _panel(view, anatomy, field, scale, pose)
        content.append(nested(panel, x, 18 + (tallest - view.height) / 2))
        content.append(text(x + view.width / 2, 11, view.title, NORMAL, "middle", bold=True))
        x += view.width + _GAP
    bottom = tallest + 28
    content.append(scale.bar(40, bottom, 240, _BRAIN_BASE))
    content.append(scale_bar(_WIDTH - 130, bottom + 5, px_per_mm, 50))
    content.append(
        text(
            330,
            bottom + 9,
            "field in the brain; patient's left is left",
            SMALL,
            fill=palette.SOFT_INK,
        )
    )
    return Picture(
        name,
        _WIDTH,
        bottom + 28,
        "Slices through the target",
        _in_words(target, scale, pose),
        tuple(content),
    ).render()


def _refuse_outside(head: LabelVolume, target: FloatArray) -> None:
    if target.shape != (3,) or not np.isfinite(target).all():
        raise InputError("slices", "the target is no point", "Give three finite millimetres")
    voxel = np.rint(head.to_voxel(target[None]))[0].astype(int)
    inside = (voxel >= 0).all() and (voxel < head.labels.shape).all()
    if not inside or head.labels[tuple(voxel)] == Tissue.AIR:
        place = ", ".join(f"{value:.0f}" for value in target)
        raise InputError(
            "slices",
            f"the target at {place} mm lies outside the head",
            "Give the target in the frame of this head, in millimetres",
        )


def _bounds(head: LabelVolume) -> tuple[FloatArray, FloatArray]:
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


class _Anatomy:
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
            share = ndimage.gaussian_filter(share, _EDGE_SIGMA_MM / _PIXEL_MM)
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


class _View:
    """The geometry of one slice in the picture."""

    def __init__(
        self, plane: _Plane, low: FloatArray, high: FloatArray, target: FloatArray, px_per_mm: float
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
        across = np.arange(self.low[plane.across], self.high[plane.across], _PIXEL_MM)
        up = np.arange(self.high[plane.up], self.low[plane.up], -_PIXEL_MM)
        points = np.empty((len(up), len(across), 3))
        points[..., plane.fixed] = self.target[plane.fixed]
        points[..., plane.across] = (across if plane.across_sign > 0 else across[::-1])[None, :]
        points[..., plane.up] = up[:, None]
        return points


def _panel(
    view: _View, anatomy: _Anatomy, field: FieldSampler, scale: FieldScale, pose: Pose | None
) -> Picture:
    points = view.grid()
    shares = anatomy.shares(points)
    brain = _brain_share(shares)
    pixels = _coloured(points, shares, field, scale)
    parts: list[Node] = [image(0, 0, view.width, view.height, encode_png(pixels))]
    parts.append(_outline(brain, view, palette.PAPER, 0.9))
    parts.append(_outline(1 - shares[Tissue.AIR], view, palette.SOFT_INK, 0.8))
    if pose is not None:
        parts += _axis(view, pose)
    x, y = view.place(view.target)
    parts.append(target_cross(x, y, 7))
    parts.append(letter(6, view.height / 2, view.plane.left_word))
    parts.append(letter(view.width - 6, view.height / 2, view.plane.right_word))
    return Picture(view.title, view.width, view.height, view.title, "", tuple(parts))


def _brain_share(shares: dict[Tissue, FloatArray]) -> FloatArray:
    return np.asarray(sum((shares[tissue] for tissue in BRAIN), start=np.zeros(1)))


def _coloured(
    points: FloatArray,
    shares: dict[Tissue, FloatArray],
    field: FieldSampler,
    scale: FieldScale,
) -> NDArray[np.uint8]:
    """(rows, columns, 3) sRGB: grey anatomy with the field laid over the brain."""
    grey = sum((share * _GREY[tissue] for tissue, share in shares.items()), start=np.zeros(1))
    base = np.repeat(decode(np.asarray(grey))[..., None], 3, axis=2)
    brain = _brain_share(shares)
    inside = brain > 0.02
    values = np.full(brain.shape, np.nan)
    if inside.any():
        values[inside] = field(points[inside])
    tinted = scale.over(base, values)
    mixed = base + (tinted - base) * brain[..., None]
    return np.rint(encode(mixed) * 255).astype(np.uint8)


def _outline(share: FloatArray, view: _View, colour: str, width: float) -> Node:
    """The border of a tissue as smooth curves."""
    step = _PIXEL_MM * view.px_per_mm
    parts = []
    for curve in measure.find_contours(np.pad(share, 1), 0.5):
        if len(curve) < 24:
            continue
        kept = np.concatenate([curve[:-1:_CORNER_STEP], curve[-1:]]) - 1
        corners = " ".join(
            f"{number((c + 0.5) * step)} {number((r + 0.5) * step)}" for r, c in kept
        )
        parts.append(f"M{corners}")
    return path("".join(parts), fill="none", stroke=colour, stroke_width=width, stroke_opacity=0.75)


def _axis(view: _View, pose: Pose) -> list[Node]:
    """The coil's axis from its centre to the target's depth, projected onto the slice."""
    depth = float(pose.to_coil(view.target[None])[0, 2])
    x0, y0 = view.place(pose.position_mm)
    x1, y1 = view.place(pose.to_world(np.array([[0.0, 0.0, max(depth, 0.0)]]))[0])
    parts: list[Node] = []
    for colour, width, dash in ((palette.PAPER, 3.0, None), (palette.INK, 1.2, "4 3")):
        parts.append(line(x0, y0, x1, y1, stroke=colour, stroke_width=width, stroke_dasharray=dash))
    parts.append(circle(x0, y0, 3, fill=palette.PAPER, stroke=palette.INK, stroke_width=1.4))
    return parts


def _in_words(target: FloatArray, scale: FieldScale, pose: Pose | None) -> str:
    place = ", ".join(f"{value:.0f}" for value in target)
    axis = " A dashed line is the coil's axis." if pose is not None else ""
    return (
        f"Sagittal, coronal and axial slices through the target at {place} mm. Tissues are grey; "
        f"the strength of the electric field in the brain is coloured from 0 to "
        f"{scale.top_v_per_m:g} {scale.unit}. The patient's left is on the left of the "
        f"coronal and axial slices.{axis}"
    )
