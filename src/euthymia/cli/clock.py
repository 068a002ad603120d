"""The computer's own clock, for sessions at the chair."""

from __future__ import annotations

import time
from datetime import datetime

_AWAKE_S = 0.01
"""A loaded computer wakes a sleeper up to so much too late."""


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
