"""The ways from a motor threshold to an output, before the output meets the device."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.core.quantities import Estimate
from euthymia.core.references import Citation
from euthymia.plan.dose.estimates import Factor, product, scaled, shifted
from euthymia.plan.dose.rules import DoseRules
from euthymia.plan.dose.values import DoseInputs, LineKind, Observation
from euthymia.plan.protocol.dosing import Intensity, Threshold


@dataclass(frozen=True, slots=True)
class Case:
    """One question put to the rules: inputs, intensity, and whether to correct a visual threshold.

    base: the threshold that the doses are made from, %MSO; as measured, or brought to EMG.
    """

    inputs: DoseInputs
    intensity: Intensity
    corrects: bool
    rules: DoseRules

    @property
    def base(self) -> Estimate:
        threshold = self.inputs.motor_threshold_pct_mso
        return emg_equivalent(threshold, self.rules) if self.corrects else threshold

    @property
    def fraction(self) -> float:
        return self.intensity.percent / 100

    @property
    def field_at_threshold(self) -> Estimate | None:
        """|E| at the motor area at threshold, V/m; None without the field or the device's dI/dt."""
        motor, didt = self.inputs.field_m1_per_didt, self.inputs.max_didt_a_per_us
        if motor is None or didt is None:
            return None
        factors = (
            Factor(self.base, "the motor threshold"),
            Factor(motor, "the field at the motor area"),
        )
        return product(didt / 100, factors, "V/m")


@dataclass(frozen=True, slots=True)
class Way:
    """One way to an output: what it is called, what it asks for in %MSO, and its caveat."""

    kind: LineKind
    title: str
    output: Estimate
    caveat: str = ""
    source: Citation | None = None


def wanted_kind(case: Case) -> LineKind | None:
    """The line that the intensity prescribes; None when another threshold was measured."""
    measured, of = case.inputs.measured, case.intensity.of
    if of is Threshold.RMT_DEPTH_ADJUSTED and measured is Threshold.RMT_HAND:
        return LineKind.DEPTH_ADJUSTED
    if of is not measured:
        return None
    return LineKind.VISUAL_CORRECTED if case.corrects else LineKind.AS_MEASURED


def emg_equivalent(threshold: Estimate, rules: DoseRules) -> Estimate:
    """The EMG threshold that a visual one stands for on average (Westin 2014), %MSO."""
    rule = rules.visual_threshold
    how = "; ".join(
        part for part in (threshold.how, "without the spread of the visual excess") if part
    )
    return scaled(threshold, 1 / (1 + rule.excess_pct / 100), "%MSO", how, rule.source)


def ways(case: Case) -> tuple[Way, ...]:
    """Every way that the inputs allow, the plain one first."""
    measured = Way(
        LineKind.AS_MEASURED,
        f"{case.intensity.percent:g} % of the motor threshold as measured",
        scaled(case.inputs.motor_threshold_pct_mso, case.fraction, "%MSO"),
    )
    others = (_visual(case), _depth(case), *_field(case))
    return (measured, *(way for way in others if way is not None))


def _visual(case: Case) -> Way | None:
    if case.inputs.observation is not Observation.VISUAL:
        return None
    rule, threshold = case.rules.visual_threshold, case.inputs.motor_threshold_pct_mso
    plain = threshold.value * case.fraction
    least, most = plain / (1 + rule.excess_high_pct / 100), plain / (1 + rule.excess_low_pct / 100)
    return Way(
        LineKind.VISUAL_CORRECTED,
        f"{case.intensity.percent:g} % of the EMG threshold that the visual one stands for",
        scaled(emg_equivalent(threshold, case.rules), case.fraction, "%MSO"),
        f"{rule.caveat}, which here is {least:.1f} to {most:.1f} %MSO",
        rule.source,
    )


def _depth(case: Case) -> Way | None:
    """AdjMT = MT + m (D_target - D_motor), then the protocol's percentage of it (Stokes 2005)."""
    deeper_mm = case.inputs.depth_difference_mm
    if deeper_mm is None:
        return None
    rule = case.rules.depth_adjustment
    how = "without the uncertainty of the slope and of the depths"
    adjusted = shifted(case.base, rule.slope_pct_mso_per_mm * deeper_mm, how)
    if adjusted is None:
        return None
    gentler = (case.base.value + rule.slope_low_pct_mso_per_mm * deeper_mm) * case.fraction
    side = "deeper" if deeper_mm >= 0 else "shallower"
    return Way(
        LineKind.DEPTH_ADJUSTED,
        f"{case.intensity.percent:g} % of the depth-adjusted motor threshold",
        scaled(adjusted, case.fraction, "%MSO", source=rule.source),
        f"The target lies {abs(deeper_mm):.1f} mm {side} than the motor area; a slope of "
        f"{rule.slope_low_pct_mso_per_mm:g} instead of {rule.slope_pct_mso_per_mm:g} %MSO/mm "
        f"gives {gentler:.1f} %MSO. {rule.caveat}",
        rule.source,
    )


def _field(case: Case) -> tuple[Way, ...]:
    target, motor = case.inputs.field_target_per_didt, case.inputs.field_m1_per_didt
    if target is None or motor is None:
        return ()
    rule = case.rules.field_matched
    factors = (
        Factor(case.base, "the motor threshold"),
        Factor(motor, "the field at the motor area"),
        Factor(target, "the field at the target", divides=True),
    )
    matched = Way(
        LineKind.FIELD_AT_THRESHOLD,
        "Field at the target equal to the motor area's at threshold",
        product(1.0, factors, "%MSO", rule.rationale),
        rule.caveat,
        rule.rationale,
    )
    by_protocol = Way(
        LineKind.FIELD_SCALED,
        f"Field at the target equal to {case.intensity.percent:g} % of the motor area's "
        "at threshold",
        product(case.fraction, factors, "%MSO", rule.rationale),
        rule.caveat,
        rule.rationale,
    )
    return matched, by_protocol
