"""The solved field at points and as an image."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np

from euthymia.cli.field_inputs import Points
from euthymia.cli.files import write_with
from euthymia.core.poses import FloatArray
from euthymia.model.field.brain_field import BrainField
from euthymia.model.field.solver import InducedField
from euthymia.model.head.volume import LabelVolume, Tissue

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
