"""What goes into a dose and what comes out: plain numbers with their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding
from euthymia.core.quantities import Estimate
from euthymia.core.references import Citation
from euthymia.plan.protocol.dosing import Intensity, Threshold

MAXIMUM_PCT_MSO = 100.0

_MUSCLES = {Threshold.RMT_HAND: "hand", Threshold.RMT_LEG: "leg", Threshold.AMT: "hand"}


class Observation(StrEnum):
    """How the muscle's answer was seen when the motor threshold was measured."""

    EMG = "emg"
    """Motor evoked potentials on electromyography; the safety tables stand on these."""
    VISUAL = "visual"
    """Visible twitches, the usual way in a clinic; gives a higher threshold."""


class LineKind(StrEnum):
    """The ways to an output that a dose shows beside each other."""

    AS_MEASURED = "as-measured"
    """The protocol's percentage of the threshold as it was measured."""
    VISUAL_CORRECTED = "visual-corrected"
    """The same, from the EMG threshold that a visual one stands for on average."""
    DEPTH_ADJUSTED = "depth-adjusted"
    """The protocol's percentage of the depth-adjusted threshold."""
    FIELD_AT_THRESHOLD = "field-at-threshold"
    """The output whose field at the target equals the motor area's field at threshold."""
    FIELD_SCALED = "field-scaled"
    """The output whose field at the target is the protocol's percentage of that field."""


@dataclass(frozen=True, slots=True)
class DoseInputs:
    """What is known of patient and device when the dose is worked out.

    motor_threshold_pct_mso: the motor threshold, % of maximum stimulator output, measured with
        the stimulator and coil that will treat; `measured` says which threshold it is.
    max_didt_a_per_us: the coil current's rate of change at 100 % output on this stimulator.
    step_pct_mso: the step in which the stimulator's output can be set.
    field_target_per_didt, field_m1_per_didt: |E| at the target and at the motor area, in V/m per
        A/us, each with the coil posed for that place, in the same head model and summarised alike.
    depth_target_mm, depth_m1_mm: from the scalp to the cortex under the coil.
    """

    motor_threshold_pct_mso: Estimate
    observation: Observation
    measured: Threshold = Threshold.RMT_HAND
    max_didt_a_per_us: float | None = None
    step_pct_mso: float = 1.0
    field_target_per_didt: Estimate | None = None
    field_m1_per_didt: Estimate | None = None
    depth_target_mm: float | None = None
    depth_m1_mm: float | None = None

    def __post_init__(self) -> None:
        _positive_estimate(self.motor_threshold_pct_mso, "motor threshold")
        if self.measured not in _MUSCLES:
            raise InputError(
                "measured threshold",
                f"{self.measured.label} is not measured but derived",
                "Say whether the resting threshold of hand or leg or the active one was measured",
            )
        if self.motor_threshold_pct_mso.value < 1:
            raise InputError(
                "motor threshold",
                f"{self.motor_threshold_pct_mso.value:g} %MSO is below any threshold",
                "Give it in percent of the maximum output, for example 45",
            )
        for estimate, name in (
            (self.field_target_per_didt, "field at the target"),
            (self.field_m1_per_didt, "field at the motor area"),
        ):
            if estimate is not None:
                _positive_estimate(estimate, name)
        if self.max_didt_a_per_us is not None:
            _positive(self.max_didt_a_per_us, "maximum dI/dt", "A/us")
        _positive(self.step_pct_mso, "output step", "%MSO")
        for depth_mm, name in (
            (self.depth_target_mm, "depth of the target"),
            (self.depth_m1_mm, "depth of the motor area"),
        ):
            if depth_mm is not None:
                _plausible_depth(depth_mm, name)

    @property
    def motor_area(self) -> str:
        """The motor area whose threshold it is, in words."""
        return f"motor {_MUSCLES[self.measured]} area"

    @property
    def depth_difference_mm(self) -> float | None:
        """How much deeper the target lies than the motor area; None when either is unknown."""
        if self.depth_target_mm is None or self.depth_m1_mm is None:
            return None
        return self.depth_target_mm - self.depth_m1_mm


@dataclass(frozen=True, slots=True)
class DoseLine:
    """One way to an output, worked through to what the device is set to and what that does.

    output: what the rule asks for, %MSO, with the interval of what it came from.
    setting_pct_mso: what the stimulator can be set to, or None when that is more than it has.
    achieved: the setting in % of the threshold as measured (unit "%rMT" or "%AMT"); its interval
        is the threshold's, because the setting itself is exact.
    field_target: |E| at the target at the setting, V/m.
    field_ratio_pct: that field in % of the field at the motor area at threshold.
    """

    kind: LineKind
    title: str
    output: Estimate
    setting_pct_mso: float | None
    prescribed: bool
    achieved: Estimate | None = None
    didt_a_per_us: float | None = None
    field_target: Estimate | None = None
    field_ratio_pct: Estimate | None = None
    caveat: str = ""
    source: Citation | None = None


@dataclass(frozen=True, slots=True)
class Dose:
    """The dose of one patient under one intensity: every line side by side, and all findings.

    Exactly one line is prescribed, unless what the protocol asks for could not be worked out;
    then none is, and a finding says why.

    field_m1_at_threshold: |E| at the motor area at threshold, V/m.
    for_safety_tables: the prescribed setting in % of the resting EMG threshold, with which the
        train-duration tables are to be entered; for a visual threshold by its mean excess over
        EMG, and None for an active threshold.
    """

    intensity: Intensity
    inputs: DoseInputs
    lines: tuple[DoseLine, ...]
    findings: tuple[Finding, ...]
    field_m1_at_threshold: Estimate | None = None
    for_safety_tables: Estimate | None = None

    @property
    def prescribed(self) -> DoseLine | None:
        """The line that the protocol prescribes."""
        return next((line for line in self.lines if line.prescribed), None)

    @property
    def setting_pct_mso(self) -> float | None:
        """What the stimulator is to be set to, or None when there is no such setting."""
        line = self.prescribed
        return line.setting_pct_mso if line else None

    def line(self, kind: LineKind) -> DoseLine | None:
        """The line of that kind, where it could be worked out."""
        return next((line for line in self.lines if line.kind is kind), None)

    @property
    def field_sentence(self) -> str:
        """The field at the target against the motor area's in one sentence; empty if unknown."""
        line = self.prescribed
        if line is None or line.field_ratio_pct is None:
            return ""
        return (
            f"At {line.setting_pct_mso:g} % of the maximum output the target receives "
            f"{line.field_ratio_pct.value:.0f} % of the field that the "
            f"{self.inputs.motor_area} received at threshold"
        )


def _positive(value: float, name: str, unit: str) -> None:
    if not (math.isfinite(value) and value > 0):
        raise InputError(name, f"{value} is not a positive number", f"Give it in {unit}")


def _positive_estimate(estimate: Estimate, name: str) -> None:
    low = estimate.value if estimate.low is None else estimate.low
    high = estimate.value if estimate.high is None else estimate.high
    if not 0 < low <= estimate.value <= high < math.inf:
        raise InputError(
            name,
            f"{estimate.text(3)} is not a positive value inside a positive interval",
            "Give a positive value and the two ends of its interval around it",
        )
    if not 0 < estimate.coverage < 1:
        raise InputError(
            name, f"coverage {estimate.coverage} is not between 0 and 1", "Give 0.95 for 95 %"
        )


def _plausible_depth(depth_mm: float, name: str) -> None:
    # between a millimetre too few (centimetres were given) and a head's radius (micrometres)
    if not 4 <= depth_mm <= 80:
        raise InputError(
            name,
            f"{depth_mm:g} mm cannot be the way from scalp to cortex",
            "Give it in millimetres, usually between 10 and 30",
        )
