"""What one study found: an effect with its variance, on the scale on which effects are pooled.

Ratios are pooled as logarithms, shares as logits, differences as they are. Formulas: Borenstein,
Hedges, Higgins and Rothstein 2009, chapters 4, 5 and 14; Hedges 1981 for the small-sample factor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import scipy

from euthymia.core.errors import InputError

CORRECTION = 0.5
"""Added to every cell of a table that has an empty one, so that its ratio is finite."""


class Measure(StrEnum):
    """On which scale two arms are compared, or one arm is described."""

    ODDS_RATIO = "odds ratio"
    RISK_RATIO = "risk ratio"
    RISK_DIFFERENCE = "risk difference"
    PROPORTION = "proportion"
    MEAN_DIFFERENCE = "mean difference"
    STANDARDISED_DIFFERENCE = "standardised mean difference"

    @property
    def is_ratio(self) -> bool:
        return self in (Measure.ODDS_RATIO, Measure.RISK_RATIO)

    @property
    def no_effect(self) -> float | None:
        """The value that means no difference, as shown; None where the measure compares nothing."""
        if self is Measure.PROPORTION:
            return None
        return 1.0 if self.is_ratio else 0.0

    def shown(self, pooled_scale: float) -> float:
        """A value of the pooling scale as people read it: a ratio, a share, a difference."""
        if self.is_ratio:
            return math.exp(pooled_scale)
        if self is Measure.PROPORTION:
            return 1.0 / (1.0 + math.exp(-pooled_scale))
        return pooled_scale


@dataclass(frozen=True, slots=True)
class TwoByTwo:
    """How many of each arm had an outcome: `events` of `treated`, `control_events` of `control`."""

    study: str
    events: int
    treated: int
    control_events: int
    control: int

    def __post_init__(self) -> None:
        _refuse_impossible(self.study, ", treated arm", self.events, self.treated)
        _refuse_impossible(self.study, ", control arm", self.control_events, self.control)

    @property
    def cells(self) -> tuple[float, float, float, float]:
        """Events and others of the treated, events and others of the controls."""
        return (
            self.events,
            self.treated - self.events,
            self.control_events,
            self.control - self.control_events,
        )

    @property
    def is_empty(self) -> bool:
        """No arm, or every one of both arms, had the outcome: it says nothing about a ratio."""
        return self.events + self.control_events in (0, self.treated + self.control)


@dataclass(frozen=True, slots=True)
class TwoMeans:
    """Mean, standard deviation and size of two arms."""

    study: str
    mean: float
    sd: float
    n: int
    control_mean: float
    control_sd: float
    control_n: int

    def __post_init__(self) -> None:
        if min(self.sd, self.control_sd) <= 0 or min(self.n, self.control_n) < 2:
            raise InputError(
                self.study,
                "a standard deviation is not positive or an arm has fewer than two people",
                "Check the table of the publication",
            )


@dataclass(frozen=True, slots=True)
class Effect:
    """One study's effect and its variance on the pooling scale of the measure."""

    study: str
    measure: Measure
    value: float
    variance: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and self.variance > 0 and math.isfinite(self.variance)):
            raise InputError(
                self.study,
                "its effect or variance is not a finite number",
                "Leave the study out, or check its counts",
            )

    @property
    def standard_error(self) -> float:
        return math.sqrt(self.variance)

    def interval(self, coverage: float = 0.95) -> tuple[float, float]:
        """The normal interval, as shown (a ratio, a share or a difference)."""
        reach = float(scipy.stats.norm.ppf(0.5 + coverage / 2)) * self.standard_error
        return self.measure.shown(self.value - reach), self.measure.shown(self.value + reach)

    @property
    def shown(self) -> float:
        return self.measure.shown(self.value)


def compare(table: TwoByTwo, measure: Measure) -> Effect:
    """The effect of a two-by-two table: odds ratio, risk ratio or risk difference.

    Half a person is added to each cell of a table with an empty cell. A table in which nobody or
    everybody had the outcome is refused for a ratio: it carries no information about one.
    """
    a, b, c, d = table.cells
    if measure.is_ratio and table.is_empty:
        raise InputError(
            table.study,
            "nobody or everybody had the outcome, which says nothing about a ratio",
            "Leave it out, or pool risk differences",
        )
    if 0 in (a, b, c, d):
        a, b, c, d = (cell + CORRECTION for cell in (a, b, c, d))
    n, m = a + b, c + d
    if measure is Measure.ODDS_RATIO:
        return Effect(
            table.study, measure, math.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d
        )
    if measure is Measure.RISK_RATIO:
        return Effect(
            table.study, measure, math.log((a / n) / (c / m)), 1 / a - 1 / n + 1 / c - 1 / m
        )
    if measure is Measure.RISK_DIFFERENCE:
        return Effect(table.study, measure, a / n - c / m, a * b / n**3 + c * d / m**3)
    raise InputError(str(measure), "it does not compare counts", "Choose a ratio or a difference")


def comparable(tables: Sequence[TwoByTwo], measure: Measure) -> tuple[list[Effect], list[str]]:
    """The effects of the tables that have one, and the names of the studies left out."""
    kept = [table for table in tables if not (measure.is_ratio and table.is_empty)]
    left_out = [table.study for table in tables if table not in kept]
    return [compare(table, measure) for table in kept], left_out


def share(study: str, events: int, total: int) -> Effect:
    """The logit of a share, with half a person added where it is 0 or 1."""
    _refuse_impossible(study, "", events, total)
    a, b = float(events), float(total - events)
    if 0 in (a, b):
        a, b = a + CORRECTION, b + CORRECTION
    return Effect(study, Measure.PROPORTION, math.log(a / b), 1 / a + 1 / b)


def mean_difference(means: TwoMeans) -> Effect:
    """Treated minus control, in points of the scale."""
    variance = means.sd**2 / means.n + means.control_sd**2 / means.control_n
    return Effect(means.study, Measure.MEAN_DIFFERENCE, means.mean - means.control_mean, variance)


def standardised_difference(means: TwoMeans) -> Effect:
    """Hedges' g: the difference in pooled standard deviations, freed of its small-sample bias."""
    freedom = means.n + means.control_n - 2
    pooled = math.sqrt(
        ((means.n - 1) * means.sd**2 + (means.control_n - 1) * means.control_sd**2) / freedom
    )
    factor = math.exp(
        math.lgamma(freedom / 2) - math.lgamma((freedom - 1) / 2) - 0.5 * math.log(freedom / 2)
    )
    d = (means.mean - means.control_mean) / pooled
    variance = (means.n + means.control_n) / (means.n * means.control_n) + d**2 / (
        2 * (means.n + means.control_n)
    )
    return Effect(means.study, Measure.STANDARDISED_DIFFERENCE, factor * d, factor**2 * variance)


def from_interval(
    study: str, measure: Measure, shown: float, low: float, high: float, coverage: float = 0.95
) -> Effect:
    """The effect behind a published value with its interval, as shown in the publication.

    Refuses an interval that does not hold its value, or whose value lies far from its middle on
    the pooling scale, which tells of a misprint.
    """
    if not low < shown < high:
        raise InputError(
            study, f"{shown} does not lie between {low} and {high}", "Check the source"
        )
    ends = [_pooled_scale(measure, value) for value in (low, shown, high)]
    reach = float(scipy.stats.norm.ppf(0.5 + coverage / 2))
    width = ends[2] - ends[0]
    if abs((ends[0] + ends[2]) / 2 - ends[1]) > 0.15 * width:
        raise InputError(
            study,
            f"{shown} ({low} to {high}) is too lopsided for a {measure}",
            "Check for a misprint, or for another measure",
        )
    return Effect(study, measure, ends[1], (width / (2 * reach)) ** 2)


def _refuse_impossible(study: str, arm: str, events: int, total: int) -> None:
    if total < 1 or not 0 <= events <= total:
        raise InputError(
            f"{study}{arm}",
            f"{events} of {total} cannot be",
            "Give whole counts with events between 0 and the size of the arm",
        )


def _pooled_scale(measure: Measure, shown: float) -> float:
    if measure.is_ratio:
        return math.log(shown)
    if measure is Measure.PROPORTION:
        return math.log(shown / (1 - shown))
    return shown
