"""The four points of the scalp that every measurement on a head starts from."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict, ValidationError

from euthymia.core.errors import InputError, require_file
from euthymia.core.poses import FloatArray
from euthymia.core.references import Citation

Triple = tuple[float, float, float]

_SMALLEST_HEAD_MM = 100.0
_LARGEST_HEAD_MM = 260.0


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Nasion, inion and the two pre-auricular points, each (3,) RAS millimetres.

    The pre-auricular points lie just in front of the ear canals, at the height of the tragus.
    Points that cannot be those of one head (left and right exchanged, front and back exchanged,
    metres) are refused.
    """

    nasion: FloatArray
    inion: FloatArray
    left_preauricular: FloatArray
    right_preauricular: FloatArray

    def __post_init__(self) -> None:
        for part in fields(self):
            object.__setattr__(self, part.name, _point(getattr(self, part.name), part.name))
        self._refuse_exchanged()
        self._refuse_implausible()

    @property
    def right(self) -> FloatArray:
        """(3,) unit vector to the patient's right: the normal of the midsagittal plane."""
        return _unit(self.right_preauricular - self.left_preauricular)

    @property
    def forward(self) -> FloatArray:
        """(3,) unit vector from inion towards nasion, made perpendicular to `right`."""
        along = self.nasion - self.inion
        return _unit(along - (along @ self.right) * self.right)

    @property
    def up(self) -> FloatArray:
        """(3,) unit vector perpendicular to `right` and `forward`, towards the vertex."""
        return np.asarray(np.cross(self.right, self.forward), dtype=np.float64)

    def mapped(self, move: Callable[[FloatArray], FloatArray]) -> Landmarks:
        """The landmarks after a function that takes and gives (n, 3) millimetres."""
        moved = move(np.stack([getattr(self, part.name) for part in fields(self)]))
        return Landmarks(*moved)

    def _refuse_exchanged(self) -> None:
        if self.right_preauricular[0] <= self.left_preauricular[0]:
            raise InputError(
                "pre-auricular points",
                "the right one lies to the left of the left one",
                "Check for a left-right flipped image, or exchange the two points",
            )
        if self.nasion[1] <= self.inion[1]:
            raise InputError(
                "nasion and inion",
                "the nasion lies behind the inion",
                "Check the orientation of the image, or exchange the two points",
            )

    def _refuse_implausible(self) -> None:
        pairs = {
            "nasion to inion": (self.nasion, self.inion),
            "left to right pre-auricular point": (self.left_preauricular, self.right_preauricular),
        }
        for name, (a, b) in pairs.items():
            span = float(np.linalg.norm(a - b))
            if not _SMALLEST_HEAD_MM <= span <= _LARGEST_HEAD_MM:
                raise InputError(
                    name,
                    f"the straight distance is {span:.4g} mm, which no head has",
                    "Give the points in millimetres and check each of them",
                )


class LandmarkFile(BaseModel):
    """What a landmarks file holds: the points in millimetres and where they come from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    frame: str
    nasion: Triple
    inion: Triple
    left_preauricular: Triple
    right_preauricular: Triple
    how: str = ""
    source: Citation | None = None

    @property
    def landmarks(self) -> Landmarks:
        return Landmarks(
            np.array(self.nasion),
            np.array(self.inion),
            np.array(self.left_preauricular),
            np.array(self.right_preauricular),
        )


def read_landmarks(path: Path) -> LandmarkFile:
    """The landmarks of a TOML file; refuses what is not one, naming the field."""
    require_file(path, "a landmarks file (TOML)")
    try:
        return LandmarkFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InputError(str(path), "it is not a TOML file", "Correct the file") from problem
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            str(path), f"{place or 'its content'}: {first['msg']}", "Correct that entry"
        ) from problem


def _point(values: ArrayLike, name: str) -> FloatArray:
    point = np.array(values, dtype=float)
    if point.shape != (3,) or not np.isfinite(point).all():
        raise InputError(
            name.replace("_", " "), "it is not three finite numbers", "Give x, y, z in millimetres"
        )
    point.setflags(write=False)
    return point


def _unit(vector: FloatArray) -> FloatArray:
    return np.asarray(vector / np.linalg.norm(vector))
