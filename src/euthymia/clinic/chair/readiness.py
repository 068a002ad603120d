"""Whether a session may begin: what is prescribed, what the record knows of the day, all findings.

Everything that has to be known is found here from the chart alone; the answers of the day come on
top (`judged`). What only a psychiatrist may allow is allowed by a signed deviation, and then stays
in sight as a note.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from euthymia.assess.safety.session import SessionDay
from euthymia.chart.appointments import AppointmentState
from euthymia.chart.chart import Chart
from euthymia.chart.intake_facts import ConsentAbout, ConsentDecision
from euthymia.chart.prescription_facts import DeviationSigned, PrescriptionWritten
from euthymia.chart.recorded import Recorded
from euthymia.chart.session_inputs import (
    SessionInputs,
    outputs_today,
    questions_of,
    to_session_inputs,
)
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity, by_severity
from euthymia.plan.protocol.courses import course
from euthymia.treat.session.day import RulesOfTheDay
from euthymia.treat.session.operator import DayCheck

NO_PRESCRIPTION = "session.no-prescription"
SIGNABLE = frozenset(
    {
        NO_PRESCRIPTION,
        "session.not-prescribed",
        "session.not-as-prescribed",
        "session.all-given",
        "session.day-count",
        "session.day-interval",
        "session.output-threshold",
    }
)
"""Codes of findings that are against the prescription: a psychiatrist's signature allows them."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """One session as it stands before it begins.

    inputs: None where there is nothing to give. findings: all of the record, gravest first.
    """

    on: date
    number: int
    prescribed: Recorded[PrescriptionWritten] | None
    deviation: Recorded[DeviationSigned] | None
    inputs: SessionInputs | None
    day: DayCheck
    findings: tuple[Finding, ...]

    def judged(self, answers: Mapping[str, str]) -> tuple[Finding, ...]:
        """All findings of the record and of these answers, gravest first."""
        return by_severity((*self.findings, *self.day.judge(answers)))


def readiness(chart: Chart, now: datetime, *, simulated: bool = True) -> Readiness:
    """The next session of a chart; raises InputError while an earlier one is open."""
    on = now.date()
    number = max([0, *(found.fact.number for found in chart.sessions)]) + 1
    prescribed, deviation = chart.standing_prescription, chart.deviation(number, on)
    inputs, refusal = _inputs(chart, on, deviation)
    found = [*_found(chart, now, prescribed, refusal, simulated)]
    if inputs is not None:
        found += inputs.findings
        found += _against_threshold(chart, prescribed, deviation)
    return Readiness(
        on,
        number,
        prescribed,
        deviation,
        inputs,
        _questions(chart, on, prescribed),
        by_severity(_allowed(found, deviation)),
    )


def _inputs(
    chart: Chart, on: date, deviation: Recorded[DeviationSigned] | None
) -> tuple[SessionInputs | None, str]:
    """What is given, by the prescription or by a signed deviation; or why nothing can be."""
    if deviation is None:
        if chart.standing_prescription is None:
            return None, "No signed prescription stands in this chart"
        return to_session_inputs(chart, on), ""
    signed = deviation.fact
    try:
        inputs = to_session_inputs(
            chart, on, protocol=signed.protocol, outputs=signed.outputs_pct_mso
        )
    except InputError as error:
        return None, str(error)
    # What was signed for this one session is given as signed: the ramp does not lower it again.
    prescription = replace(inputs.prescription, outputs_pct_mso=signed.outputs_pct_mso)
    kept = tuple(each for each in inputs.findings if each.code != "session.ramp")
    return replace(inputs, prescription=prescription, findings=kept), ""


def _found(
    chart: Chart,
    now: datetime,
    prescribed: Recorded[PrescriptionWritten] | None,
    refusal: str,
    simulated: bool,
) -> Iterator[Finding]:
    if refusal:
        yield Finding(
            NO_PRESCRIPTION,
            Severity.STOP,
            "prescription",
            refusal,
            nearest_allowed="A prescription that a psychiatrist has signed, or a signed deviation",
        )
    if prescribed is not None:
        yield from _of_the_day(chart, now, prescribed.fact)
        if any(found.seq > prescribed.seq for found in chart.courses_ended):
            yield Finding(
                "session.course-ended",
                Severity.ACKNOWLEDGE,
                "course",
                "The course was ended after this prescription was written",
                nearest_allowed="A new prescription",
            )
    yield from _of_consent(chart)
    if chart.open_safety_tasks:
        yield Finding(
            "session.safety-task",
            Severity.ACKNOWLEDGE,
            "safety task",
            "An answer on suicide waits for its assessment by a named person",
            found=f"{len(chart.open_safety_tasks)} open",
        )
    if simulated and not chart.patient.fact.synthetic:
        yield Finding(
            "session.simulated",
            Severity.CAUTION,
            "stimulator",
            "The stimulator is simulated: nothing will be given to this patient",
        )


def _of_consent(chart: Chart) -> Iterator[Finding]:
    consent = chart.consent(ConsentAbout.TREATMENT)
    if consent is None:
        yield Finding(
            "session.consent",
            Severity.CAUTION,
            "consent",
            "No consent to the treatment is on record",
            nearest_allowed="A recorded consent",
        )
    elif consent.fact.decision is not ConsentDecision.GIVEN:
        yield Finding(
            "session.consent",
            Severity.STOP,
            "consent",
            f"The patient's consent to the treatment was {consent.fact.decision.value}",
            found=consent.fact.decided_on.isoformat(),
        )


def _of_the_day(chart: Chart, now: datetime, prescribed: PrescriptionWritten) -> Iterator[Finding]:
    """How many sessions a day, and how long between two of them."""
    today = [
        found.fact
        for found in chart.sessions
        if found.fact.pulses > 0
        and found.fact.started_at.astimezone(now.tzinfo).date() == now.date()
    ]
    if not today:
        return
    if len(today) >= prescribed.sessions_per_day:
        yield Finding(
            "session.day-count",
            Severity.ACKNOWLEDGE,
            "sessions today",
            "As many sessions as are prescribed for one day have been given today",
            found=f"{len(today)} given",
            limit=f"{prescribed.sessions_per_day} a day",
        )
    rule = course(prescribed.course) if prescribed.course else None
    if rule is None or rule.min_gap_min is None:
        yield Finding(
            "session.day-interval",
            Severity.ACKNOWLEDGE,
            "time between sessions",
            "No least time between two sessions of one day is known for this course",
            found=_ago(today[-1].ended_at, now),
        )
        return
    earliest = today[-1].ended_at + timedelta(minutes=rule.min_gap_min)
    if now < earliest:
        yield Finding(
            "session.day-interval",
            Severity.STOP,
            "time between sessions",
            "The last session of today is too short a time ago",
            found=_ago(today[-1].ended_at, now),
            limit=f"at least {rule.min_gap_min} min from end to beginning",
            nearest_allowed=f"at {earliest.astimezone(now.tzinfo):%H:%M}",
            source=rule.source,
        )


def _ago(ended: datetime, now: datetime) -> str:
    return f"it ended {max(0.0, (now - ended).total_seconds()) / 60:.0f} min ago"


def _against_threshold(
    chart: Chart,
    prescribed: Recorded[PrescriptionWritten] | None,
    deviation: Recorded[DeviationSigned] | None,
) -> Iterator[Finding]:
    """Whether the prescribed output still is what it is to be of the threshold."""
    threshold = chart.motor_threshold
    if prescribed is None or threshold is None or deviation is not None:
        return
    wanted, output = prescribed.fact.output_pct_rmt, outputs_today(chart, prescribed.fact)[0][0]
    if wanted is None:
        return
    measured = threshold.fact.intensity_pct_mso
    follows = wanted / 100.0 * measured
    if abs(follows - output) <= 1.0:
        return
    yield Finding(
        "session.output-threshold",
        Severity.ACKNOWLEDGE,
        "output",
        "The prescribed output does not follow from the latest motor threshold",
        found=f"{output:g} % MSO, which is {100 * output / measured:.0f} % of the threshold of "
        f"{measured:g} % MSO",
        limit=f"{wanted:g} % of the threshold, which is {follows:.0f} % MSO",
        nearest_allowed="A new prescription, or a signed deviation for today",
    )


def _questions(
    chart: Chart, on: date, prescribed: Recorded[PrescriptionWritten] | None
) -> DayCheck:
    """The questions of the day, with all that the record knows of it."""
    check = questions_of(chart, on)
    if not isinstance(check, RulesOfTheDay):
        return check
    return replace(check, day=_day(check.day, chart, prescribed))


def _day(
    day: SessionDay, chart: Chart, prescribed: Recorded[PrescriptionWritten] | None
) -> SessionDay:
    missed = 0
    for each in chart.appointments:
        if each.state is AppointmentState.MISSED:
            missed += 1
        elif each.state is AppointmentState.KEPT:
            missed = 0
    threshold = chart.motor_threshold
    facts = day.threshold
    if facts is not None and threshold is not None and prescribed is not None:
        facts = replace(
            facts,
            same_coil=threshold.fact.coil == prescribed.fact.coil,
            same_stimulator=threshold.fact.stimulator == prescribed.fact.stimulator,
        )
    return replace(day, missed_in_a_row=missed, threshold=facts)


def _allowed(
    found: Iterable[Finding], deviation: Recorded[DeviationSigned] | None
) -> Iterator[Finding]:
    """The findings, those that a signature allows turned into notes that name it."""
    for finding in found:
        if deviation is not None and _allows(deviation.fact, finding.code):
            author = deviation.entries[-1].author.name
            yield replace(
                finding,
                severity=Severity.NOTE,
                message=f"{finding.message}. {author} has signed this for today: "
                f"{deviation.fact.reason}",
                nearest_allowed="",
            )
        else:
            yield finding


def _allows(signed: DeviationSigned, code: str) -> bool:
    # Another protocol or output than prescribed is what was signed, in so many figures.
    return code in signed.allows or code in ("session.not-prescribed", "session.not-as-prescribed")
