"""Where and how strongly a block is given: its site and its intensity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from euthymia.core.errors import InputError


class Side(StrEnum):
    """The side of the head."""

    LEFT = "left"
    RIGHT = "right"
    BILATERAL = "bilateral"
    MIDLINE = "midline"


@dataclass(frozen=True, slots=True)
class Site:
    """The cortical region a block is aimed at, and its side."""

    side: Side
    region: str

    def __post_init__(self) -> None:
        if not self.region.strip():
            raise InputError("stimulation site", "it names no region", "Name one, such as DLPFC")

    @property
    def text(self) -> str:
        return f"{self.side.value} {self.region}"


class Threshold(StrEnum):
    """The threshold that an intensity is a percentage of."""

    RMT_HAND = "rmt_hand"
    RMT_LEG = "rmt_leg"
    AMT = "amt"
    RMT_DEPTH_ADJUSTED = "rmt_depth_adjusted"
    FIXED = "fixed"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Threshold.RMT_HAND: "rMT (hand)",
    Threshold.RMT_LEG: "rMT (leg)",
    Threshold.AMT: "AMT",
    Threshold.RMT_DEPTH_ADJUSTED: "depth-adjusted rMT",
    Threshold.FIXED: "maximum stimulator output",
}


@dataclass(frozen=True, slots=True)
class Intensity:
    """A stimulus strength in percent of a named threshold (`FIXED`: of maximum output)."""

    percent: float
    of: Threshold = Threshold.RMT_HAND

    def __post_init__(self) -> None:
        if not (math.isfinite(self.percent) and self.percent > 0):
            raise InputError(
                "intensity", f"{self.percent} % is not above zero", "Give percent, such as 120"
            )

    @property
    def text(self) -> str:
        return f"{self.percent:g} % of {self.of.label}"

    def pct_mso(self, threshold_pct_mso: float | None) -> float:
        """The stimulator output in % MSO, from the threshold in % MSO.

        A fixed intensity needs no threshold; any other refuses to be computed without one.
        """
        if self.of is Threshold.FIXED:
            return self.percent
        if threshold_pct_mso is None:
            raise InputError(
                f"intensity {self.text}", "the threshold is not known", "Measure the threshold"
            )
        return self.percent * threshold_pct_mso / 100.0
