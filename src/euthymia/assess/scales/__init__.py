"""How mood is measured: rating scales with their scores, bands and changes, and the crosswalks."""

from euthymia.assess.scales.scale_rules import Scale, all_scales, find_scale
from euthymia.assess.scales.score import (
    ScaleChange,
    ScaleResult,
    ScaleScore,
    change,
    score_scale,
)

__all__ = [
    "Scale",
    "ScaleChange",
    "ScaleResult",
    "ScaleScore",
    "all_scales",
    "change",
    "find_scale",
    "score_scale",
]
