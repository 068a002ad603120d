"""The coils the house knows by name, built from published winding geometry."""

from __future__ import annotations

import math
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

from euthymia.core.errors import InputError
from euthymia.core.references import Citation
from euthymia.model.coil.coil import Coil
from euthymia.model.coil.winding import Wing, dipoles_of


class _Entry(BaseModel):
    """One coil of the catalogue: `wings` equal flat spirals, 1 or 2, bent where `bend_deg` says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    maker: str
    coil_class: str
    wings: Literal[1, 2] = 2
    inner_diameter_mm: float
    outer_diameter_mm: float
    turns: int
    layers: int
    wire_width_mm: float
    wire_height_mm: float
    wing_spacing_mm: float = 0.0
    bend_deg: float = 0.0
    face_to_winding_mm: float
    stimulator: str = ""
    waveform: str = ""
    max_didt_a_per_us: float | None = None
    geometry_source: Citation
    face_source: Citation
    didt_source: Citation | None = None
    published_half_depth_cm: float | None = None
    published_spread_cm2: float | None = None

    def build(self, key: str) -> Coil:
        # Under the middle of the coil the wings' fields add up only if their senses are opposite.
        # A positive dI/dt then drives the field at the middle from front to handle (-y).
        sides = (-1, 1) if self.wings == 2 else (1,)
        wings = tuple(self._wing(side) for side in sides)
        positions, moments = dipoles_of(wings)
        sources = (self.geometry_source, self.face_source, self.didt_source)
        return Coil(
            id=key,
            name=f"{self.maker} {self.name}",
            maker=self.maker,
            coil_class=self.coil_class,
            positions_mm=positions,
            moments_m2=moments,
            max_didt_a_per_us=self.max_didt_a_per_us,
            stimulator=self.stimulator,
            waveform=self.waveform,
            wings=wings,
            sources=tuple(source for source in sources if source is not None),
        )

    def _wing(self, side: int) -> Wing:
        bend = math.radians(self.bend_deg)
        reach = self.wing_spacing_mm / 2
        fold = -self.face_to_winding_mm / math.cos(bend)
        return Wing(
            centre_mm=(side * reach * math.cos(bend), 0.0, fold + reach * math.sin(bend)),
            inner_diameter_mm=self.inner_diameter_mm,
            outer_diameter_mm=self.outer_diameter_mm,
            turns=self.turns,
            wire_width_mm=self.wire_width_mm,
            wire_height_mm=self.wire_height_mm,
            sense=side,
            layers=self.layers,
            tilt_deg=-side * self.bend_deg,
            face_mm=self.face_to_winding_mm,
        )


@cache
def _entries() -> dict[str, _Entry]:
    text = (files("euthymia.model.coil") / "data" / "coils.toml").read_text(encoding="utf-8")
    return {key: _Entry(**fields) for key, fields in tomllib.loads(text).items()}


def coil_ids() -> tuple[str, ...]:
    """The ids of all coils in the catalogue."""
    return tuple(_entries())


@cache
def coil(key: str) -> Coil:
    """The coil of that id; an unknown id is refused with the list of known ones."""
    return _entry(key).build(key)


def published_depth_and_spread(key: str) -> tuple[float, float] | None:
    """Half-value depth (cm) and spread (cm2) as Deng 2013 prints them; None where they do not."""
    entry = _entry(key)
    if entry.published_half_depth_cm is None or entry.published_spread_cm2 is None:
        return None
    return entry.published_half_depth_cm, entry.published_spread_cm2


def _entry(key: str) -> _Entry:
    try:
        return _entries()[key]
    except KeyError:
        raise InputError(
            f"coil {key!r}", "the catalogue has no such coil", f"Use one of {', '.join(coil_ids())}"
        ) from None
