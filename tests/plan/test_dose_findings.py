"""What a dose warns of, and how gravely."""

from __future__ import annotations

import pytest

from euthymia.core.findings import Finding, Severity
from euthymia.core.quantities import Estimate
from euthymia.plan.dose import Dose, DoseInputs, Observation, dose, pulse_totals, rules_markdown
from euthymia.plan.dose.rules import DoseRules, dose_rules
from euthymia.plan.protocol.dosing import Intensity, Threshold

AT_120 = Intensity(120.0)


def threshold_of(value: float, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(value, "%MSO", low, high)


def finding(worked: Dose, code: str) -> Finding:
    matching = [found for found in worked.findings if found.code == code]
    assert len(matching) == 1, [found.code for found in worked.findings]
    return matching[0]


def codes(worked: Dose) -> set[str]:
    return {found.code for found in worked.findings}


def test_an_output_above_the_maximum_stops_and_names_the_nearest_allowed() -> None:
    worked = dose(DoseInputs(threshold_of(93.0, 90.0, 96.0), Observation.EMG), AT_120)
    found = finding(worked, "dose.above-maximum")
    assert found.severity is Severity.STOP
    assert found.found.startswith("111.6 %MSO")
    assert found.nearest_allowed == "100 %MSO, which is 108 % of the measured threshold"
    assert worked.setting_pct_mso is None


def test_a_line_shown_beside_that_is_above_the_maximum_is_only_a_note() -> None:
    inputs = DoseInputs(threshold_of(80.0), Observation.EMG, depth_target_mm=20.0, depth_m1_mm=14.0)
    worked = dose(inputs, AT_120)
    assert finding(worked, "dose.above-maximum").severity is Severity.NOTE
    assert worked.setting_pct_mso == 96.0


def test_an_output_that_rounds_to_the_maximum_is_allowed() -> None:
    worked = dose(DoseInputs(threshold_of(83.6), Observation.EMG), AT_120)  # 100.32
    assert worked.setting_pct_mso == 100.0
    assert "dose.above-maximum" not in codes(worked)


def test_a_threshold_above_the_maximum_stops() -> None:
    worked = dose(DoseInputs(threshold_of(104.0), Observation.EMG), Intensity(90.0))
    assert finding(worked, "dose.threshold-above-maximum").severity is Severity.STOP


def test_a_threshold_without_an_interval_is_noted() -> None:
    assert "dose.threshold-without-interval" in codes(
        dose(DoseInputs(threshold_of(50.0), Observation.EMG), AT_120)
    )


@pytest.mark.parametrize(
    ("percent", "low", "code", "severity"),
    [
        (132.0, 49.9, "dose.beyond-safety-tables", Severity.ACKNOWLEDGE),
        (120.0, 45.0, "dose.may-be-beyond-safety-tables", Severity.CAUTION),
    ],
)
def test_a_setting_beyond_the_safety_tables_is_found(
    percent: float, low: float, code: str, severity: Severity
) -> None:
    worked = dose(DoseInputs(threshold_of(50.0, low, 55.0), Observation.EMG), Intensity(percent))
    assert finding(worked, code).severity is severity


def test_a_well_known_threshold_at_120_percent_raises_neither() -> None:
    worked = dose(DoseInputs(threshold_of(50.0, 48.0, 52.0), Observation.EMG), AT_120)
    assert not {code for code in codes(worked) if "safety-tables" in code}


def test_a_depth_adjusted_output_is_held_against_the_tables_too() -> None:
    inputs = DoseInputs(threshold_of(50.0), Observation.EMG, depth_target_mm=24.0, depth_m1_mm=14.0)
    worked = dose(inputs, Intensity(90.0, Threshold.RMT_DEPTH_ADJUSTED))  # 0.9 x 80 = 72 = 144 %
    found = finding(worked, "dose.beyond-safety-tables")
    assert found.found == "144 %rMT" and found.nearest_allowed == "65 %MSO"


def test_a_corrected_visual_threshold_is_held_against_the_tables_by_emg() -> None:
    visual = DoseInputs(threshold_of(50.0), Observation.VISUAL)
    worked = dose(visual, Intensity(140.0), correct_visual=True)
    assert finding(worked, "dose.beyond-safety-tables").severity is Severity.ACKNOWLEDGE


def test_a_visual_threshold_is_a_caution_with_its_range() -> None:
    found = finding(
        dose(DoseInputs(threshold_of(50.0), Observation.VISUAL), AT_120), "dose.visual-threshold"
    )
    assert found.severity is Severity.CAUTION
    assert "120 % of the visual threshold is about 134 % (120 to 153 %)" in found.found
    assert "beyond the 130 %" in found.found
    assert found.source is not None and found.source.short == "Westin 2014, abstract [V]"


def test_a_corrected_visual_threshold_says_that_it_was_corrected() -> None:
    worked = dose(DoseInputs(threshold_of(50.0), Observation.VISUAL), AT_120, correct_visual=True)
    assert finding(worked, "dose.visual-corrected").severity is Severity.CAUTION
    assert "dose.visual-threshold" not in codes(worked)


def test_a_depth_adjusted_protocol_without_depths_stops() -> None:
    worked = dose(
        DoseInputs(threshold_of(50.0), Observation.EMG),
        Intensity(90.0, Threshold.RMT_DEPTH_ADJUSTED),
    )
    assert finding(worked, "dose.no-depth-adjustment").severity is Severity.STOP
    assert worked.prescribed is None and worked.setting_pct_mso is None
    assert worked.field_sentence == ""


def test_a_depth_adjustment_that_leaves_nothing_stops() -> None:
    inputs = DoseInputs(threshold_of(30.0), Observation.EMG, depth_target_mm=8.0, depth_m1_mm=20.0)
    worked = dose(inputs, Intensity(90.0, Threshold.RMT_DEPTH_ADJUSTED))
    assert "zero or below" in finding(worked, "dose.no-depth-adjustment").message


def test_a_prescribed_depth_adjustment_is_a_caution_because_its_slope_is_unverified() -> None:
    inputs = DoseInputs(threshold_of(50.0), Observation.EMG, depth_target_mm=16.0, depth_m1_mm=14.0)
    prescribed = dose(inputs, Intensity(90.0, Threshold.RMT_DEPTH_ADJUSTED))
    found = finding(prescribed, "dose.depth-adjusted")
    assert found.severity is Severity.CAUTION and "unverified" in found.message
    beside = finding(dose(inputs, Intensity(90.0)), "dose.depth-beside")
    assert beside.severity is Severity.NOTE
    assert beside.found == "50.4 %MSO adjusted, 45.0 %MSO unadjusted"


@pytest.mark.parametrize("of", [Threshold.RMT_LEG, Threshold.AMT])
def test_an_intensity_of_another_threshold_than_measured_stops(of: Threshold) -> None:
    worked = dose(DoseInputs(threshold_of(50.0), Observation.EMG), Intensity(100.0, of))
    assert finding(worked, "dose.other-threshold").severity is Severity.STOP
    assert worked.prescribed is None


def test_a_leg_threshold_serves_a_leg_intensity() -> None:
    inputs = DoseInputs(
        threshold_of(60.0),
        Observation.EMG,
        measured=Threshold.RMT_LEG,
        field_target_per_didt=Estimate(0.9, "V/m per A/us"),
        field_m1_per_didt=Estimate(0.9, "V/m per A/us"),
    )
    worked = dose(inputs, Intensity(100.0, Threshold.RMT_LEG))
    assert worked.setting_pct_mso == 60.0
    assert "motor leg area" in worked.field_sentence


def test_an_active_threshold_stays_out_of_the_resting_tables() -> None:
    inputs = DoseInputs(threshold_of(40.0, 20.0, 60.0), Observation.EMG, measured=Threshold.AMT)
    worked = dose(inputs, Intensity(150.0, Threshold.AMT))
    assert worked.for_safety_tables is None
    assert not {code for code in codes(worked) if "safety-tables" in code}
    assert worked.prescribed is not None and worked.prescribed.achieved is not None
    assert worked.prescribed.achieved.unit == "%AMT"


@pytest.mark.parametrize(("per_didt", "unusual"), [(0.6, True), (0.8, False), (1.2, True)])
def test_an_unusual_field_at_threshold_is_noted(per_didt: float, unusual: bool) -> None:
    inputs = DoseInputs(
        threshold_of(50.0),
        Observation.EMG,
        max_didt_a_per_us=150.0,
        field_m1_per_didt=Estimate(per_didt, "V/m per A/us"),
    )
    assert ("dose.field-at-threshold-unusual" in codes(dose(inputs, AT_120))) is unusual


def test_a_field_whose_interval_reaches_the_usual_band_is_not_unusual() -> None:
    inputs = DoseInputs(
        threshold_of(50.0),
        Observation.EMG,
        max_didt_a_per_us=150.0,
        field_m1_per_didt=Estimate(1.0, "V/m per A/us", 0.9, 1.1),
    )
    assert "dose.field-at-threshold-unusual" not in codes(dose(inputs, AT_120))


@pytest.mark.parametrize(
    ("high", "verb"), [(0.72, "The target receives"), (0.9, "The target probably receives")]
)
def test_how_sure_the_lower_field_is_shows_in_the_words(high: float, verb: str) -> None:
    inputs = DoseInputs(
        threshold_of(50.0),
        Observation.EMG,
        field_target_per_didt=Estimate(0.7, "V/m per A/us", 0.6, high),
        field_m1_per_didt=Estimate(0.9, "V/m per A/us"),
    )
    assert finding(dose(inputs, AT_120), "dose.field-below-motor").message.startswith(verb)


@pytest.mark.parametrize(("target", "below"), [(0.7, True), (0.9, False)])
def test_a_target_field_below_the_motor_areas_is_noted(target: float, below: bool) -> None:
    inputs = DoseInputs(
        threshold_of(50.0),
        Observation.EMG,
        field_target_per_didt=Estimate(target, "V/m per A/us"),
        field_m1_per_didt=Estimate(0.9, "V/m per A/us"),
    )
    assert ("dose.field-below-motor" in codes(dose(inputs, AT_120))) is below


def test_a_missing_field_is_noted_and_findings_come_gravest_first() -> None:
    worked = dose(DoseInputs(threshold_of(93.0), Observation.VISUAL), AT_120)
    assert "dose.no-field" in codes(worked)
    severities = [found.severity for found in worked.findings]
    assert severities == sorted(severities, reverse=True)


def test_totals_count_the_sessions_of_each_day() -> None:
    accelerated = pulse_totals(1800, [10] * 5)
    assert (accelerated.per_day_most, accelerated.per_course) == (18_000, 90_000)
    assert accelerated.text == (
        "1,800 a session, at most 18,000 a day, 50 sessions, 90,000 in the course"
    )
    daily = pulse_totals(3000, [1] * 36)
    assert daily.text == "3,000 a session, 36 sessions, 108,000 in the course"


def test_totals_refuse_what_is_no_count() -> None:
    with pytest.raises(ValueError, match="not a number of pulses"):
        pulse_totals(0, [1])
    with pytest.raises(ValueError, match="negative"):
        pulse_totals(600, [1, -1])


def test_the_rule_table_shows_every_rule_and_marks_the_unverified() -> None:
    table = rules_markdown()
    assert table.count("\n") == 2 + 8
    assert "Stokes 2005, method [M] (unverified)" in table
    assert "Westin 2014, abstract [V] |" in table


def test_a_range_that_does_not_hold_its_value_is_refused() -> None:
    raw = dose_rules().model_dump(mode="json")
    raw["visual_threshold"]["excess_pct"] = 40.0
    with pytest.raises(ValueError, match="outside its range"):
        DoseRules.model_validate(raw)
