"""What every way to a motor threshold has in common: trials in, advice out.

A method is a pure function of the trials so far. So an operator can take back a trial that was
entered wrongly, and a search that was broken off goes on where it stood.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.core.quantities import Estimate

FULL_OUTPUT_PCT = 100.0


@dataclass(frozen=True, slots=True)
class Trial:
    """One pulse at rest: its output in % MSO, and whether the muscle answered."""

    pct_mso: float
    answered: bool
    amplitude_uv: float | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.pct_mso) and 0 < self.pct_mso <= FULL_OUTPUT_PCT):
            raise InputError(
                "output of a trial",
                f"{self.pct_mso} % MSO is not within 0 to 100",
                "Give what the stimulator was set to",
            )


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do next: the output of the next pulse, or the result.

    next_pct_mso: None when the search is over. estimate: None as long as there is none.
    reason: in a few words why it goes on or ends.
    """

    next_pct_mso: float | None
    estimate: Estimate | None
    reason: str

    @property
    def done(self) -> bool:
        return self.next_pct_mso is None


@dataclass(frozen=True, slots=True)
class Belief:
    """How likely each threshold is after the trials so far, for show beside the advice.

    values_pct: (n,) thresholds in % MSO, rising. chance: (n,) adds up to 1.
    """

    values_pct: NDArray[np.float64]
    chance: NDArray[np.float64]


class ThresholdMethod(Protocol):
    """A way to a motor threshold."""

    @property
    def id(self) -> str: ...

    def advise(self, trials: Sequence[Trial]) -> Advice:
        """What to do after these trials; ends by itself when its rule says so."""


def to_step(pct_mso: float, step_pct: float, highest_pct: float = FULL_OUTPUT_PCT) -> float:
    """The nearest output that the stimulator can be set to, at least one step, at most all."""
    stepped = round(pct_mso / step_pct) * step_pct
    return float(min(max(stepped, step_pct), math.floor(highest_pct / step_pct) * step_pct))
