"""Whether the motor threshold has to be measured again, and whether a new one is unusual.

The reasons and limits stand in `data/session.toml`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from euthymia.assess.safety.session_rules import session_rules
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity, by_severity


@dataclass(frozen=True, slots=True)
class ThresholdFacts:
    """What bears on the motor threshold on a day; None means unknown.

    `measured_on` None: it was never measured. `reasons` are ids of further reasons that the day
    brought ("drug-change", "sleep-or-alcohol", "seizure", "asked-for").
    """

    on: date
    measured_on: date | None
    last_session_on: date | None = None
    same_coil: bool | None = True
    same_stimulator: bool | None = True
    reasons: tuple[str, ...] = ()


def threshold_due(facts: ThresholdFacts) -> tuple[Finding, ...]:
    """Every reason to measure the motor threshold before the session of that day, gravest first."""
    if facts.measured_on is not None and facts.measured_on > facts.on:
        raise InputError(
            "motor threshold",
            f"it was measured on {facts.measured_on.isoformat()}, after {facts.on.isoformat()}",
            "Correct the date, or ask about a later day",
        )
    return by_severity(_due(facts))


def _due(facts: ThresholdFacts) -> Iterator[Finding]:
    rules = session_rules().redetermination
    for reason in dict.fromkeys(facts.reasons):
        if reason not in {row.id for row in rules.reason}:
            known = ", ".join(row.id for row in rules.reason)
            raise InputError(f"reason {reason!r}", "it is not known", f"Use one of {known}")
        yield _finding(reason, "reported")
    if facts.measured_on is None:
        yield _finding("never", "no measurement on record")
        return
    days = (facts.on - facts.measured_on).days
    if days >= rules.interval_days:
        yield _finding("interval", f"measured {days} days ago", f"every {rules.interval_days} days")
    last = facts.last_session_on
    gap = (facts.on - last).days if last is not None else 0
    # A threshold measured since the gap answers it.
    if last is not None and facts.measured_on <= last and gap >= session_rules().gaps.gap_days:
        yield _finding("gap", f"last session {gap} days ago")
    for key, same in (("other-coil", facts.same_coil), ("other-stimulator", facts.same_stimulator)):
        if same is not True:
            found = "not known which one it was measured with" if same is None else "changed"
            yield _finding(key, found)


def threshold_change(before_pct_mso: float, after_pct_mso: float) -> Finding | None:
    """A finding if the threshold moved by more than is usual, in % MSO or relative to before."""
    for value in (before_pct_mso, after_pct_mso):
        if not (math.isfinite(value) and 0 < value <= 100):
            raise InputError(
                "motor threshold",
                f"{value:g} % MSO is not above 0 and up to 100",
                "Give it in percent of maximum stimulator output",
            )
    rules = session_rules().redetermination
    points = abs(after_pct_mso - before_pct_mso)
    percent = 100 * points / before_pct_mso
    if points <= rules.changed_points_mso and percent <= rules.changed_pct:
        return None
    return Finding(
        code="session.threshold-change",
        severity=Severity.ACKNOWLEDGE,
        subject="motor threshold",
        message=rules.changed_message,
        found=f"{before_pct_mso:g} to {after_pct_mso:g} % MSO ({percent:.0f} %)",
        limit=f"{rules.changed_points_mso:g} % MSO, {rules.changed_pct:g} % of the earlier one",
        source=rules.changed_source,
    )


def _finding(reason: str, found: str, limit: str = "") -> Finding:
    rules = session_rules().redetermination
    row = rules.named(reason)
    return Finding(
        code=f"session.threshold.{reason}",
        severity=row.severity,
        subject="motor threshold",
        message=f"Measure the motor threshold again (CPT {rules.cpt}): {row.text}",
        found=found,
        limit=limit,
        nearest_allowed="measured today",
        source=row.source,
    )
