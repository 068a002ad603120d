"""The clocks of sessions at the chair: real time, and hurried time for example patients."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from euthymia.clinic import clock
from euthymia.treat.clock import SimulatedClock

_AWAKE_S = 0.005
"""So long before an exact moment one stays awake: a sleeper may be woken too late."""

PACE = 20.0
"""Hurried time passes so many times as fast as real time."""


class RealClock:
    """Monotonic seconds, and the clinic's wall-clock time."""

    def now_s(self) -> float:
        return time.monotonic()

    def local(self) -> datetime:
        return clock.now()

    def sleep_until(self, at_s: float, *, exact: bool = False) -> None:
        early_s = _AWAKE_S if exact else 0.0
        while (left_s := at_s - early_s - time.monotonic()) > 0:
            time.sleep(left_s)
        while exact and time.monotonic() < at_s:
            # Giving way costs microseconds, and lets the server's other threads work.
            time.sleep(0)


class HurriedClock(SimulatedClock):
    """Simulated time that can be watched: it waits a little for every second that it skips.

    Its seconds pass only while somebody sleeps, so a busy computer makes nothing late in it. The
    time of day stays the clinic's: what is recorded must not lie in the future.
    For synthetic patients of an example clinic only.
    """

    def __init__(self, pace: float = PACE) -> None:
        super().__init__(clock.now())
        self._pace = pace

    def local(self) -> datetime:
        return clock.now()

    def sleep_until(self, at_s: float, *, exact: bool = False) -> None:
        skipped_s = at_s - self.now_s()
        super().sleep_until(at_s, exact=exact)
        if skipped_s > 0:
            time.sleep(skipped_s / self._pace)


@contextmanager
def prompt_scheduling() -> Iterator[bool]:
    """Let the system wake this thread before all others; True if it grants that."""
    scheduler = getattr(os, "sched_setscheduler", None)
    if scheduler is None:
        yield False
        return
    before = os.sched_getscheduler(0)
    try:
        scheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        scheduler(0, before, os.sched_param(0))
