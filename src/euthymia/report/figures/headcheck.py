"""The picture of the quality report: outlines on slices, the head, its distances, its volumes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from euthymia.core.poses import FloatArray
from euthymia.model.head.head import Head
from euthymia.model.head.quality import HeadQuality, volume_ranges
from euthymia.model.head.surface.meshes import TriangleSurface
from euthymia.model.head.volume import BRAIN, Tissue
from euthymia.report import palette
from euthymia.report.colourmap import colours, hex_colour
from euthymia.report.figures.anatomy import AXIAL, CORONAL, SAGITTAL, Anatomy, View, outline
from euthymia.report.figures.headface import Face
from euthymia.report.figures.marks import letter, scale_bar
from euthymia.report.render.png import encode_png
from euthymia.report.render.raster import Camera, Mesh
from euthymia.report.render.shading import Skin, linear, render
from euthymia.report.render.shapes import ball
from euthymia.report.scales import LinearScale, tick_text
from euthymia.report.svg import (
    SMALL,
    TINY,
    Element,
    Node,
    Picture,
    circle,
    group,
    image,
    line,
    nested,
    polyline,
    rect,
    text,
)

_WIDTH = 720.0
_GAP = 10.0
_TITLE = 15.0
_BELOW_EARS_MM = 8.0
_MARGIN_MM = 5.0

_IN_SKULL = tuple(t for t in Tissue if t not in (Tissue.AIR, Tissue.SCALP, Tissue.EYES))
_BORDERS: tuple[tuple[str, str, tuple[Tissue, ...]], ...] = (
    ("skin", "#2f9e44", tuple(tissue for tissue in Tissue if tissue is not Tissue.AIR)),
    ("outer skull", "#d98f00", _IN_SKULL),
    ("inner skull", "#56b4e9", (*BRAIN, Tissue.CSF)),
    ("grey matter", "#e0479e", BRAIN),
    ("white matter", "#e8d63a", (Tissue.WHITE,)),
)
"""Name, colour and what lies within each border."""

_LOWEST_MM, _HIGHEST_MM = 5.0, 30.0
_MAP_EDGE_DEG = 98.0
_SEEN_FROM_LEFT = ("Fp1", "F3", "C3", "Cz", "P3")
_LISTED = (("Fp1", "Fp2"), ("F3", "F4"), ("C3", "C4"), ("P3", "P4"), ("Cz", "Pz"))
_NAMED = ("Fp1", "Fp2", "F3", "Fz", "F4", "C3", "Cz", "C4", "P3", "Pz", "P4", "Oz")


@dataclass(frozen=True, eq=False)
class CheckScene:
    """What the picture shows: a head, how good it is, and the image behind the outlines.

    picture: (nx, ny, nz) brightness with its affine to the head's millimetres.
    """

    head: Head
    quality: HeadQuality
    picture: NDArray[np.float32]
    picture_affine: FloatArray


def draw(scene: CheckScene, name: str = "head-check") -> str:
    """The whole picture as SVG. No part of it shows the face (see `headface`)."""
    face = Face.of(scene.head)
    rows = [_slice_rows(scene, face), _lower_row(scene, face)]
    content: list[Node] = []
    y = 0.0
    for nodes, height in rows:
        content.append(group(nodes, transform=f"translate(0 {y:.2f})"))
        y += height + 6
    return Picture(
        name, _WIDTH, y, "Head model at a glance", _in_words(scene), tuple(content)
    ).render()


# --- slices -------------------------------------------------------------------------------------


def _slice_rows(scene: CheckScene, face: Face) -> tuple[list[Node], float]:
    """Two rows of slices: sagittal and coronal, then axial with the volumes beside them."""
    low, high = _frame(scene.head)
    size = high - low
    cuts = _cuts(scene.head)
    upper = [(SAGITTAL, cuts["left"]), (CORONAL, cuts["front"]), (CORONAL, cuts["ears"])]
    lower = [(AXIAL, cuts["low"]), (AXIAL, cuts["high"])]
    px_per_mm = (_WIDTH - 2 * _GAP) / float(size[1] + 2 * size[0])
    anatomy = Anatomy(scene.head.volume)
    content: list[Node] = []
    x = 0.0
    for plane, at in upper:
        view = View(plane, low, high, at, px_per_mm)
        content += _slice(scene, face, anatomy, view, x, _TITLE)
        x += view.width + _GAP
    bottom = _TITLE + float(size[2]) * px_per_mm + 8
    x = 0.0
    for plane, at in lower:
        view = View(plane, low, high, at, px_per_mm)
        content += _slice(scene, face, anatomy, view, x, bottom + _TITLE)
        x += view.width + _GAP
    height = bottom + _TITLE + float(size[1]) * px_per_mm
    content += _legend(x + 8, bottom + 24, px_per_mm)
    content += _volumes(scene.quality, scene.head, x + 8, bottom + 140, _WIDTH - x - 16)
    return content, height


def _frame(head: Head) -> tuple[FloatArray, FloatArray]:
    """Two corners in world millimetres: the head down to a little below the ears."""
    vertices = head.scalp.vertices_mm
    marks = head.landmarks
    low, high = vertices.min(axis=0) - _MARGIN_MM, vertices.max(axis=0) + _MARGIN_MM
    ears = min(marks.left_preauricular[2], marks.right_preauricular[2])
    low[2] = max(low[2], ears - _BELOW_EARS_MM)
    return low, high


def _cuts(head: Head) -> dict[str, FloatArray]:
    """Where the slices lie: through F3 and C3, the vertex and the ears, in any head alike."""
    points = head.eeg.points
    marks = head.landmarks
    ears = (marks.left_preauricular + marks.right_preauricular) / 2
    top = points["Cz"].position_mm
    middle = 0.5 * (top + ears)
    f3 = points["F3"].position_mm
    return {
        "left": middle + 0.55 * (f3 - middle) * np.array([1.0, 0.0, 0.0]),
        "front": np.array([middle[0], f3[1] - 12.0, middle[2]]),
        "ears": np.array([middle[0], ears[1] + 4.0, middle[2]]),
        "low": ears + 0.42 * (top - ears),
        "high": ears + 0.70 * (top - ears),
    }


def _slice(
    scene: CheckScene, face: Face, anatomy: Anatomy, view: View, x: float, y: float
) -> list[Node]:
    points = view.grid()
    hidden = face.hidden(points)
    grey = _brightness(scene, points)
    grey = np.where(hidden, 0.96, grey)
    pixels = np.repeat(np.rint(255 * grey).astype(np.uint8)[..., None], 3, axis=2)
    parts: list[Node] = [
        rect(0, 0, view.width, view.height, fill="#000000"),
        image(0, 0, view.width, view.height, encode_png(pixels)),
    ]
    shares = anatomy.shares(points)
    for _, colour, tissues in _BORDERS:
        parts.append(outline(_sum(shares, tissues), view, colour, 1.0, ~hidden))
    if hidden.any():
        parts.append(_hidden_note(hidden, view))
    parts.append(_side(10, view.height / 2, view.plane.left_word))
    parts.append(_side(view.width - 10, view.height / 2, view.plane.right_word))
    panel = Picture(view.title, view.width, view.height, view.title, "", tuple(parts))
    return [
        text(x + view.width / 2, y - 4, view.title, SMALL, "middle", fill=palette.SOFT_INK),
        nested(panel, x, y),
    ]


def _brightness(scene: CheckScene, points: FloatArray) -> FloatArray:
    """(rows, columns) the image at these points, 0 black to 1 white, a little brightened."""
    affine = scene.picture_affine
    voxel = np.linalg.solve(affine[:3, :3], (points.reshape(-1, 3) - affine[:3, 3]).T)
    values = ndimage.map_coordinates(scene.picture, voxel, order=1, cval=0.0)
    bright = scene.picture[scene.picture > 0.1 * float(scene.picture.max())]
    top = float(np.percentile(bright, 98)) if bright.size else 1.0
    return np.asarray(np.clip(values.reshape(points.shape[:-1]) / top, 0.0, 1.0) ** 0.8)


def _sum(shares: dict[Tissue, FloatArray], tissues: tuple[Tissue, ...]) -> FloatArray:
    first, *others = tissues
    return np.asarray(sum((shares[tissue] for tissue in others), start=shares[first]))


def _hidden_note(hidden: NDArray[np.bool_], view: View) -> Node:
    """The word "face left out" where there is room for it."""
    rows, columns = np.nonzero(hidden)
    step = view.height / hidden.shape[0]
    if hidden.mean() < 0.05:
        return group([])
    x, y = float(np.median(columns)) * step, float(np.percentile(rows, 80)) * step
    return text(x, y, "face left out", TINY, "middle", fill=palette.FAINT_INK)


def _side(x: float, y: float, word: str) -> Element:
    return text(x, y, word, SMALL, "middle", bold=True, fill="#d8dee4")


def _legend(x: float, y: float, px_per_mm: float) -> list[Node]:
    parts: list[Node] = [text(x, y, "Outlines on the image", SMALL, bold=True)]
    for row, (name, colour, _) in enumerate(_BORDERS):
        top = y + 16 * (row + 1)
        parts.append(line(x, top - 3.5, x + 20, top - 3.5, stroke=colour, stroke_width=2.4))
        parts.append(text(x + 27, top, name, SMALL))
    parts.append(scale_bar(x + 118, y + 30, px_per_mm, 50))
    return parts


# --- volumes ------------------------------------------------------------------------------------


def _volumes(quality: HeadQuality, head: Head, x: float, y: float, width: float) -> list[Node]:
    """A bar for each volume with a range of adults, and the others as numbers."""
    parts: list[Node] = [
        text(x, y, "Volumes, ml", SMALL, bold=True),
        text(x + width, y, "band: 95 of 100 adults", TINY, "end", fill=palette.SOFT_INK),
    ]
    top = y + 8
    for usual in volume_ranges():
        name = usual.title.removeprefix("the ")
        parts += _range(name, usual.of(head.volume), (usual.low, usual.high), x, top, width)
        top += 31
    ratio = quality.volumes_ml["grey"] / max(quality.volumes_ml["white"], 1.0)
    grey, white = quality.volumes_ml["grey"], quality.volumes_ml["white"]
    words = f"grey {grey:.0f}, white {white:.0f} (ratio {ratio:.2f})"
    parts.append(text(x, top + 10, words, SMALL))
    return parts


def _range(
    name: str, value: float, usual: tuple[float, float], x: float, y: float, width: float
) -> list[Node]:
    low, high = usual
    room = 0.55 * (high - low)
    ends = min(low - room, value - 0.1 * room), max(high + room, value + 0.1 * room)
    scale = LinearScale(*ends, x, x + width)
    inside = low <= value <= high
    colour = palette.GREEN if inside else palette.VERMILION
    return [
        text(x, y + 10, name, SMALL, fill=palette.SOFT_INK),
        text(x + width, y + 10, f"{value:.0f}", SMALL, "end", bold=True, fill=colour),
        line(x, y + 19, x + width, y + 19, stroke=palette.HAIRLINE, stroke_width=2),
        rect(scale(low), y + 15.5, scale(high) - scale(low), 7, fill="#c9d4de", rx=2),
        circle(scale(value), y + 19, 4.6, fill=colour, stroke=palette.PAPER, stroke_width=1.2),
    ]


# --- surface and distances ----------------------------------------------------------------------


def _lower_row(scene: CheckScene, face: Face) -> tuple[list[Node], float]:
    side = 192.0
    parts: list[Node] = [
        text(side / 2, 11, "from the left", SMALL, "middle", fill=palette.SOFT_INK),
        nested(_surface(scene, face, side), 0, _TITLE),
    ]
    middle = side + 50
    parts += [
        text(
            middle + side / 2,
            11,
            "scalp to cortex, mm, seen from above",
            SMALL,
            "middle",
            fill=palette.SOFT_INK,
        ),
        group(_distance_map(scene, side), transform=f"translate({middle:.1f} {_TITLE})"),
    ]
    parts += _numbers(scene, middle + side + 50, 12, _WIDTH - middle - side - 50)
    return parts, side + _TITLE


def _surface(scene: CheckScene, face: Face, side: float) -> Picture:
    """Brain within the scalp, seen from the left and a little from above and in front."""
    head = scene.head
    cortex = head.cortex
    skin = _faceless(head.scalp.surface, face)
    brain = Mesh(cortex.vertices_mm, cortex.faces, cortex.normals, linear(0.82, 0.785, 0.765))
    mesh = Mesh(skin.vertices_mm, skin.faces, skin.normals, linear(0.80, 0.64, 0.56))
    places = {name: head.eeg.points[name].position_mm for name in _SEEN_FROM_LEFT}
    marks = [ball(place, 2.6, linear(0.0, 0.35, 0.6)) for place in places.values()]
    low, high = _frame(head)
    up = np.array([0.0, 0.0, 1.0])
    camera = Camera(
        np.array([-1.0, 0.12, 0.22]), up, (low + high) / 2, float((high - low)[1:].max()) * 1.02
    )
    pixels = render((brain, *marks), (Skin(mesh, 0.16, 0.75),), camera, (int(2 * side),) * 2)
    nodes: list[Node] = [image(0, 0, side, side, encode_png(pixels))]
    for name, place in places.items():
        px, py, _ = camera.project(np.atleast_2d(place), int(side), int(side))[0]
        nodes.append(text(float(px) + 5, float(py) - 5, name, SMALL, bold=True, halo=palette.PAPER))
    return Picture("surface", side, side, "Head from the left", "", tuple(nodes))


def _faceless(surface: TriangleSurface, face: Face) -> TriangleSurface:
    """The scalp without the triangles of the face."""
    gone = face.region(surface.vertices_mm)
    kept = surface.faces[~gone[surface.faces].any(axis=1)]
    return replace(surface, faces=kept)


def _distance_map(scene: CheckScene, side: float) -> list[Node]:
    """Distances laid flat: the vertex in the middle, equal angles from it equally far."""
    head = scene.head
    radius = side / 2 - 16
    centre = side / 2
    flat = _Flat(head)
    steps = int(4 * radius)
    grid = (np.arange(steps) + 0.5) / steps * 2 - 1
    right, up = np.meshgrid(grid, -grid)
    inside = right**2 + up**2 <= 1.0
    values = flat.distance_at(right[inside], up[inside])
    pixels = np.zeros((steps, steps, 4), dtype=np.uint8)
    share = np.clip((values - _LOWEST_MM) / (_HIGHEST_MM - _LOWEST_MM), 0, 1)
    pixels[inside, :3] = np.rint(colours(share) * 255).astype(np.uint8)
    pixels[inside, 3] = 255
    nose = [
        (centre - 9, centre - radius + 2),
        (centre, centre - radius - 10),
        (centre + 9, centre - radius + 2),
    ]
    parts: list[Node] = [
        polyline(nose, stroke=palette.SOFT_INK, stroke_width=1.2),
        image(centre - radius, centre - radius, 2 * radius, 2 * radius, encode_png(pixels)),
        circle(centre, centre, radius, fill="none", stroke=palette.SOFT_INK, stroke_width=1.2),
        letter(6, centre + 4, "L"),
        letter(side - 6, centre + 4, "R"),
    ]
    for name in _NAMED:
        x, y = flat.place(head.eeg.points[name].position_mm)
        px, py = centre + radius * x, centre - radius * y
        value = scene.quality.distances_mm.get(name)
        parts.append(circle(px, py, 1.8, fill=palette.INK, stroke=palette.PAPER, stroke_width=0.8))
        if value is not None:
            words = f"{name} {value:.0f}"
            parts.append(text(px, py - 4.5, words, TINY, "middle", bold=True, halo=palette.PAPER))
    return parts


class _Flat:
    """The upper scalp laid flat around the vertex."""

    def __init__(self, head: Head) -> None:
        marks = head.landmarks
        ears = (marks.left_preauricular + marks.right_preauricular) / 2
        vertex = head.eeg.points["Cz"].position_mm
        around = (marks.nasion + marks.inion) / 2
        self._centre = np.array([ears[0], 0.5 * (ears[1] + around[1]), ears[2]]) + 0.25 * (
            vertex - ears
        )
        up = vertex - self._centre
        self._up = up / np.linalg.norm(up)
        right = marks.right - (marks.right @ self._up) * self._up
        self._right = right / np.linalg.norm(right)
        self._forward = np.cross(self._up, self._right)
        vertices = head.scalp.vertices_mm
        offsets = vertices - self._centre
        self._tree = cKDTree(offsets / np.linalg.norm(offsets, axis=1, keepdims=True))
        self._distances = head.scalp_cortex_distances_mm(vertices)

    def place(self, point_mm: FloatArray) -> tuple[float, float]:
        """Right and forward on the flat disc, the edge being 1."""
        way = point_mm - self._centre
        way = way / np.linalg.norm(way)
        angle = float(np.degrees(np.arccos(np.clip(way @ self._up, -1, 1))))
        x, y = float(way @ self._right), float(way @ self._forward)
        size = max(float(np.hypot(x, y)), 1e-9)
        return x / size * angle / _MAP_EDGE_DEG, y / size * angle / _MAP_EDGE_DEG

    def distance_at(self, right: FloatArray, forward: FloatArray) -> FloatArray:
        """(n,) distance from scalp to cortex at (n,) places of the disc, millimetres."""
        size = np.hypot(right, forward)
        angle = np.radians(size * _MAP_EDGE_DEG)
        across = np.where(size > 1e-9, np.sin(angle) / np.maximum(size, 1e-9), 0.0)
        way = (
            np.outer(np.cos(angle), self._up)
            + (across * right)[:, None] * self._right
            + (across * forward)[:, None] * self._forward
        )
        near, index = self._tree.query(way, k=6)
        weight = 1.0 / np.maximum(near, 1e-4)
        return np.asarray((self._distances[index] * weight).sum(axis=1) / weight.sum(axis=1))


def _numbers(scene: CheckScene, x: float, y: float, width: float) -> list[Node]:
    """The colour bar of the distances, the tape measures, and the score of the fit."""
    quality, measures = scene.quality, scene.head.eeg.measures
    parts: list[Node] = [text(x, y, "Scalp to cortex, mm", SMALL, bold=True)]
    parts += _bar(x, y + 8, min(width, 170.0))
    top = y + 50
    distances = quality.distances_mm
    for row, pair in enumerate(
        (("Fp1", "Fp2"), ("F3", "F4"), ("C3", "C4"), ("P3", "P4"), ("Cz", "Pz"))
    ):
        for column, name in enumerate(pair):
            left = x + 84 * column
            parts.append(text(left, top + 15 * row, name, SMALL, fill=palette.SOFT_INK))
            parts.append(text(left + 58, top + 15 * row, f"{distances[name]:.1f}", SMALL, "end"))
    top += 15 * 5 + 12
    likeness = "no image" if quality.likeness is None else f"{quality.likeness:.2f}"
    rows = (
        ("nasion to inion", f"{measures.nasion_inion_mm:.0f} mm"),
        ("tragus to tragus", f"{measures.tragus_tragus_mm:.0f} mm"),
        ("circumference", f"{measures.circumference_mm:.0f} mm"),
        ("fit, good over 0.6", likeness),
        ("MNI map, error", f"about {scene.head.mni.uncertainty_mm:.1f} mm"),
    )
    parts.append(text(x, top, "Measures", SMALL, bold=True))
    for row, (name, words) in enumerate(rows, start=1):
        parts.append(text(x, top + 15 * row, name, SMALL, fill=palette.SOFT_INK))
        parts.append(text(x + width, top + 15 * row, words, SMALL, "end"))
    return parts


def _bar(x: float, y: float, width: float) -> list[Node]:
    scale = LinearScale(_LOWEST_MM, _HIGHEST_MM, x, x + width)
    steps = 50
    parts: list[Node] = []
    for index, rgb in enumerate(colours((np.arange(steps) + 0.5) / steps)):
        wide = width / steps + (0.4 if index < steps - 1 else 0.0)
        parts.append(rect(x + index * width / steps, y, wide, 8, fill=hex_colour(rgb)))
    for value in (5, 10, 15, 20, 25, 30):
        at = scale(value)
        parts.append(line(at, y + 8, at, y + 11, stroke=palette.SOFT_INK))
        parts.append(text(at, y + 21, tick_text(value), TINY, "middle", fill=palette.SOFT_INK))
    return parts


def _in_words(scene: CheckScene) -> str:
    quality = scene.quality
    distances = ", ".join(f"{name} {value:.0f}" for name, value in quality.distances_mm.items())
    volumes = ", ".join(f"{name} {value:.0f} ml" for name, value in quality.volumes_ml.items())
    return (
        "Five slices of the image with the outlines of skin, outer and inner skull, grey and white "
        "matter; the brain within the scalp from the left; a map of the distance from scalp to "
        f"cortex. The face is left out. Distances in millimetres: {distances}. Volumes: {volumes}."
    )
