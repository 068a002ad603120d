"""Motor thresholds between the chart and the search for them."""

from __future__ import annotations

from euthymia.chart.chart import Chart
from euthymia.chart.patient_facts import MotorThresholdMeasured, ThresholdMethod
from euthymia.core.quantities import Estimate
from euthymia.treat.threshold.drift import Threshold

_METHODS = {
    "bayesian": ThresholdMethod.BAYESIAN,
    "ml-pest": ThresholdMethod.ML_PEST,
    "5of10": ThresholdMethod.RELATIVE_FREQUENCY,
    "10of20": ThresholdMethod.RELATIVE_FREQUENCY,
    "mills-nithi": ThresholdMethod.MILLS_NITHI,
}


def threshold_of(fact: MotorThresholdMeasured) -> Threshold:
    """A recorded threshold, as the comparison takes it."""
    return Threshold(
        Estimate(fact.intensity_pct_mso, "%MSO", fact.low_pct_mso, fact.high_pct_mso),
        fact.measured_on,
        fact.observation,
        fact.muscle,
        fact.stimulator,
        fact.coil,
    )


def last_threshold(chart: Chart) -> Threshold | None:
    """The latest resting threshold of the chart."""
    found = chart.motor_threshold
    return threshold_of(found.fact) if found else None


def threshold_fact(measured: Threshold, method: str, pulses: int) -> MotorThresholdMeasured:
    """The entry of a resting threshold that was found by the method of that name."""
    estimate = measured.pct_mso
    return MotorThresholdMeasured(
        measured_on=measured.on,
        intensity_pct_mso=estimate.value,
        low_pct_mso=estimate.low,
        high_pct_mso=estimate.high,
        state="resting",
        method=_METHODS[method],
        observation=measured.observation,
        muscle=measured.muscle,
        stimulator=measured.stimulator,
        coil=measured.coil,
        pulses=pulses or None,
    )
