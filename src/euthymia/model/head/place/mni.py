"""How a head's own millimetres relate to MNI space, and how far that can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class MniMap:
    """A linear map from a head's millimetres to MNI millimetres and back.

    to_mni: (4, 4). uncertainty_mm: how far, typically, the map puts a cortical place off; a
    linear map cannot follow the folding of one brain onto another. how: what it rests on.
    """

    to_mni: FloatArray
    uncertainty_mm: float
    how: str

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
        matrix.setflags(write=False)
        object.__setattr__(self, "to_mni", matrix)

    def forward(self, points_mm: ArrayLike) -> FloatArray:
        """(n, 3) or (3,) head millimetres to MNI millimetres."""
        return _moved(self.to_mni, points_mm)

    def back(self, points_mm: ArrayLike) -> FloatArray:
        """(n, 3) or (3,) MNI millimetres to head millimetres."""
        return _moved(np.asarray(np.linalg.inv(self.to_mni), dtype=np.float64), points_mm)


def _moved(matrix: FloatArray, points_mm: ArrayLike) -> FloatArray:
    points = np.asarray(points_mm, dtype=float)
    return np.asarray(points @ matrix[:3, :3].T + matrix[:3, 3])
