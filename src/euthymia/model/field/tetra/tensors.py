"""Conductivity tensors of the brain from a diffusion tensor image.

Water and current are hindered by the same fibres, so the conductivity tensor is taken along the
axes of the diffusion tensor. The volume-normalised mapping keeps the conductivity of the tissue as
the geometric mean of the three eigenvalues: sigma = sigma_iso * D / det(D)^(1/3). It is the volume
constraint of Wolters et al. (2006) [M: recalled, to be checked in the paper], with all ratios taken
from the measured tensor.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.field.conductivity import Conductivities
from euthymia.model.field.tetra.assembly import element_conductivity
from euthymia.model.head.volume import BRAIN, Tissue, load_image
from euthymia.model.mesh.tetra import TetraMesh

TensorAxes = Literal["world", "voxel", "fsl"]

LARGEST_RATIO = 10.0
"""Largest eigenvalue over the smallest; what is measured beyond that is noise, and is limited."""

_FILE_ORDER = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
_OUR_ORDER = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))


@dataclass(frozen=True, eq=False)
class DiffusionTensors:
    """Diffusion tensors on a voxel grid, along the world axes, in any unit.

    values: (nx, ny, nz, 3, 3) symmetric. affine: (4, 4) from voxel index to millimetres.
    """

    values: NDArray[np.float32]
    affine: FloatArray

    @classmethod
    def load(cls, path: Path, axes: TensorAxes = "world") -> DiffusionTensors:
        """Read a NIfTI image of six volumes: xx, xy, xz, yy, yz, zz.

        axes: along which axes the file gives them. "fsl" is the voxel axes with the first one
        turned where the image is stored with a positive determinant, as FSL's dtifit writes them.
        """
        image = load_image(path, "a NIfTI image of diffusion tensors")
        data = np.asarray(image.dataobj, dtype=np.float32)
        if data.ndim == 5 and data.shape[3] == 1:
            data = data[:, :, :, 0]
        if data.ndim != 4 or data.shape[3] != 6:
            raise InputError(
                str(path), f"its shape is {data.shape}, not three axes and six volumes",
                "Give the tensor as six volumes: xx, xy, xz, yy, yz, zz",
            )  # fmt: skip
        affine = np.asarray(image.affine, dtype=float)
        values = np.empty((*data.shape[:3], 3, 3), dtype=np.float32)
        for slot, (i, j) in enumerate(_FILE_ORDER):
            values[..., i, j] = values[..., j, i] = data[..., slot]
        if axes != "world":
            turn = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
            if axes == "fsl" and np.linalg.det(turn) > 0:
                turn[:, 0] *= -1
            values = np.einsum("ai,...ij,bj->...ab", turn, values, turn).astype(np.float32)
        return cls(values, affine)

    def at(self, points_mm: FloatArray) -> FloatArray:
        """(n, 3, 3) tensor of the voxel that each point lies in; zero outside the image."""
        offset = np.asarray(points_mm) - self.affine[:3, 3]
        index = np.rint(np.linalg.solve(self.affine[:3, :3], offset.T).T).astype(int)
        inside = ((index >= 0) & (index < self.values.shape[:3])).all(axis=1)
        out = np.zeros((len(points_mm), 3, 3))
        out[inside] = self.values[tuple(index[inside].T)]
        return out


def anisotropic_conductivity(
    mesh: TetraMesh,
    conductivities: Conductivities | FloatArray,
    diffusion: DiffusionTensors,
    tissues: tuple[Tissue, ...] = BRAIN,
) -> tuple[FloatArray, float]:
    """(m, 6) S/m of every element, and the share of those tissues' elements that has a tensor.

    Elements outside the tissues, outside the image, or with a tensor that is not positive keep one
    number. Refuses an image that does not reach the tissues at all.
    """
    plain = element_conductivity(mesh, conductivities)
    if plain.ndim == 2:
        raise InputError("conductivity", "it has tensors already", "Give one number an element")
    out = np.zeros((len(plain), 6))
    out[:, :3] = plain[:, None]
    elements = np.flatnonzero(np.isin(mesh.tissue, [int(tissue) for tissue in tissues]))
    tensors = diffusion.at(mesh.centroids_mm[elements])
    tensors[~np.isfinite(tensors).all(axis=(1, 2))] = 0.0
    values, axes = np.linalg.eigh(tensors)
    good = values[:, 2] > 0
    good &= values[:, 0] > 1e-6 * values[:, 2]
    if not good.any():
        raise InputError(
            "diffusion tensors", "none of them lies in the brain of this head",
            "Bring the image into the frame of the head first",
        )  # fmt: skip
    values, axes, rows = values[good], axes[good], elements[good]
    values = np.maximum(values, values[:, 2:] / LARGEST_RATIO)
    values /= np.cbrt(np.prod(values, axis=1))[:, None]
    full = np.einsum("nik,nk,njk->nij", axes, values, axes) * plain[rows, None, None]
    out[rows] = np.stack([full[:, i, j] for i, j in _OUR_ORDER], axis=1)
    return out, float(good.mean())
