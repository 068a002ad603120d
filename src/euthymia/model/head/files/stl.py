"""Surfaces as STL files: binary, millimetres, one colourless solid."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from euthymia.core.errors import InputError, require_file
from euthymia.core.poses import FloatArray
from euthymia.model.head.files.gifti import surface_of
from euthymia.model.head.surface.meshes import TriangleSurface

_HEADER = b"Euthymia surface, RAS millimetres".ljust(80, b" ")
_FACET = np.dtype([("normal", "<f4", (3,)), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def write_stl(surface: TriangleSurface, path: Path) -> None:
    """Write a surface as binary STL; its points are rounded to single precision.

    STL keeps triangles one by one: which points belong together is found again by reading equal
    coordinates as one point.
    """
    facets = np.zeros(len(surface.faces), dtype=_FACET)
    corners = surface.vertices_mm.astype(np.float32)[surface.faces]
    facets["corners"] = corners
    facets["normal"] = _normals(corners)
    count = np.array(len(facets), dtype="<u4").tobytes()
    path.write_bytes(_HEADER + count + facets.tobytes())


def read_stl(path: Path) -> TriangleSurface:
    """Read a binary or a text STL file as one surface; equal points become one vertex."""
    require_file(path, "an STL surface")
    content = path.read_bytes()
    corners = _binary(content)
    if corners is None:
        corners = _text(content, path)
    if len(corners) == 0:
        raise InputError(str(path), "it holds no triangle", "Write the surface again")
    vertices, index = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
    faces = index.reshape(-1, 3)
    return surface_of(vertices.astype(float), faces, str(path))


def _normals(corners: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> FloatArray:
    """(m, 3) unit normals of (m, 3, 3) triangles; zero for one without area."""
    vectors = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).astype(float)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0))


def _binary(content: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None:
    """(m, 3, 3) corners if the length of the file is that of its count of triangles."""
    if len(content) < 84:
        return None
    count = int(np.frombuffer(content, dtype="<u4", count=1, offset=80)[0])
    if len(content) != 84 + count * _FACET.itemsize:
        return None
    return np.frombuffer(content, dtype=_FACET, count=count, offset=84)["corners"].copy()


def _text(content: bytes, path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    refusal = InputError(
        str(path), "it is no STL file, or it is cut short", "Write the surface as binary STL again"
    )
    if not content.lstrip().startswith(b"solid"):
        raise refusal
    lines = [line.split() for line in content.split(b"\n")]
    try:
        points = [[float(part) for part in line[1:4]] for line in lines if line[:1] == [b"vertex"]]
        return np.array(points, dtype=np.float32).reshape(-1, 3, 3)
    except ValueError:
        raise refusal from None
