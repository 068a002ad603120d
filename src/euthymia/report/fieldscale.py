"""One scale for the electric field in all pictures: its top, its colours, its bar."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.report import palette
from euthymia.report.colourmap import colours, decode, encode, hex_colour
from euthymia.report.scales import LinearScale, tick_text
from euthymia.report.svg import SMALL, Element, Node, group, line, rect, text

_CLEAR_BELOW, _FULL_ABOVE = 0.15, 0.45
_BAR_STEPS = 60


@dataclass(frozen=True, slots=True)
class FieldScale:
    """Colours from 0 to `top_v_per_m`; weak fields let the anatomy show through.

    Below 15 % of the top there is no colour, above 45 % only colour. `unit` is V/m, unless the
    field is given for a current that changes by 1 A/µs.
    """

    top_v_per_m: float
    unit: str = "V/m"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.top_v_per_m) and self.top_v_per_m > 0):
            raise InputError(
                "scale of the field",
                f"its top would be {self.top_v_per_m:g} V/m",
                "Give a field that is above zero somewhere",
            )

    @classmethod
    def of(cls, field_v_per_m: FloatArray, unit: str = "V/m") -> FieldScale:
        """A round top just above all but the highest thousandth of the values; NaN is left out.

        The thousandth is left out because single vertices at an edge may stick out.
        """
        known = np.asarray(field_v_per_m)[np.isfinite(field_v_per_m)]
        if known.size == 0:
            raise InputError(
                "scale of the field", "no value is a number", "Compute the field first"
            )
        high = float(np.percentile(known, 99.9))
        if high <= 0:
            return cls(high, unit)
        power = 10.0 ** math.floor(math.log10(high))
        steps = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
        return cls(round(next(s * power for s in steps if s * power >= high * 0.999), 9), unit)

    def text(self, field_v_per_m: float) -> str:
        """A value of this scale with its unit, as exactly as the scale deserves."""
        return f"{field_v_per_m:.{digits_for(self.top_v_per_m)}f} {self.unit}"

    def opacity(self, field_v_per_m: FloatArray) -> FloatArray:
        """(...) how much of the field's colour shows, 0 to 1; 0 where the field is unknown."""
        share = np.nan_to_num(np.asarray(field_v_per_m, dtype=float), nan=0.0) / self.top_v_per_m
        ramp = np.clip((share - _CLEAR_BELOW) / (_FULL_ABOVE - _CLEAR_BELOW), 0.0, 1.0)
        return np.asarray(ramp * ramp * (3 - 2 * ramp))

    def over(self, base: FloatArray, field_v_per_m: FloatArray) -> FloatArray:
        """(..., 3) linear light of the field laid over `base`, (..., 3) or (3,) linear light."""
        values = np.nan_to_num(np.asarray(field_v_per_m, dtype=float), nan=0.0)
        opacity = self.opacity(values)[..., None]
        return np.asarray(
            base * (1 - opacity) + decode(colours(values / self.top_v_per_m)) * opacity
        )

    def bar(self, x: float, y: float, width: float, base: FloatArray, height: float = 9) -> Element:
        """The colour bar with its numbers, over the same `base` as the picture, (3,) linear."""
        scale = LinearScale(0.0, self.top_v_per_m, x, x + width)
        parts: list[Node] = []
        step = width / _BAR_STEPS
        middles = (np.arange(_BAR_STEPS) + 0.5) / _BAR_STEPS * self.top_v_per_m
        for index, rgb in enumerate(encode(self.over(base, middles))):
            # Neighbours overlap a little so that no seam shows between them.
            wide = step + (0.4 if index < _BAR_STEPS - 1 else 0.0)
            parts.append(rect(x + index * step, y, wide, height, fill=hex_colour(rgb)))
        parts.append(
            rect(x, y, width, height, fill="none", stroke=palette.SOFT_INK, stroke_width=0.5)
        )
        for value in scale.ticks(5):
            at = scale(value)
            parts.append(line(at, y + height, at, y + height + 3, stroke=palette.SOFT_INK))
            parts.append(
                text(at, y + height + 13, tick_text(value), SMALL, "middle", fill=palette.SOFT_INK)
            )
        parts.append(text(x + width + 18, y + height + 13, self.unit, SMALL, fill=palette.SOFT_INK))
        return group(parts)


def digits_for(largest: float, figures: int = 3) -> int:
    """How many decimals give numbers up to `largest` that many figures: 1 for 83.6, 2 for 0.87.

    Never more than two: the third decimal of a field is noise.
    """
    if not largest > 0:
        return 0
    return min(max(figures - 1 - math.floor(math.log10(largest)), 0), 2)
