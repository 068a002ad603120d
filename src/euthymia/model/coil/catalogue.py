"""The coils the house knows by name, built from published winding geometry."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from euthymia.core.errors import InputError
from euthymia.core.references import Citation
from euthymia.model.coil.coil import Coil, Wing, dipoles_of


class _FigureEight(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    maker: str
    coil_class: str
    inner_diameter_mm: float
    outer_diameter_mm: float
    turns: int
    layers: int
    wire_width_mm: float
    wire_height_mm: float
    wing_spacing_mm: float
    face_to_winding_mm: float
    stimulator: str
    max_didt_a_per_us: float
    geometry_source: Citation
    face_source: Citation
    didt_source: Citation

    def build(self, key: str) -> Coil:
        # Under the middle of the coil the wings' fields add up only if their senses are opposite.
        # A positive dI/dt then drives the field at the middle from front to handle (-y).
        wings = tuple(
            Wing(
                centre_mm=(side * self.wing_spacing_mm / 2, 0.0, -self.face_to_winding_mm),
                inner_diameter_mm=self.inner_diameter_mm,
                outer_diameter_mm=self.outer_diameter_mm,
                turns=self.turns,
                wire_width_mm=self.wire_width_mm,
                wire_height_mm=self.wire_height_mm,
                sense=side,
                layers=self.layers,
            )
            for side in (-1, 1)
        )
        positions, moments = dipoles_of(wings)
        return Coil(
            id=key,
            name=f"{self.maker} {self.name}",
            maker=self.maker,
            coil_class=self.coil_class,
            positions_mm=positions,
            moments_m2=moments,
            max_didt_a_per_us=self.max_didt_a_per_us,
            stimulator=self.stimulator,
            wings=wings,
            sources=(self.geometry_source, self.face_source, self.didt_source),
        )


@cache
def _entries() -> dict[str, _FigureEight]:
    text = (files("euthymia.model.coil") / "data" / "coils.toml").read_text(encoding="utf-8")
    return {key: _FigureEight(**fields) for key, fields in tomllib.loads(text).items()}


def coil_ids() -> tuple[str, ...]:
    """The ids of all coils in the catalogue."""
    return tuple(_entries())


@cache
def coil(key: str) -> Coil:
    """The coil of that id; an unknown id is refused with the list of known ones."""
    try:
        entry = _entries()[key]
    except KeyError:
        raise InputError(
            f"coil {key!r}", "the catalogue has no such coil", f"Use one of {', '.join(coil_ids())}"
        ) from None
    return entry.build(key)
