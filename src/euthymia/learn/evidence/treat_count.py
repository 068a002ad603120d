"""The number needed to treat: how many patients for one more with the outcome."""

from __future__ import annotations

import math
from dataclasses import dataclass

from euthymia.core.errors import InputError
from euthymia.learn.evidence.effects import Measure


@dataclass(frozen=True, slots=True)
class NumberNeeded:
    """A number needed to treat with its interval.

    When the interval of the risk difference holds zero, that of the number runs from a number
    needed to treat over infinity to a number needed to harm (Altman 1998): then `low` bounds the
    benefit, `harm` bounds the harm, and `high` is infinite. A benefit counts as positive.
    """

    value: float
    low: float
    high: float
    harm: float | None

    @property
    def text(self) -> str:
        """ "8 (5 to 21)", or how the interval runs through infinity."""
        if self.harm is not None:
            harm = "" if math.isinf(self.harm) else f", to harm: {math.ceil(self.harm)} or more"
            return f"{_whole(self.value)} (benefit: {_whole(self.low)} or more, to none{harm})"
        return f"{_whole(self.value)} ({math.ceil(self.low)} to {_whole(self.high)})"


def number_needed(difference: float, low: float, high: float) -> NumberNeeded:
    """From a risk difference (treated minus control, benefit positive) with its interval."""
    if not low <= difference <= high or max(abs(low), abs(high)) > 1:
        raise InputError(
            "risk difference",
            f"{difference} ({low} to {high}) is no difference of two shares",
            "Give shares between -1 and 1, the interval around the value",
        )
    value = 1 / difference if difference else math.inf
    if low > 0:
        return NumberNeeded(value, 1 / high, 1 / low, None)
    if high <= 0:
        raise InputError(
            "number needed to treat",
            "the difference is a harm over its whole interval",
            "Give the difference the other way round and read it as a number needed to harm",
        )
    return NumberNeeded(value, 1 / high, math.inf, 1 / -low if low < 0 else math.inf)


def difference_at(control_share: float, ratio: float, measure: Measure) -> float:
    """The risk difference that an odds or risk ratio makes at a share of controls with the outcome.

    So the number needed can be given for a clinic whose patients respond more or less often.
    """
    if not 0 < control_share < 1:
        raise InputError(
            "share of the controls", f"{control_share} is no share", "Give a number between 0 and 1"
        )
    if measure is Measure.ODDS_RATIO:
        odds = ratio * control_share / (1 - control_share)
        return odds / (1 + odds) - control_share
    if measure is Measure.RISK_RATIO:
        return min(1.0, ratio * control_share) - control_share
    raise InputError(str(measure), "it is no ratio", "Give an odds ratio or a risk ratio")


def _whole(value: float) -> str:
    """Rounded up, as numbers needed to treat are: half a patient cannot be treated."""
    return "no finite number" if math.isinf(value) else f"{math.ceil(value)}"
