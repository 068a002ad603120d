"""The three lower layers of the protocol algebra: `Pulse -> Burst -> Train`.

| here  | NIBS-BIDS draft                        | on a console              |
|-------|----------------------------------------|---------------------------|
| Pulse | pulse                                  | stimulus                  |
| Burst | burst (`PulseRepetitionInterval`)      | burst, triplet            |
| Train | train (`train_count`, repetition rate) | train                     |

All values are frozen. Times are exact fractions of a second, counted from the first pulse of the
value itself. A pulse has no length here: its 0.2 to 0.4 ms matter to physics, not to the clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from euthymia.core.errors import InputError
from euthymia.plan.protocol.exact import Number, at_least_one, exact, positive, show


class Waveform(StrEnum):
    """The shape of the coil current in one pulse."""

    BIPHASIC = "biphasic"
    MONOPHASIC = "monophasic"
    HALF_SINE = "half-sine"
    BIPHASIC_BURST = "biphasic burst"
    OTHER = "other"


class CurrentDirection(StrEnum):
    """Direction of the current induced in the brain by the first phase, relative to the head."""

    NOT_STATED = "not stated"
    POSTERIOR_ANTERIOR = "PA"
    ANTERIOR_POSTERIOR = "AP"
    LATERAL_MEDIAL = "LM"
    MEDIAL_LATERAL = "ML"


@dataclass(frozen=True, slots=True)
class Pulse:
    """One magnetic stimulus.

    `relative_amplitude` is the fraction of the block's intensity at which it is given: 1.0 for
    all pulses of every protocol in the catalogue, something else in ramps and paired pulses.
    """

    waveform: Waveform = Waveform.BIPHASIC
    current: CurrentDirection = CurrentDirection.NOT_STATED
    relative_amplitude: float = 1.0

    def __post_init__(self) -> None:
        amplitude = self.relative_amplitude
        if not (math.isfinite(amplitude) and 0.0 < amplitude <= 2.0):
            raise InputError(
                "relative amplitude of a pulse",
                f"{amplitude} is not within 0 to 2",
                "Give the fraction of the block's intensity, 1.0 for the whole of it",
            )

    def burst(self, count: int, rate_hz: Number) -> Burst:
        """`count` of these pulses at `rate_hz` as one burst."""
        return Burst.of(count, rate_hz, self)

    def train(self, count: int, rate_hz: Number) -> Train:
        """`count` of these pulses at `rate_hz` as one plain train."""
        return Train.of(count, rate_hz, Burst.single(self))


@dataclass(frozen=True, slots=True)
class Burst:
    """Pulses at one within-burst interval; a single pulse is a burst of one, its interval zero.

    `interval_s` runs from pulse onset to pulse onset, in seconds.
    """

    pulses: tuple[Pulse, ...]
    interval_s: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if not self.pulses:
            raise InputError("a burst", "it has no pulses", "Give it at least one pulse")
        if len(self.pulses) > 1 and self.interval_s <= 0:
            raise InputError(
                "a burst of several pulses",
                "it has no interval between them",
                "Give the within-burst rate, 50 Hz in theta burst stimulation",
            )
        if len(self.pulses) == 1 and self.interval_s != 0:
            # One normal form, so that equal bursts compare equal.
            object.__setattr__(self, "interval_s", Fraction(0))

    @classmethod
    def of(cls, count: int, rate_hz: Number, pulse: Pulse | None = None) -> Burst:
        """`count` equal pulses at `rate_hz` within the burst."""
        at_least_one(count, "pulses in a burst")
        return cls((pulse or Pulse(),) * count, 1 / positive(rate_hz, "within-burst rate"))

    @classmethod
    def single(cls, pulse: Pulse | None = None) -> Burst:
        """One pulse: the burst of an ordinary train."""
        return cls((pulse or Pulse(),))

    @property
    def pulse_count(self) -> int:
        return len(self.pulses)

    @property
    def span_s(self) -> Fraction:
        """Seconds from the first pulse to the last; zero for a single pulse."""
        return (self.pulse_count - 1) * self.interval_s

    @property
    def rate_hz(self) -> Fraction | None:
        """The within-burst rate; None for a single pulse, which has none."""
        return 1 / self.interval_s if self.interval_s else None

    def train(self, count: int, rate_hz: Number) -> Train:
        """`count` of these bursts at `rate_hz` as one train."""
        return Train.of(count, rate_hz, self)


@dataclass(frozen=True, slots=True)
class Train:
    """Bursts, or single pulses, at one rate.

    `period_s` runs from burst onset to burst onset, in seconds.
    """

    burst: Burst
    burst_count: int
    period_s: Fraction

    def __post_init__(self) -> None:
        at_least_one(self.burst_count, "bursts in a train")
        if self.period_s <= 0:
            raise InputError("a train", "its rate is not above zero", "Give the rate in Hz")
        if self.burst.span_s >= self.period_s:
            raise InputError(
                "a train",
                f"a burst of {show(self.burst.span_s)} s does not fit into its period of "
                f"{show(self.period_s)} s",
                "Give fewer pulses in a burst, a faster within-burst rate or a slower burst rate",
            )

    @classmethod
    def of(cls, count: int, rate_hz: Number, burst: Burst | None = None) -> Train:
        """`count` bursts (single pulses, if none is given) at `rate_hz`."""
        return cls(burst or Burst.single(), count, 1 / positive(rate_hz, "rate of a train"))

    @property
    def pulse_count(self) -> int:
        return self.burst_count * self.burst.pulse_count

    @property
    def rate_hz(self) -> Fraction:
        """Bursts (single pulses) per second: 10 in 10 Hz, 5 in theta burst stimulation."""
        return 1 / self.period_s

    @property
    def highest_rate_hz(self) -> Fraction:
        """The fastest rate at which two pulses follow each other: 50 in theta bursts."""
        return self.burst.rate_hz or self.rate_hz

    @property
    def span_s(self) -> Fraction:
        """Seconds from the first pulse to the last: 3.9 for 40 pulses at 10 Hz."""
        return (self.burst_count - 1) * self.period_s + self.burst.span_s

    @property
    def nominal_s(self) -> Fraction:
        """The train's length as it is published, count over rate: 4 for 40 pulses at 10 Hz."""
        return self.burst_count * self.period_s

    @property
    def is_theta_burst(self) -> bool:
        """Whether pulses come in bursts, for which the train-duration tables do not hold."""
        return self.burst.pulse_count > 1

    def pulses_that_fit(self, seconds: Number) -> int:
        """How many pulses of this train's kind fit into a nominal length of that many seconds."""
        limit = exact(seconds, "train length")
        return max(0, math.floor(limit / self.period_s)) * self.burst.pulse_count
