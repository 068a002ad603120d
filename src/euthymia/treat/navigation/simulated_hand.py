"""A simulated hand that holds the coil: it trembles, drifts, slips, and hides the markers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.core.poses import Pose
from euthymia.treat.clock import Clock
from euthymia.treat.navigation.samples import PoseSample


@dataclass(frozen=True, slots=True)
class Hand:
    """How a hand (or a holder) holds a coil. Invented figures.

    tremor_mm, tremor_deg: standard deviation of each component; tremor_s: how long it remembers.
    drift_mm_per_min: slow movement to the planned coil's left.
    """

    tremor_mm: float = 0.5
    tremor_deg: float = 0.7
    tremor_s: float = 0.15
    drift_mm_per_min: float = 0.2
    rate_hz: float = 60.0


class SimulatedHand:
    """A pose stream around a planned pose; the same seed holds the coil the same way.

    slip: at a second, the coil moves by so many mm and stays there until `put_back`. hide: seconds
    from and to which the markers are not seen.
    """

    def __init__(
        self, planned: Pose, clock: Clock, hand: Hand | None = None, seed: int = 0
    ) -> None:
        self._planned = planned
        self._clock = clock
        self._hand = hand or Hand()
        self._draw = np.random.default_rng(seed)
        self._start_s = clock.now_s()
        self._state = np.zeros(6)
        self._sample = PoseSample(self._start_s, planned)
        self._done = 0
        self._slip: tuple[float, float] | None = None
        self._hidden: list[tuple[float, float]] = []
        self._put_back_s = self._start_s

    def slip(self, at_s: float, distance_mm: float) -> None:
        """Let the coil slip at a second of the clock."""
        self._slip = (at_s, distance_mm)

    def hide(self, from_s: float, to_s: float) -> None:
        """Let the markers be hidden between two seconds of the clock."""
        self._hidden.append((from_s, to_s))

    def put_back(self) -> None:
        """Someone puts the coil back in its place."""
        self._slip, self._put_back_s = None, self._clock.now_s()

    def latest(self) -> PoseSample | None:
        hand = self._hand
        due = math.floor((self._clock.now_s() - self._start_s) * hand.rate_hz)
        if due <= self._done:
            return self._sample
        self._tremble((due - self._done) / hand.rate_hz)
        self._done = due
        at_s = self._start_s + due / hand.rate_hz
        hidden = any(first <= at_s < last for first, last in self._hidden)
        self._sample = PoseSample(at_s, None if hidden else self._pose(at_s))
        return self._sample

    def close(self) -> None:
        return None

    def _tremble(self, passed_s: float) -> None:
        """An Ornstein-Uhlenbeck step: exact for any length of time."""
        kept = math.exp(-passed_s / self._hand.tremor_s)
        noise: NDArray[np.float64] = self._draw.standard_normal(6)
        self._state = kept * self._state + math.sqrt(1 - kept**2) * noise

    def _pose(self, at_s: float) -> Pose:
        hand = self._hand
        offset = hand.tremor_mm * self._state[:3]
        offset[0] -= hand.drift_mm_per_min * (at_s - self._put_back_s) / 60.0
        if self._slip is not None and at_s >= self._slip[0]:
            offset[1] += self._slip[1]
        pose = self._planned.shifted(offset)
        for axis, angle in zip("xyz", hand.tremor_deg * self._state[3:], strict=True):
            pose = pose.turned(float(angle), axis)
        return pose
