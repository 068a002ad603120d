"""Simulated patients, and how exact a method is on them for the pulses it spends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from euthymia.core.progress import SILENT, Progress, stage
from euthymia.core.quantities import Estimate
from euthymia.treat.threshold.method import ThresholdMethod, Trial


@dataclass(frozen=True, slots=True)
class SimulatedPatient:
    """A muscle that answers with P = Phi((x - t) / (spread t)). Invented: nobody's muscle."""

    threshold_pct: float
    spread: float = 0.07

    def answers(self, pct_mso: float, draw: np.random.Generator) -> bool:
        """Whether it answers a pulse of that output."""
        z = (pct_mso - self.threshold_pct) / (self.spread * self.threshold_pct)
        return bool(draw.random() < scipy.special.ndtr(z))


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How a method did on many simulated patients.

    relative_error_pct: (n,) signed error in % of the patient's own threshold. pulses: (n,).
    covered: share of the intervals that held the true threshold; NaN for methods without any.
    """

    method: str
    relative_error_pct: NDArray[np.float64]
    absolute_error_pct_mso: NDArray[np.float64]
    pulses: NDArray[np.int64]
    covered: float
    failed: int

    @property
    def median_pct(self) -> float:
        """Median absolute error in % of the threshold."""
        return float(np.median(np.abs(self.relative_error_pct)))

    @property
    def worst_5_pct(self) -> float:
        """95th percentile of the absolute error in % of the threshold."""
        return float(np.percentile(np.abs(self.relative_error_pct), 95))


def search(
    method: ThresholdMethod, patient: SimulatedPatient, draw: np.random.Generator
) -> tuple[Estimate | None, int]:
    """One whole search on one patient: its result, and the pulses it took."""
    trials: list[Trial] = []
    while True:
        advice = method.advise(trials)
        if advice.next_pct_mso is None:
            return advice.estimate, len(trials)
        answered = patient.answers(advice.next_pct_mso, draw)
        trials.append(Trial(advice.next_pct_mso, answered))


def accuracy(
    method: ThresholdMethod,
    patients: Sequence[SimulatedPatient],
    seed: int = 0,
    progress: Progress = SILENT,
) -> Accuracy:
    """The method on all patients; the same seed gives the same answers."""
    draw = np.random.default_rng(seed)
    errors: list[float] = []
    true: list[float] = []
    pulses: list[int] = []
    covered: list[bool] = []
    failed = 0
    with stage(progress, f"Simulating {method.id}", len(patients)) as step:
        for patient in patients:
            estimate, count = search(method, patient, draw)
            step.advance()
            if estimate is None:
                failed += 1
                continue
            true.append(patient.threshold_pct)
            errors.append(estimate.value - patient.threshold_pct)
            pulses.append(count)
            if estimate.low is not None and estimate.high is not None:
                covered.append(estimate.low <= patient.threshold_pct <= estimate.high)
    found = np.array(errors)
    return Accuracy(
        method=method.id,
        relative_error_pct=100.0 * found / np.array(true),
        absolute_error_pct_mso=np.abs(found),
        pulses=np.array(pulses),
        covered=float(np.mean(covered)) if covered else float("nan"),
        failed=failed,
    )


def population(
    count: int, low_pct: float = 30.0, high_pct: float = 80.0, seed: int = 0
) -> tuple[SimulatedPatient, ...]:
    """Patients with thresholds evenly spread between two outputs."""
    draw = np.random.default_rng(seed)
    return tuple(SimulatedPatient(float(t)) for t in draw.uniform(low_pct, high_pct, count))
