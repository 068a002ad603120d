"""From a motor threshold and a protocol's intensity to the output, in every way side by side."""

from __future__ import annotations

import math
from dataclasses import replace

from euthymia.core.errors import InputError
from euthymia.core.quantities import Estimate
from euthymia.plan.dose.checks import findings_of
from euthymia.plan.dose.estimates import Factor, product
from euthymia.plan.dose.rules import DoseRules, dose_rules
from euthymia.plan.dose.values import (
    MAXIMUM_PCT_MSO,
    Dose,
    DoseInputs,
    DoseLine,
    Observation,
)
from euthymia.plan.dose.ways import Case, Way, emg_equivalent, wanted_kind, ways
from euthymia.plan.protocol.dosing import Intensity, Threshold


def dose(
    inputs: DoseInputs,
    intensity: Intensity,
    *,
    correct_visual: bool = False,
    rules: DoseRules | None = None,
) -> Dose:
    """The dose at an intensity given in percent of a motor threshold.

    An intensity of the depth-adjusted threshold prescribes the depth-adjusted output; any other
    only shows it beside the prescribed one.
    correct_visual: prescribe from the EMG threshold that a visual one stands for on average.
        Without the request the correction is only shown; an EMG threshold needs none.
    Raises InputError for an intensity that is no plausible percentage of a threshold.
    """
    _refuse_implausible(intensity)
    corrects = correct_visual and inputs.observation is Observation.VISUAL
    case = Case(inputs, intensity, corrects, rules or dose_rules())
    wanted = wanted_kind(case)
    lines = tuple(_on_device(way, case, way.kind is wanted) for way in ways(case))
    return Dose(
        intensity=intensity,
        inputs=inputs,
        lines=lines,
        findings=findings_of(case, lines),
        field_m1_at_threshold=case.field_at_threshold,
        for_safety_tables=_of_emg_threshold(case, lines),
    )


def nearest_setting(output_pct_mso: float, step_pct_mso: float) -> float:
    """The nearest output that the device can be set to; of two equally near ones the lower."""
    # the small number keeps a half, missed by a hair in binary, from being taken for more
    steps = max(0, math.ceil(output_pct_mso / step_pct_mso - 0.5 - 1e-9))
    return round(steps * step_pct_mso, 9)


def _of_emg_threshold(case: Case, lines: tuple[DoseLine, ...]) -> Estimate | None:
    """The prescribed setting in % of the resting EMG threshold."""
    setting = next((line.setting_pct_mso for line in lines if line.prescribed), None)
    if setting is None:
        return None
    threshold = case.inputs.motor_threshold_pct_mso
    if case.inputs.measured is Threshold.AMT:
        return None
    if case.inputs.observation is Observation.VISUAL:
        threshold = emg_equivalent(threshold, case.rules)
    factor = Factor(threshold, "the motor threshold", divides=True)
    return product(100 * setting, (factor,), "%rMT", threshold.source)


def _refuse_implausible(intensity: Intensity) -> None:
    if intensity.of is Threshold.FIXED:
        raise InputError(
            f"intensity {intensity.text}",
            "a fixed output does not follow from a motor threshold",
            "Set the device to it as the protocol says",
        )
    if not 10 <= intensity.percent <= 200:
        raise InputError(
            f"intensity {intensity.text}",
            "this is outside 10 to 200 % of a threshold",
            "Give it in percent, for example 120",
        )


def _on_device(way: Way, case: Case, prescribed: bool) -> DoseLine:
    """The line as the device can give it, with what the setting does at the target."""
    setting = nearest_setting(way.output.value, case.inputs.step_pct_mso)
    line = DoseLine(
        way.kind, way.title, way.output, None, prescribed, caveat=way.caveat, source=way.source
    )
    return _at_setting(line, setting, case) if 0 < setting <= MAXIMUM_PCT_MSO else line


def _at_setting(line: DoseLine, setting: float, case: Case) -> DoseLine:
    inputs = case.inputs
    unit = "%AMT" if inputs.measured is Threshold.AMT else "%rMT"
    threshold = Factor(inputs.motor_threshold_pct_mso, "the motor threshold", divides=True)
    didt = None if inputs.max_didt_a_per_us is None else setting * inputs.max_didt_a_per_us / 100
    return replace(
        line,
        setting_pct_mso=setting,
        achieved=product(100 * setting, (threshold,), unit),
        didt_a_per_us=didt,
        field_target=_field_at_target(didt, case),
        field_ratio_pct=_ratio(setting, case),
    )


def _field_at_target(didt_a_per_us: float | None, case: Case) -> Estimate | None:
    target = case.inputs.field_target_per_didt
    if target is None or didt_a_per_us is None:
        return None
    return product(didt_a_per_us, (Factor(target, "the field at the target"),), "V/m")


def _ratio(setting: float, case: Case) -> Estimate | None:
    """The target's field in % of the motor area's at threshold; the device's dI/dt cancels."""
    target, motor = case.inputs.field_target_per_didt, case.inputs.field_m1_per_didt
    if target is None or motor is None:
        return None
    factors = (
        Factor(target, "the field at the target"),
        Factor(motor, "the field at the motor area", divides=True),
        Factor(case.base, "the motor threshold", divides=True),
    )
    return product(100 * setting, factors, "%")
