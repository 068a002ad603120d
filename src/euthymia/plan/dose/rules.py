"""The cited facts that a dose rests on, read from `data/rules.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field, model_validator

from euthymia.core.references import Citation


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Citation


class DepthAdjustment(_Rule):
    """How many %MSO a millimetre between scalp and cortex costs."""

    slope_pct_mso_per_mm: float = Field(gt=0)
    slope_low_pct_mso_per_mm: float = Field(gt=0)
    slope_high_pct_mso_per_mm: float = Field(gt=0)
    caveat: str


class VisualThreshold(_Rule):
    """How far a threshold read from twitches lies above one read from EMG, in % of the latter."""

    excess_pct: float = Field(ge=0)
    excess_low_pct: float = Field(ge=0)
    excess_high_pct: float = Field(ge=0)
    subjects: int = Field(gt=0)
    caveat: str


class SafetyTables(_Rule):
    """Where the train-duration tables end, in % of a resting motor threshold read from EMG."""

    highest_intensity_pct_rmt: float = Field(gt=0)


class FieldAtThreshold(_Rule):
    """The band in which published models put the field at the motor area at threshold, V/m."""

    low_v_per_m: float = Field(gt=0)
    high_v_per_m: float = Field(gt=0)
    caveat: str


class FieldMatched(_Rule):
    """The %rMT over the left DLPFC that matched the motor area's field, as published."""

    mean_pct_rmt: float = Field(gt=0)
    low_pct_rmt: float = Field(gt=0)
    high_pct_rmt: float = Field(gt=0)
    participants: int = Field(gt=0)
    rationale: Citation
    caveat: str


class LowerField(_Rule):
    """The finding that the DLPFC receives less than the motor area at equal output."""

    participants: int = Field(gt=0)


class CoilConversion(_Rule):
    """The error with which a threshold was predicted from another coil's through the field."""

    rmse_pct_mso: float = Field(gt=0)
    rmse_by_device_pct_mso: float = Field(gt=0)
    subjects: int = Field(gt=0)
    caveat: str


class DoseRules(BaseModel):
    """All rules of the dose room."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    depth_adjustment: DepthAdjustment
    visual_threshold: VisualThreshold
    safety_tables: SafetyTables
    field_at_threshold: FieldAtThreshold
    field_matched: FieldMatched
    lower_field: LowerField
    coil_conversion: CoilConversion

    @model_validator(mode="after")
    def _ranges_hold_their_values(self) -> DoseRules:
        depth, visual, matched = self.depth_adjustment, self.visual_threshold, self.field_matched
        ranges = (
            (
                depth.slope_low_pct_mso_per_mm,
                depth.slope_pct_mso_per_mm,
                depth.slope_high_pct_mso_per_mm,
            ),
            (visual.excess_low_pct, visual.excess_pct, visual.excess_high_pct),
            (matched.low_pct_rmt, matched.mean_pct_rmt, matched.high_pct_rmt),
        )
        for low, value, high in ranges:
            if not low <= value <= high:
                raise ValueError(f"{value} lies outside its range {low} to {high}")
        return self


@cache
def dose_rules() -> DoseRules:
    """The rules as shipped."""
    text = (files("euthymia.plan.dose") / "data" / "rules.toml").read_text(encoding="utf-8")
    return DoseRules.model_validate(tomllib.loads(text))
