"""How far the patient's anatomy may lie from a head model that is not the patient's own."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from euthymia.core.references import Citation

_LEVER_MM = 80.0
"""How far the DLPFC lies from the middle of the head: what a size error is multiplied with."""


class SpreadPart(BaseModel):
    """One standard deviation between heads, with what it is of and where it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    unit: str
    what: str
    source: Citation


@dataclass(frozen=True, slots=True)
class AnatomySpread:
    """The scatter of real heads around a model head, standard deviations between persons.

    target_sd_mm: of a cortical place along the scalp, relative to scalp marks, each axis.
    depth_sd_mm: of the distance from scalp to cortex. field_sd: of the field at a place of the
    cortex with the coil above it, at one rate of current, as a share of the field. parts: the
    cited numbers these are made of.
    """

    target_sd_mm: float
    depth_sd_mm: float
    field_sd: float
    parts: tuple[SpreadPart, ...]

    @property
    def sources(self) -> tuple[Citation, ...]:
        return tuple(part.source for part in self.parts)

    @property
    def how(self) -> str:
        """In a few words, for what an interval covers."""
        return (
            f"the anatomy of other people (standard deviation {self.target_sd_mm:.1f} mm of the "
            f"target under scalp marks, and {self.field_sd:.0%} of the field)"
        )


def anatomy_spread(*, shaped_by_tape: bool) -> AnatomySpread:
    """The spread around the default head, as it is or shaped by tape measurements.

    The field's share comes from the depth (its spread times the loss of field per millimetre) and
    from what folding and layers do at one depth, taken as independent. Without a tape the spread
    of head size comes on top: it moves the target and, where the head is the smaller or the larger
    one, the depth.
    """
    known = spread_parts()
    depth_sd = known["depth_mm"].value
    target_sd = known["target_mm"].value
    used = ["target_mm", "depth_mm", "field_slope", "folding"]
    if not shaped_by_tape:
        target_sd = math.hypot(target_sd, _LEVER_MM * known["size"].value)
        used.append("size")
    field_sd = math.hypot(depth_sd * known["field_slope"].value, known["folding"].value)
    return AnatomySpread(target_sd, depth_sd, field_sd, tuple(known[name] for name in used))


@cache
def spread_parts() -> dict[str, SpreadPart]:
    """The cited numbers, by name."""
    text = (files("euthymia.model.head") / "data" / "anatomy_spread.toml").read_text("utf-8")
    return {name: SpreadPart.model_validate(row) for name, row in tomllib.loads(text).items()}
