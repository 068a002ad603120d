"""Time as the session sees it: a clock that is handed in from above, real or simulated.

Nothing in this room reads the computer's clock. The command line and the clinic hand in a clock of
their own; tests, dry runs and benchmarks use `SimulatedClock`, which costs no waiting.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Seconds that never go back, and the local time that belongs to them."""

    def now_s(self) -> float:
        """Seconds since some moment; never goes back, whatever happens to the calendar."""

    def local(self) -> datetime:
        """The local time now, with its offset from UTC."""

    def sleep_until(self, at_s: float, *, exact: bool = False) -> None:
        """Return when `now_s` has reached that moment.

        `exact`: stay awake for the last few milliseconds, so that a busy computer is not late.
        """


class SimulatedClock:
    """A clock that moves only when someone sleeps, and then at once."""

    def __init__(self, start: datetime) -> None:
        """`start` is the local time at second 0; it needs its offset from UTC."""
        if start.utcoffset() is None:
            raise ValueError("the start of a simulated clock needs its offset from UTC")
        self._start = start
        self._now_s = 0.0

    def now_s(self) -> float:
        return self._now_s

    def local(self) -> datetime:
        return self._start + timedelta(seconds=self._now_s)

    def sleep_until(self, at_s: float, *, exact: bool = False) -> None:
        self._now_s = max(self._now_s, at_s)
