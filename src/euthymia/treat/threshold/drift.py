"""Thresholds over a course: how far two differ, and the excess of a visible twitch.

When a threshold is due again, `assess.safety.threshold` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from euthymia.assess.safety.session_rules import session_rules
from euthymia.core.findings import Finding, Severity
from euthymia.core.quantities import Estimate
from euthymia.plan.dose.rules import dose_rules
from euthymia.plan.dose.values import Observation


@dataclass(frozen=True, slots=True)
class Threshold:
    """A motor threshold with what it holds for."""

    pct_mso: Estimate
    on: date
    observation: Observation
    muscle: str
    stimulator: str
    coil: str


def drift_findings(before: Threshold, now: Threshold) -> tuple[Finding, ...]:
    """What the change from one threshold to the next asks for.

    A change that is no larger than the two intervals explain is a note; a change beyond the limits
    of the safety rules asks for a second look before the dose follows it.
    """
    if (before.observation, before.muscle) != (now.observation, now.muscle):
        return (_not_comparable(before, now),)
    rule = session_rules().redetermination
    change = now.pct_mso.value - before.pct_mso.value
    relative = 100.0 * change / before.pct_mso.value
    large = abs(change) > rule.changed_points_mso or abs(relative) > rule.changed_pct
    explained = abs(change) <= 1.96 * np.hypot(_error(before.pct_mso), _error(now.pct_mso))
    words = "rose" if change > 0 else "fell"
    message = f"The threshold {words} by {abs(change):.1f} % MSO ({abs(relative):.0f} %)"
    if explained:
        message += "; the two intervals explain this"
    if large:
        message += ". Measure it again, and look for a cause (drugs, sleep, coil, hot spot)"
    return (
        Finding(
            "threshold.drift",
            Severity.CAUTION if large else Severity.NOTE,
            "motor threshold",
            message,
            found=f"{before.pct_mso.value:g} to {now.pct_mso.value:g} % MSO",
            limit=f"{rule.changed_points_mso:g} % MSO or {rule.changed_pct:g} %",
            source=rule.changed_source,
        ),
    )


def emg_equivalent(visual: Estimate) -> Estimate:
    """The EMG threshold that a threshold by visible twitch stands for on average.

    For show beside the measured one, and for use only on request: one person's difference may be
    anywhere in the published range, which the interval covers together with the measurement's own.
    """
    rule = dose_rules().visual_threshold
    low = visual.low if visual.low is not None else visual.value
    high = visual.high if visual.high is not None else visual.value
    return Estimate(
        round(visual.value / (1 + rule.excess_pct / 100.0), 2),
        visual.unit,
        round(low / (1 + rule.excess_high_pct / 100.0), 2),
        round(high / (1 + rule.excess_low_pct / 100.0), 2),
        how="the measured interval and the published range of differences",
        source=rule.source,
    )


def _error(estimate: Estimate) -> float:
    if estimate.low is None or estimate.high is None:
        return 0.0
    return (estimate.high - estimate.low) / (2 * 1.96)


def _not_comparable(before: Threshold, now: Threshold) -> Finding:
    return Finding(
        "threshold.not-comparable",
        Severity.CAUTION,
        "motor threshold",
        "The two thresholds were not measured alike, so their difference says nothing about a "
        "drift",
        found=f"{before.observation.value}, {before.muscle}; {now.observation.value}, {now.muscle}",
        source=dose_rules().visual_threshold.source,
    )
