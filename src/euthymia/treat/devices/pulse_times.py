"""When the pulses of one train come, as an array."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from euthymia.plan.protocol.pulses import Train


@lru_cache(maxsize=64)
def pulse_times_s(train: Train) -> NDArray[np.float64]:
    """(n,) seconds of every pulse of a train after its first; cannot be written to."""
    bursts = np.arange(train.burst_count) * float(train.period_s)
    inner = np.arange(train.burst.pulse_count) * float(train.burst.interval_s)
    times = np.asarray((bursts[:, None] + inner[None, :]).ravel(), dtype=np.float64)
    times.setflags(write=False)
    return times


def pulses_by(train: Train, after_s: float) -> int:
    """How many pulses of the train have come so many seconds after its first."""
    return int(np.searchsorted(pulse_times_s(train), after_s, side="right"))
