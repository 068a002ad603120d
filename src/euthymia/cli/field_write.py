"""The solved field at points and as an image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from euthymia.cli.field_inputs import Points
from euthymia.cli.files import write_with
from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.field.brain_field import BrainField
from euthymia.model.field.solver import InducedField
from euthymia.model.head.surface.cortex import cortex_surface
from euthymia.model.head.surface.meshes import TriangleSurface
from euthymia.model.head.volume import LabelVolume, Tissue
from euthymia.model.mesh.vtu import write_vtu

_SPACING_MM = 1.5

COLUMNS = "x_mm,y_mm,z_mm,ex,ey,ez,e"


def field_at(field: InducedField, points: Points, didt_a_per_us: float) -> FloatArray:
    """(n, 3) V/m in world axes at points inside the head: the field in the tissue of each voxel."""
    grid = field.grid
    cells = np.rint(grid.volume.to_voxel(points.positions_mm)).astype(np.int64)
    labels = grid.volume.labels[tuple(cells.T)]
    found = np.full((len(cells), 3), np.nan)
    for tissue in Tissue:
        here = labels == tissue
        if tissue is not Tissue.AIR and here.any():
            found[here] = field.inside(tissue, cells[here])
    return found * didt_a_per_us


def csv_text(points: Points, field_v_per_m: FloatArray) -> str:
    """The field at the points as CSV; positions as they were given."""
    strength = np.linalg.norm(field_v_per_m, axis=1)
    lines = [COLUMNS]
    for position, vector, size in zip(points.positions_mm, field_v_per_m, strength, strict=True):
        numbers = [f"{value!r}" for value in position.tolist()]
        numbers += [f"{value:.6g}" for value in (*vector.tolist(), float(size))]
        lines.append(",".join(numbers))
    return "\n".join(lines) + "\n"


def write_image(path: Path, brain: BrainField, volume: LabelVolume) -> None:
    """|E| in V/m on the head's own grid as NIfTI, NaN outside the brain."""
    strength = np.full(volume.labels.shape, np.nan, dtype=np.float32)
    # The solver's grid has the same voxels in a box of another size.
    start = np.rint(volume.to_voxel(brain.volume.to_world(np.zeros((1, 3))))[0]).astype(int)
    cells = np.argwhere(np.isfinite(brain.strength))
    strength[tuple((cells + start).T)] = brain.strength[tuple(cells.T)]
    image = nib.Nifti1Image(strength, volume.affine)
    image.set_qform(volume.affine, 1)
    image.set_sform(volume.affine, 1)
    image.header["descrip"] = b"|E| in the brain, V/m"
    write_with(path, lambda beside: nib.save(image, beside))


def write_surface(
    path: Path, nodes_mm: FloatArray, triangles: NDArray[np.integer[Any]], field_v_per_m: FloatArray
) -> None:
    """A surface with E and |E| in V/m at its nodes as GIfTI (.gii), or as VTK (.vtu)."""
    strength = np.linalg.norm(field_v_per_m, axis=1).astype(np.float32)
    vectors = field_v_per_m.astype(np.float32)
    if path.name.lower().endswith(".vtu"):
        values = {"E (V/m)": vectors, "|E| (V/m)": strength}
        write_with(path, lambda to: write_vtu(to, nodes_mm, triangles, values, {}))
        return
    arrays = [
        _gifti(nodes_mm.astype(np.float32), "NIFTI_INTENT_POINTSET", "NIFTI_TYPE_FLOAT32"),
        _gifti(triangles.astype(np.int32), "NIFTI_INTENT_TRIANGLE", "NIFTI_TYPE_INT32"),
        _gifti(strength, "NIFTI_INTENT_SHAPE", "NIFTI_TYPE_FLOAT32", "|E| (V/m)"),
        _gifti(vectors, "NIFTI_INTENT_VECTOR", "NIFTI_TYPE_FLOAT32", "E (V/m)"),
    ]
    image = nib.gifti.GiftiImage(darrays=arrays)
    write_with(path, lambda beside: nib.save(image, beside))


def _gifti(values: NDArray[Any], intent: str, kind: str, name: str = "") -> Any:
    meta = {"Name": name} if name else {}
    return nib.gifti.GiftiDataArray(values, intent=intent, datatype=kind, meta=meta)


def cortex_of(volume: LabelVolume) -> TriangleSurface:
    """The head's mid-grey surface; refuses labels in which there is none."""
    if not has_cortex(volume):
        raise InputError(
            "cortex", "the labels do not hold both grey and white matter",
            "Leave --gifti and --vtu out, or give labels of a whole head",
        )  # fmt: skip
    # Triangles finer than the voxels would add nothing.
    return cortex_surface(volume, spacing_mm=max(_SPACING_MM, float(volume.spacing_mm.max())))


def has_cortex(volume: LabelVolume) -> bool:
    """Whether the labels hold what a mid-grey surface lies between."""
    return bool(volume.mask(Tissue.GREY).any() and volume.mask(Tissue.WHITE).any())


def on_surface(field: InducedField, surface: TriangleSurface) -> FloatArray:
    """(n, 3) V/m for 1 A/us at the vertices, each from the nearest grey voxel."""
    cells = field.cells(Tissue.GREY)
    _, nearest = cKDTree(field.grid.centres_mm(cells)).query(surface.vertices_mm)
    return field.inside(Tissue.GREY, cells[nearest])
