"""Surfaces as GIfTI files (.surf.gii): RAS millimetres of the scanner, with normals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel import gifti
from numpy.typing import ArrayLike

from euthymia.core.errors import InputError, require_file
from euthymia.core.poses import FloatArray
from euthymia.model.head.surface.meshes import TriangleSurface

_SCANNER = 1
"""Code of the scanner's own RAS millimetres (NIFTI_XFORM_SCANNER_ANAT)."""

_SPACES = {0: "unknown", 1: "scanner", 2: "aligned", 3: "talairach", 4: "mni152"}
_POINTS, _TRIANGLES, _VECTORS = (
    "NIFTI_INTENT_POINTSET",
    "NIFTI_INTENT_TRIANGLE",
    "NIFTI_INTENT_VECTOR",
)


@dataclass(frozen=True, eq=False)
class SurfaceFile:
    """A surface as a file told it: where its millimetres lie is for the reader to check.

    space: "scanner", "aligned", "talairach", "mni152" or "unknown".
    """

    surface: TriangleSurface
    space: str


def write_gifti(surface: TriangleSurface, path: Path) -> None:
    """Write a surface in the millimetres that it has, marked as the scanner's, with its normals.

    Coordinates are rounded to single precision, as all readers expect.
    """
    coordinates = gifti.GiftiCoordSystem(_SCANNER, _SCANNER, np.eye(4))
    arrays = [
        gifti.GiftiDataArray(
            surface.vertices_mm.astype(np.float32),
            intent=_POINTS,
            datatype="NIFTI_TYPE_FLOAT32",
            coordsys=coordinates,
        ),
        gifti.GiftiDataArray(
            surface.faces.astype(np.int32), intent=_TRIANGLES, datatype="NIFTI_TYPE_INT32"
        ),
        gifti.GiftiDataArray(
            surface.normals.astype(np.float32), intent=_VECTORS, datatype="NIFTI_TYPE_FLOAT32"
        ),
    ]
    path.write_bytes(gifti.GiftiImage(darrays=arrays).to_bytes())


def read_gifti(path: Path) -> SurfaceFile:
    """Read a surface; a transform to the scanner's millimetres that the file holds is applied."""
    require_file(path, "a GIfTI surface (.surf.gii)")
    try:
        image = nib.load(path)
        points = image.get_arrays_from_intent(_POINTS)
        triangles = image.get_arrays_from_intent(_TRIANGLES)
    except Exception as problem:  # nibabel and the XML parser each raise kinds of their own
        raise InputError(
            str(path),
            f"it cannot be read as GIfTI ({type(problem).__name__})",
            "Give a surface file that ends in .surf.gii",
        ) from problem
    if len(points) != 1 or len(triangles) != 1:
        raise InputError(
            str(path),
            f"it holds {len(points)} sets of points and {len(triangles)} of triangles, not one",
            "Give a surface, not an overlay or labels",
        )
    vertices, space = _placed(points[0])
    return SurfaceFile(surface_of(vertices, triangles[0].data, str(path)), space)


def surface_of(vertices_mm: ArrayLike, faces: ArrayLike, subject: str) -> TriangleSurface:
    """The surface of arrays from a file; refuses what cannot be one of a head."""
    vertices = np.asarray(vertices_mm, dtype=float)
    triangles = np.asarray(faces, dtype=np.int64)
    if vertices.ndim != 2 or vertices.shape[1:] != (3,) or not np.isfinite(vertices).all():
        raise InputError(subject, "its points are not finite x, y, z", "Write the surface again")
    right_shape = triangles.ndim == 2 and triangles.shape[1:] == (3,) and len(triangles) > 0
    if not right_shape or triangles.min() < 0 or triangles.max() >= len(vertices):
        raise InputError(
            subject, "a triangle names a point that is not there", "Write the surface again"
        )
    return TriangleSurface.of(vertices, triangles)


def _placed(points: gifti.GiftiDataArray) -> tuple[FloatArray, str]:
    """The points, and the space of their coordinates after the file's own transform."""
    vertices = np.asarray(points.data, dtype=float)
    system = points.coordsys
    if system is None:
        return vertices, _SPACES[0]
    space, target = int(system.dataspace), int(system.xformspace)
    matrix = np.asarray(system.xform, dtype=float)
    if target == _SCANNER and space != _SCANNER and not np.allclose(matrix, np.eye(4)):
        return vertices @ matrix[:3, :3].T + matrix[:3, 3], _SPACES[_SCANNER]
    return vertices, _SPACES.get(space, _SPACES[0])
