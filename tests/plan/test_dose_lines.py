"""The output lines of a dose against hand-worked examples."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.core.errors import InputError
from euthymia.core.quantities import Estimate
from euthymia.plan.dose import Dose, DoseInputs, LineKind, Observation, dose, dose_rules
from euthymia.plan.dose.calculate import nearest_setting
from euthymia.plan.protocol.dosing import Intensity, Threshold

MT_50 = Estimate(50.0, "%MSO", 45.0, 55.0, how="likelihood interval")
AT_120 = Intensity(120.0)


def inputs_with(**changes: object) -> DoseInputs:
    known: dict[str, object] = {
        "motor_threshold_pct_mso": MT_50,
        "observation": Observation.EMG,
        "max_didt_a_per_us": 150.0,
        "field_target_per_didt": Estimate(0.75, "V/m per A/us", 0.60, 0.90),
        "field_m1_per_didt": Estimate(0.90, "V/m per A/us", 0.75, 1.05),
        "depth_target_mm": 16.0,
        "depth_m1_mm": 14.0,
    }
    return DoseInputs(**{**known, **changes})  # type: ignore[arg-type]


def output_of(worked: Dose, kind: LineKind) -> float:
    line = worked.line(kind)
    assert line is not None
    return line.output.value


@pytest.mark.parametrize(
    ("threshold", "intensity", "output", "setting", "achieved"),
    [
        (50.0, 120.0, 60.0, 60.0, 120.0),
        (47.0, 120.0, 56.4, 56.0, 119.149),
        (48.0, 120.0, 57.6, 58.0, 120.833),
        (45.0, 110.0, 49.5, 49.0, 108.889),  # half-way: the lower of the two
        (60.0, 90.0, 54.0, 54.0, 90.0),
        (83.3, 120.0, 99.96, 100.0, 120.048),
    ],
)
def test_the_output_is_the_percentage_of_the_threshold_set_in_device_steps(
    threshold: float, intensity: float, output: float, setting: float, achieved: float
) -> None:
    inputs = inputs_with(motor_threshold_pct_mso=Estimate(threshold, "%MSO"))
    line = dose(inputs, Intensity(intensity)).prescribed
    assert line is not None and line.achieved is not None
    assert line.kind is LineKind.AS_MEASURED
    assert line.output.value == pytest.approx(output)
    assert line.setting_pct_mso == setting
    assert line.achieved.value == pytest.approx(achieved, abs=1e-3)


def test_the_interval_of_the_threshold_is_carried_to_the_output() -> None:
    line = dose(inputs_with(), AT_120).prescribed
    assert line is not None
    assert (line.output.low, line.output.high) == pytest.approx((54.0, 66.0))
    assert line.output.how == "likelihood interval"


def test_the_setting_is_exact_so_the_uncertainty_moves_to_the_percentage() -> None:
    line = dose(inputs_with(), AT_120).prescribed
    assert line is not None and line.achieved is not None
    assert line.achieved.unit == "%rMT"
    assert (line.achieved.low, line.achieved.high) == pytest.approx((6000 / 55, 6000 / 45))


def test_didt_and_field_follow_the_setting() -> None:
    worked = dose(inputs_with(), AT_120)
    line = worked.prescribed
    assert line is not None and line.field_target is not None
    assert line.didt_a_per_us == pytest.approx(90.0)
    assert line.field_target.value == pytest.approx(67.5)
    assert (line.field_target.low, line.field_target.high) == pytest.approx((54.0, 81.0))
    assert worked.field_m1_at_threshold is not None
    assert worked.field_m1_at_threshold.value == pytest.approx(67.5)


def test_the_ratio_of_the_fields_is_said_in_one_sentence() -> None:
    # 0.60 / 0.90 of the field per dI/dt, at 1.25 times the threshold's output: 83 %
    inputs = inputs_with(
        motor_threshold_pct_mso=Estimate(48.0, "%MSO"),
        field_target_per_didt=Estimate(0.60, "V/m per A/us"),
    )
    worked = dose(inputs, Intensity(125.0))
    line = worked.prescribed
    assert line is not None and line.field_ratio_pct is not None
    assert line.field_ratio_pct.value == pytest.approx(83.333, abs=1e-3)
    assert worked.field_sentence == (
        "At 60 % of the maximum output the target receives 83 % of the field that the motor hand "
        "area received at threshold"
    )


def test_the_ratio_needs_no_stimulator_but_the_fields_in_v_per_m_do() -> None:
    worked = dose(inputs_with(max_didt_a_per_us=None), AT_120)
    line = worked.prescribed
    assert line is not None and line.field_ratio_pct is not None
    assert line.field_ratio_pct.value == pytest.approx(100.0)
    assert line.field_target is None and line.didt_a_per_us is None
    assert worked.field_m1_at_threshold is None


def test_intervals_of_the_ratio_combine_in_quadrature_on_the_logarithm() -> None:
    line = dose(inputs_with(), AT_120).prescribed
    assert line is not None
    ratio = line.field_ratio_pct
    assert ratio is not None and ratio.low is not None and ratio.high is not None
    up = math.hypot(math.log(0.90 / 0.75), math.log(0.90 / 0.75), math.log(50 / 45))
    down = math.hypot(math.log(0.75 / 0.60), math.log(1.05 / 0.90), math.log(55 / 50))
    assert math.log(ratio.high / ratio.value) == pytest.approx(up)
    assert math.log(ratio.value / ratio.low) == pytest.approx(down)


def test_an_interval_says_what_it_leaves_out() -> None:
    line = dose(inputs_with(field_m1_per_didt=Estimate(0.9, "V/m per A/us")), AT_120).prescribed
    assert line is not None and line.field_ratio_pct is not None
    assert line.field_ratio_pct.how == (
        "from the interval of the field at the target and the motor threshold; "
        "without the uncertainty of the field at the motor area"
    )


def test_an_interval_of_other_coverage_is_brought_to_95_percent() -> None:
    narrow = Estimate(0.75, "V/m per A/us", 0.75 / 1.1, 0.75 * 1.1, coverage=0.6827)
    line = dose(inputs_with(field_target_per_didt=narrow), AT_120).prescribed
    assert line is not None
    field = line.field_target
    assert field is not None and field.high is not None
    assert math.log(field.high / field.value) == pytest.approx(1.96 * math.log(1.1), rel=1e-3)


@pytest.mark.parametrize(
    ("target_mm", "motor_mm", "adjusted"),
    [(16.0, 14.0, 56.0), (14.0, 14.0, 50.0), (12.0, 14.0, 44.0), (20.5, 14.0, 69.5)],
)
def test_the_depth_adjusted_threshold_is_mt_plus_three_percent_per_millimetre(
    target_mm: float, motor_mm: float, adjusted: float
) -> None:
    worked = dose(inputs_with(depth_target_mm=target_mm, depth_m1_mm=motor_mm), Intensity(100.0))
    assert output_of(worked, LineKind.DEPTH_ADJUSTED) == pytest.approx(adjusted)


def test_depth_adjustment_is_shown_beside_and_never_applied_unasked() -> None:
    worked = dose(inputs_with(), AT_120)
    beside = worked.line(LineKind.DEPTH_ADJUSTED)
    assert beside is not None and not beside.prescribed
    assert worked.setting_pct_mso == 60.0
    assert beside.setting_pct_mso == 67.0  # 1.2 x (50 + 3 x 2) = 67.2
    assert "2.0 mm deeper" in beside.caveat
    assert "66.5 %MSO" in beside.caveat  # with the lower slope, 2.7


def test_a_protocol_on_the_depth_adjusted_threshold_prescribes_it() -> None:
    worked = dose(inputs_with(), Intensity(90.0, Threshold.RMT_DEPTH_ADJUSTED))
    assert worked.prescribed is worked.line(LineKind.DEPTH_ADJUSTED)
    assert worked.setting_pct_mso == 50.0  # 0.9 x 56 = 50.4


def test_a_visual_threshold_is_corrected_only_on_request() -> None:
    visual = inputs_with(observation=Observation.VISUAL)
    assert dose(visual, AT_120).setting_pct_mso == 60.0
    corrected = dose(visual, AT_120, correct_visual=True)
    assert corrected.prescribed is corrected.line(LineKind.VISUAL_CORRECTED)
    assert output_of(corrected, LineKind.VISUAL_CORRECTED) == pytest.approx(60 / 1.113)
    assert corrected.setting_pct_mso == 54.0
    shown = corrected.line(LineKind.VISUAL_CORRECTED)
    assert shown is not None and "46.9 to 60.0 %MSO" in shown.caveat


def test_a_correction_also_lowers_the_field_that_counts_as_threshold() -> None:
    visual = inputs_with(observation=Observation.VISUAL, step_pct_mso=0.001)
    corrected = dose(visual, AT_120, correct_visual=True)
    at_threshold, line = corrected.field_m1_at_threshold, corrected.prescribed
    assert at_threshold is not None and line is not None and line.field_ratio_pct is not None
    assert at_threshold.value == pytest.approx(67.5 / 1.113)
    assert line.field_ratio_pct.value == pytest.approx(120 * 0.75 / 0.90, abs=0.01)


def test_an_emg_threshold_has_no_visual_correction() -> None:
    worked = dose(inputs_with(), AT_120, correct_visual=True)
    assert worked.line(LineKind.VISUAL_CORRECTED) is None
    assert worked.setting_pct_mso == 60.0


def test_120_percent_of_a_visual_threshold_enters_the_safety_tables_at_134() -> None:
    worked = dose(inputs_with(observation=Observation.VISUAL), AT_120)
    assert worked.for_safety_tables is not None
    assert worked.for_safety_tables.value == pytest.approx(133.56)
    by_emg = dose(inputs_with(), AT_120).for_safety_tables
    assert by_emg is not None and by_emg.value == pytest.approx(120.0)


def test_the_field_matched_output_gives_the_target_the_motor_areas_field() -> None:
    worked = dose(inputs_with(step_pct_mso=0.001), AT_120)
    assert output_of(worked, LineKind.FIELD_AT_THRESHOLD) == pytest.approx(50 * 0.90 / 0.75)
    assert output_of(worked, LineKind.FIELD_SCALED) == pytest.approx(1.2 * 50 * 0.90 / 0.75)
    matched = worked.line(LineKind.FIELD_AT_THRESHOLD)
    assert matched is not None and matched.field_ratio_pct is not None
    assert matched.field_ratio_pct.value == pytest.approx(100.0, abs=0.01)
    assert not matched.prescribed and "nobody has shown" in matched.caveat


def test_lines_that_lack_their_inputs_are_left_out() -> None:
    bare = DoseInputs(MT_50, Observation.EMG)
    assert [line.kind for line in dose(bare, AT_120).lines] == [LineKind.AS_MEASURED]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"motor_threshold_pct_mso": Estimate(0.45, "%MSO")}, "below any threshold"),
        ({"motor_threshold_pct_mso": Estimate(-3.0, "%MSO")}, "not a positive value"),
        ({"motor_threshold_pct_mso": Estimate(50, "%MSO", 51, 60)}, "not a positive value inside"),
        ({"motor_threshold_pct_mso": Estimate(50, "%MSO", 40, 60, 95.0)}, "coverage 95.0"),
        ({"field_target_per_didt": Estimate(0.0, "V/m per A/us")}, "field at the target"),
        ({"max_didt_a_per_us": math.nan}, "maximum dI/dt"),
        ({"step_pct_mso": 0.0}, "output step"),
        ({"depth_target_mm": 1.6}, "cannot be the way from scalp to cortex"),
        ({"depth_m1_mm": 14000.0}, "cannot be the way from scalp to cortex"),
        ({"measured": Threshold.RMT_DEPTH_ADJUSTED}, "not measured but derived"),
    ],
)
def test_inputs_that_cannot_be_are_refused_with_the_remedy(
    changes: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        inputs_with(**changes)


@pytest.mark.parametrize("intensity", [Intensity(1.2), Intensity(1200.0)])
def test_an_intensity_that_is_no_percentage_is_refused(intensity: Intensity) -> None:
    with pytest.raises(InputError, match="outside 10 to 200"):
        dose(inputs_with(), intensity)


def test_a_fixed_output_is_not_worked_out_from_a_threshold() -> None:
    with pytest.raises(InputError, match="does not follow from a motor threshold"):
        dose(inputs_with(), Intensity(60.0, Threshold.FIXED))


@given(
    output=st.floats(min_value=0.0, max_value=200.0),
    step=st.sampled_from([0.1, 0.2, 0.5, 1.0, 2.0]),
)
def test_the_setting_is_a_whole_number_of_steps_within_half_a_step(
    output: float, step: float
) -> None:
    setting = nearest_setting(output, step)
    assert setting / step == pytest.approx(round(setting / step), abs=1e-6)
    assert abs(setting - output) <= step / 2 + 1e-6


@given(
    threshold=st.floats(min_value=20.0, max_value=80.0),
    intensity=st.floats(min_value=80.0, max_value=130.0),
    deeper_mm=st.floats(min_value=-5.0, max_value=15.0),
)
def test_the_depth_adjusted_output_differs_by_the_slope_alone(
    threshold: float, intensity: float, deeper_mm: float
) -> None:
    inputs = inputs_with(
        motor_threshold_pct_mso=Estimate(threshold, "%MSO"),
        depth_m1_mm=14.0,
        depth_target_mm=14.0 + deeper_mm,
    )
    worked = dose(inputs, Intensity(intensity))
    slope = dose_rules().depth_adjustment.slope_pct_mso_per_mm
    difference = output_of(worked, LineKind.DEPTH_ADJUSTED) - output_of(
        worked, LineKind.AS_MEASURED
    )
    assert difference == pytest.approx(intensity / 100 * slope * deeper_mm, abs=1e-9)


@given(
    threshold=st.floats(min_value=20.0, max_value=60.0),
    target=st.floats(min_value=0.3, max_value=2.0),
    motor=st.floats(min_value=0.3, max_value=2.0),
    didt=st.floats(min_value=60.0, max_value=250.0),
)
def test_field_and_ratio_agree_whatever_the_device(
    threshold: float, target: float, motor: float, didt: float
) -> None:
    inputs = inputs_with(
        motor_threshold_pct_mso=Estimate(threshold, "%MSO"),
        field_target_per_didt=Estimate(target, "V/m per A/us"),
        field_m1_per_didt=Estimate(motor, "V/m per A/us"),
        max_didt_a_per_us=didt,
    )
    worked = dose(inputs, AT_120)
    line, at_motor = worked.prescribed, worked.field_m1_at_threshold
    assert line is not None and line.field_target is not None and at_motor is not None
    assert line.field_ratio_pct is not None
    ratio = 100 * line.field_target.value / at_motor.value
    assert line.field_ratio_pct.value == pytest.approx(ratio)
