"""Filled-in scales of invented patients: items that add up to a drawn total."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from random import Random
from typing import Literal

from euthymia.assess.scales.scale_rules import find_scale
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.patient_facts import ScaleFilled

Rater = Literal["patient", "clinician"]


@cache
def _highest(scale: str) -> tuple[int, ...]:
    return tuple(int(most) for most in find_scale(scale).item_max)


def filled(
    scale: str,
    on: date,
    total: int,
    draw: Random,
    rated_by: Rater = "patient",
    fixed: Mapping[int, int] | None = None,
) -> ScaleFilled:
    """A scale whose items add up to the total, as nearly as the fixed ones (from 0) allow.

    total: in steps of one answer, before any multiplier of the scale.
    """
    items = items_for(total, _highest(scale), draw, fixed or {})
    score = ScaleScore(scale, on, float(sum(items) * find_scale(scale).multiplier), items)
    return ScaleFilled(score=score, rated_by=rated_by)


def items_for(
    total: int, highest: tuple[int, ...], draw: Random, fixed: Mapping[int, int]
) -> tuple[int, ...]:
    """Item scores that add up to the total, spread over the items at random."""
    free = [place for place in range(len(highest)) if place not in fixed]
    items = [fixed.get(place, 0) for place in range(len(highest))]
    room = sum(highest[place] for place in free)
    left = min(max(total - sum(items), 0), room)
    for place in free:
        items[place] = left * highest[place] // max(room, 1)
    left -= sum(items[place] for place in free)
    while left:
        place = free[int(draw.random() * len(free))]
        if items[place] < highest[place]:
            items[place] += 1
            left -= 1
    for _ in range(len(free)):
        # Nobody is equally ill in every way: move points about without changing their sum.
        giver, taker = (free[int(draw.random() * len(free))] for _ in range(2))
        if items[giver] > 0 and items[taker] < highest[taker] and giver != taker:
            items[giver] -= 1
            items[taker] += 1
    return tuple(items)
