"""A motor threshold measured with one coil, converted to another through the field it made.

The field at the hand area at threshold hardly depends on the coil. So the threshold of another
coil is the output at which it makes that same field: with the mean |E| at the hand area per A/us of
both coils (each where it is strongest, in the same head) and both largest dI/dt,
MT2 = MT1 * (dI/dt1 * E1) / (dI/dt2 * E2). In ten subjects the prediction was 1.3 %MSO off (root
mean square), against 6.1 for scaling by the device alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.quantities import Estimate
from euthymia.plan.dose.estimates import COVERAGE, Factor, product
from euthymia.plan.dose.rules import CoilConversion, DoseRules, dose_rules
from euthymia.plan.dose.values import MAXIMUM_PCT_MSO


@dataclass(frozen=True, slots=True)
class CoilOnDevice:
    """A coil on a stimulator, and the field it makes at the hand area of one head.

    max_didt_a_per_us: at 100 % output. field_m1_per_didt: |E| at the hand area, V/m per A/us, with
    the coil at its best placement there. waveform: such as "biphasic"; empty if not known.
    """

    name: str
    max_didt_a_per_us: float
    field_m1_per_didt: Estimate
    waveform: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.max_didt_a_per_us) and self.max_didt_a_per_us > 0):
            raise InputError(
                f"coil {self.name}", "its largest dI/dt is not known", "Give it in A/us"
            )
        if self.field_m1_per_didt.value <= 0:
            raise InputError(
                f"coil {self.name}", "it makes no field at the hand area", "Place it there"
            )


@dataclass(frozen=True, slots=True)
class ConvertedThreshold:
    """A threshold for another coil: %MSO with its interval, what plain scaling gives, findings.

    field_v_per_m: |E| at the hand area at threshold, the same for both coils.
    by_device_pct_mso: dI/dt scaling alone, which ignores how differently the coils reach the
    cortex; shown for comparison only.
    """

    pct_mso: Estimate
    field_v_per_m: Estimate
    by_device_pct_mso: float
    findings: tuple[Finding, ...]


def convert_threshold(
    measured_pct_mso: Estimate,
    measured_with: CoilOnDevice,
    wanted: CoilOnDevice,
    rules: DoseRules | None = None,
) -> ConvertedThreshold:
    """The motor threshold to expect with the wanted coil.

    The interval joins those of the threshold and of both fields with the published error of the
    method. A threshold above the device's output comes with a finding, and stays as computed.
    """
    if not 1 <= measured_pct_mso.value <= 100:
        raise InputError(
            "motor threshold",
            f"{measured_pct_mso.value:g} %MSO is none",
            "Give it in percent of the maximum output, for example 45",
        )
    rule = (rules or dose_rules()).coil_conversion
    threshold = Factor(measured_pct_mso, "the motor threshold")
    first = Factor(measured_with.field_m1_per_didt, "the field of the first coil")
    second = Factor(wanted.field_m1_per_didt, "the field of the second coil", divides=True)
    device = measured_with.max_didt_a_per_us / wanted.max_didt_a_per_us
    converted = product(device, (threshold, first, second), "%MSO", rule.source)
    field = product(measured_with.max_didt_a_per_us / 100, (threshold, first), "V/m", rule.source)
    return ConvertedThreshold(
        _widened(converted, rule),
        field,
        measured_pct_mso.value * device,
        _findings(converted.value, measured_with, wanted, rule),
    )


def _widened(estimate: Estimate, rule: CoilConversion) -> Estimate:
    """The estimate with the published error of the method added in quadrature."""
    half = NormalDist().inv_cdf(0.5 + COVERAGE / 2) * rule.rmse_pct_mso
    below = 0.0 if estimate.low is None else estimate.value - estimate.low
    above = 0.0 if estimate.high is None else estimate.high - estimate.value
    words = f"the published error of the method ({rule.rmse_pct_mso:g} %MSO)"
    return replace(
        estimate,
        low=max(0.0, estimate.value - math.hypot(below, half)),
        high=estimate.value + math.hypot(above, half),
        coverage=COVERAGE,
        how="; ".join(part for part in (estimate.how, words) if part),
    )


def _findings(
    pct_mso: float, measured_with: CoilOnDevice, wanted: CoilOnDevice, rule: CoilConversion
) -> tuple[Finding, ...]:
    found = [
        Finding(
            "dose.threshold-converted",
            Severity.ACKNOWLEDGE,
            "motor threshold",
            rule.caveat,
            found=f"{pct_mso:.1f} %MSO with {wanted.name}",
            source=rule.source,
        )
    ]
    if pct_mso > MAXIMUM_PCT_MSO:
        found.append(
            Finding(
                "dose.threshold-out-of-reach",
                Severity.STOP,
                "motor threshold",
                f"{wanted.name} does not reach the field of the motor threshold in this head",
                found=f"{pct_mso:.0f} %MSO",
                limit=f"{MAXIMUM_PCT_MSO:g} %MSO",
            )
        )
    if not (measured_with.waveform and wanted.waveform):
        unknown = [each.name for each in (measured_with, wanted) if not each.waveform]
        found.append(
            Finding(
                "dose.threshold-waveform-unknown",
                Severity.ACKNOWLEDGE,
                "motor threshold",
                "The conversion holds for equal waveforms only, and not all are known",
                found=f"waveform unknown with {' and '.join(unknown)}",
            )
        )
    elif measured_with.waveform != wanted.waveform:
        found.append(
            Finding(
                "dose.threshold-other-waveform",
                Severity.STOP,
                "motor threshold",
                "The two devices give different waveforms, whose thresholds differ for reasons "
                "that the field does not show: measure the threshold again",
                found=f"{measured_with.waveform} and {wanted.waveform}",
            )
        )
    return tuple(found)
