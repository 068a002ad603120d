"""The head in three dimensions: the coil as it is held, and the field on the cortex under it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Pose
from euthymia.model.head.surface.meshes import TriangleSurface
from euthymia.report import palette
from euthymia.report.fieldscale import FieldScale
from euthymia.report.figures.marks import letter, scale_bar, target_cross
from euthymia.report.render.png import encode_png
from euthymia.report.render.raster import Camera, Mesh
from euthymia.report.render.shading import Skin, linear, render
from euthymia.report.render.shapes import casing, windings
from euthymia.report.svg import (
    NORMAL,
    SMALL,
    Node,
    Picture,
    arrow_head,
    circle,
    group,
    image,
    line,
    nested,
    rect,
    text,
)

CORTEX_COLOUR = linear(0.82, 0.785, 0.765)
_SKIN_COLOUR = linear(0.80, 0.64, 0.56)
_COPPER = linear(0.72, 0.44, 0.24)
_CASING_COLOUR = linear(0.42, 0.48, 0.55)
_UP = np.array([0.0, 0.0, 1.0])
_PANEL = 354.0
_PIXELS_A_UNIT = 2
_CLOSE_UP_MM = 120.0


@dataclass(frozen=True, eq=False)
class Scene:
    """What the view shows, all in the frame of `pose`.

    field_v_per_m: (n,) magnitude at the cortex's vertices, NaN where it is unknown.
    coil_outlines_mm: polylines (k, 3) of the windings in the coil's own axes; may be empty.
    scale: the field's colours; worked out from the field unless given.
    """

    cortex: TriangleSurface
    field_v_per_m: FloatArray
    scalp: TriangleSurface
    pose: Pose
    target_mm: FloatArray
    coil_outlines_mm: tuple[FloatArray, ...] = ()
    coil_name: str = "coil"
    target_name: str = "target"
    scale: FieldScale | None = None

    def __post_init__(self) -> None:
        if np.shape(self.field_v_per_m) != (len(self.cortex.vertices_mm),):
            raise InputError(
                "3-D view",
                f"there are {np.size(self.field_v_per_m)} field values for "
                f"{len(self.cortex.vertices_mm)} points of the cortex",
                "Give the field at every vertex of the cortex",
            )
        if np.shape(self.target_mm) != (3,) or not np.isfinite(self.target_mm).all():
            raise InputError("3-D view", "the target is no point", "Give three finite millimetres")


def draw(scene: Scene, name: str = "view-3d") -> str:
    """Two views side by side as SVG: coil on the head, and field on the cortex along its axis."""
    scale = scene.scale or FieldScale.of(scene.field_v_per_m)
    left = Picture(
        name + "-a", _PANEL, _PANEL, "The coil on the head", "", _coil_view(scene, scale)
    )
    right = Picture(
        name + "-b", _PANEL, _PANEL, "The field on the cortex", "", _field_view(scene, scale)
    )
    content: list[Node] = [nested(left, 0, 0), nested(right, _PANEL + 12, 0)]
    content.append(scale.bar(_PANEL + 28, _PANEL + 10, 240, CORTEX_COLOUR))
    content.append(text(0, _PANEL + 19, _left_caption(scene), SMALL, fill=palette.SOFT_INK))
    return Picture(
        name,
        2 * _PANEL + 12,
        _PANEL + 38,
        "Coil, head and electric field",
        _in_words(scene, scale),
        tuple(content),
    ).render()


def _left_caption(scene: Scene) -> str:
    if not scene.coil_outlines_mm:
        return "The arrow shows where the handle points."
    return "Windings in copper; the casing is drawn for orientation only."


def _cortex(scene: Scene, scale: FieldScale) -> Mesh:
    surface = scene.cortex
    tinted = scale.over(CORTEX_COLOUR, scene.field_v_per_m)
    return Mesh(surface.vertices_mm, surface.faces, surface.normals, tinted)


def _coil_view(scene: Scene, scale: FieldScale) -> tuple[Node, ...]:
    """The head almost in profile from the target's side, with coil and scalp."""
    side = -1.0 if scene.target_mm[0] < 0 else 1.0
    solids: list[Mesh] = [_cortex(scene, scale)]
    scalp = Mesh(scene.scalp.vertices_mm, scene.scalp.faces, scene.scalp.normals, _SKIN_COLOUR)
    skins = [Skin(scalp, 0.17, 0.92, 2.2)]
    if scene.coil_outlines_mm:
        solids += windings(scene.coil_outlines_mm, scene.pose, _COPPER)
        shell = casing(scene.coil_outlines_mm, scene.pose, _CASING_COLOUR)
        skins.append(Skin(shell, 0.16, 0.9, 2.0))
    towards = np.array([side, 0.28, 0.16])
    camera = _framing(towards, [*solids, *(skin.mesh for skin in skins)])
    pixels = _pixels(tuple(solids), tuple(skins), camera)
    parts: list[Node] = [image(0, 0, _PANEL, _PANEL, encode_png(pixels))]
    if not scene.coil_outlines_mm:
        parts += _handle_arrow(scene, camera)
    x, y = _place(camera, scene.target_mm)
    parts.append(target_cross(x, y, 8))
    parts += _triad(camera)
    return tuple(parts)


def _field_view(scene: Scene, scale: FieldScale) -> tuple[Node, ...]:
    """The cortex seen along the coil's axis, with target, coil centre and handle direction."""
    camera = Camera(-scene.pose.rotation[:, 2], _UP, scene.target_mm, _CLOSE_UP_MM)
    pixels = _pixels((_cortex(scene, scale),), (), camera)
    parts: list[Node] = [image(0, 0, _PANEL, _PANEL, encode_png(pixels))]
    parts += _handle_arrow(scene, camera)
    x, y = _place(camera, scene.target_mm)
    parts.append(target_cross(x, y))
    words = scene.target_name
    parts.append(
        text(x + 14, y - 10, words, NORMAL, bold=True, fill=palette.TARGET, halo=palette.PAPER)
    )
    parts.append(scale_bar(_PANEL - 76, _PANEL - 20, _PANEL / camera.height_mm))
    parts += _triad(camera)
    parts.append(rect(0.25, 0.25, _PANEL - 0.5, _PANEL - 0.5, fill="none", stroke=palette.HAIRLINE))
    return tuple(parts)


def _pixels(solids: tuple[Mesh, ...], skins: tuple[Skin, ...], camera: Camera) -> NDArray[np.uint8]:
    size = int(_PANEL * _PIXELS_A_UNIT)
    return render(solids, skins, camera, (size, size))


def _framing(towards: FloatArray, meshes: list[Mesh]) -> Camera:
    """The camera from which all the meshes just fit into a square picture."""
    trial = Camera(towards, _UP, np.zeros(3), 1.0)
    seen = np.concatenate([mesh.vertices_mm for mesh in meshes]) @ trial.axes.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    centre = (low + high) / 2 @ trial.axes
    return Camera(towards, _UP, centre, float(max(high[:2] - low[:2])) * 1.04)


def _place(camera: Camera, point_mm: FloatArray) -> tuple[float, float]:
    x, y, _ = camera.project(np.atleast_2d(point_mm), int(_PANEL), int(_PANEL))[0]
    return float(x), float(y)


def _handle_arrow(scene: Scene, camera: Camera) -> list[Node]:
    """From the coil's centre to where its handle points."""
    x0, y0 = _place(camera, scene.pose.position_mm)
    x1, y1 = _place(camera, scene.pose.to_world(np.array([[0.0, -34.0, 0.0]]))[0])
    angle = float(np.degrees(np.arctan2(y1 - y0, x1 - x0)))
    parts: list[Node] = []
    for colour, width in ((palette.PAPER, 4.5), (palette.INK, 1.6)):
        parts.append(line(x0, y0, x1, y1, stroke=colour, stroke_width=width))
        parts.append(circle(x0, y0, 3.4, fill=palette.PAPER, stroke=colour, stroke_width=width))
    parts.append(arrow_head(x1, y1, angle, 9))
    anchor = "start" if x1 >= x0 else "end"
    shift = 6 if x1 >= x0 else -6
    parts.append(text(x1 + shift, y1 + 12, "handle", NORMAL, anchor, halo=palette.PAPER))
    return parts


def _triad(camera: Camera, x: float = 32, y: float = _PANEL - 34) -> list[Node]:
    """Three short axes in the corner: which way right, front and up of the patient lie."""
    parts: list[Node] = []
    axes = camera.axes
    for world, (plus, minus) in zip(np.eye(3), (("R", "L"), ("A", "P"), ("S", "I")), strict=True):
        right, up, towards = axes @ world
        # Draw the end that leans towards the viewer, so that the letter names what one sees.
        sign, word = (1, plus) if towards >= -1e-9 else (-1, minus)
        dx, dy = sign * right * 20, -sign * up * 20
        parts.append(line(x, y, x + dx, y + dy, stroke=palette.INK, stroke_width=1.4))
        reach = max(float(np.hypot(dx, dy)), 1e-6)
        away = (reach + 8) / reach if reach > 5 else 0.0
        parts.append(letter(x + dx * away, y + dy * away + 4, word))
    return [group(parts)]


def _in_words(scene: Scene, scale: FieldScale) -> str:
    known = scene.field_v_per_m[np.isfinite(scene.field_v_per_m)]
    x, y, z = scene.target_mm
    return (
        f"Left: the {scene.coil_name} on the head, with the brain seen through the scalp. "
        f"Right: the cortex seen along the coil's axis, coloured by the strength of the electric "
        f"field from 0 to {scale.top_v_per_m:g} {scale.unit}; the strongest value on the cortex is "
        f"{scale.text(float(known.max()))}. A cross marks {scene.target_name} at "
        f"{x:.0f}, {y:.0f}, {z:.0f} mm."
    )
