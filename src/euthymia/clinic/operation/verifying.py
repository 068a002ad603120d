"""`euthymia verify`: whether everything is as it was written, each fault with its entry's name.

One pass over the ledger in order, a patient at a time, so that the size of the clinic does not
matter to the memory.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from uuid import UUID

from django.db import transaction

from euthymia.chart.chart import Chart, replay
from euthymia.chart.entries import entry_of
from euthymia.chart.envelope import Envelope
from euthymia.chart.verification import Anchor, verify_bytes
from euthymia.clinic.accounts.events import note
from euthymia.clinic.accounts.models import EventKind
from euthymia.clinic.operation.startup import check_up_to_date
from euthymia.clinic.records.documents import path_of
from euthymia.clinic.records.models import Document, LedgerEntry, Patient
from euthymia.clinic.records.projections import differences
from euthymia.core.errors import EuthymiaError
from euthymia.core.progress import Progress, stage

_COLUMNS = ("patient_id", "seq", "entry_id", "at", "kind", "line")
_Row = tuple[UUID, int, UUID, object, str, bytes]
_CHUNK = 1 << 20
FAULTY = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was written. entry: its number in the chart, 0 if it is none."""

    patient: str
    part: str
    entry: int
    entry_id: str
    problem: str

    @property
    def sentence(self) -> str:
        where = f" entry {self.entry}" if self.entry else ""
        named = f" ({self.entry_id})" if self.entry_id else ""
        return f"{self.patient}{where}{named}: {self.problem}"


def run(progress: Progress, *, as_json: bool = False, by: int | None = None) -> int:
    """Verify everything and say what was found; the exit code."""
    check_up_to_date()
    found = []
    for fault in faults(progress):
        found.append(fault)
        if not as_json:
            print(fault.sentence)
    patients, entries = Patient.objects.count(), LedgerEntry.objects.count()
    note(EventKind.VERIFIED, by, f"{len(found)} faults")
    if as_json:
        data = {
            "intact": not found,
            "patients": patients,
            "entries": entries,
            "faults": [asdict(fault) for fault in found],
        }
        json.dump(data, sys.stdout, indent=2)
        print()
    elif not found:
        print(f"Intact: {patients:,} patients, {entries:,} entries, their documents and lists.")
    else:
        print(f"{len(found):,} faults in {patients:,} patients.", file=sys.stderr)
    return FAULTY if found else 0


def faults(progress: Progress) -> Iterator[Fault]:
    """Everything that is not as it was written."""
    patients = Patient.objects.order_by("pk")
    with stage(progress, "Verifying charts", patients.count()) as step:
        ledgers = _ledgers()
        upcoming = next(ledgers, None)
        for patient in patients.iterator(chunk_size=500):
            rows: list[_Row] = []
            while upcoming is not None and upcoming[0] <= patient.pk:
                if upcoming[0] == patient.pk:
                    rows = upcoming[1]
                else:
                    yield from _of_nobody(*upcoming)
                upcoming = next(ledgers, None)
            if any(_of_patient(patient, rows)):
                yield from _again(patient)
            step.advance()
        while upcoming is not None:
            yield from _of_nobody(*upcoming)
            upcoming = next(ledgers, None)
    documents = Document.objects.select_related("patient").order_by("pk")
    with stage(progress, "Verifying documents", documents.count()) as step:
        for document in documents.iterator(chunk_size=500):
            problem = _of_file(document)
            if problem:
                yield Fault(document.patient.pseudonym, "document", 0, document.name, problem)
            step.advance()


def _ledgers() -> Iterator[tuple[UUID, list[_Row]]]:
    """The rows of each patient, in the order of the patients."""
    rows = LedgerEntry.objects.order_by("patient_id", "seq").values_list(*_COLUMNS)
    for patient, group in groupby(rows.iterator(chunk_size=2_000), key=lambda row: row[0]):
        yield patient, list(group)


def _again(patient: Patient) -> Iterator[Fault]:
    """The faults of a patient under lock, so that what is being written just now is none."""
    with transaction.atomic():
        locked = Patient.objects.select_for_update().get(pk=patient.pk)
        rows = LedgerEntry.objects.filter(patient_id=patient.pk).order_by("seq")
        yield from list(_of_patient(locked, list(rows.values_list(*_COLUMNS))))


def _of_nobody(patient: UUID, rows: list[_Row]) -> Iterator[Fault]:
    """Entries whose patient's row is gone, unless it was only just made."""
    if not Patient.objects.filter(pk=patient).exists():
        yield Fault(str(patient), "ledger", rows[0][1], str(rows[0][2]), "its patient is missing")


def _of_patient(patient: Patient, rows: list[_Row]) -> Iterator[Fault]:
    name = patient.pseudonym
    lines = b"".join(bytes(row[5]) + b"\n" for row in rows)
    anchor = Anchor(patient.head_seq, patient.head_sha256) if patient.head_seq else None
    verified = verify_bytes(lines, anchor)
    if not rows and anchor is None:
        yield Fault(name, "ledger", 0, "", "the chart holds no entries")
        return
    for envelope, row in zip(verified.entries, rows, strict=False):
        yield from _of_columns(name, envelope, row)
    if verified.broken is not None:
        at = verified.broken.line
        named = str(rows[at - 1][2]) if at <= len(rows) else ""
        yield Fault(name, "ledger", at, named, verified.broken.problem)
        return
    if len(rows) > patient.head_seq:
        yield Fault(
            name,
            "ledger",
            patient.head_seq + 1,
            str(rows[patient.head_seq][2]),
            "the patient's anchor does not know of it",
        )
    chart = _replayed(verified.entries)
    if isinstance(chart, str):
        yield Fault(name, "replay", 0, "", chart)
        return
    for problem in differences(patient, chart):
        yield Fault(name, "projection", 0, "", problem.removeprefix(f"{name}: "))


def _of_columns(name: str, envelope: Envelope, row: _Row) -> Iterator[Fault]:
    written = {
        "seq": envelope.seq,
        "entry_id": UUID(envelope.id),
        "at": envelope.at,
        "kind": envelope.kind,
    }
    stored = dict(zip(("seq", "entry_id", "at", "kind"), row[1:5], strict=True))
    for column, value in written.items():
        if stored[column] != value:
            yield Fault(
                name,
                "column",
                envelope.seq,
                envelope.id,
                f"the column {column} says {stored[column]}, the line says {value}",
            )


def _replayed(envelopes: tuple[Envelope, ...]) -> Chart | str:
    try:
        return replay(entry_of(envelope) for envelope in envelopes)
    except EuthymiaError as refusal:
        return str(refusal)


def _of_file(document: Document) -> str:
    digest = hashlib.sha256()
    try:
        with path_of(document.sha256).open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return "the stored file is missing"
    return "" if digest.hexdigest() == document.sha256 else "the stored file was changed"
