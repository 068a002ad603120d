"""Published targets: cortical coordinates and scalp rules, each with its citation."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

from euthymia.core.errors import InputError
from euthymia.core.references import Citation


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    source: Citation


class CortexTarget(_Row):
    """A published point of the cortex, MNI millimetres."""

    id: str
    title: str
    mni_mm: tuple[float, float, float]


class ScalpRule(_Row):
    """A rule that finds a scalp position without an image.

    kind "eeg": the position of an electrode; kind "arc": so many millimetres forward from the
    motor hot spot along the scalp, parallel to the midline; kind "beam": left F3 by a
    transcription of the Beam rule, its lengths walked along the scalp.
    """

    id: str
    kind: Literal["eeg", "arc", "beam"]
    electrode: str = ""
    formula: str = ""
    length_mm: float = 0.0


class MotorArea(_Row):
    """The cortex of the hand muscles, MNI millimetres."""

    mni_mm: tuple[float, float, float]


class Holding(_Row):
    """How a coil is held: the handle's angle from straight back, and the room left for hair."""

    handle_angle_deg: float
    hair_mm: float


class Targets(BaseModel):
    """All targets the house knows by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    coordinates: dict[str, CortexTarget]
    scalp_rules: dict[str, ScalpRule]
    motor: MotorArea
    holding: Holding

    def coordinate(self, key: str) -> CortexTarget:
        """The published coordinate of that id; an unknown id is refused with the known ones."""
        try:
            return self.coordinates[key]
        except KeyError:
            raise InputError(
                f"target {key!r}",
                "no such target is published here",
                f"Use one of {', '.join(self.coordinates)}",
            ) from None


@cache
def targets() -> Targets:
    """The catalogue of targets."""
    text = (files("euthymia.plan.target") / "data" / "targets.toml").read_text("utf-8")
    data = tomllib.loads(text)
    for group in ("coordinates", "scalp_rules"):
        for key, row in data[group].items():
            row["id"] = key
    return Targets.model_validate(data)


def targets_markdown() -> str:
    """The catalogue as Markdown tables, for the reference documentation."""
    known = targets()
    lines = ["| id | target | MNI mm | source |", "|---|---|---|---|"]
    lines += [
        f"| `{key}` | {row.title} | {', '.join(f'{v:g}' for v in row.mni_mm)} "
        f"| {row.source.short} |"
        for key, row in known.coordinates.items()
    ]
    lines += ["", "| id | scalp rule | source |", "|---|---|---|"]
    lines += [
        f"| `{key}` | {row.name} | {row.source.short} |" for key, row in known.scalp_rules.items()
    ]
    held = known.holding
    lines += [
        "",
        f"Where nothing else is said, the handle points back, {held.handle_angle_deg:g} degrees "
        f"from the midline, and {held.hair_mm:g} mm are left for hair ({held.source.short}).",
    ]
    return "\n".join(lines) + "\n"
