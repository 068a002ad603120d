"""The four points of the scalp that every measurement on a head starts from."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict, ValidationError

from euthymia.core.errors import InputError, require_file
from euthymia.core.poses import FloatArray
from euthymia.core.references import Citation
from euthymia.model.head.surface.scalp import Scalp

Triple = tuple[float, float, float]
_File = TypeVar("_File", bound=BaseModel)

NAMES = ("nasion", "inion", "left_preauricular", "right_preauricular")

_SMALLEST_HEAD_MM = 100.0
_LARGEST_HEAD_MM = 260.0
_FARTHEST_FROM_SCALP_MM = 10.0
_FARTHEST_EDIT_MM = 40.0


@dataclass(frozen=True, slots=True)
class PointNote:
    """How a landmark was found, and its typical error in millimetres."""

    uncertainty_mm: float
    how: str


BY_HAND_MM = 2.0
"""Typical error of a landmark that a person has put on an image (assumed)."""


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Nasion, inion and the two pre-auricular points, each (3,) RAS millimetres.

    The pre-auricular points lie just in front of the ear canals, at the height of the tragus.
    Points that cannot be those of one head (left and right exchanged, front and back exchanged,
    metres) are refused. notes: in the order of `NAMES`, where it is known how each was found.
    """

    nasion: FloatArray
    inion: FloatArray
    left_preauricular: FloatArray
    right_preauricular: FloatArray
    notes: tuple[PointNote, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        for name in NAMES:
            object.__setattr__(self, name, _point(getattr(self, name), name))
        if len(self.notes) not in (0, len(NAMES)):
            raise ValueError("a note for each landmark, or none at all")
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
        return Landmarks(*move(self.stacked), notes=self.notes)

    @property
    def stacked(self) -> FloatArray:
        """(4, 3) the points in the order of `NAMES`."""
        return np.stack([getattr(self, name) for name in NAMES])

    def note(self, name: str) -> PointNote | None:
        """How one of them was found, if that is known."""
        return self.notes[NAMES.index(name)] if self.notes else None

    def with_edits(self, edits: LandmarkEdits, scalp: Scalp) -> Landmarks:
        """The landmarks with some of them put elsewhere by a person, each on the scalp.

        Refuses a point that lies far from this scalp or from the point that was found: such a
        point is in another space or unit, or belongs to another landmark.
        """
        points, notes = self.stacked, list(self.notes or [PointNote(BY_HAND_MM, "")] * len(NAMES))
        for row, name in enumerate(NAMES):
            given = getattr(edits, name)
            if given is None:
                continue
            points[row] = _placed_by_hand(_point(given, name), points[row], name, scalp)
            notes[row] = PointNote(BY_HAND_MM, edits.how or "put there by hand")
        return Landmarks(*points, notes=tuple(notes))

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


class LandmarkEdits(BaseModel):
    """A file that moves single landmarks of a head: those it names, in millimetres.

    frame: of which head the millimetres are; refused where it is given and another.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    frame: str | None = None
    nasion: Triple | None = None
    inion: Triple | None = None
    left_preauricular: Triple | None = None
    right_preauricular: Triple | None = None
    how: str = ""


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
    return _read(path, LandmarkFile)


def read_landmark_edits(path: Path, frame_id: str) -> LandmarkEdits:
    """The edits of a TOML file for the head of that frame; refuses those of another."""
    edits = _read(path, LandmarkEdits)
    if edits.frame is not None and edits.frame != frame_id:
        raise InputError(
            str(path),
            f"its points are in the frame {edits.frame[:24]}, this head's is {frame_id[:24]}",
            "Give points of this head, or take the frame out if they are",
        )
    return edits


def _read(path: Path, kind: type[_File]) -> _File:
    require_file(path, "a landmarks file (TOML)")
    try:
        return kind.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InputError(str(path), "it is not a TOML file", "Correct the file") from problem
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            str(path), f"{place or 'its content'}: {first['msg']}", "Correct that entry"
        ) from problem


def _placed_by_hand(given: FloatArray, found: FloatArray, name: str, scalp: Scalp) -> FloatArray:
    title = name.replace("_", " ")
    away = float(np.linalg.norm(given - found))
    if away > _FARTHEST_EDIT_MM:
        raise InputError(
            title,
            f"the point given lies {away:.0f} mm from where it was found",
            "Give x, y, z in this head's RAS millimetres, and check which landmark it is",
        )
    place = scalp.nearest(given).position_mm
    off = float(np.linalg.norm(place - given))
    if off > _FARTHEST_FROM_SCALP_MM:
        raise InputError(
            title,
            f"the point given lies {off:.0f} mm away from the scalp",
            "Put it on the skin",
        )
    return place


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
