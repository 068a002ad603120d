"""Trial designs tried on invented patients: power, sample size, looks on the way.

Two arms are drawn from the cohort model, the second with another effect. The planned analysis is
the difference of the shares of responders, missing end scores counting as no response. With several
looks the boundary spends the error as O'Brien and Fleming's does (Lan and DeMets 1983), found here
from the joint law of the looks.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.learn.virtual.cohort import Assumptions, cohort

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Design:
    """A two-arm trial: patients an arm, looks at equal steps, two-sided error.

    futility: stop at a look when the estimate so far favours the comparison. treated, compared:
    what the two arms are given (their `effect`).
    """

    patients_per_arm: int
    treated: Assumptions
    compared: Assumptions
    looks: int = 1
    alpha: float = 0.05
    futility: bool = False

    def __post_init__(self) -> None:
        if self.patients_per_arm < 2 * self.looks or self.looks < 1 or not 0 < self.alpha < 1:
            raise InputError(
                "trial design",
                "there are fewer than two patients an arm and look, or alpha is no share",
                "Correct the design",
            )


@dataclass(frozen=True, slots=True)
class Power:
    """What the design did over many simulated trials, with the simulation's own error.

    mean_patients: used in both arms together; fewer than planned where looks stop early.
    """

    design: Design
    trials: int
    power: float
    error: float
    mean_patients: float
    stopped_for_futility: float


def boundaries(looks: int, alpha: float = 0.05) -> FloatArray:
    """(looks,) z values at which a look stops for benefit or harm; they fall to about 2.

    Each side spends 2 - 2 Phi(z / sqrt(t)) of its half of the error by a share t of the patients,
    with z the normal quantile of a quarter of alpha.
    """
    times = np.arange(1, looks + 1) / looks
    spent = 4 * scipy.stats.norm.sf(scipy.stats.norm.ppf(1 - alpha / 4) / np.sqrt(times))
    found: list[float] = []
    grid = np.linspace(-8, 8, 1601)
    step = float(grid[1] - grid[0])
    # Density of the score (z times root of time) among trials that go on; recursive integration.
    density = np.zeros_like(grid)
    for look in range(looks):
        before = 0.0 if look == 0 else float(times[look - 1])
        gained = float(spent[look]) - (0.0 if look == 0 else float(spent[look - 1]))
        sd = np.sqrt(times[look] - before)
        if look == 0:
            density = scipy.stats.norm.pdf(grid, 0, sd)
        else:
            inside = np.abs(grid) < found[-1] * np.sqrt(before)
            kernel = scipy.stats.norm.pdf(grid[:, None] - grid[None], 0, sd)
            density = kernel @ (density * inside) * step

        def tail(z: float, score: FloatArray = density, at: float = float(times[look])) -> float:
            edge = z * np.sqrt(at)
            below = scipy.integrate.cumulative_trapezoid(score, grid, initial=0)
            return 2 * float(below[-1] - np.interp(edge, grid, below))

        found.append(float(scipy.optimize.brentq(lambda z: tail(z) - gained, 0.5, 7.9)))  # noqa: B023
    return np.array(found)


def power(design: Design, trials: int, seed: int, executor: Executor | None = None) -> Power:
    """The share of simulated trials that find the difference, whichever way it goes."""
    limits = boundaries(design.looks, design.alpha)
    seeds = [int(s) for s in np.random.SeedSequence(seed).generate_state(2 * trials)]
    pairs = list(zip(seeds[::2], seeds[1::2], strict=True))
    one = _Trial(design, tuple(limits.tolist()))
    results = list(map(one, pairs) if executor is None else executor.map(one, pairs))
    found = np.array([result[0] for result in results])
    used = np.array([result[1] for result in results])
    futile = np.array([result[2] for result in results])
    share = float(found.mean())
    return Power(
        design,
        trials,
        share,
        float(np.sqrt(share * (1 - share) / trials)),
        float(used.mean()),
        float(futile.mean()),
    )


@dataclass(frozen=True, slots=True)
class _Trial:
    """One simulated trial of two seeds: whether it found a difference, patients used, futility."""

    design: Design
    limits: tuple[float, ...]

    def __call__(self, seeds: tuple[int, int]) -> tuple[bool, int, bool]:
        n = self.design.patients_per_arm
        had = [
            (arm.end <= arm.baseline / 2)
            for arm in (
                cohort(n, seeds[0], self.design.treated),
                cohort(n, seeds[1], self.design.compared),
            )
        ]
        for look, limit in enumerate(self.limits, start=1):
            seen = round(n * look / len(self.limits))
            z = _z(int(had[0][:seen].sum()), int(had[1][:seen].sum()), seen)
            if abs(z) >= limit:
                return True, 2 * seen, False
            if self.design.futility and look < len(self.limits) and z <= 0:
                return False, 2 * seen, True
        return False, 2 * n, False


def _z(a: int, b: int, n: int) -> float:
    together = (a + b) / (2 * n)
    spread = np.sqrt(2 * together * (1 - together) / n)
    return 0.0 if spread == 0 else float((a - b) / n / spread)


def sample_size(
    design: Design, wanted: float = 0.8, trials: int = 400, seed: int = 0, most: int = 5000
) -> Power:
    """About the smallest trial of that design that finds its difference often enough.

    The size is doubled until it suffices and then halved in between, each size by the same seed.
    """
    if not 0 < wanted < 1:
        raise InputError("power", f"{wanted} is no share", "Give a number between 0 and 1")
    low, high = 2 * design.looks, 2 * design.looks
    found = power(replace(design, patients_per_arm=high), trials, seed)
    while found.power < wanted:
        low, high = high, 2 * high
        if high > most:
            raise InputError(
                "sample size",
                f"{most} patients an arm do not suffice",
                "Look for a larger difference, or ask for less power",
            )
        found = power(replace(design, patients_per_arm=high), trials, seed)
    while high - low > max(1, low // 20):
        middle = (low + high) // 2
        tried = power(replace(design, patients_per_arm=middle), trials, seed)
        if tried.power >= wanted:
            high, found = middle, tried
        else:
            low = middle
    return found
