"""The protocol algebra: `Pulse -> Burst -> Train -> Block -> Protocol`.

A block repeats one train at one site and one intensity; a protocol is a sequence of blocks and
pauses. Sequence is `+` (or `.then`), repeat is `*`:

    theta = Burst.of(3, rate_hz=50).train(10, rate_hz=5)
    itbs = Block.of(theta, site, Intensity(120)).every(OffTime.of(8)) * 20      # a Block
    both = right_1_hz + Pause.of(60) + left_10_hz                               # a Protocol

Laws, which the tests hold: `+` is associative; `p * (m + n)` is `p * m + p * n`; pulse counts and
durations with the last inter-train interval add under `+` and multiply under `*`. For that, a
block always ends with its own interval: what follows begins when its next train would have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.plan.protocol.dosing import Intensity, Site
from euthymia.plan.protocol.exact import Number, at_least_one, clock, positive, show
from euthymia.plan.protocol.intervals import InterTrainInterval
from euthymia.plan.protocol.pulses import Train
from euthymia.plan.protocol.timeline import PlacedBlock, Timeline


class Duration(StrEnum):
    """What is counted when the length of a session is published."""

    WITH_LAST_INTERVAL = "with the last interval"
    """Trains times (on + off): the interval after the last train counts. 10 Hz: 37.5 min."""
    WITHOUT_LAST_INTERVAL = "without the last interval"
    """To the nominal end of the last train."""
    FIRST_TO_LAST_PULSE = "first to last pulse"
    """What a stopwatch shows, and most consoles. iTBS: 188.8 s."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence between two blocks, for instance to move the coil to the other side."""

    seconds: Fraction

    def __post_init__(self) -> None:
        positive(self.seconds, "pause")

    @classmethod
    def of(cls, seconds: Number) -> Pause:
        return cls(positive(seconds, "pause"))

    @property
    def cycle_s(self) -> Fraction:
        return self.seconds

    def __add__(self, other: Piece) -> Protocol:
        return Protocol.of(self, other)


@dataclass(frozen=True, slots=True)
class Block:
    """One train, repeated at one inter-train interval, at one site and one intensity.

    `interval` is None only for a single train, which then ends with its nominal length.
    """

    train: Train
    train_count: int
    interval: InterTrainInterval | None
    site: Site
    intensity: Intensity

    def __post_init__(self) -> None:
        at_least_one(self.train_count, "trains in a block")
        if self.interval is None and self.train_count > 1:
            raise _no_interval()
        _ = self.period_s  # refuses an interval shorter than the train

    @classmethod
    def of(cls, train: Train, site: Site, intensity: Intensity) -> Block:
        """One train at a site and an intensity; `.every` spaces it and `*` repeats it."""
        return cls(train, 1, None, site, intensity)

    @property
    def period_s(self) -> Fraction:
        """Seconds from one train's first pulse to the next one's."""
        return self.interval.period_s(self.train) if self.interval else self.train.nominal_s

    @property
    def stated_off_s(self) -> Fraction | None:
        """The off-time as a protocol table states it, in seconds; None for a single train."""
        return self.interval.stated_off_s(self.train) if self.interval else None

    @property
    def pulse_count(self) -> int:
        return self.train_count * self.train.pulse_count

    @property
    def cycle_s(self) -> Fraction:
        """Seconds with the last interval: when the next train would begin."""
        return self.train_count * self.period_s

    @property
    def nominal_end_s(self) -> Fraction:
        """Seconds from the first pulse to the nominal end of the last train."""
        return (self.train_count - 1) * self.period_s + self.train.nominal_s

    @property
    def last_pulse_s(self) -> Fraction:
        """Seconds from the first pulse to the last."""
        return (self.train_count - 1) * self.period_s + self.train.span_s

    @property
    def mean_rate_hz(self) -> Fraction:
        """Pulses per second over the whole block, intervals included."""
        return self.pulse_count / self.cycle_s

    def every(self, interval: InterTrainInterval) -> Block:
        """The same block with this interval after each train."""
        return replace(self, interval=interval)

    def at(self, intensity: Intensity) -> Block:
        """The same block at another intensity, as in a tolerability ramp."""
        return replace(self, intensity=intensity)

    def __mul__(self, times: int) -> Block:
        """The block with its train repeated that many times as often."""
        at_least_one(times, "repeats of a block")
        if self.interval is None and times > 1:
            raise _no_interval()
        return replace(self, train_count=self.train_count * times)

    __rmul__ = __mul__

    def __add__(self, other: Piece) -> Protocol:
        return Protocol.of(self, other)

    def then(self, other: Piece, pause_s: Number = 0) -> Protocol:
        """This block, a pause, then the other."""
        return Protocol.of(self).then(other, pause_s)

    @property
    def text(self) -> str:
        """One line for a person: what, where, how strong."""
        train = self.train
        inner = train.burst.rate_hz
        rate = f"{show(train.rate_hz)} Hz"
        what = f"theta bursts ({show(inner)} Hz) at {rate}" if inner else rate
        off = self.stated_off_s
        rest = (
            f"{show(train.nominal_s)} s on, {show(off)} s off" if off is not None else "one train"
        )
        return (
            f"{self.site.text}: {what}, {rest}, {self.train_count} × {train.pulse_count} = "
            f"{self.pulse_count} pulses at {self.intensity.text}"
        )


Step: TypeAlias = Block | Pause


@dataclass(frozen=True, slots=True)
class Protocol:
    """What is given in one session: blocks and pauses, one after the other."""

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if not self.blocks:
            raise InputError("a protocol", "it has no block", "Give it at least one block")

    @classmethod
    def of(cls, *pieces: Piece) -> Protocol:
        """The pieces in sequence; protocols among them are joined, not nested."""
        steps: list[Step] = []
        for piece in pieces:
            steps.extend(piece.steps if isinstance(piece, Protocol) else (piece,))
        return cls(tuple(steps))

    def then(self, other: Piece, pause_s: Number = 0) -> Protocol:
        """This protocol, a pause (none if 0), then the other."""
        return Protocol.of(self, Pause.of(pause_s), other) if pause_s else Protocol.of(self, other)

    def __add__(self, other: Piece) -> Protocol:
        return Protocol.of(self, other)

    def __mul__(self, times: int) -> Protocol:
        at_least_one(times, "repeats of a protocol")
        return Protocol(self.steps * times)

    __rmul__ = __mul__

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(step for step in self.steps if isinstance(step, Block))

    @property
    def pulse_count(self) -> int:
        return sum(block.pulse_count for block in self.blocks)

    @property
    def train_count(self) -> int:
        return sum(block.train_count for block in self.blocks)

    def duration_s(self, convention: Duration = Duration.WITH_LAST_INTERVAL) -> Fraction:
        """The session's length in seconds, exact, in one of the published conventions."""
        if convention is Duration.WITH_LAST_INTERVAL:
            return sum((step.cycle_s for step in self.steps), Fraction(0))
        placed = tuple(self.placed_blocks())
        first, last = placed[0], placed[-1]
        if convention is Duration.WITHOUT_LAST_INTERVAL:
            return last.onset_s + last.block.nominal_end_s - first.onset_s
        return last.onset_s + last.block.last_pulse_s - first.onset_s

    @property
    def clock(self) -> str:
        """First to last pulse as a console shows it: "18:26"."""
        return clock(self.duration_s(Duration.FIRST_TO_LAST_PULSE))

    def placed_blocks(self) -> Iterator[PlacedBlock]:
        """Each block with its onset; from there its trains, bursts and pulses, for a drawing."""
        onset_s, index = Fraction(0), 0
        for step in self.steps:
            if isinstance(step, Block):
                yield PlacedBlock(index, step, onset_s)
                index += 1
            onset_s += step.cycle_s

    def timeline(self) -> Timeline:
        """Every pulse of the session as arrays: time, amplitude, block, train, burst, pulse."""
        return Timeline.of(tuple(self.placed_blocks()))

    def pulse_times_s(self) -> NDArray[np.float64]:
        """Time of every pulse, in seconds from the start of the session, shape (n,).

        Each value is the exact fraction rounded once, so the millionth is as good as the first.
        """
        return self.timeline().time_s

    @property
    def text(self) -> str:
        """The protocol on one line."""
        return "; then ".join(block.text for block in self.blocks)


Piece: TypeAlias = Block | Pause | Protocol


def _no_interval() -> InputError:
    return InputError(
        "a block of several trains",
        "it has no inter-train interval",
        "Give it one, as off-time after the last pulse or from onset to onset",
    )
