"""The models that come with the program, fitted on published data, with what they rest on."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from euthymia.core.errors import InputError
from euthymia.learn.forecast.growth import GrowthModel, GrowthParameters
from euthymia.learn.forecast.ordinal import OrdinalModel, OrdinalParameters
from euthymia.learn.forecast.recalibration import Recalibration


@cache
def check_in_model() -> OrdinalModel:
    """The model of session check-ins, with the recalibration of its forecasts."""
    table = tomllib.loads(_text("ordinal.toml"))
    correction = Recalibration.model_validate(table.pop("recalibration"))
    return OrdinalModel(OrdinalParameters.model_validate(table), correction)


@cache
def growth_model(scale: str) -> GrowthModel:
    """The model of that scale; refuses a scale without published figures to rest on."""
    found = _growth_tables().get(scale)
    if found is None:
        raise InputError(
            f"forecast on {scale}",
            "no published course is at hand for this scale",
            f"Use {' or '.join(growth_scales())}, or fit the clinic's own charts",
        )
    return GrowthModel(found)


def growth_scales() -> tuple[str, ...]:
    """The scales that can be forecast."""
    return tuple(_growth_tables())


@cache
def _growth_tables() -> dict[str, GrowthParameters]:
    rows = tomllib.loads(_text("growth.toml"))["scale"]
    made = [GrowthParameters.model_validate(row) for row in rows]
    return {row.scale: row for row in made}


def _text(name: str) -> str:
    return (files("euthymia.learn.forecast") / "data" / name).read_text(encoding="utf-8")
