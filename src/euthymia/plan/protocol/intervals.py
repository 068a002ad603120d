"""The inter-train interval, in both conventions in which it is published.

Consoles and papers mean two things by ITI, and the published session lengths need both:

- `OffTime`: the pause after the last pulse. 75 trains of 40 pulses at 10 Hz with 11 s make
  75 x 3.9 + 74 x 11 = 1106.5 s, which a console shows as 18:26.
- `OnsetToOnset`: from the first pulse of a train to the first of the next. "4 s on, 26 s off" is a
  grid of 30 s and makes 75 x 30 = 2250 s, the published 37.5 minutes.

Conversions need the train, and are exact inverses of each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from euthymia.core.errors import InputError
from euthymia.plan.protocol.exact import Number, positive, show
from euthymia.plan.protocol.pulses import Train


@dataclass(frozen=True, slots=True)
class OffTime:
    """Seconds of silence after the last pulse of a train."""

    seconds: Fraction

    def __post_init__(self) -> None:
        positive(self.seconds, "inter-train interval")

    @classmethod
    def of(cls, seconds: Number) -> OffTime:
        return cls(positive(seconds, "inter-train interval"))

    def period_s(self, train: Train) -> Fraction:
        """Seconds from one train's first pulse to the next one's."""
        return train.span_s + self.seconds

    def stated_off_s(self, train: Train) -> Fraction:
        """The pause as a protocol table states it."""
        return self.seconds

    def as_onset_to_onset(self, train: Train) -> OnsetToOnset:
        return OnsetToOnset(self.period_s(train))

    def as_off_time(self, train: Train) -> OffTime:
        return self

    def text(self, train: Train) -> str:
        return f"{show(self.seconds)} s after the last pulse"


@dataclass(frozen=True, slots=True)
class OnsetToOnset:
    """Seconds from the first pulse of a train to the first pulse of the next."""

    seconds: Fraction

    def __post_init__(self) -> None:
        positive(self.seconds, "onset-to-onset interval")

    @classmethod
    def of(cls, seconds: Number) -> OnsetToOnset:
        return cls(positive(seconds, "onset-to-onset interval"))

    @classmethod
    def nominal(cls, train: Train, off_s: Number) -> OnsetToOnset:
        """The grid of "on and off" as published: nominal train length plus the off-time."""
        return cls(train.nominal_s + positive(off_s, "inter-train interval"))

    def period_s(self, train: Train) -> Fraction:
        """Seconds from one train's first pulse to the next one's."""
        if self.seconds <= train.span_s:
            raise InputError(
                "onset-to-onset interval",
                f"{show(self.seconds)} s is not longer than the train of {show(train.span_s)} s",
                "Give a longer interval, or say it as off-time after the last pulse",
            )
        return self.seconds

    def stated_off_s(self, train: Train) -> Fraction:
        """The pause as a protocol table states it: the grid less the nominal train length."""
        return self.period_s(train) - train.nominal_s

    def as_onset_to_onset(self, train: Train) -> OnsetToOnset:
        return self

    def as_off_time(self, train: Train) -> OffTime:
        return OffTime(self.period_s(train) - train.span_s)

    def text(self, train: Train) -> str:
        off = show(self.stated_off_s(train))
        return f"{off} s after the train ({show(self.seconds)} s from onset to onset)"


InterTrainInterval: TypeAlias = OffTime | OnsetToOnset
