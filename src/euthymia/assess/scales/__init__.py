"""How mood is measured: rating scales with their scores, bands and changes, and the crosswalks."""

from euthymia.assess.scales.items import items_of
from euthymia.assess.scales.scale_rules import Scale, all_scales, find_scale
from euthymia.assess.scales.score import (
    ScaleChange,
    ScaleResult,
    ScaleScore,
    SuicideAnswer,
    change,
    score_scale,
    suicide_answer,
)

__all__ = [
    "Scale",
    "ScaleChange",
    "ScaleResult",
    "ScaleScore",
    "SuicideAnswer",
    "all_scales",
    "change",
    "find_scale",
    "items_of",
    "score_scale",
    "suicide_answer",
]
