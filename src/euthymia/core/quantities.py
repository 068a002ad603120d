"""A number with its unit, its uncertainty, and where both come from."""

from __future__ import annotations

import math
from dataclasses import dataclass

from euthymia.core.references import Citation


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its unit and, where it can be stated, an interval of the given coverage.

    `how` says in a few words what the interval covers (and so what it leaves out).
    """

    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    coverage: float = 0.95
    how: str = ""
    source: Citation | None = None

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"an estimate needs a finite value, not {self.value}")
        if (self.low is None) != (self.high is None):
            raise ValueError("an interval needs both ends")
        if self.low is not None and self.high is not None and not self.low <= self.high:
            raise ValueError(f"the interval {self.low} to {self.high} is reversed")

    def text(self, digits: int = 1) -> str:
        """ "102.3 V/m (95 %: 91.0 to 115.2)", or without the bracket where no interval is known."""
        head = f"{self.value:.{digits}f} {self.unit}".rstrip()
        if self.low is None or self.high is None:
            return head
        return f"{head} ({self.coverage:.0%}: {self.low:.{digits}f} to {self.high:.{digits}f})"
