"""Chairs and waiting: how many patients a clinic can take, and how long they wait to begin.

A day has a number of sessions a chair. Patients are referred at random (Poisson), begin when a
daily place is free for them, and hold it until their course is over. Missed days lengthen a course;
this is why a full clinic waits longer than a count of places tells.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.learn.virtual.cohort import Assumptions, cohort


@dataclass(frozen=True, slots=True)
class Clinic:
    """What a clinic has, and how many come.

    sessions_per_chair: that fit into one day. referrals_per_week: on average.
    """

    chairs: int
    sessions_per_chair: int
    referrals_per_week: float

    def __post_init__(self) -> None:
        if self.chairs < 1 or self.sessions_per_chair < 1 or self.referrals_per_week <= 0:
            raise InputError(
                "clinic", "it has no chair, no session or no referral", "Correct the numbers"
            )

    @property
    def places(self) -> int:
        """How many patients can be in treatment at once."""
        return self.chairs * self.sessions_per_chair


@dataclass(frozen=True, slots=True)
class Capacity:
    """What happened over the simulated time.

    wait_days: treatment days from referral to the first session, median and 90th percentile.
    use: share of places taken. waiting_at_end: patients still waiting; when it keeps growing, no
    waiting time is stable.
    """

    clinic: Clinic
    referred: int
    begun: int
    wait_days_median: float
    wait_days_90: float
    use: float
    waiting_at_end: int
    load: float

    @property
    def stable(self) -> bool:
        """Whether places suffice in the long run."""
        return self.load < 1


def simulate(
    clinic: Clinic, days: int, seed: int, assumptions: Assumptions | None = None, warm_up: int = 60
) -> Capacity:
    """A clinic over that many treatment days; the first `warm_up` do not count."""
    if days <= warm_up:
        raise InputError("capacity", f"{days} days are no more than the warm-up", "Simulate longer")
    rng = np.random.default_rng(seed)
    arrivals = np.repeat(np.arange(days), rng.poisson(clinic.referrals_per_week / 5, days))
    if len(arrivals) == 0:
        raise InputError("capacity", "nobody was referred", "Simulate longer")
    lengths = cohort(len(arrivals), seed + 1, assumptions).days
    begun = _begin(arrivals, lengths, clinic.places)
    started = begun < days
    counted = (arrivals >= warm_up) & started
    waits = (begun - arrivals)[counted]
    ends = np.minimum(begun + lengths, days)
    busy = np.maximum(ends - np.maximum(begun, warm_up), 0)[started].sum()
    load = float(clinic.referrals_per_week / 5 * lengths.mean() / clinic.places)
    return Capacity(
        clinic,
        len(arrivals),
        int(started.sum()),
        float(np.median(waits)) if len(waits) else float("nan"),
        float(np.percentile(waits, 90)) if len(waits) else float("nan"),
        float(busy / (clinic.places * (days - warm_up))),
        int((~started).sum()),
        load,
    )


def _begin(
    arrivals: NDArray[np.int64], lengths: NDArray[np.int64], places: int
) -> NDArray[np.int64]:
    """The day on which each patient begins, first come first served."""
    free = [0] * places
    heapq.heapify(free)
    begun = np.empty(len(arrivals), dtype=np.int64)
    for index, (day, length) in enumerate(zip(arrivals.tolist(), lengths.tolist(), strict=True)):
        start = max(day, heapq.heappop(free))
        begun[index] = start
        heapq.heappush(free, start + max(length, 1))
    return begun
