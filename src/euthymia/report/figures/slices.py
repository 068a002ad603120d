"""Three slices through the target: the tissues in grey, the field over the brain in colour."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Pose
from euthymia.model.head.volume import BRAIN, LabelVolume, Tissue
from euthymia.report import palette
from euthymia.report.colourmap import decode, encode
from euthymia.report.fieldscale import FieldScale
from euthymia.report.figures.anatomy import (
    AXIAL,
    CORONAL,
    SAGITTAL,
    Anatomy,
    View,
    bounds,
    outline,
)
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
    text,
)

FieldSampler = Callable[[FloatArray], FloatArray]
"""(n, 3) world millimetres to (n,) magnitude of the field in V/m, NaN where it is unknown."""

_WIDTH = 720.0
_GAP = 14.0

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


_PLANES = (SAGITTAL, CORONAL, AXIAL)


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
    low, high = bounds(head)
    extents = [(high - low)[plane.across] for plane in _PLANES]
    px_per_mm = (_WIDTH - 2 * _GAP) / float(sum(extents))
    tallest = max(float((high - low)[plane.up]) for plane in _PLANES) * px_per_mm
    anatomy = Anatomy(head)
    content: list[Node] = []
    x = 0.0
    for plane in _PLANES:
        view = View(plane, low, high, target, px_per_mm)
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


def _panel(
    view: View, anatomy: Anatomy, field: FieldSampler, scale: FieldScale, pose: Pose | None
) -> Picture:
    points = view.grid()
    shares = anatomy.shares(points)
    brain = _brain_share(shares)
    pixels = _coloured(points, shares, field, scale)
    parts: list[Node] = [image(0, 0, view.width, view.height, encode_png(pixels))]
    parts.append(outline(brain, view, palette.PAPER, 0.9))
    parts.append(outline(1 - shares[Tissue.AIR], view, palette.SOFT_INK, 0.8))
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


def _axis(view: View, pose: Pose) -> list[Node]:
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
