"""Everything that a clinician should know about a dose before signing it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from euthymia.core.findings import Finding, Severity, by_severity
from euthymia.core.quantities import Estimate
from euthymia.plan.dose.estimates import Factor, product
from euthymia.plan.dose.values import MAXIMUM_PCT_MSO, DoseLine, LineKind, Observation
from euthymia.plan.dose.ways import Case, wanted_kind
from euthymia.plan.protocol.dosing import Threshold

SUBJECT = "dose"


def findings_of(case: Case, lines: tuple[DoseLine, ...]) -> tuple[Finding, ...]:
    """All findings about the lines of one dose, gravest first."""
    prescribed = next((line for line in lines if line.prescribed), None)
    found = (
        *_missing(case, prescribed),
        *_threshold(case),
        *_beyond_device(case, lines),
        *_beyond_tables(case, prescribed),
        *_visual(case, prescribed),
        *_depth(case, lines),
        *_field_at_threshold(case),
        *_field_at_target(case, prescribed),
    )
    return by_severity(found)


def _missing(case: Case, prescribed: DoseLine | None) -> Iterator[Finding]:
    """Why no line is prescribed, when none is."""
    if prescribed is not None:
        return
    if wanted_kind(case) is None:
        yield Finding(
            code="dose.other-threshold",
            severity=Severity.STOP,
            subject="motor threshold",
            message="The protocol's intensity is a percentage of another threshold than the one "
            "that was measured",
            found=case.inputs.measured.label,
            limit=case.intensity.of.label,
        )
        return
    if case.inputs.depth_difference_mm is None:
        problem = "the way from scalp to cortex is not known at both the target and the motor area"
        remedy = "measure both depths on the MRI"
    else:
        problem = "the adjustment takes the threshold or its lower limit to zero or below"
        remedy = "check the two depths and the threshold"
    yield Finding(
        code="dose.no-depth-adjustment",
        severity=Severity.STOP,
        subject=SUBJECT,
        message=f"The protocol's intensity is depth-adjusted, and {problem}: {remedy}",
        source=case.rules.depth_adjustment.source,
    )


def _threshold(case: Case) -> Iterator[Finding]:
    threshold = case.inputs.motor_threshold_pct_mso
    if threshold.value > MAXIMUM_PCT_MSO:
        yield Finding(
            code="dose.threshold-above-maximum",
            severity=Severity.STOP,
            subject=SUBJECT,
            message="The motor threshold lies above what the stimulator can give; measure again "
            "with a more efficient coil, or confirm the hot-spot",
            found=threshold.text(),
            limit=f"{MAXIMUM_PCT_MSO:g} %MSO",
        )
    if threshold.low is None:
        yield Finding(
            code="dose.threshold-without-interval",
            severity=Severity.NOTE,
            subject=SUBJECT,
            message="The motor threshold comes without an interval, so the dose shows none for it",
            found=threshold.text(),
        )


def _beyond_device(case: Case, lines: tuple[DoseLine, ...]) -> Iterator[Finding]:
    step = case.inputs.step_pct_mso
    most = math.floor(MAXIMUM_PCT_MSO / step + 1e-9) * step
    for line in lines:
        if line.setting_pct_mso is not None:
            continue
        if line.output.value < MAXIMUM_PCT_MSO:
            yield _below_step(case, line)
            continue
        reached = 100 * most / case.inputs.motor_threshold_pct_mso.value
        yield Finding(
            code="dose.above-maximum",
            severity=Severity.STOP if line.prescribed else Severity.NOTE,
            subject=line.title,
            message="The output asked for is more than the stimulator has",
            found=line.output.text(),
            limit=f"{MAXIMUM_PCT_MSO:g} %MSO",
            nearest_allowed=f"{most:g} %MSO, which is {reached:.0f} % of the measured threshold",
        )


def _below_step(case: Case, line: DoseLine) -> Finding:
    return Finding(
        code="dose.below-step",
        severity=Severity.STOP if line.prescribed else Severity.NOTE,
        subject=line.title,
        message="The output asked for is less than half of the stimulator's smallest step",
        found=line.output.text(),
        limit=f"a step of {case.inputs.step_pct_mso:g} %MSO",
    )


def _beyond_tables(case: Case, prescribed: DoseLine | None) -> Iterator[Finding]:
    """The train-duration tables end at 130 % of an EMG threshold; beyond lies untested ground."""
    if prescribed is None or prescribed.setting_pct_mso is None:
        return
    if case.inputs.measured is Threshold.AMT:
        return
    rule, step = case.rules.safety_tables, case.inputs.step_pct_mso
    limit = rule.highest_intensity_pct_rmt
    threshold = Factor(case.base, "the motor threshold", divides=True)
    reached = product(100 * prescribed.setting_pct_mso, (threshold,), "%rMT")
    most = math.floor(limit / 100 * case.base.value / step + 1e-9) * step
    if reached.value > limit:
        yield Finding(
            code="dose.beyond-safety-tables",
            severity=Severity.ACKNOWLEDGE,
            subject=prescribed.title,
            message="The setting lies above the highest intensity of the train-duration tables, "
            "so they cannot say whether the trains are safe",
            found=reached.text(0),
            limit=f"{limit:g} % of the motor threshold",
            nearest_allowed=f"{most:g} %MSO",
            source=rule.source,
        )
    elif reached.high is not None and reached.high > limit:
        yield Finding(
            code="dose.may-be-beyond-safety-tables",
            severity=Severity.CAUTION,
            subject=prescribed.title,
            message="If the true threshold is near the lower end of its interval, the setting lies "
            "above the highest intensity of the train-duration tables; more pulses would "
            "narrow the threshold",
            found=reached.text(0),
            limit=f"{limit:g} % of the motor threshold",
            source=rule.source,
        )


def _visual(case: Case, prescribed: DoseLine | None) -> Iterator[Finding]:
    if case.inputs.observation is not Observation.VISUAL:
        return
    rule = case.rules.visual_threshold
    span = f"{rule.excess_low_pct:g} to {rule.excess_high_pct:g} %"
    if case.corrects:
        yield Finding(
            code="dose.visual-corrected",
            severity=Severity.CAUTION,
            subject="motor threshold",
            message=f"The visual threshold is lowered by the mean excess over EMG of "
            f"{rule.subjects} subjects ({rule.excess_pct:g} %, {span}); this person's own may "
            "differ",
            found=f"{case.inputs.motor_threshold_pct_mso.text()} by visible twitches",
            limit=f"{case.base.text()} by EMG, on average",
            source=rule.source,
        )
        return
    if prescribed is None or prescribed.achieved is None:
        return
    achieved = prescribed.achieved.value
    low, mean, high = (
        achieved * (1 + excess / 100)
        for excess in (rule.excess_low_pct, rule.excess_pct, rule.excess_high_pct)
    )
    top = case.rules.safety_tables.highest_intensity_pct_rmt
    beyond = f", beyond the {top:g} % where they end" if mean > top else ""
    yield Finding(
        code="dose.visual-threshold",
        severity=Severity.CAUTION,
        subject="motor threshold",
        message=f"A threshold read from visible twitches lies {rule.excess_pct:g} % ({span}) above "
        "one read from EMG, on which the safety tables stand",
        found=f"{achieved:.0f} % of the visual threshold is about {mean:.0f} % ({low:.0f} to "
        f"{high:.0f} %) of the EMG threshold{beyond}",
        limit="safety tables: % of the EMG threshold",
        nearest_allowed=f"about {prescribed.output.value / (1 + rule.excess_pct / 100):.0f} %MSO "
        "for the same percentage of the EMG threshold",
        source=rule.source,
    )


def _depth(case: Case, lines: tuple[DoseLine, ...]) -> Iterator[Finding]:
    adjusted = next((line for line in lines if line.kind is LineKind.DEPTH_ADJUSTED), None)
    if adjusted is None:
        return
    rule = case.rules.depth_adjustment
    plain = case.base.value * case.fraction
    if adjusted.prescribed:
        severity, message = Severity.CAUTION, "The prescribed output is adjusted for depth"
    else:
        severity, message = Severity.NOTE, "Adjusting for depth would change the output"
    if not rule.source.tag.verified:
        message += "; the slope is unverified"
    yield Finding(
        code="dose.depth-adjusted" if severity is Severity.CAUTION else "dose.depth-beside",
        severity=severity,
        subject=SUBJECT,
        message=f"{message}. {rule.caveat}",
        found=f"{adjusted.output.value:.1f} %MSO adjusted, {plain:.1f} %MSO unadjusted",
        source=rule.source,
    )


def _field_at_threshold(case: Case) -> Iterator[Finding]:
    field, rule = case.field_at_threshold, case.rules.field_at_threshold
    if field is None:
        return
    low, high = _ends(field)
    if low <= rule.high_v_per_m and rule.low_v_per_m <= high:
        return
    yield Finding(
        code="dose.field-at-threshold-unusual",
        severity=Severity.NOTE,
        subject="field at the motor area at threshold",
        message="The modelled field at the motor area at threshold lies outside the usual band: "
        "check coil, stimulator, threshold and how the field is summarised. "
        f"{rule.caveat}",
        found=field.text(0),
        limit=f"{rule.low_v_per_m:g} to {rule.high_v_per_m:g} V/m",
        source=rule.source,
    )


def _field_at_target(case: Case, prescribed: DoseLine | None) -> Iterator[Finding]:
    ratio = None if prescribed is None else prescribed.field_ratio_pct
    if ratio is None:
        if case.inputs.field_target_per_didt is None or case.inputs.field_m1_per_didt is None:
            yield Finding(
                code="dose.no-field",
                severity=Severity.NOTE,
                subject=SUBJECT,
                message="Without a modelled field at the target and the motor area the dose cannot "
                "be compared with what the motor area received",
            )
        return
    if ratio.value >= 100:
        return
    verb = "receives" if _ends(ratio)[1] < 100 else "probably receives"
    yield Finding(
        code="dose.field-below-motor",
        severity=Severity.NOTE,
        subject="field at the target",
        message=f"The target {verb} less than the motor area received at threshold, as is usual "
        "for the DLPFC; whether that matters for the outcome is not known",
        found=f"{ratio.text(0)} of the field at the motor area",
        source=case.rules.lower_field.source,
    )


def _ends(estimate: Estimate) -> tuple[float, float]:
    """The ends of the interval; twice the value where there is none."""
    if estimate.low is None or estimate.high is None:
        return estimate.value, estimate.value
    return estimate.low, estimate.high
