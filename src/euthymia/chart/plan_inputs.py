"""What a treatment plan needs to know, taken from a chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from euthymia.assess.eligibility.conditions import condition_of
from euthymia.chart.assessment_inputs import to_assessment_inputs
from euthymia.chart.chart import Chart
from euthymia.chart.patient_facts import MotorThresholdMeasured
from euthymia.core.errors import InputError
from euthymia.core.quantities import Estimate
from euthymia.plan.course.hours import Availability
from euthymia.plan.course.public_holidays import PublicHolidays
from euthymia.plan.course.site import Site
from euthymia.plan.protocol.dosing import Threshold
from euthymia.plan.treatment import MeasuredThreshold, Patient, Request


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """The arguments of `plan.treatment.make_plan` that a chart can answer.

    site and availability are None where the chart does not say when the patient can come.
    """

    patient: Patient
    request: Request
    threshold: MeasuredThreshold | None
    site: Site | None
    availability: Availability | None


def to_plan_inputs(chart: Chart, on: date) -> PlanInputs:
    """A chart's facts for a plan; refuses a chart in which no plan was asked for."""
    if chart.plan_request is None:
        raise InputError(
            "this chart",
            "it holds no request for a plan",
            "Record protocol, target, stimulator, coil and first day (plan_requested)",
        )
    asked = chart.plan_request.fact
    site, availability = _calendar(chart)
    return PlanInputs(
        patient=_patient(chart, on),
        request=Request(
            protocol=asked.protocol,
            target=asked.target,
            stimulator=asked.stimulator,
            coil=asked.coil,
            start_on=asked.start_on,
            course=asked.course,
        ),
        threshold=_threshold(chart.motor_threshold.fact) if chart.motor_threshold else None,
        site=site,
        availability=availability,
    )


def _patient(chart: Chart, on: date) -> Patient:
    fact = chart.patient.fact
    diagnosis = to_assessment_inputs(chart, on)["diagnosis"]
    recorded = fact.diagnosis
    return Patient(
        pseudonym=fact.pseudonym,
        synthetic=fact.synthetic,
        age_years=fact.age_range(on),
        sex=fact.sex.value,
        diagnosis=f"{recorded.label} ({recorded.system} {recorded.code})" if recorded else "",
        indication=condition_of(diagnosis).plan_name if diagnosis else None,
    )


def _threshold(fact: MotorThresholdMeasured) -> MeasuredThreshold:
    return MeasuredThreshold(
        pct_mso=Estimate(
            fact.intensity_pct_mso,
            "%MSO",
            fact.low_pct_mso,
            fact.high_pct_mso,
            how="as recorded with the threshold" if fact.low_pct_mso is not None else "",
        ),
        kind=Threshold.RMT_LEG if fact.motor_area == "leg" else Threshold.RMT_HAND,
        observation=fact.observation,
        measured_on=fact.measured_on,
        stimulator=fact.stimulator,
        coil=fact.coil,
    )


def _calendar(chart: Chart) -> tuple[Site | None, Availability | None]:
    if chart.availability is None or chart.availability.fact.time_zone is None:
        return None, None
    fact = chart.availability.fact
    holidays = None
    if fact.holiday_country:
        holidays = PublicHolidays(fact.holiday_country, fact.holiday_subdivision)
    return Site(timezone=str(fact.time_zone), holidays=holidays), fact.availability
