"""Three tape measurements of a head, and what they are on adult heads."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from pydantic import BaseModel, ConfigDict

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.core.references import Citation

MM_PER_CM = 10.0

_MM_PER_INCH = 25.4
_THICKEST_HAIR_MM = 15.0


class TapeRange(BaseModel):
    """What one measure is on adult heads, millimetres: refused beyond the outer limits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    lowest: float
    usual_low: float
    usual_high: float
    highest: float
    source: Citation


class ShapeRange(BaseModel):
    """How far one axis may be stretched against the mean of the three: doubted, and refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    usual_stretch: float
    largest_stretch: float
    source: Citation


class TapeRanges(BaseModel):
    """The plausible measures of adult heads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nasion_inion: TapeRange
    tragus_tragus: TapeRange
    circumference: TapeRange
    shape: ShapeRange


@cache
def tape_ranges() -> TapeRanges:
    """The plausible measures, from their data file."""
    text = (files("euthymia.model.head") / "data" / "tape_ranges.toml").read_text("utf-8")
    return TapeRanges.model_validate(tomllib.loads(text))


@dataclass(frozen=True, slots=True)
class TapeMeasures:
    """Three tape measurements of a head, millimetres; refuses what no adult head has.

    nasion_inion_mm and tragus_tragus_mm over the vertex; circumference_mm ten per cent above
    nasion and inion. hair_mm: how thick the hair lay under the tape, if it is to be taken off;
    it also becomes the room that is left for hair under the coil.
    """

    nasion_inion_mm: float
    tragus_tragus_mm: float
    circumference_mm: float
    hair_mm: float | None = None

    def __post_init__(self) -> None:
        ranges = tape_ranges()
        for value, known in (
            (self.nasion_inion_mm, ranges.nasion_inion),
            (self.tragus_tragus_mm, ranges.tragus_tragus),
            (self.circumference_mm, ranges.circumference),
        ):
            _refuse_impossible(value, known)
        if self.hair_mm is not None and not 0.0 <= self.hair_mm <= _THICKEST_HAIR_MM:
            raise InputError(
                "hair under the tape",
                f"{self.hair_mm:g} mm is not the thickness of hair pressed by a tape",
                f"Give 0 to {_THICKEST_HAIR_MM:g} mm",
            )

    @property
    def vector(self) -> FloatArray:
        """(3,) nasion-inion, tragus-tragus, circumference, millimetres."""
        return np.array([self.nasion_inion_mm, self.tragus_tragus_mm, self.circumference_mm])

    @property
    def words(self) -> str:
        """ "36.0, 36.5 and 57.0 cm", for titles."""
        first, second, third = (f"{value / MM_PER_CM:.1f}" for value in self.vector)
        return f"{first}, {second} and {third} cm"


def _refuse_impossible(value_mm: float, known: TapeRange) -> None:
    """One sentence that names the measure, and the unit that was probably meant."""
    if np.isfinite(value_mm) and known.lowest <= value_mm <= known.highest:
        return
    remedy = f"Give {known.lowest:g} to {known.highest:g} mm, measured again if need be"
    for unit, factor in (
        ("centimetres", MM_PER_CM),
        ("inches", _MM_PER_INCH),
        ("inches noted as centimetres", _MM_PER_INCH / MM_PER_CM),
    ):
        if known.lowest <= value_mm * factor <= known.highest:
            remedy = f"It may be in {unit}: {value_mm * factor:.0f} mm would be possible"
            break
    raise InputError(known.name, f"{value_mm:g} mm is not found on an adult head", remedy)
