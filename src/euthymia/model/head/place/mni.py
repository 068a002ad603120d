"""How a head's own millimetres relate to MNI space, and how far that can be trusted."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from euthymia.core.errors import InputError, require_file
from euthymia.core.poses import FloatArray
from euthymia.model.head.place.displacement import Displacement, Move, inverted

GRID_MM = 3.0
"""Distance of the nodes of a displacement field. SyN's fields are smoother than that."""

_FORMAT = 1


@dataclass(frozen=True, slots=True, eq=False)
class MniMap:
    """The map from a head's millimetres to MNI millimetres and back.

    to_mni: (4, 4) its linear part. forward_field, back_field: what a nonlinear fit adds: read at
    the head's points and at MNI points, after the linear part has been applied respectively
    undone; both or neither. uncertainty_mm: how far, typically, the map puts a cortical place off.
    how: what it rests on.
    """

    to_mni: FloatArray
    uncertainty_mm: float
    how: str
    forward_field: Displacement | None = None
    back_field: Displacement | None = None

    def __post_init__(self) -> None:
        matrix = np.array(self.to_mni, dtype=float)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise InputError("map to MNI space", "it is not 4 x 4 finite numbers", "Register again")
        if np.linalg.det(matrix[:3, :3]) <= 0.1:
            raise InputError(
                "map to MNI space",
                "it mirrors or flattens the head",
                "Check the image for a left-right flip and register again",
            )
        if (self.forward_field is None) != (self.back_field is None):
            raise InputError("map to MNI space", "one direction of it is missing", "Register again")
        matrix.setflags(write=False)
        object.__setattr__(self, "to_mni", matrix)

    @property
    def linear(self) -> bool:
        """True where no displacement field follows the folding of this brain."""
        return self.forward_field is None

    def forward(self, points_mm: ArrayLike) -> FloatArray:
        """(n, 3) or (3,) head millimetres to MNI millimetres."""
        points = np.asarray(points_mm, dtype=float)
        moved = _moved(self.to_mni, points)
        if self.forward_field is None:
            return moved
        return moved + self.forward_field.at(points).reshape(points.shape)

    def back(self, points_mm: ArrayLike) -> FloatArray:
        """(n, 3) or (3,) MNI millimetres to head millimetres."""
        points = np.asarray(points_mm, dtype=float)
        moved = _moved(_inverse(self.to_mni), points)
        if self.back_field is None:
            return moved
        return moved + self.back_field.at(points).reshape(points.shape)

    def inconsistency_mm(self, points_mm: FloatArray) -> FloatArray:
        """(n,) how far from (n, 3) head points one ends that goes to MNI space and back."""
        there_and_back = self.back(self.forward(points_mm))
        return np.asarray(np.linalg.norm(there_and_back - points_mm, axis=1))

    def carried(self, move: FloatArray, how: str = "") -> MniMap:
        """The map of the head that a linear map `move`, (4, 4), makes of this one. Exact."""
        forward, back = self.forward_field, self.back_field
        if forward is not None and back is not None:
            forward = Displacement(forward.vectors_mm, move @ forward.affine)
            turned = back.vectors_mm.astype(np.float32) @ move[:3, :3].T
            back = Displacement(turned.astype(np.float16), back.affine)
        return MniMap(
            self.to_mni @ _inverse(move), self.uncertainty_mm, how or self.how, forward, back
        )

    def save(self, path: Path) -> None:
        """Write as .npz: a few megabytes, or a few hundred bytes for a linear map."""
        parts: dict[str, Any] = {
            "format": np.array(_FORMAT),
            "to_mni": self.to_mni,
            "uncertainty_mm": np.array(self.uncertainty_mm),
            "how": np.array(self.how),
        }
        for name, field in (("forward", self.forward_field), ("back", self.back_field)):
            if field is not None:
                parts[f"{name}_vectors"] = field.vectors_mm
                parts[f"{name}_affine"] = field.affine
        np.savez_compressed(path, **parts)

    @classmethod
    def load(cls, path: Path) -> MniMap:
        """Read what `save` wrote; refuses anything else."""
        require_file(path, "a map to MNI space (.npz)")
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                parts = {name: stored[name] for name in stored.files}
            fields = [
                Displacement(parts[f"{name}_vectors"], parts[f"{name}_affine"])
                if f"{name}_vectors" in parts
                else None
                for name in ("forward", "back")
            ]
            return cls(parts["to_mni"], float(parts["uncertainty_mm"]), str(parts["how"]), *fields)
        except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile) as problem:
            raise InputError(
                str(path), "it holds no map to MNI space", "Build the head again"
            ) from problem


def fitted(
    to_mni: Move,
    from_mni: Move,
    points_mm: FloatArray,
    uncertainty_mm: float,
    how: str,
    *,
    margin_mm: float = 12.0,
    grid_mm: float = GRID_MM,
) -> MniMap:
    """The map that two functions of (n, 3) millimetres describe, one the rough inverse of other.

    points_mm: (n, 3) of the head, usually its brain: the linear part is the best one over them and
    the displacement is kept in their box and a margin. The way back is found by inverting the way
    there, so that both are one map.
    """
    matrix = linear_fit(points_mm, to_mni(points_mm))
    inverse = _inverse(matrix)
    affine, shape = _grid_around(points_mm, margin_mm, grid_mm)
    forward = Displacement.sampled(lambda p: p + to_mni(p) - _moved(matrix, p), affine, shape)
    affine, shape = _grid_around(to_mni(points_mm), margin_mm, grid_mm)
    rough = Displacement.sampled(lambda p: p + from_mni(p) - _moved(inverse, p), affine, shape)
    roughly = MniMap(matrix, uncertainty_mm, how, forward, rough)
    back = Displacement.sampled(
        lambda p: p + inverted(roughly.forward, roughly.back, p) - _moved(inverse, p),
        affine,
        shape,
    )
    return replace(roughly, back_field=back)


def linear_fit(here_mm: FloatArray, there_mm: FloatArray) -> FloatArray:
    """(4, 4) the linear map that takes (n, 3) points closest to (n, 3) others."""
    design = np.column_stack([here_mm, np.ones(len(here_mm))])
    solution, *_ = np.linalg.lstsq(design, there_mm, rcond=None)
    matrix = np.eye(4)
    matrix[:3, :] = solution.T
    return matrix


def _grid_around(
    points_mm: FloatArray, margin_mm: float, grid_mm: float
) -> tuple[FloatArray, tuple[int, int, int]]:
    low, high = points_mm.min(axis=0) - margin_mm, points_mm.max(axis=0) + margin_mm
    x, y, z = (int(n) for n in np.ceil((high - low) / grid_mm) + 1)
    affine = np.diag([grid_mm, grid_mm, grid_mm, 1.0])
    affine[:3, 3] = low
    return affine, (x, y, z)


def _inverse(matrix: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _moved(matrix: FloatArray, points_mm: ArrayLike) -> FloatArray:
    points = np.asarray(points_mm, dtype=float)
    return np.asarray(points @ matrix[:3, :3].T + matrix[:3, 3])
