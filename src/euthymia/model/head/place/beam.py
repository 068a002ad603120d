"""The Beam F3 rule: the formula's lengths, walked along this very scalp, beside the true F3."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.core.references import Citation
from euthymia.model.head.place.eeg import EegSystem, HeadMeasures
from euthymia.model.head.surface.curves import Path
from euthymia.model.head.surface.scalp import Scalp, ScalpPoint

Side = Literal["left", "right"]

_ARC_SHARE = 0.4
"""From the vertex to the ring of the outer electrodes, as a share of each arc: half, less 10 %."""

_STEP_MM = 0.5


class BeamFormula(BaseModel):
    """One transcription of the rule; the angles are those of the flat map, in degrees.

    outer_angle_deg: of F7 (or F8). outer_by_cosine: whether its distance from the midline is
    taken with the cosine of that angle. front_angle_deg: of Fp1 (or Fp2). radius_share: what the
    distance on the map is multiplied with to give Y.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    outer_angle_deg: float
    outer_by_cosine: bool
    front_angle_deg: float
    radius_share: float
    source: Citation


@dataclass(frozen=True, slots=True)
class BeamLengths:
    """What the operator measures out: X from Fpz along the circumference, Y from the vertex to it.

    Both millimetres.
    """

    x_mm: float
    y_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class BeamPlace:
    """F3 by one transcription of the rule on one head: the lengths and where they lead."""

    formula: BeamFormula
    lengths: BeamLengths
    point: ScalpPoint


@dataclass(frozen=True, slots=True, eq=False)
class BeamComparison:
    """F3 of one side by every transcription of the rule, beside F3 of the 10-10 system.

    electrode: F3 measured out on this scalp, which the rule is meant to find. true_lengths: the X
    and Y that lead to it on this head.
    """

    by_formula: tuple[BeamPlace, ...]
    electrode: ScalpPoint
    true_lengths: BeamLengths

    @property
    def apart_mm(self) -> float:
        """How far the two transcriptions lie apart on this head."""
        first, second = (place.point.position_mm for place in self.by_formula)
        return float(np.linalg.norm(first - second))

    def off_mm(self, place: BeamPlace) -> float:
        """How far a transcription lies from F3 of the 10-10 system."""
        return float(np.linalg.norm(place.point.position_mm - self.electrode.position_mm))


@cache
def beam_formulas() -> dict[str, BeamFormula]:
    """The transcriptions of the rule, by id."""
    text = (files("euthymia.model.head") / "data" / "beam_f3.toml").read_text("utf-8")
    return {
        key: BeamFormula.model_validate({"id": key, **row})
        for key, row in tomllib.loads(text).items()
    }


def beam_lengths(measures: HeadMeasures, formula: BeamFormula) -> BeamLengths:
    """X and Y from the three tape measures."""
    front = _ARC_SHARE * measures.nasion_inion_mm
    side = _ARC_SHARE * measures.tragus_tragus_mm
    outer, inner = math.radians(formula.outer_angle_deg), math.radians(formula.front_angle_deg)
    across = side * (math.cos(outer) if formula.outer_by_cosine else 1.0)
    # Slopes of the lines Fz-F8 and C4-Fp2; the front of the head is where y is negative.
    a = (side * math.sin(outer) + front / 2) / across
    b = front * math.sin(inner) / (front * math.cos(inner) - side / 2)
    x = 0.5 * (front - side * b) / (a - b)
    y = a * x - front / 2
    angle_deg = math.degrees(math.atan(y / x))
    return BeamLengths(
        x_mm=measures.circumference_mm / 4 * (90.0 + angle_deg) / 90.0,
        y_mm=formula.radius_share * math.hypot(x, y),
    )


def beam_place(
    scalp: Scalp, system: EegSystem, formula: BeamFormula, side: Side = "left"
) -> BeamPlace:
    """F3 (or F4) where an operator's tape would put it on this scalp."""
    lengths = beam_lengths(system.measures, formula)
    ring = _half_ring(scalp, system, side)
    if not 0 < lengths.x_mm < ring.length_mm:
        raise InputError(
            "Beam F3",
            f"X would be {lengths.x_mm:.0f} mm, which is not on this head",
            "Check the tape measures",
        )
    on_ring = ring.at(lengths.x_mm / ring.length_mm)
    vertex = system["Cz"].position_mm
    spoke = _straight(scalp, vertex, on_ring)
    place = spoke.at(lengths.y_mm / spoke.length_mm)
    return BeamPlace(formula, lengths, scalp.nearest(place))


def beam_comparison(scalp: Scalp, system: EegSystem, side: Side = "left") -> BeamComparison:
    """F3 (or F4) by every transcription on one head, and the lengths that would be right."""
    electrode = system["F3" if side == "left" else "F4"]
    return BeamComparison(
        tuple(beam_place(scalp, system, formula, side) for formula in beam_formulas().values()),
        electrode,
        lengths_to(scalp, system, electrode, side),
    )


def lengths_to(scalp: Scalp, system: EegSystem, place: ScalpPoint, side: Side) -> BeamLengths:
    """The X and Y that lead to a place: its spoke from the vertex meets the ring at X."""
    vertex = system["Cz"].position_mm
    spoke = _straight(scalp, vertex, place.position_mm)
    ring = _half_ring(scalp, system, side)
    normal = np.cross(place.position_mm - vertex, system["Cz"].outward_normal)
    points = _dense(ring)
    height = (points - vertex) @ normal
    ahead = (points - vertex) @ (place.position_mm - vertex) > 0
    best = int(np.where(ahead, np.abs(height), np.inf).argmin())
    return BeamLengths(x_mm=best / (len(points) - 1) * ring.length_mm, y_mm=spoke.length_mm)


def _half_ring(scalp: Scalp, system: EegSystem, side: Side) -> Path:
    """From Fpz around one side to Oz, as a tape of the circumference lies."""
    through = system["T7" if side == "left" else "T8"].position_mm
    front, back = system["Fpz"].position_mm, system["Oz"].position_mm
    return scalp.section(front, back, through).between(front, back, through)


def _straight(scalp: Scalp, a_mm: FloatArray, b_mm: FloatArray) -> Path:
    """The straight way along the scalp: in the plane of both points and their mean normal."""
    a, b = scalp.nearest(a_mm), scalp.nearest(b_mm)
    middle = (a.position_mm + b.position_mm) / 2
    outward = a.outward_normal + b.outward_normal
    over = scalp.nearest(middle + 40.0 * outward / np.linalg.norm(outward)).position_mm
    return scalp.section(a.position_mm, b.position_mm, over).between(
        a.position_mm, b.position_mm, over
    )


def _dense(path: Path) -> FloatArray:
    """(n, 3) points of a path, half a millimetre apart."""
    count = max(2, int(path.length_mm / _STEP_MM))
    return np.stack([path.at(float(share)) for share in np.linspace(0.0, 1.0, count)])
