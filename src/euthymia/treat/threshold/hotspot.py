"""The hot spot: where over the motor area the muscle answers most, found by leading the coil.

First a grid around the first guess, from its middle outwards, then finer steps around the best
place, until the best place stays the best. Every place gets the same number of pulses; places are
compared by their median amplitude, which one odd answer does not move.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from euthymia.treat.threshold.rules import HotSpotRule, threshold_rules

Place = tuple[float, float]
"""Millimetres from the first guess along the scalp: to the right, to the front."""


@dataclass(frozen=True, slots=True)
class SpotTrial:
    """One pulse: where the coil was, in mm from the first guess, and the answer's amplitude."""

    place: Place
    amplitude_uv: float


@dataclass(frozen=True, slots=True)
class SpotAdvice:
    """Where to hold the coil next; None when the hot spot is found.

    best: the place with the highest median amplitude so far. centre: the mean of all places,
    weighted with their amplitudes.
    """

    next_place: Place | None
    best: Place | None
    best_uv: float
    centre: Place | None
    reason: str

    @property
    def found(self) -> bool:
        return self.next_place is None


@dataclass(frozen=True, slots=True)
class HotSpotSearch:
    """Leads the coil over a grid, then around the best place; a pure function of the trials."""

    rule: HotSpotRule = threshold_rules().hot_spot

    def advise(self, trials: Sequence[SpotTrial]) -> SpotAdvice:
        """Where to hold the coil for the next pulse."""
        seen: dict[Place, list[float]] = {}
        for trial in trials:
            seen.setdefault(_rounded(trial.place), []).append(trial.amplitude_uv)
        for place in _grid(self.rule):
            if len(seen.get(place, ())) < self.rule.pulses_each:
                return self._advice(place, seen, "grid")
        best = _best(seen)
        for place in _around(best, self.rule.fine_step_mm):
            if len(seen.get(place, ())) < self.rule.pulses_each:
                return self._advice(place, seen, "around the best place")
        if max(float(np.median(values)) for values in seen.values()) <= 0:
            return self._advice(None, seen, "no answer anywhere; raise the output and begin anew")
        return self._advice(None, seen, "no place around the best one is better")

    def _advice(
        self, place: Place | None, seen: dict[Place, list[float]], reason: str
    ) -> SpotAdvice:
        if not seen:
            return SpotAdvice(place, None, 0.0, None, reason)
        best = _best(seen)
        return SpotAdvice(place, best, float(np.median(seen[best])), _centre(seen), reason)


def _grid(rule: HotSpotRule) -> list[Place]:
    """The places of the grid from the middle outwards."""
    reach = range(-rule.grid_rings, rule.grid_rings + 1)
    places = [(rule.grid_step_mm * x, rule.grid_step_mm * y) for x in reach for y in reach]
    return sorted(places, key=lambda place: (np.hypot(*place), place))


def _around(place: Place, step_mm: float) -> list[Place]:
    steps = (-step_mm, 0.0, step_mm)
    return [
        _rounded((place[0] + x, place[1] + y)) for x in steps for y in steps if (x, y) != (0, 0)
    ]


def _best(seen: dict[Place, list[float]]) -> Place:
    return max(seen, key=lambda place: (float(np.median(seen[place])), -np.hypot(*place)))


def _centre(seen: dict[Place, list[float]]) -> Place | None:
    weights = {place: float(np.median(values)) for place, values in seen.items()}
    total = sum(weights.values())
    if total <= 0:
        return None
    x = sum(weight * place[0] for place, weight in weights.items()) / total
    y = sum(weight * place[1] for place, weight in weights.items()) / total
    return (round(x, 1), round(y, 1))


def _rounded(place: Place) -> Place:
    return (round(place[0], 3), round(place[1], 3))
