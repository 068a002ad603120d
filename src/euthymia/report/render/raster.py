"""Triangles to pixels: depth, normal and colour of the nearest surface, by a z-buffer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray

Float32 = NDArray[np.float32]
Bool = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles with what shading needs. A surface is seen from outside only.

    vertices_mm: (n, 3). faces: (m, 3) vertex indices. normals: (n, 3) unit, outwards.
    colours: (n, 3) linear light 0 to 1, or (3,) for one colour.
    """

    vertices_mm: FloatArray
    faces: NDArray[np.integer[Any]]
    normals: FloatArray
    colours: FloatArray

    def __post_init__(self) -> None:
        count = len(self.vertices_mm)
        if self.vertices_mm.ndim != 2 or self.vertices_mm.shape[1:] != (3,) or count < 3:
            raise InputError(
                "mesh of a 3-D view",
                f"its vertices have the shape {self.vertices_mm.shape}",
                "Give at least three points of three coordinates",
            )
        if not np.isfinite(self.vertices_mm).all():
            raise InputError("mesh of a 3-D view", "a vertex is not a number", "Make it again")
        if self.normals.shape != self.vertices_mm.shape:
            raise InputError(
                "mesh of a 3-D view",
                f"it has {len(self.normals)} normals for {count} vertices",
                "Give one normal for every vertex",
            )
        faces = np.asarray(self.faces)
        if faces.ndim != 2 or faces.shape[1:] != (3,) or faces.min() < 0 or faces.max() >= count:
            raise InputError(
                "mesh of a 3-D view", "a face names a vertex that is not there", "Check the faces"
            )
        if self.colours.shape not in ((3,), (count, 3)):
            raise InputError(
                "mesh of a 3-D view",
                f"its colours have the shape {self.colours.shape}",
                "Give one colour for every vertex, or one for all",
            )


@dataclass(frozen=True, eq=False)
class Camera:
    """A parallel projection: no perspective, so lengths across the picture are true.

    towards_viewer: (3,) direction from the scene to the eye. up: (3,) what stands upright.
    centre_mm: (3,) what lies in the middle. height_mm: how much of the world fits vertically.
    """

    towards_viewer: FloatArray
    up: FloatArray
    centre_mm: FloatArray
    height_mm: float

    @property
    def axes(self) -> FloatArray:
        """(3, 3), rows: the picture's right, up and towards-the-viewer, as unit vectors."""
        back = np.asarray(self.towards_viewer, dtype=float)
        back = back / np.linalg.norm(back)
        right = np.cross(np.asarray(self.up, dtype=float), back)
        size = np.linalg.norm(right)
        if not self.height_mm > 0 or not np.isfinite(back).all() or size < 1e-6:
            raise InputError(
                "camera of a 3-D view",
                "its directions are parallel or its height is not above zero",
                "Give an up that is not the line of sight, and a height in millimetres",
            )
        right = right / size
        return np.stack([right, np.cross(back, right), back])

    def project(self, points_mm: FloatArray, width: int, height: int) -> FloatArray:
        """(n, 3) millimetres to (n, 3): pixel x, pixel y downwards, depth in mm from the eye."""
        scale = height / self.height_mm
        seen = (np.asarray(points_mm, dtype=float) - self.centre_mm) @ self.axes.T
        return np.column_stack(
            [width / 2 + scale * seen[:, 0], height / 2 - scale * seen[:, 1], -seen[:, 2]]
        )


@dataclass(frozen=True, eq=False)
class Layer:
    """What the nearest surface is at every pixel; depth is infinite where there is none.

    depth_mm: (h, w). surface: (h, w, 6), the normal in the camera's axes and then the unshaded
    colour in linear light.
    """

    depth_mm: Float32
    surface: Float32

    @property
    def covered(self) -> Bool:
        """(h, w) where there is a surface."""
        return np.isfinite(self.depth_mm)


def rasterise(meshes: tuple[Mesh, ...], camera: Camera, width: int, height: int) -> Layer:
    """The nearest surface of all the meshes at every pixel of a width x height picture."""
    depth = np.full((height, width), np.inf, dtype=np.float32)
    surface = np.zeros((height, width, 6), dtype=np.float32)
    for mesh in meshes:
        placed = camera.project(mesh.vertices_mm, width, height).astype(np.float32)
        turned = mesh.normals @ camera.axes.T
        colours = np.broadcast_to(mesh.colours, mesh.vertices_mm.shape)
        carried = np.column_stack([turned, colours]).astype(np.float32)
        faces = np.ascontiguousarray(mesh.faces, dtype=np.int64)
        _fill(placed, faces, carried, depth, surface)
    return Layer(depth, surface)


def _fill_triangles(
    placed: Float32,
    faces: NDArray[np.int64],
    carried: Float32,
    depth: Float32,
    surface: Float32,
) -> None:
    """Fill each triangle at pixel centres, keeping what is nearest; the last two change."""
    height, width = depth.shape
    for f in range(faces.shape[0]):
        i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
        # What looks away is hidden by what looks this way: surfaces are seen from outside.
        if carried[i, 2] < 0.0 and carried[j, 2] < 0.0 and carried[k, 2] < 0.0:
            continue
        x0, y0, x1, y1 = placed[i, 0], placed[i, 1], placed[j, 0], placed[j, 1]
        x2, y2 = placed[k, 0], placed[k, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        left, right = max(0, int(min(x0, x1, x2) - 0.5)), min(width - 1, int(max(x0, x1, x2)))
        top, bottom = max(0, int(min(y0, y1, y2) - 0.5)), min(height - 1, int(max(y0, y1, y2)))
        for y in range(top, bottom + 1):
            py = y + 0.5
            for x in range(left, right + 1):
                px = x + 0.5
                b1 = ((px - x0) * (y2 - y0) - (x2 - x0) * (py - y0)) / area
                b2 = ((x1 - x0) * (py - y0) - (px - x0) * (y1 - y0)) / area
                b0 = 1.0 - b1 - b2
                if b0 < 0.0 or b1 < 0.0 or b2 < 0.0:
                    continue
                z = b0 * placed[i, 2] + b1 * placed[j, 2] + b2 * placed[k, 2]
                if z < depth[y, x]:
                    depth[y, x] = z
                    for c in range(6):
                        surface[y, x, c] = (
                            b0 * carried[i, c] + b1 * carried[j, c] + b2 * carried[k, c]
                        )


_fill = numba.njit(cache=True)(_fill_triangles)
