"""When every pulse of a protocol comes: placed blocks for a drawing, arrays for everything else.

A `PlacedBlock` leads down the structure (its trains, their bursts, their pulses), each with its
exact onset; a `Timeline` holds one row a pulse. Both count seconds from the start of the session.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from euthymia.plan.protocol.pulses import Burst, Pulse, Train

if TYPE_CHECKING:
    from euthymia.plan.protocol.algebra import Block

_EXACT_IN_FLOAT = 2**53
"""Below this, a whole number of ticks fits into a float64 without rounding."""


@dataclass(frozen=True, slots=True)
class PlacedBurst:
    """A burst in the session; `offset_s` is the time of its last pulse."""

    index: int
    burst: Burst
    onset_s: Fraction

    @property
    def offset_s(self) -> Fraction:
        return self.onset_s + self.burst.span_s

    def pulses(self) -> Iterator[tuple[Fraction, Pulse]]:
        """Each pulse with its time in seconds."""
        for index, pulse in enumerate(self.burst.pulses):
            yield self.onset_s + index * self.burst.interval_s, pulse


@dataclass(frozen=True, slots=True)
class PlacedTrain:
    """A train in the session; `offset_s` is the time of its last pulse."""

    index: int
    train: Train
    onset_s: Fraction

    @property
    def offset_s(self) -> Fraction:
        return self.onset_s + self.train.span_s

    @property
    def nominal_end_s(self) -> Fraction:
        return self.onset_s + self.train.nominal_s

    def bursts(self) -> Iterator[PlacedBurst]:
        for index in range(self.train.burst_count):
            onset_s = self.onset_s + index * self.train.period_s
            yield PlacedBurst(index, self.train.burst, onset_s)


@dataclass(frozen=True, slots=True)
class PlacedBlock:
    """A block in the session; `offset_s` is the time of its last pulse."""

    index: int
    block: Block
    onset_s: Fraction

    @property
    def offset_s(self) -> Fraction:
        return self.onset_s + self.block.last_pulse_s

    @property
    def cycle_end_s(self) -> Fraction:
        """When the block's next train would begin, and what follows it does."""
        return self.onset_s + self.block.cycle_s

    def trains(self) -> Iterator[PlacedTrain]:
        for index in range(self.block.train_count):
            onset_s = self.onset_s + index * self.block.period_s
            yield PlacedTrain(index, self.block.train, onset_s)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Every pulse of a session, one row a pulse, in the order in which they come.

    All arrays have shape (n,) and cannot be written to. `time_s` is in seconds from the start of
    the session; `relative_amplitude` is the fraction of the block's intensity; `block` counts
    through the session, `train` within its block, `burst` within its train, `pulse` within its
    burst, all from 0.
    """

    time_s: NDArray[np.float64]
    relative_amplitude: NDArray[np.float64]
    block: NDArray[np.int64]
    train: NDArray[np.int64]
    burst: NDArray[np.int64]
    pulse: NDArray[np.int64]

    @classmethod
    def of(cls, placed: tuple[PlacedBlock, ...]) -> Timeline:
        """Lay out all pulses of the blocks of a session."""
        ticks_per_s = _ticks_per_second(placed)
        columns = [_rows(each, ticks_per_s) for each in placed]
        arrays = tuple(np.concatenate(column) for column in zip(*columns, strict=True))
        for array in arrays:
            array.setflags(write=False)
        return cls(*arrays)

    def __len__(self) -> int:
        return len(self.time_s)


def _ticks_per_second(placed: tuple[PlacedBlock, ...]) -> int:
    """The coarsest clock on which every pulse falls on a tick: 10 at 10 Hz, 50 for theta bursts."""
    times = [
        time
        for each in placed
        for time in (
            each.onset_s,
            each.block.period_s,
            each.block.train.period_s,
            each.block.train.burst.interval_s,
        )
    ]
    return math.lcm(*(time.denominator for time in times))


def _rows(placed: PlacedBlock, ticks_per_s: int) -> tuple[NDArray[Any], ...]:
    block, train, burst = placed.block, placed.block.train, placed.block.train.burst
    shape = (block.train_count, train.burst_count, burst.pulse_count)
    train_i, burst_i, pulse_i = (axis.ravel() for axis in np.indices(shape, dtype=np.int64))
    # Whole ticks, divided once at the end: no error adds up. Beyond 2**53 ticks (odd rates in a
    # long session) Python's own integers take over; their division is exactly rounded as well.
    last_tick = int(placed.cycle_end_s * ticks_per_s)
    number = np.int64 if max(last_tick, ticks_per_s) < _EXACT_IN_FLOAT else object
    ticks = (
        int(placed.onset_s * ticks_per_s)
        + train_i.astype(number) * int(block.period_s * ticks_per_s)
        + burst_i.astype(number) * int(train.period_s * ticks_per_s)
        + pulse_i.astype(number) * int(burst.interval_s * ticks_per_s)
    )
    amplitude = np.array([pulse.relative_amplitude for pulse in burst.pulses], dtype=np.float64)
    return (
        (ticks / ticks_per_s).astype(np.float64),
        amplitude[pulse_i],
        np.full(train_i.shape, placed.index, dtype=np.int64),
        train_i,
        burst_i,
        pulse_i,
    )
