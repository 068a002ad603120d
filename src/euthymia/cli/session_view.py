"""Sessions on the screen: a dry run, an outcome, the course, and adverse events."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from rich.table import Table

from euthymia.assess.safety.session_rules import session_rules
from euthymia.chart.case import Case
from euthymia.chart.envelope import Author
from euthymia.chart.session_facts import AdverseEventRecorded
from euthymia.chart.session_sink import documents_of
from euthymia.cli.findings import finding_list
from euthymia.cli.options import now
from euthymia.cli.output import Cell, bullets, facts, section, show, table, title, write_json
from euthymia.cli.plain import findings_data
from euthymia.cli.session_prepare import Prepared
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding
from euthymia.treat.dose.account import CourseDose, SessionDose, course_dose, remainder_findings
from euthymia.treat.session import plan as messages
from euthymia.treat.session.documents import SessionStopped
from euthymia.treat.session.journal import journals
from euthymia.treat.session.plan import Summary, messages_of, session_plan, summarise
from euthymia.treat.session.run_state import Outcome


def show_dry_run(wanted: Prepared, as_json: bool) -> None:
    """The plan in figures and in words; nothing is touched."""
    prescription = wanted.prescription
    summary = summarise(session_plan(prescription))
    words = _in_words(messages_of(session_plan(prescription, wanted.day)))
    if as_json:
        write_json(
            {
                "session": prescription.session,
                "protocol": prescription.protocol_id,
                **_summary_data(summary),
                "given_today": prescription.given_today,
                "day_ceiling": prescription.day_ceiling,
                "steps": words,
                "findings": findings_data(wanted.findings),
            }
        )
        return
    show(
        title(f"Session {prescription.session}, dry run", "nothing is touched or recorded"),
        facts(
            [
                ("protocol", f"{prescription.protocol_id}: {prescription.protocol.text}"),
                ("plan", summary.text),
                (
                    "today",
                    f"{prescription.given_today:,} pulses given, ceiling "
                    f"{prescription.day_ceiling:,}",
                ),
            ]
        ),
        section("Steps", bullets(words)),
        section("Findings", finding_list(wanted.findings)),
    )


def _summary_data(summary: Summary) -> dict[str, Any]:
    return {
        "trains": summary.trains,
        "pulses": summary.pulses,
        "length_s": summary.length_s,
        "outputs_pct_mso": summary.outputs_pct_mso,
    }


def _in_words(found: tuple[messages.Message, ...]) -> list[str]:
    """The messages of a plan, the trains of one output together."""
    words: list[str] = []
    trains = 0
    for message in found:
        if isinstance(message, messages.Give):
            trains += 1
            continue
        if trains and isinstance(message, messages.Ramp | messages.Close):
            words.append(f"give {trains} trains, each with its rest before it")
            trains = 0
        if isinstance(message, messages.Confirm):
            words.append(f"confirm: {message.question}")
        elif isinstance(message, messages.Ask):
            words += [f"ask: {question.text}" for question in message.questions]
        elif isinstance(message, messages.Open):
            words.append("begin the record")
        elif isinstance(message, messages.Position):
            words.append("wait until the coil is in its place")
        elif isinstance(message, messages.Ramp):
            words.append(f"set the output to {message.output_pct_mso:g} % MSO")
    return [*words, "disarm, and close the record"]


def show_outcome(
    folder: Path, session: int, outcome: Outcome, findings: tuple[Finding, ...], as_json: bool
) -> None:
    """How a run ended, from the record."""
    dose = _dose(folder).sessions
    found = next((each for each in dose if each.session == session), None)
    if found is None:
        raise InputError(f"session {session}", outcome.reason, "Nothing was given or recorded")
    _show_session(found, findings, outcome.reason, as_json)


def show_stopped(
    folder: Path, stopped: SessionStopped, findings: tuple[Finding, ...], as_json: bool
) -> None:
    """A session that was closed after a break."""
    (found,) = [each for each in _dose(folder).sessions if each.session == stopped.session]
    _show_session(found, findings, stopped.reason, as_json)


def show_sessions(folder: Path, session: int | None, as_json: bool) -> None:
    """The course, or one session."""
    course = _dose(folder)
    if session is None:
        _show_course(course, as_json)
        return
    for each in course.sessions:
        if each.session == session:
            _show_session(each, (), "", as_json)
            return
    raise InputError(
        f"session {session}", "no such session was run here", "See: euthymia session show CASE"
    )


def record_adverse(
    folder: Path,
    event: str,
    severity: str,
    related: str,
    serious: bool,
    action: str,
    session: int | None,
    author: str,
    role: str,
) -> None:
    """Add the event to the chart."""
    at = now()
    try:
        fact = AdverseEventRecorded.model_validate(
            {
                "event": event,
                "onset_on": at.date(),
                "severity": severity,
                "serious": serious,
                "related": related,
                "action": action,
                "session": session,
            }
        )
    except ValueError as problem:
        if isinstance(problem, InputError):
            raise
        raise InputError(
            "adverse event",
            "its severity or relation is not one of the choices",
            "See: euthymia session adverse --help",
        ) from None
    case = Case.open(folder).record(fact, id=str(uuid4()), at=at, author=Author(author, role))
    show(title("Adverse event recorded", f"entry {case.head.seq}"))
    if words := _what_it_asks(event):
        show(section("What it asks for", bullets(words)))


def _what_it_asks(event: str) -> list[str]:
    """What the safety rules say of an event of that name; a note if they know none."""
    rules = session_rules()
    word = event.strip().casefold()
    for code in rules.event:
        if word in (code.id, code.name.casefold()):
            stops = [stop for stop in rules.stop if stop.id == code.stop]
            return [
                line
                for stop in stops
                for line in (stop.text, *stop.actions, f"before the next: {stop.before_next}")
            ]
    names = ", ".join(code.name for code in rules.event)
    return [f"recorded as written; events with a name of their own: {names}"]


def _dose(folder: Path) -> CourseDose:
    return course_dose(journals(documents_of(Case.open(folder).chart)))


def _show_course(course: CourseDose, as_json: bool) -> None:
    if as_json:
        write_json(
            {
                "prescribed_pulses": course.prescribed_pulses,
                "delivered_pulses": course.delivered_pulses,
                "completed_sessions": course.completed,
                "mean_field_v_per_m": course.mean_field_v_per_m,
                "exposure_v_per_m_pulses": course.exposure_v_per_m_pulses,
                "sessions": [session_data(each) for each in course.sessions],
            }
        )
        return
    findings = [found for each in course.sessions for found in remainder_findings(each)]
    show(
        title("Sessions", f"{course.delivered_pulses:,} of {course.prescribed_pulses:,} pulses"),
        table(
            ("session", "day", "protocol", "pulses", "output", "field", "coil off", "state"),
            [_row(each) for each in course.sessions],
            numeric=(0, 3, 4, 5, 6),
        ),
        section("Findings", finding_list(findings)),
    )


def _row(dose: SessionDose) -> tuple[Cell, ...]:
    return (
        str(dose.session),
        dose.on.isoformat(),
        dose.protocol,
        f"{dose.delivered_pulses:,}/{dose.prescribed_pulses:,}",
        _number(dose.mean_output_pct_mso, "%"),
        _number(dose.mean_field_v_per_m, "V/m"),
        _number(dose.pose_mean_mm, "mm"),
        _state(dose),
    )


def _show_session(
    dose: SessionDose, findings: tuple[Finding, ...], reason: str, as_json: bool
) -> None:
    every = (*findings, *remainder_findings(dose))
    if as_json:
        write_json({**session_data(dose), "reason": reason, "findings": findings_data(every)})
        return
    rows: list[tuple[str, Cell]] = [
        ("state", _state(dose)),
        ("pulses", f"{dose.delivered_pulses:,} of {dose.prescribed_pulses:,} given"),
        ("trains", f"{dose.delivered_trains} of {dose.prescribed_trains}"),
        ("output", _number(dose.mean_output_pct_mso, "% MSO")),
        ("field at the target", _field(dose)),
        ("dose at the target", _exposure(dose)),
        ("coil from its place", _away(dose)),
        ("interruptions", str(dose.interruptions)),
    ]
    if reason:
        rows.insert(1, ("ended", reason))
    short = [train for train in dose.trains if train.delivered != train.requested]
    show(title(f"Session {dose.session}", dose.protocol), facts(rows))
    if dose.field_known_pulses:
        show(section("Trains", _train_table(dose)))
    if short:
        show(
            section(
                "Trains that were not given as asked",
                bullets(
                    f"train {train.train}: {train.delivered} of {train.requested} pulses "
                    f"({train.basis.value})"
                    for train in short
                ),
            )
        )
    show(section("Findings", finding_list(every)))


def session_data(dose: SessionDose) -> dict[str, Any]:
    """One session for a program."""
    return {
        "session": dose.session,
        "on": dose.on.isoformat(),
        "protocol": dose.protocol,
        "status": dose.status.value if dose.status else None,
        "simulated": dose.simulated,
        "prescribed_pulses": dose.prescribed_pulses,
        "delivered_pulses": dose.delivered_pulses,
        "assumed_pulses": dose.assumed_pulses,
        "remaining_pulses": dose.remaining_pulses,
        "interruptions": dose.interruptions,
        "mean_output_pct_mso": dose.mean_output_pct_mso,
        "mean_field_v_per_m": dose.mean_field_v_per_m,
        "median_field_v_per_m": dose.median_field_v_per_m,
        "field_known_pulses": dose.field_known_pulses,
        "field_of_planned_pct": dose.field_of_planned_pct,
        "exposure_v_per_m_pulses": dose.exposure_v_per_m_pulses,
        "exposure_of_prescribed_pct": dose.exposure_of_prescribed_pct,
        "pose_mean_mm": dose.pose_mean_mm,
        "pose_worst_mm": dose.pose_worst_mm,
        "trains": [
            {
                "train": train.train,
                "requested": train.requested,
                "delivered": train.delivered,
                "output_pct_mso": train.output_pct_mso,
                "basis": train.basis.value,
                "field_v_per_m": train.field_v_per_m,
                "pose_mean_mm": train.pose_mean_mm,
                "pose_worst_mm": train.pose_worst_mm,
            }
            for train in dose.trains
        ],
    }


def _field(dose: SessionDose) -> str:
    if dose.median_field_v_per_m is None:
        return "not known"
    field = _number(dose.median_field_v_per_m, "V/m")
    share = _share(dose.field_of_planned_pct, "of the planned pose's on average")
    return f"{field} (median of the trains){share}"


def _exposure(dose: SessionDose) -> str:
    """Field times pulses; a sum over some of the pulses says so."""
    if dose.exposure_v_per_m_pulses is None:
        return "not known"
    least = "at least " if dose.field_known_pulses < dose.delivered_pulses else ""
    share = _share(dose.exposure_of_prescribed_pct, "of the prescribed")
    return f"{least}{dose.exposure_v_per_m_pulses:,.0f} V/m × pulses{share}"


def _share(pct: float | None, of: str) -> str:
    return f", {pct:.0f} % {of}" if pct is not None else ""


def _train_table(dose: SessionDose) -> Table:
    return table(
        ("train", "pulses", "output", "field", "coil off"),
        [
            (
                str(train.train),
                f"{train.delivered}/{train.requested}",
                f"{train.output_pct_mso:g} %",
                _number(train.field_v_per_m, "V/m"),
                _number(train.pose_mean_mm, "mm"),
            )
            for train in dose.trains
        ],
        numeric=(0, 1, 2, 3, 4),
    )


def _away(dose: SessionDose) -> str:
    if dose.pose_mean_mm is None:
        return "not known"
    worst = _number(dose.pose_worst_mm, "mm")
    return f"{_number(dose.pose_mean_mm, 'mm')} on average, {worst} at most"


def _state(dose: SessionDose) -> str:
    state = dose.status.value if dose.status else "open: take it up or close it"
    return f"{state}, simulated" if dose.simulated else state


def _number(value: float | None, unit: str) -> str:
    return f"{value:.1f} {unit}" if value is not None else "not known"
