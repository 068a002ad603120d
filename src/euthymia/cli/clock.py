"""The computer's own clock, for sessions at the chair."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

_AWAKE_S = 0.005
"""So long before an exact moment one stays awake: a sleeper may be woken too late."""


class SystemClock:
    """Monotonic seconds, and the local time; the calendar's jumps do not move the seconds."""

    def now_s(self) -> float:
        return time.monotonic()

    def local(self) -> datetime:
        return datetime.now().astimezone()

    def sleep_until(self, at_s: float, *, exact: bool = False) -> None:
        early_s = _AWAKE_S if exact else 0.0
        while (left_s := at_s - early_s - time.monotonic()) > 0:
            time.sleep(left_s)
        while exact and time.monotonic() < at_s:
            pass


@contextmanager
def prompt_scheduling() -> Iterator[bool]:
    """Let the system wake this program before all others; True if it grants that.

    On a computer that is busy with other things a program may otherwise be woken tens of
    milliseconds late. Linux grants it to users with the right to real-time priority.
    """
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
