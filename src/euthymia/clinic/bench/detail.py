"""What takes longer than one move of the hand: the interval of the field, and its tolerance."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from euthymia.clinic.bench.answer import Answer
from euthymia.clinic.bench.opened import OpenBench, computing
from euthymia.core.poses import FloatArray, Pose
from euthymia.core.quantities import Estimate
from euthymia.plan.target.compute import SCATTER_DEG, scatter_mm
from euthymia.plan.target.placing import field_estimate
from euthymia.plan.target.refining import KEPT, SEARCHED_TO, Refining, Tolerance
from euthymia.plan.target.search import scattered
from euthymia.plan.target.search_objectives import Rater
from euthymia.plan.target.search_range import SearchRange

REACH_MM, STEP_MM = 12.0, 3.0
TURN_REACH_DEG, TURN_STEP_DEG = 90.0, 10.0


@dataclass(frozen=True, eq=False)
class ToleranceMap:
    """The mean |E| at the target with the coil shifted or turned, as shares of that at its place.

    steps_mm: (k,) along the coil's x axis and y axis. shifts: (k, k), rows along y (front is
    positive), columns along x. turns_deg: (t,) of the handle; turns: (t,).
    """

    steps_mm: FloatArray
    shifts: FloatArray
    turns_deg: FloatArray
    turns: FloatArray


@dataclass(frozen=True, eq=False)
class Detail:
    """The field at the target with its interval, and how far the coil may be off.

    field: in the unit of the setting. tolerance: each by itself, while 95 % is kept.
    """

    field: Estimate
    tolerance: Tolerance
    map: ToleranceMap


def detailed(answer: Answer, bench: OpenBench) -> Detail:
    """The detail of an answer; a few tenths of a second."""
    with computing():
        return _detailed(answer, bench)


def _detailed(answer: Answer, bench: OpenBench) -> Detail:
    head, coil, pose = bench.head, answer.setting.coil, answer.placed.pose
    gap = answer.placed.place.gap_mm
    rater = Rater(answer.target.objective, coil)
    here = float(rater.strengths([pose])[0])
    scatter = scattered(
        pose, bench.clearance, coil, Rater(answer.target.objective, coil, rough=True),
        scatter_mm(head), SCATTER_DEG, gap,
    )  # fmt: skip
    refining = Refining(
        rater, bench.clearance, coil, head.scalp, SearchRange(gap_mm=gap), head.landmarks.forward
    )
    per_ampere = field_estimate(here, scatter, head.spread)
    return Detail(
        _at(per_ampere, answer),
        refining.tolerance(pose, here, gap),
        _tolerance_map(refining, pose, here, gap),
    )


def _at(field: Estimate, answer: Answer) -> Estimate:
    """The estimate for 1 A/us at the output asked for, the engine's told error added."""
    assert field.low is not None and field.high is not None  # `field_estimate` gives both
    didt, error = answer.setting.didt_a_per_us, answer.relative_error
    return Estimate(
        answer.mean,
        answer.setting.unit,
        min(field.low * (1 - error) * didt, answer.mean),
        max(field.high * (1 + error) * didt, answer.mean),
        how=field.how,
        source=field.source,
    )


def _tolerance_map(refining: Refining, pose: Pose, here: float, gap_mm: float) -> ToleranceMap:
    steps = np.arange(-REACH_MM, REACH_MM + 1e-9, STEP_MM, dtype=np.float64)
    turns = np.arange(-TURN_REACH_DEG, TURN_REACH_DEG + 1e-9, TURN_STEP_DEG, dtype=np.float64)
    moved = [pose.shifted((float(x), float(y), 0.0)) for y in steps for x in steps]
    turned = [pose.turned(float(angle)) for angle in turns]
    rested = refining.clearance.rested(refining.coil, [*moved, *turned], gap_mm)
    shares = refining.rater.strengths(rested) / here
    count = len(steps)
    shifts = shares[: count * count].reshape(count, count)
    return ToleranceMap(steps, shifts, turns, shares[count * count :])


def detail_json(detail: Detail) -> dict[str, Any]:
    """The detail as plain values, units in their names."""
    field, tolerance, found = detail.field, detail.tolerance, detail.map
    return {
        "mean": field.value, "low": field.low, "high": field.high, "unit": field.unit,
        "coverage": field.coverage, "how": field.how,
        "kept": KEPT,
        "tolerance": asdict(tolerance),
        "at_least": {
            name: value >= getattr(SEARCHED_TO, name) for name, value in asdict(tolerance).items()
        },
        "steps_mm": found.steps_mm.tolist(), "shifts": np.round(found.shifts, 4).tolist(),
        "turns_deg": found.turns_deg.tolist(), "turns": np.round(found.turns, 4).tolist(),
    }  # fmt: skip
