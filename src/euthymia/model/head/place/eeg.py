"""The 10-10 positions of EEG electrodes, measured along the scalp as with a tape.

The system of Jasper (1958) as extended by Oostenveld and Praamstra (2001): the vertex Cz halves
both the arc from nasion to inion and the arc between the pre-auricular points; ten per cent marks
along those two arcs give the midline and T7/T8; a ring through Fpz, T7, Oz and T8 carries the
outer electrodes; each row is the plane section from the ring over the midline to the ring, each
half divided into four equal parts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.head.place.landmarks import Landmarks
from euthymia.model.head.surface.curves import Path
from euthymia.model.head.surface.scalp import Scalp, ScalpPoint

_MIDLINE = ("Nz", "Fpz", "AFz", "Fz", "FCz", "Cz", "CPz", "Pz", "POz", "Oz", "Iz")
_RING = ("Fpz", "Fp1", "AF7", "F7", "FT7", "T7", "TP7", "P7", "PO7", "O1", "Oz")
_ROWS = {"AF7": "AF", "F7": "F", "FT7": "FC", "T7": "C", "TP7": "CP", "P7": "P", "PO7": "PO"}
_RIGHT_OF = {"1": "2", "3": "4", "5": "6", "7": "8"}

_VERTEX_ROUNDS = 30
_VERTEX_TOLERANCE_MM = 0.05


@dataclass(frozen=True, slots=True)
class HeadMeasures:
    """Three tape measurements of a head, millimetres along the scalp.

    nasion_inion_mm over the vertex; tragus_tragus_mm over the vertex; circumference_mm on the
    ring through Fpz and Oz, ten per cent above nasion and inion.
    """

    nasion_inion_mm: float
    tragus_tragus_mm: float
    circumference_mm: float


@dataclass(frozen=True, slots=True)
class EegSystem:
    """The electrode positions of one head: a `ScalpPoint` for every 10-10 name."""

    points: dict[str, ScalpPoint]
    measures: HeadMeasures

    def __getitem__(self, name: str) -> ScalpPoint:
        """The point of an electrode, by its 10-10 name in any case ("F3", "fpz")."""
        known = {key.lower(): key for key in self.points}
        try:
            return self.points[known[name.strip().lower()]]
        except KeyError:
            raise InputError(
                f"EEG position {name!r}",
                "there is no such 10-10 position",
                f"Use one of {', '.join(sorted(self.points))}",
            ) from None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.points)


def eeg_system(scalp: Scalp, landmarks: Landmarks) -> EegSystem:
    """The 10-10 positions on a scalp from its four landmarks."""
    nasion, inion, left, right = (
        scalp.nearest(point).position_mm
        for point in (
            landmarks.nasion,
            landmarks.inion,
            landmarks.left_preauricular,
            landmarks.right_preauricular,
        )
    )
    vertex = _vertex(scalp, landmarks, (nasion, inion), (left, right))
    sagittal = scalp.section(nasion, inion, vertex).between(nasion, inion, vertex)
    coronal = scalp.section(left, right, vertex).between(left, right, vertex)
    places = {name: sagittal.at(step / 10) for step, name in enumerate(_MIDLINE)}
    places["T7"], places["T8"] = coronal.at(0.1), coronal.at(0.9)
    circumference = 0.0
    for on_left in (True, False):
        ring, length = _half_ring(scalp, places, on_left)
        places |= ring
        circumference += length
    for outer, row in _ROWS.items():
        places |= _row(scalp, places, outer, row)
    measures = HeadMeasures(sagittal.length_mm, coronal.length_mm, circumference)
    return EegSystem({name: scalp.nearest(place) for name, place in places.items()}, measures)


def _vertex(
    scalp: Scalp,
    landmarks: Landmarks,
    ends: tuple[FloatArray, FloatArray],
    ears: tuple[FloatArray, FloatArray],
) -> FloatArray:
    """The point halfway on both arcs, found by going back and forth between them."""
    middle = (ends[0] + ends[1] + ears[0] + ears[1]) / 4
    vertex = scalp.nearest(middle + 200.0 * landmarks.up).position_mm
    for _ in range(_VERTEX_ROUNDS):
        before = vertex
        vertex = scalp.section(*ends, vertex).between(*ends, vertex).at(0.5)
        vertex = scalp.section(*ears, vertex).between(*ears, vertex).at(0.5)
        if np.linalg.norm(vertex - before) < _VERTEX_TOLERANCE_MM:
            break
    return vertex


def _half_ring(
    scalp: Scalp, places: dict[str, FloatArray], on_left: bool
) -> tuple[dict[str, FloatArray], float]:
    """The outer electrodes of one side, and the length of that half of the ring."""
    side = "T7" if on_left else "T8"
    ends = places["Fpz"], places["Oz"]
    path = scalp.section(*ends, places[side]).between(*ends, places[side])
    names = _RING if on_left else tuple(_mirrored(name) for name in _RING)
    found = {
        name: path.at(step / 10)
        for step, name in enumerate(names)
        if name not in ("Fpz", "Oz", side)
    }
    return found, path.length_mm


def _row(
    scalp: Scalp, places: dict[str, FloatArray], outer: str, row: str
) -> dict[str, FloatArray]:
    """The inner electrodes of one row: each half divided into quarters."""
    left, middle, right = places[outer], places[f"{row}z"], places[_mirrored(outer)]
    curve = scalp.section(left, right, middle)
    whole = curve.between(left, right, middle)
    halves = {
        True: Path(whole.points_mm[: _nearest_index(whole, middle) + 1]),
        False: Path(whole.points_mm[_nearest_index(whole, middle) :][::-1]),
    }
    found = {}
    for on_left, path in halves.items():
        for step, digit in enumerate(("5", "3", "1"), start=1):
            name = f"{row}{digit}" if on_left else _mirrored(f"{row}{digit}")
            found[name] = path.at(step / 4)
    return found


def _nearest_index(path: Path, point: FloatArray) -> int:
    return int(np.argmin(np.sum((path.points_mm - point) ** 2, axis=1)))


def _mirrored(name: str) -> str:
    """The name on the other side: odd digits are left, even digits right."""
    return name[:-1] + _RIGHT_OF.get(name[-1], name[-1])
