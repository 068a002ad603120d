"""The simulated stimulator's own memory: pulses given, kept in a file that outlives a kill.

A real stimulator goes on counting when the computer dies. So that this can be simulated and a
record compared with the truth, each pulse is one eight-byte store into a mapped file: it has
happened or it has not, whenever the process is killed.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MOST_TRAINS = 8_192
_BYTES = 8 * MOST_TRAINS


class PulseMemory:
    """Pulses of each train that was ever fired; their sum is the stimulator's counter."""

    def __init__(self, path: Path | None = None) -> None:
        """Without a path the memory ends with the process."""
        self._map: mmap.mmap | None = None
        if path is None:
            self._pulses: NDArray[np.int64] = np.zeros(MOST_TRAINS, dtype=np.int64)
        else:
            self._map = _mapped(path)
            self._pulses = np.frombuffer(self._map, dtype=np.int64)
        self._total = int(self._pulses.sum())
        fired = np.flatnonzero(self._pulses)
        self._last = int(fired[-1]) if len(fired) else -1

    @property
    def total(self) -> int:
        return self._total

    @property
    def trains(self) -> list[int]:
        """Pulses of each train that gave any, in order of firing."""
        return [int(count) for count in self._pulses[: self._last + 1]]

    def begin_train(self) -> None:
        """The next pulses belong to a new train."""
        if self._last + 1 >= MOST_TRAINS:
            raise OverflowError("the simulated stimulator's memory of trains is full")
        if self._last < 0 or self._pulses[self._last] > 0:
            self._last += 1

    def count(self) -> None:
        """One more pulse of the train under way."""
        self._pulses[max(self._last, 0)] += 1
        self._total += 1

    def forget(self) -> None:
        """Begin again at zero, as after an exchange of the stimulator."""
        self._pulses[:] = 0
        self._total, self._last = 0, -1


def _mapped(path: Path) -> mmap.mmap:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.fstat(descriptor).st_size < _BYTES:
            os.ftruncate(descriptor, _BYTES)
        return mmap.mmap(descriptor, _BYTES)
    finally:
        os.close(descriptor)
