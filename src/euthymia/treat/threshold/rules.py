"""The rules of the threshold search, read from `data/threshold.toml` with their sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from euthymia.core.references import Citation
from euthymia.treat.datafiles import NO_EXTRAS, read_table


@dataclass(frozen=True, slots=True)
class Spread:
    """How steeply the chance of an answer rises around the threshold."""

    relative: float
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class Answer:
    """What counts as an answer of the muscle."""

    amplitude_uv: float
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class Reading:
    """Where in a trace one looks, and when a trace does not count; times from the pulse."""

    window_from_ms: float
    window_to_ms: float
    baseline_from_ms: float
    baseline_to_ms: float
    baseline_rms_uv: float
    baseline_peak_to_peak_uv: float
    artefact_from_ms: float
    artefact_uv: float
    clipped_samples: int
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class MlPestRule:
    """Maximum-likelihood PEST: its grid, and after how many pulses it ends."""

    pulses: int
    grid_from_pct: float
    grid_to_pct: float
    grid_step_pct: float
    source: Citation
    pulses_source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class BayesianRule:
    """The Bayesian search: its grid, and when it ends."""

    grid_from_pct: float
    grid_to_pct: float
    grid_step_pct: float
    least_pulses: int
    most_pulses: int
    width_pct: float
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class PriorRule:
    """What is believed of a threshold before the first pulse, in % MSO."""

    title: str
    kind: Literal["uniform", "normal"]
    source: Citation
    low_pct: float | None = None
    high_pct: float | None = None
    mean_pct: float | None = None
    sd_pct: float | None = None

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class RelativeFrequencyRule:
    """Half of ten, or of twenty, trials."""

    least_of_ten: int
    least_of_twenty: int
    step_down_pct: float
    step_up_pct: float
    start_pct: float
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class MillsNithiRule:
    """The mean of a lower and an upper threshold."""

    start_pct: float
    rise_pct: float
    step_pct: float
    trials: int
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class HotSpotRule:
    """How the coil is led over the scalp."""

    grid_step_mm: float
    grid_rings: int
    fine_step_mm: float
    pulses_each: int
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class ThresholdRules:
    """All rules of the threshold search."""

    spread: Spread
    answer: Answer
    reading: Reading
    ml_pest: MlPestRule
    bayesian: BayesianRule
    priors: Mapping[str, PriorRule]
    relative_frequency: RelativeFrequencyRule
    mills_nithi: MillsNithiRule
    hot_spot: HotSpotRule

    __pydantic_config__ = NO_EXTRAS


@cache
def threshold_rules() -> ThresholdRules:
    """The rules that ship with the system."""
    return read_table("euthymia.treat.threshold", "threshold.toml", ThresholdRules)
