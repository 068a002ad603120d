"""The ledger as a sink of session documents, and documents read back from a chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from euthymia.chart import ledger, session_facts
from euthymia.chart.chart import Chart
from euthymia.chart.entries import AnyFact, draft
from euthymia.chart.envelope import Author
from euthymia.treat.devices.stimulator import DeviceIdentity
from euthymia.treat.session import documents
from euthymia.treat.session.documents import Document

SessionFact: TypeAlias = (
    session_facts.SessionStarted
    | session_facts.TrainIntended
    | session_facts.TrainDelivered
    | session_facts.TrainWithheld
    | session_facts.SessionInterrupted
    | session_facts.SessionResumed
    | session_facts.SessionDelivered
)


class LedgerSink:
    """Appends every document of a session to a chart's file, each on the disk before it returns.

    Ids and times come from above, as everywhere; the author is the operator at the chair.
    """

    def __init__(
        self,
        chart_file: Path,
        author: Author,
        *,
        new_id: Callable[[], str],
        now: Callable[[], datetime],
    ) -> None:
        self._path = chart_file
        self._author = author
        self._new_id = new_id
        self._now = now

    def append(self, document: Document) -> None:
        """Write the document as an entry; when this returns, it outlasts a power failure."""
        fact = fact_of(document)
        made = draft(fact, id=self._new_id(), at=self._now(), author=self._author)
        # The engine's documents follow each other by construction, and the chart was replayed when
        # it was opened. So the whole history is not replayed before every train.
        ledger.append(self._path, made)


def fact_of(document: Document) -> SessionFact:  # noqa: PLR0911 - one for each kind
    """The entry that a document becomes."""
    match document:
        case documents.SessionStarted():
            return _started(document)
        case documents.TrainIntended():
            return session_facts.TrainIntended(
                session=document.session,
                number=document.train,
                intended_at=document.at,
                block=document.block,
                pulses=document.pulses,
                intensity_pct_mso=document.output_pct_mso,
                counter_before=document.counter_before,
            )
        case documents.TrainGiven():
            return _given(document)
        case documents.TrainWithheld():
            return session_facts.TrainWithheld(
                session=document.session,
                number=document.train,
                withheld_at=document.at,
                reason=document.reason,
                counter_after=document.counter_after,
            )
        case documents.SessionInterrupted():
            return session_facts.SessionInterrupted(
                session=document.session,
                after_train=document.after_train,
                interrupted_at=document.at,
                code=document.code,
                reason=document.reason,
            )
        case documents.SessionResumed():
            return session_facts.SessionResumed(
                session=document.session,
                next_train=document.next_train,
                resumed_at=document.at,
                reason=document.reason,
            )
        case documents.SessionStopped():
            return _stopped(document)


def documents_of(chart: Chart) -> tuple[Document, ...]:
    """The session documents of a chart, in the order in which they were written.

    Sessions that were recorded by hand (without a start) are no documents, and are left out;
    so are entries that were retracted. Amendments count.
    """
    begun: set[int] = set()
    found: list[Document] = []
    facts = {entry.id: entry.fact for entry in chart.entries}
    amended: dict[str, AnyFact] = {}
    gone = {recorded.id for recorded in chart.retracted}
    for entry in chart.entries:
        if entry.fact.kind == "amended" and entry.id not in gone:
            amended[entry.fact.entry_id] = entry.fact.fact
    for entry in chart.entries:
        if entry.id in gone:
            continue
        document = _document(amended.get(entry.id, facts[entry.id]), entry.at)
        if isinstance(document, documents.SessionStarted):
            begun.add(document.session)
        if document is not None and document.session in begun:
            found.append(document)
    return tuple(found)


def _started(document: documents.SessionStarted) -> session_facts.SessionStarted:
    device = document.device
    return session_facts.SessionStarted(
        session=document.session,
        started_at=document.at,
        protocol=document.protocol,
        protocol_json=document.protocol_json,
        outputs_pct_mso=document.outputs_pct_mso,
        pulses=document.pulses,
        trains=document.trains,
        device=session_facts.DeviceUsed(
            maker=device.maker,
            model=device.model,
            serial_number=device.serial_number,
            software=device.software,
            coil=device.coil,
            simulated=device.simulated,
            counts_pulses=device.counts_pulses,
        ),
        settings=document.settings,
        pulse_counter=document.pulse_counter,
        software=document.software,
        coil_pose=document.coil_pose,
        answers=dict(document.answers),
        target_field=session_facts.TargetField(**asdict(document.target_field))
        if document.target_field
        else None,
    )


def _given(document: documents.TrainGiven) -> session_facts.TrainDelivered:
    pose = document.pose
    return session_facts.TrainDelivered(
        session=document.session,
        number=document.train,
        started_at=document.started_at,
        pulses=document.delivered,
        intensity_pct_mso=document.output_pct_mso,
        block=document.block,
        requested=document.requested,
        intensity_read_pct_mso=document.output_read_pct_mso,
        counter_after=document.counter_after,
        basis=document.basis,
        late_ms=document.late_ms,
        pose=session_facts.PoseError(
            mean_mm=pose.mean_mm,
            worst_mm=pose.worst_mm,
            mean_deg=pose.mean_deg,
            worst_deg=pose.worst_deg,
            samples=pose.samples,
        )
        if pose
        else None,
        field_v_per_m=document.field_v_per_m,
    )


def _stopped(document: documents.SessionStopped) -> session_facts.SessionDelivered:
    return session_facts.SessionDelivered(
        number=document.session,
        protocol=document.protocol,
        started_at=document.started_at,
        ended_at=document.at,
        pulses=document.pulses,
        intensity_pct_mso=document.output_pct_mso,
        completed=document.status is documents.SessionStatus.COMPLETED,
        remark=document.reason,
        status=document.status,
        trains=document.trains,
        remaining_pulses=document.remaining_pulses,
    )


def _document(fact: AnyFact, at: datetime) -> Document | None:
    """The document that an entry was made from; None for entries of other kinds."""
    readers: Mapping[type, Callable[..., Document]] = {
        session_facts.SessionStarted: _read_started,
        session_facts.TrainIntended: _read_intended,
        session_facts.TrainDelivered: _read_given,
        session_facts.TrainWithheld: _read_withheld,
        session_facts.SessionInterrupted: _read_interrupted,
        session_facts.SessionResumed: _read_resumed,
        session_facts.SessionDelivered: _read_stopped,
    }
    read = readers.get(type(fact))
    return read(fact, at) if read else None


def _read_started(fact: session_facts.SessionStarted, at: datetime) -> documents.SessionStarted:
    return documents.SessionStarted(
        session=fact.session,
        at=fact.started_at,
        protocol=fact.protocol,
        protocol_json=fact.protocol_json,
        outputs_pct_mso=fact.outputs_pct_mso,
        pulses=fact.pulses,
        trains=fact.trains,
        device=DeviceIdentity(**fact.device.model_dump()),
        settings=fact.settings,
        pulse_counter=fact.pulse_counter,
        software=fact.software,
        coil_pose=fact.coil_pose,
        answers=fact.answers,
        target_field=documents.TargetField(**fact.target_field.model_dump())
        if fact.target_field
        else None,
    )


def _read_intended(fact: session_facts.TrainIntended, at: datetime) -> documents.TrainIntended:
    return documents.TrainIntended(
        session=fact.session,
        train=fact.number,
        at=fact.intended_at,
        block=fact.block,
        pulses=fact.pulses,
        output_pct_mso=fact.intensity_pct_mso,
        counter_before=fact.counter_before,
    )


def _read_given(fact: session_facts.TrainDelivered, at: datetime) -> documents.TrainGiven:
    return documents.TrainGiven(
        session=fact.session,
        train=fact.number,
        at=at,
        started_at=fact.started_at,
        block=fact.block or 1,
        requested=fact.requested or fact.pulses,
        delivered=fact.pulses,
        output_pct_mso=fact.intensity_pct_mso,
        output_read_pct_mso=fact.intensity_read_pct_mso,
        counter_after=fact.counter_after,
        basis=fact.basis or documents.Basis.ASSUMED,
        late_ms=fact.late_ms,
        pose=documents.PoseSummary(**fact.pose.model_dump()) if fact.pose else None,
        field_v_per_m=fact.field_v_per_m,
    )


def _read_withheld(fact: session_facts.TrainWithheld, at: datetime) -> documents.TrainWithheld:
    return documents.TrainWithheld(
        fact.session, fact.number, fact.withheld_at, fact.reason, fact.counter_after
    )


def _read_interrupted(
    fact: session_facts.SessionInterrupted, at: datetime
) -> documents.SessionInterrupted:
    return documents.SessionInterrupted(
        fact.session, fact.after_train, fact.interrupted_at, fact.code, fact.reason
    )


def _read_resumed(fact: session_facts.SessionResumed, at: datetime) -> documents.SessionResumed:
    return documents.SessionResumed(fact.session, fact.next_train, fact.resumed_at, fact.reason)


def _read_stopped(fact: session_facts.SessionDelivered, at: datetime) -> documents.SessionStopped:
    given = fact.status or (
        documents.SessionStatus.COMPLETED if fact.completed else documents.SessionStatus.PARTIAL
    )
    return documents.SessionStopped(
        session=fact.number,
        at=fact.ended_at,
        started_at=fact.started_at,
        status=given,
        reason=fact.remark,
        protocol=fact.protocol,
        pulses=fact.pulses,
        trains=fact.trains or 0,
        remaining_pulses=fact.remaining_pulses or 0,
        output_pct_mso=fact.intensity_pct_mso or 0.0,
    )
