"""What a session is to give: from the chart, with what the command line puts in its place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from euthymia.assess.safety.session import SessionDay
from euthymia.assess.safety.threshold import ThresholdFacts
from euthymia.chart.case import Case
from euthymia.chart.chart import Chart
from euthymia.chart.session_sink import documents_of
from euthymia.cli.options import today
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.plan.protocol.catalogue import entry as known_protocol
from euthymia.plan.protocol.dosing import Intensity, Threshold
from euthymia.plan.protocol.policy import default_policy
from euthymia.treat.dose.account import course_dose
from euthymia.treat.session.day import RulesOfTheDay
from euthymia.treat.session.journal import journals
from euthymia.treat.session.limits import default_limits
from euthymia.treat.session.operator import DayCheck
from euthymia.treat.session.prescription import Prescription


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prescription with the case it is for, and what is to be known before it is given."""

    case: Case
    prescription: Prescription
    day: DayCheck
    findings: tuple[Finding, ...]


def prepared(
    folder: Path,
    protocol: str | None,
    outputs: list[float] | None,
    number: int | None,
    ramp: bool,
) -> Prepared:
    """The session that these options ask for; refuses what the chart and they leave open."""
    case = Case.open(folder)
    known = known_protocol(_protocol_id(case.chart, protocol))
    whole = known.build()
    past = journals(documents_of(case.chart))
    if (unfinished := next((each for each in past if each.open), None)) is not None:
        raise InputError(
            f"session {unfinished.session}",
            "it is still open",
            "Take it up or close it first: euthymia session resume",
        )
    recorded = [found.fact.number for found in case.chart.sessions]
    number = number if number is not None else max([0, *recorded]) + 1
    if number in recorded:
        raise InputError(f"session {number}", "it is on record already", "Give another number")
    given = tuple(outputs or ()) or _outputs(case.chart, [b.intensity for b in whole.blocks])
    findings: list[Finding] = []
    if ramp:
        rule = default_limits().ramp
        fraction = rule.fraction(number)
        given = tuple(float(round(output * fraction)) for output in given)
        if fraction < 1.0:
            findings.append(
                Finding(
                    "session.ramp",
                    Severity.NOTE,
                    f"session {number}",
                    f"The output is ramped: {fraction:.0%} of the prescribed one",
                    source=rule.source,
                )
            )
    prescription = Prescription(
        session=number,
        protocol_id=known.id,
        protocol=whole,
        outputs_pct_mso=given,
        given_today=course_dose(past).on(today()),
    )
    return Prepared(
        case, prescription, day_of(case.chart), (*findings, *_cap_findings(prescription))
    )


def day_of(chart: Chart) -> DayCheck:
    """The questions of today, with what the chart knows of the day."""
    threshold = chart.motor_threshold
    last = chart.sessions[-1].fact.started_at.date() if chart.sessions else None
    measured = threshold.fact.measured_on if threshold else None
    known = measured is None or measured <= today()
    facts = ThresholdFacts(today(), measured, last_session_on=last) if known else None
    return RulesOfTheDay(
        SessionDay(
            on=today(),
            sessions_given=len(chart.sessions),
            last_session_on=last,
            threshold=facts,
        )
    )


def _protocol_id(chart: Chart, asked: str | None) -> str:
    if asked is not None:
        return asked
    if chart.plan_request is None:
        raise InputError("this chart", "it holds no request for a plan", "Give --protocol")
    return str(chart.plan_request.fact.protocol)


def _outputs(chart: Chart, wanted: list[Intensity]) -> tuple[float, ...]:
    """Outputs from the chart's threshold; refuses what a threshold alone cannot say."""
    found = chart.motor_threshold
    threshold = found.fact.intensity_pct_mso if found is not None else None
    plain = (Threshold.FIXED, Threshold.RMT_HAND)
    for intensity in wanted:
        if intensity.of not in plain:
            raise InputError(
                f"intensity {intensity.text}",
                "it does not follow from the motor threshold alone",
                "Take the output from the signed plan, and give it with --output",
            )
    return tuple(float(round(intensity.pct_mso(threshold))) for intensity in wanted)


def _cap_findings(prescription: Prescription) -> tuple[Finding, ...]:
    caps = default_policy().caps
    found: list[Finding] = []
    if prescription.pulses > caps.pulses_per_session:
        found.append(
            Finding(
                "session.pulses",
                Severity.ACKNOWLEDGE,
                "pulses of the session",
                "It has more pulses than the cap of this system",
                found=f"{prescription.pulses:,}",
                limit=f"{caps.pulses_per_session:,}",
                source=caps.source,
            )
        )
    day = prescription.given_today + prescription.pulses
    if day > prescription.day_ceiling:
        found.append(
            Finding(
                "session.day-full",
                Severity.CAUTION,
                "pulses of the day",
                "The session will end at the day's ceiling",
                found=f"{day:,}",
                limit=f"{prescription.day_ceiling:,}",
                source=caps.source,
            )
        )
    return tuple(found)
