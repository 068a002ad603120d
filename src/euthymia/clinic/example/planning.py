"""Plan, prescription and signatures of invented patients, and the calendar of their courses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from random import Random

from euthymia.chart.appointment_facts import AppointmentSet, AppointmentsSet
from euthymia.chart.course_facts import (
    AvailabilityRecorded,
    PlanNumbers,
    PlanProposed,
    PlanRequested,
    PlanSigned,
    SignatureMeaning,
)
from euthymia.chart.envelope import sha256
from euthymia.chart.patient_facts import HeadMeasured, MotorThresholdMeasured, ThresholdMethod
from euthymia.chart.prescription_facts import (
    PlacementChosen,
    PrescriptionSigned,
    PrescriptionWritten,
)
from euthymia.clinic.example import worked
from euthymia.clinic.example.assumptions import assumptions
from euthymia.clinic.example.before import psychiatrist
from euthymia.clinic.example.book import Book, Document
from euthymia.clinic.example.draws import COURSE, DAILY, SESSIONS
from euthymia.clinic.example.paper import pdf_of
from euthymia.clinic.example.rhythm import planned
from euthymia.clinic.example.rooms import APPOINTMENT_MIN, COORDINATOR, operator_at
from euthymia.clinic.example.way import Way
from euthymia.plan.course.hours import WEEKDAYS, Availability, WeekHours
from euthymia.plan.dose.values import Observation
from euthymia.plan.protocol.algebra import Duration, Protocol
from euthymia.plan.protocol.catalogue import entry
from euthymia.plan.protocol.schema import to_json
from euthymia.treat.threshold.rules import threshold_rules

PROTOCOLS = ("HF10-19", "HF10-19", "iTBS-600")
TARGET, RULE = "herwig-2003-f3", "beam-web"
BENCH_TEXT = "As on the planning bench: the coil's pose on the default head (synthetic)"
PLACEMENT_TEXT = "Over F3 by the Beam rule, handle 45 degrees from the midline (synthetic)"
SOFTWARE = "euthymia synthetic clinic"


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was ordered for one course: protocol, threshold, output, and its calendar's plan.

    setting_pct_mso: the output once the rise of the first sessions is over.
    """

    protocol: str
    target: str
    threshold_pct_mso: float
    setting_pct_mso: float
    plan_sha256: str
    worked: bool


@cache
def built(protocol: str) -> Protocol:
    """A protocol of the catalogue, built once."""
    return entry(protocol).build()


@cache
def protocol_json(protocol: str) -> str:
    """The whole protocol as a prescription carries it."""
    return to_json(built(protocol))


@cache
def minutes(protocol: str) -> float:
    """How long its pulses take."""
    return float(built(protocol).duration_s(Duration.WITH_LAST_INTERVAL)) / 60


@cache
def share_of_threshold(protocol: str) -> float:
    """Its published intensity, as a share of the motor threshold."""
    return built(protocol).blocks[0].intensity.percent / 100


def threshold_before(draw: Random) -> float:
    """A threshold drawn from the published sample, within what the clinic's devices can treat."""
    spread, known = threshold_rules().priors["population"], assumptions().treatment
    drawn = draw.gauss(spread.mean_pct or 0, spread.sd_pct or 0)
    return min(max(drawn, known.lowest_threshold_pct_mso), known.highest_threshold_pct_mso)


def measured(book: Book, day: date, threshold: float, draw: Random) -> MotorThresholdMeasured:
    """A resting threshold with its interval, on the devices of the patient's chair."""
    known, value = assumptions().treatment, float(round(threshold))
    return MotorThresholdMeasured(
        measured_on=day,
        intensity_pct_mso=value,
        low_pct_mso=round(value * (1 - known.threshold_interval_share), 1),
        high_pct_mso=round(value * (1 + known.threshold_interval_share), 1),
        state="resting",
        method=draw.choice((ThresholdMethod.ML_PEST, ThresholdMethod.RELATIVE_FREQUENCY)),
        observation=draw.choice((Observation.EMG, Observation.VISUAL)),
        muscle="right APB",
        stimulator=book.place.chair.stimulator.model,
        coil=book.place.chair.stimulator.coil,
        pulses=draw.randint(*known.threshold_pulses),
    )


def write_plan(
    book: Book, way: Way, first: date, protocol: str | None = None, *, worked_out: bool = False
) -> Ordered:
    """The visit at which head and threshold are measured, and the plan that follows.

    worked_out: it is that of the worked patient, with its field.
    """
    assert way.planned is not None
    day, draw, author = way.planned, book.draw, psychiatrist(book)
    chosen = protocol or PROTOCOLS[book.person.number % len(PROTOCOLS)]
    operator = operator_at(book.place).author
    minute = 14 * 60 + draw.randrange(60)
    if worked_out:
        head, fact = worked.head_measured(day), worked.threshold_measured(day)
    else:
        head, fact = _head(day, draw), measured(book, day, threshold_before(draw), draw)
    book.note(day, minute, operator, head, fact, _availability(book, first))
    request = PlanRequested(
        protocol=chosen,
        target=worked.asked().target if worked_out else TARGET,
        stimulator=book.place.chair.stimulator.model,
        coil=book.place.chair.stimulator.coil,
        start_on=first,
        course=COURSE,
    )
    numbers = _numbers(book, request, fact.intensity_pct_mso, worked_out)
    document = _document(book, request, numbers, worked_out)
    book.documents.append(document)
    assert numbers.setting_pct_mso is not None
    ordered = Ordered(
        chosen,
        request.target,
        fact.intensity_pct_mso,
        numbers.setting_pct_mso,
        sha256(document.content),
        worked_out,
    )
    output = f"{numbers.setting_pct_mso:g} %MSO"
    proposed = PlanProposed(
        plan_sha256=ordered.plan_sha256,
        summary=f"{chosen}; {output}; {SESSIONS} sessions from {first} (synthetic)",
        file_name=document.name,
        software=worked.placed().software if worked_out else SOFTWARE,
        numbers=numbers,
    )
    book.note(day, minute + 40, author, request, proposed)
    return ordered


def _numbers(book: Book, request: PlanRequested, threshold: float, worked_out: bool) -> PlanNumbers:
    """The plan in figures: the worked patient's with its field, the others' without."""
    share = share_of_threshold(request.protocol)
    line = worked.worked_dose().prescribed if worked_out else None
    return PlanNumbers(
        protocol=request.protocol,
        target=request.target,
        stimulator=request.stimulator,
        coil=request.coil,
        setting_pct_mso=line.setting_pct_mso if line else float(min(round(threshold * share), 100)),
        low_pct_mso=line.output.low if line else None,
        high_pct_mso=line.output.high if line else None,
        pct_rmt=line.achieved.value if line and line.achieved else 100 * share,
        field_v_per_m=line.field_target.value if line and line.field_target else None,
        pulses_per_session=built(request.protocol).pulse_count,
        sessions=SESSIONS,
        first_day=request.start_on,
        last_day=planned(request.start_on, 1, book.days)[-1][1],
    )


def write_signature(book: Book, way: Way, first: date, ordered: Ordered) -> None:
    """The plan signed, the coil's place and the prescription, its signature, and the calendar."""
    assert way.signed is not None
    day, author = way.signed, psychiatrist(book)
    minute = 16 * 60 + book.draw.randrange(30)
    device = book.place.chair.stimulator
    signed = PlanSigned(plan_sha256=ordered.plan_sha256, meaning=SignatureMeaning.APPROVED)
    placement = book.note(day, minute, author, signed, _placement(book, day, ordered))
    written = PrescriptionWritten(
        written_on=day,
        protocol=ordered.protocol,
        protocol_json=protocol_json(ordered.protocol),
        output_pct_rmt=100 * share_of_threshold(ordered.protocol),
        outputs_pct_mso=(ordered.setting_pct_mso,),
        stimulator=device.model,
        coil=device.coil,
        target=ordered.target,
        placement=placement,
        placement_text=BENCH_TEXT if ordered.worked else PLACEMENT_TEXT,
        sessions=SESSIONS,
        ramp=True,
        course=COURSE,
        plan_sha256=ordered.plan_sha256,
    )
    agreed = PrescriptionSigned(
        prescription_sha256=written.sha256, meaning=SignatureMeaning.APPROVED
    )
    book.note(day, minute + 3, author, written, agreed)
    calendar = AppointmentsSet(
        appointments=calendar_from(book, first, 1), plan_sha256=ordered.plan_sha256
    )
    book.note(day, minute + 10, COORDINATOR.author, calendar)


def _placement(book: Book, day: date, ordered: Ordered) -> PlacementChosen:
    if ordered.worked:
        return worked.placement_chosen(day)
    return PlacementChosen(
        chosen_on=day,
        target=ordered.target,
        coil=book.place.chair.stimulator.coil,
        how="scalp_rule",
        rule=RULE,
        note="Measured on an invented (synthetic) head.",
    )


def calendar_from(book: Book, first: date, session: int) -> tuple[AppointmentSet, ...]:
    """The appointments from a session on, every one at the patient's own time."""
    chair = book.place.chair
    return tuple(
        AppointmentSet(
            id=appointment_id(number, day),
            session=number,
            start=book.at(day, book.place.minute),
            minutes=APPOINTMENT_MIN,
            chair=chair.name,
            device=chair.stimulator.name,
            phase="acute" if number <= DAILY else "taper",
        )
        for number, day in planned(first, session, book.days)
    )


def appointment_id(session: int, day: date) -> str:
    """As the calendar names an appointment: by session and day."""
    return f"s{session:02d}-{day:%Y%m%d}"


def _head(day: date, draw: Random) -> HeadMeasured:
    body = assumptions().body
    return HeadMeasured(
        measured_on=day,
        nasion_inion_mm=float(round(draw.gauss(*body.nasion_inion_mm))),
        tragus_tragus_mm=float(round(draw.gauss(*body.tragus_tragus_mm))),
        circumference_mm=float(round(draw.gauss(*body.circumference_mm))),
    )


def _availability(book: Book, first: date) -> AvailabilityRecorded:
    """Free hours around the patient's own time, on the days on which the clinic treats."""
    start = max(book.place.minute // 60 - 1, 0)
    weekdays = [WEEKDAYS[day] for day in sorted(book.days.weekdays)]
    hours = f"{start:02d}:00-{start + 3:02d}:00"
    return AvailabilityRecorded(
        availability=Availability(WeekHours.on(weekdays, hours)),
        first_possible_day=first,
        time_zone=str(book.zone),
        holiday_country=book.days.country,
    )


def _document(
    book: Book, request: PlanRequested, numbers: PlanNumbers, worked_out: bool
) -> Document:
    """The plan's document: a page that says first of all that nobody like this exists."""
    how = "The field was solved on the default head in the patient's size."
    shown = numbers.model_dump(mode="json", exclude_none=True, exclude={"findings", "forbidden"})
    lines = [
        f"Treatment plan of {book.person.pseudonym}",
        "",
        "This patient is synthetic. Do not use the numbers for anyone.",
        "",
        *(f"{name.replace('_', ' ')}: {value}" for name, value in shown.items()),
        "",
        how if worked_out else "The output is its share of the threshold; no field was computed.",
    ]
    name = f"plan-{book.person.pseudonym.lower()}-{request.start_on}.pdf"
    return Document(name, pdf_of(lines))
