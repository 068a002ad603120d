"""A head as a volume of tissue labels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from pathlib import Path

import nibabel as nib
import numpy as np
from numpy.typing import ArrayLike, NDArray

from euthymia.core.errors import InputError, require_file
from euthymia.core.poses import FloatArray, Frame


class Tissue(IntEnum):
    """The tissues a label volume tells apart; the numbers are those in the files.

    SKULL is compact bone where SPONGY (the marrow between its two tables) was told apart, and all
    of the bone where it was not. `BONE` names both.
    """

    AIR = 0
    WHITE = 1
    GREY = 2
    CSF = 3
    SKULL = 4
    SCALP = 5
    EYES = 6
    SPONGY = 7

    @property
    def label(self) -> str:
        return _NAMES[self]


_NAMES = {
    Tissue.AIR: "air",
    Tissue.WHITE: "white matter",
    Tissue.GREY: "grey matter",
    Tissue.CSF: "cerebrospinal fluid",
    Tissue.SKULL: "skull",
    Tissue.SCALP: "scalp",
    Tissue.EYES: "eyes",
    Tissue.SPONGY: "spongy bone",
}

BRAIN = (Tissue.WHITE, Tissue.GREY)
BONE = (Tissue.SKULL, Tissue.SPONGY)


@dataclass(frozen=True, eq=False)
class LabelVolume:
    """Tissue labels on a regular grid, with the affine to RAS millimetres of a named frame.

    labels: (nx, ny, nz) uint8, values of `Tissue`; read-only.
    affine: (4, 4) from voxel index (centre of the voxel) to millimetres.
    """

    labels: NDArray[np.uint8]
    affine: FloatArray
    frame: Frame

    def __post_init__(self) -> None:
        labels = np.asarray(self.labels)
        if labels.ndim != 3 or 0 in labels.shape:
            raise InputError(
                "label volume",
                f"its shape is {labels.shape}",
                "Give one three-dimensional volume of tissue labels",
            )
        known = {int(tissue) for tissue in Tissue}
        strange = sorted(set(np.unique(labels).tolist()) - known)
        if strange:
            raise InputError(
                "label volume",
                f"it holds unknown labels {strange[:8]}",
                "Use 0 air, 1 white, 2 grey, 3 CSF, 4 skull, 5 scalp, 6 eyes, 7 spongy bone",
            )
        if not np.isfinite(self.affine).all() or abs(np.linalg.det(self.affine[:3, :3])) < 1e-6:
            raise InputError(
                "label volume",
                "its affine is singular or not a number",
                "Export it again with a valid orientation",
            )
        labels = np.ascontiguousarray(labels, dtype=np.uint8)
        labels.setflags(write=False)
        object.__setattr__(self, "labels", labels)

    @cached_property
    def sha256(self) -> str:
        """Hash of shape, affine (to a micrometre) and labels: the identity of this head."""
        digest = hashlib.sha256()
        digest.update(np.asarray(self.labels.shape, dtype="<i4").tobytes())
        digest.update(np.round(self.affine * 1000).astype("<i8").tobytes())
        digest.update(self.labels.tobytes())
        return digest.hexdigest()

    @property
    def spacing_mm(self) -> FloatArray:
        """(3,) edge lengths of a voxel."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0))

    def to_world(self, voxels: ArrayLike) -> FloatArray:
        """(n, 3) voxel indices to (n, 3) millimetres."""
        return np.asarray(voxels, dtype=float) @ self.affine[:3, :3].T + self.affine[:3, 3]

    def to_voxel(self, points_mm: ArrayLike) -> FloatArray:
        """(n, 3) millimetres to (n, 3) fractional voxel indices."""
        offset = np.asarray(points_mm, dtype=float) - self.affine[:3, 3]
        return np.asarray(np.linalg.solve(self.affine[:3, :3], offset.T).T)

    def mask(self, *tissues: Tissue) -> NDArray[np.bool_]:
        """(nx, ny, nz) true where the label is one of the tissues."""
        return np.isin(self.labels, [int(tissue) for tissue in tissues])

    def volume_ml(self, *tissues: Tissue) -> float:
        """Volume of the tissues, millilitres."""
        voxel = abs(float(np.linalg.det(self.affine[:3, :3])))
        return float(self.mask(*tissues).sum()) * voxel / 1000.0

    def save(self, path: Path) -> None:
        """Write as NIfTI (compressed when the name ends in .gz)."""
        image = nib.Nifti1Image(self.labels, self.affine)
        image.set_qform(self.affine, 1)
        image.set_sform(self.affine, 1)
        nib.save(image, path)

    @classmethod
    def load(cls, path: Path, frame: Frame | None = None) -> LabelVolume:
        """Read a NIfTI label volume; the frame is that of its own content unless given."""
        image = load_image(path, "a NIfTI label volume")
        values = np.asarray(image.dataobj)
        labels = np.asarray(np.rint(values), dtype=np.int64)
        if values.ndim == 3 and not np.allclose(values, labels, atol=1e-3):
            raise InputError(
                str(path), "its values are not whole-numbered labels", "Give a label volume"
            )
        if frame is None:
            frame = Frame.of_image(hashlib.sha256(labels.tobytes()).hexdigest(), path.name)
        if labels.size and (labels.min() < 0 or labels.max() > 255):
            raise InputError(str(path), "its labels are outside 0 to 255", "Give a label volume")
        return cls(labels.astype(np.uint8), np.asarray(image.affine, dtype=float), frame)


def load_image(path: Path, what: str) -> nib.Nifti1Image:
    """Open a NIfTI file with its data readable, or refuse it in one sentence."""
    require_file(path, what)
    try:
        image = nib.load(path)
        np.asarray(image.dataobj[(0,) * len(image.shape)])
    except Exception as problem:  # nibabel, gzip and zlib each raise kinds of their own
        raise InputError(
            str(path), f"it cannot be read as an image ({type(problem).__name__})", f"Give {what}"
        ) from problem
    return image
