"""The answer to one question: |E| at every point of the drawn cortex, and the numbers beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.clinic.bench.asked import Asked, Placed, Setting, target_of
from euthymia.clinic.bench.opened import OpenBench, Target
from euthymia.clinic.bench.presets import placed_by
from euthymia.clinic.bench.rules import bench_rules
from euthymia.clinic.bench.wire import packed
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.poses import Pose
from euthymia.model.field.metrics import PEAK_PERCENTILE
from euthymia.model.head.head import Origin
from euthymia.report.fieldscale import FieldScale


@dataclass(frozen=True, eq=False)
class Answer:
    """The field of a coil at an output, at one place on one head.

    strength: (p,) |E| at the points of the cortex, in `setting.unit`. mean, largest: of |E| over
    the target's points. peak: the 99.9th percentile over the cortex. relative_error: as the engine
    tells it, against a direct solve. gap_mm: from the head to the casing.
    """

    setting: Setting
    target: Target
    placed: Placed
    strength: NDArray[np.float32]
    relative_error: float
    gap_mm: float

    @property
    def mean(self) -> float:
        """The mean of |E| over the target's points."""
        return float(self.strength[self.target.region.indices].mean())

    @property
    def largest(self) -> float:
        """The largest |E| among the target's points."""
        return float(self.strength[self.target.region.indices].max())

    @property
    def peak(self) -> float:
        """A high percentile of |E| on the cortex; the maximum itself is one point's accident."""
        return float(np.percentile(self.strength, PEAK_PERCENTILE))

    @property
    def distance_mm(self) -> float:
        """From the middle of the casing's face to the target."""
        return float(np.linalg.norm(self.placed.at_mm - self.target.point_mm))


def answered(question: Asked, bench: OpenBench, in_chart: Pose | None = None) -> Answer:
    """The field for a question; refuses an unknown coil, target or preset and a coil in the head.

    in_chart: the pose that was chosen before, for the preset of that name.
    """
    coil = bench.coil(question.coil)
    setting = Setting.of(coil, question.output_pct)
    target = target_of(question, bench)
    placed = _placed(question, bench, setting, target, in_chart)
    strength, error, gap = bench.strength(coil, placed.pose)
    strength = strength * np.float32(setting.didt_a_per_us)
    return Answer(setting, target, placed, strength, error, gap)


def _placed(
    question: Asked, bench: OpenBench, setting: Setting, target: Target, in_chart: Pose | None
) -> Placed:  # fmt: skip
    if (question.place is None) == (question.preset is None):
        raise InputError(
            "question", "it has a place and a preset, or neither", "Give one of the two"
        )
    if question.place is not None:
        place = question.place.place.snapped(bench.head)
        return Placed(place, place.pose(bench.head, bench.clearance, setting.coil))
    return placed_by(
        bench, question.preset or "", setting.coil, target, question.handle_deg, question.gap_mm,
        in_chart,
    )  # fmt: skip


def answer_bytes(answer: Answer, bench: OpenBench, number: int = 0) -> bytes:
    """The answer for the browser: numbers, findings, and |E| as sixteen-bit floats."""
    return packed(answer_meta(answer, bench, number), {"strength": half(answer.strength)})


def half(strength: NDArray[np.float32]) -> NDArray[np.float16]:
    """(p,) |E| in sixteen bits: exact to one part in 2048, which no eye and no model resolves."""
    return strength.astype(np.float16)


def answer_meta(answer: Answer, bench: OpenBench, number: int = 0) -> dict[str, Any]:
    """Everything of an answer but the field itself, as plain values with units in their names."""
    setting, target, placed = answer.setting, answer.target, answer.placed
    peak = answer.peak
    place = placed.place
    return {
        "number": number,
        "coil": setting.coil.id,
        "output_pct": setting.output_pct,
        "didt_a_per_us": setting.didt_a_per_us,
        "unit": setting.unit,
        "target": target.id,
        "target_title": target.title,
        "target_mm": target.point_mm.tolist(),
        "target_points": len(target.region.indices),
        "place": {
            "at_mm": list(place.at_mm), "handle_deg": place.handle_deg,
            "tilt_deg": list(place.tilt_deg), "gap_mm": place.gap_mm,
        },
        "pose": placed.pose.to_json(),
        "mean": answer.mean,
        "largest": answer.largest,
        "peak": peak,
        "scale_top": FieldScale.of(np.array([peak]), setting.unit).top_v_per_m,
        "relative_error": answer.relative_error,
        "gap_mm": answer.gap_mm,
        "distance_mm": answer.distance_mm,
        "findings": [_plain(finding) for finding in findings(answer, bench)],
    }  # fmt: skip


def findings(answer: Answer, bench: OpenBench) -> tuple[Finding, ...]:
    """All that is to be said about a field before anyone relies on it."""
    found: list[Finding] = []
    rule = bench_rules().error
    if answer.relative_error > rule.caution_above:
        found.append(
            Finding(
                "bench.error-large",
                Severity.CAUTION,
                "field",
                "The coil lies where the head was not prepared for coils: the field is less exact",
                found=f"{answer.relative_error:.0%}",
                limit=f"{rule.caution_above:.0%} against a direct solve",
                source=rule.source,
            )
        )
    if answer.setting.output_pct is None:
        found.append(
            Finding(
                "bench.output-unknown",
                Severity.NOTE,
                "field",
                f"The largest rate of current of {answer.setting.coil.name} is not known: the "
                "field is given for 1 A/µs and no output can be set",
            )
        )
    if bench.head.origin in (Origin.DEFAULT, Origin.TAPE):
        found.append(
            Finding(
                "bench.head-not-own",
                Severity.NOTE,
                "head model",
                "This is not the patient's own anatomy: the interval covers how far other heads "
                "lie from it, a single fold of the cortex does not count",
            )
        )
    return tuple(found)


def _plain(finding: Finding) -> dict[str, str]:
    return {
        "code": finding.code, "severity": finding.severity.label, "subject": finding.subject,
        "message": finding.message, "found": finding.found, "limit": finding.limit,
    }  # fmt: skip
