"""What a session is to give, taken from a chart, and what is to be known before it is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from euthymia.assess.safety.session import SessionDay
from euthymia.assess.safety.threshold import ThresholdFacts
from euthymia.chart.chart import Chart
from euthymia.chart.prescription_facts import PrescriptionWritten
from euthymia.chart.session_sink import documents_of
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.poses import Pose
from euthymia.plan.dose.values import MAXIMUM_PCT_MSO
from euthymia.plan.protocol import schema
from euthymia.plan.protocol.algebra import Protocol
from euthymia.plan.protocol.catalogue import entry as known_protocol
from euthymia.plan.protocol.dosing import Intensity, Threshold
from euthymia.plan.protocol.policy import default_policy
from euthymia.treat.dose.account import course_dose
from euthymia.treat.session.day import RulesOfTheDay
from euthymia.treat.session.journal import Journal, journals
from euthymia.treat.session.limits import default_limits
from euthymia.treat.session.operator import DayCheck
from euthymia.treat.session.prescription import Prescription


@dataclass(frozen=True, slots=True)
class SessionInputs:
    """One session as it can be given.

    day: the questions before it. pose: where the prescription places the coil; None where it does
    not say. findings: what was changed against the prescription, and what else there is to know.
    """

    prescription: Prescription
    day: DayCheck
    pose: Pose | None
    findings: tuple[Finding, ...]


def to_session_inputs(
    chart: Chart,
    on: date,
    *,
    protocol: str | None = None,
    outputs: Sequence[float] = (),
    number: int | None = None,
    ramp: bool = False,
) -> SessionInputs:
    """The session that a chart asks for on a day, with what the arguments put in its place.

    By the prescription that stands; without one, by the protocol that a plan was asked for with,
    at outputs from the motor threshold. number: of the session; the next one where None.
    Raises InputError for what the chart and the arguments leave open, and while a session is open.
    """
    past = journals(documents_of(chart))
    _refuse_open(past)
    asked = _followed(chart, protocol)
    name, whole = _protocol(chart, asked, protocol)
    number = _number(chart, number)
    usual, following = outputs_today(chart, asked) if asked is not None else ((), ())
    given = tuple(outputs) or usual or _outputs(chart, [block.intensity for block in whole.blocks])
    ramped, notes = _ramped(given, number, ramp or (asked is not None and asked.ramp))
    prescription = Prescription(
        session=number,
        protocol_id=name,
        protocol=whole,
        outputs_pct_mso=ramped,
        given_today=course_dose(past).on(on),
    )
    placement = chart.placement_of(asked) if asked is not None else None
    return SessionInputs(
        prescription,
        questions_of(chart, on),
        placement.fact.pose if placement is not None else None,
        (
            *notes,
            *(following if given == usual else ()),
            *_against_prescription(chart, asked, name, given),
            *_cap_findings(prescription),
        ),
    )


def outputs_today(
    chart: Chart, asked: PrescriptionWritten
) -> tuple[tuple[float, ...], tuple[Finding, ...]]:
    """The outputs that a prescription means today, in % MSO, and what is to be said of them.

    A prescription in % of the resting threshold follows a threshold that was measured after it,
    with the same stimulator and coil. One that would exceed the stimulator stays as written.
    """
    measured = chart.motor_threshold
    written = asked.outputs_pct_mso
    if asked.output_pct_rmt is None or measured is None:
        return written, ()
    fact = measured.fact
    same = (fact.stimulator, fact.coil) == (asked.stimulator, asked.coil)
    if fact.measured_on <= asked.written_on or not same:
        return written, ()
    first = round(asked.output_pct_rmt / 100.0 * fact.intensity_pct_mso)
    factor = first / written[0]
    followed = tuple(float(round(output * factor)) for output in written)
    if followed == written or max(followed) > MAXIMUM_PCT_MSO or min(followed) <= 0:
        return written, ()
    note = Finding(
        "session.follows-threshold",
        Severity.NOTE,
        "output",
        f"It follows the threshold of {fact.measured_on.isoformat()}",
        found=f"{_in_words(followed)}, {asked.output_pct_rmt:g} % of {fact.intensity_pct_mso:g}",
        limit=f"as written {_in_words(written)}",
    )
    return followed, (note,)


def questions_of(chart: Chart, on: date) -> DayCheck:
    """The questions of the day, with what the chart knows of it."""
    threshold = chart.motor_threshold
    last = chart.sessions[-1].fact.started_at.date() if chart.sessions else None
    measured = threshold.fact.measured_on if threshold else None
    known = measured is None or measured <= on
    facts = ThresholdFacts(on, measured, last_session_on=last) if known else None
    return RulesOfTheDay(
        SessionDay(
            on=on,
            sessions_given=len(chart.sessions),
            last_session_on=last,
            threshold=facts,
        )
    )


def _refuse_open(past: Sequence[Journal]) -> None:
    if (unfinished := next((each for each in past if each.open), None)) is not None:
        raise InputError(
            f"session {unfinished.session}", "it is still open", "Take it up or close it first"
        )


def _followed(chart: Chart, protocol: str | None) -> PrescriptionWritten | None:
    """The standing prescription, unless another protocol than its own is named."""
    found = chart.standing_prescription
    if found is None or protocol not in (None, found.fact.protocol):
        return None
    return found.fact


def _protocol(
    chart: Chart, asked: PrescriptionWritten | None, named: str | None
) -> tuple[str, Protocol]:
    if asked is not None:
        return asked.protocol, schema.from_json(asked.protocol_json, asked.protocol)
    if named is None:
        if chart.plan_request is None:
            raise InputError(
                "this chart",
                "it holds no signed prescription and no request for a plan",
                "Name the protocol, or have a prescription written and signed",
            )
        named = str(chart.plan_request.fact.protocol)
    known = known_protocol(named)
    return known.id, known.build()


def _number(chart: Chart, asked: int | None) -> int:
    recorded = [found.fact.number for found in chart.sessions]
    number = asked if asked is not None else max([0, *recorded]) + 1
    if number in recorded:
        raise InputError(f"session {number}", "it is on record already", "Give another number")
    return number


def _ramped(
    outputs: tuple[float, ...], number: int, ramp: bool
) -> tuple[tuple[float, ...], tuple[Finding, ...]]:
    """The outputs of a session, lowered by the rule for the first ones if that is wanted."""
    if not ramp:
        return outputs, ()
    rule = default_limits().ramp
    fraction = rule.fraction(number)
    lowered = tuple(float(round(output * fraction)) for output in outputs)
    if fraction >= 1.0:
        return lowered, ()
    note = Finding(
        "session.ramp",
        Severity.NOTE,
        f"session {number}",
        f"The output is ramped: {fraction:.0%} of the prescribed one",
        source=rule.source,
    )
    return lowered, (note,)


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
                "Take the output from the signed plan, and give it for every block",
            )
    return tuple(float(round(intensity.pct_mso(threshold))) for intensity in wanted)


def _against_prescription(
    chart: Chart, asked: PrescriptionWritten | None, protocol: str, given: tuple[float, ...]
) -> Iterator[Finding]:
    """What is not as the standing prescription has it; nothing where the chart has none."""
    standing = chart.standing_prescription
    if standing is None:
        return
    if asked is None:
        yield Finding(
            "session.not-prescribed",
            Severity.ACKNOWLEDGE,
            "protocol",
            "Another protocol is prescribed: ask who prescribed it",
            found=protocol,
            limit=standing.fact.protocol,
        )
        return
    today, _following = outputs_today(chart, asked)
    if given != today:
        yield Finding(
            "session.not-as-prescribed",
            Severity.ACKNOWLEDGE,
            "output",
            "It is not the prescribed one: ask who prescribed it",
            found=_in_words(given),
            limit=_in_words(today),
        )
    since = sum(found.seq > standing.seq for found in chart.sessions)
    if since >= asked.sessions:
        yield Finding(
            "session.all-given",
            Severity.ACKNOWLEDGE,
            "number of sessions",
            "All sessions of the prescription have been given: a new one is needed to go on",
            found=f"{since} given",
            limit=f"{asked.sessions} prescribed",
        )


def _in_words(outputs: tuple[float, ...]) -> str:
    return f"{', '.join(f'{output:g}' for output in outputs)} % MSO"


def _cap_findings(prescription: Prescription) -> Iterator[Finding]:
    caps = default_policy().caps
    if prescription.pulses > caps.pulses_per_session:
        yield Finding(
            "session.pulses",
            Severity.ACKNOWLEDGE,
            "pulses of the session",
            "It has more pulses than the cap of this system",
            found=f"{prescription.pulses:,}",
            limit=f"{caps.pulses_per_session:,}",
            source=caps.source,
        )
    day = prescription.given_today + prescription.pulses
    if day > prescription.day_ceiling:
        yield Finding(
            "session.day-full",
            Severity.CAUTION,
            "pulses of the day",
            "The session will end at the day's ceiling",
            found=f"{day:,}",
            limit=f"{prescription.day_ceiling:,}",
            source=caps.source,
        )
