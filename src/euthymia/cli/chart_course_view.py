"""What a chart holds around the treatment: referral, consent, prescription, calendar, follow-up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from euthymia.chart.appointments import Appointment
from euthymia.chart.chart import Chart
from euthymia.chart.follow_ups import FollowUp
from euthymia.chart.prescription_facts import PlacementChosen, PrescriptionWritten
from euthymia.cli.plain import Data


def course_data(chart: Chart) -> Data:
    """What is worked out from several entries, as plain dictionaries with stable keys."""
    standing = chart.standing_prescription
    return {
        "standing_prescription": standing.id if standing is not None else None,
        "appointments": [_appointment_data(each) for each in chart.appointments],
        "follow_ups": [_follow_up_data(each) for each in chart.follow_ups],
    }


def _appointment_data(each: Appointment) -> Data:
    return {
        "id": each.id,
        "session": each.session,
        "start": each.start.isoformat(),
        "minutes": each.minutes,
        "chair": each.chair,
        "device": each.device,
        "provisional": each.provisional,
        "state": each.state.value,
        "moved_from": [when.isoformat() for when in each.moved_from],
        "reason": each.reason.value if each.reason else None,
        "note": each.note,
        "given_session": each.given_session,
    }


def _follow_up_data(each: FollowUp) -> Data:
    return {
        "entry_id": each.entry_id,
        "what": each.contact.what,
        "due_on": each.contact.due_on.isoformat(),
        "role": each.contact.role,
        "month": each.contact.month,
        "done_on": each.done.done_on.isoformat() if each.done else None,
        "result": each.done.result if each.done else None,
    }


def course_parts(chart: Chart) -> tuple[tuple[str, Iterator[str | Text]], ...]:
    """The sections of `chart show`, each a list of lines."""
    return (
        ("Referral", _referrals(chart)),
        ("Consent", _consents(chart)),
        ("Payer", _payer(chart)),
        ("Placements of the coil", _placements(chart)),
        ("Prescriptions", _prescriptions(chart)),
        ("Appointments", _appointments(chart)),
        ("End of the course", _ends(chart)),
        ("Follow-up", _follow_ups(chart)),
        ("Reminders", _reminders(chart)),
        ("Notes", _notes(chart)),
    )


def _referrals(chart: Chart) -> Iterator[str]:
    for found in chart.referrals:
        fact = found.fact
        yield f"{fact.received_on}  {fact.referred_by}: {fact.question} ({fact.urgency})"


def _consents(chart: Chart) -> Iterator[str]:
    for found in chart.consents:
        fact = found.fact
        by = "" if fact.decided_by == "patient" else ", by the patient's representative"
        yield (
            f"{fact.decided_on}  {_words(fact.about)}: {fact.decision.value} "
            f"(text {fact.version}{by})"
        )


def _payer(chart: Chart) -> Iterator[str]:
    for found in chart.authorizations:
        fact = found.fact
        sessions = f", {fact.sessions_allowed} sessions" if fact.sessions_allowed else ""
        until = f", until {fact.valid_until}" if fact.valid_until else ""
        reference = f", reference {fact.reference}" if fact.reference else ""
        yield f"{fact.on}  {fact.payer}: {_words(fact.status)}{sessions}{until}{reference}"


def _placements(chart: Chart) -> Iterator[str]:
    for found in chart.placements:
        fact: PlacementChosen = found.fact
        rule = f" ({fact.rule})" if fact.rule else ""
        field = f", {fact.field.v_per_m:.0f} V/m at {fact.field.output_pct_mso:g} %MSO" if (
            fact.field
        ) else ""  # fmt: skip
        yield f"{fact.chosen_on}  {fact.coil} at {fact.target}, by {_words(fact.how)}{rule}{field}"


def _prescriptions(chart: Chart) -> Iterator[str | Text]:
    standing = chart.standing_prescription
    meanings: dict[str, str] = {
        found.fact.prescription_sha256: found.fact.meaning.value
        for found in chart.prescription_signatures
    }
    for found in chart.prescriptions:
        fact: PrescriptionWritten = found.fact
        outputs = ", ".join(f"{output:g}" for output in fact.outputs_pct_mso)
        state = meanings.get(fact.sha256, "not signed")
        line = (
            f"entry {found.seq}: {fact.protocol} at {fact.target}, {outputs} %MSO, "
            f"{fact.sessions} sessions ({state}; {fact.sha256[:12]})"
        )
        yield Text(f"{line}: sessions are given by this one", style="bold") if (
            standing is not None and found.id == standing.id
        ) else line  # fmt: skip


def _appointments(chart: Chart) -> Iterator[str]:
    for each in chart.appointments:
        reason = f", {each.reason.value}" if each.reason else ""
        kept = f" by session {each.given_session}" if each.given_session else ""
        condition = ", on a condition" if each.provisional else ""
        yield (
            f"{each.start:%Y-%m-%d %H:%M}  session {each.session}, {each.chair}: "
            f"{each.state.value}{kept}{reason}{condition} ({each.id})"
        )


def _ends(chart: Chart) -> Iterator[str]:
    for found in chart.courses_ended:
        note = f": {found.fact.note}" if found.fact.note else ""
        yield f"{found.fact.ended_on}  {_words(found.fact.why)}{note}"


def _follow_ups(chart: Chart) -> Iterator[str]:
    for each in chart.follow_ups:
        done = f"done on {each.done.done_on}: {each.done.result}" if each.done else "to come"
        yield f"{each.contact.due_on}  {each.contact.what} ({each.contact.role}): {done}"


def _reminders(chart: Chart) -> Iterator[str]:
    for found in chart.reminders:
        fact = found.fact
        yield f"{fact.sent_at:%Y-%m-%d %H:%M}  by {_words(fact.channel)} about {_words(fact.about)}"


def _notes(chart: Chart) -> Iterator[str]:
    for found in chart.notes:
        entry = found.entries[0]
        yield f"{entry.at:%Y-%m-%d}  {entry.author.name}, {found.fact.topic}: {found.fact.text}"


def _words(code: Any) -> str:
    return str(code).replace("_", " ")
