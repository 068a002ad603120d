"""`euthymia verify`: whether everything is as it was written, each fault with its entry's name.

Patients are taken some dozens at a time, so that the size of the clinic does not matter to the
memory, and several processes can share them.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from euthymia.chart.chart import Chart, replay
from euthymia.chart.entries import entry_of
from euthymia.chart.envelope import Envelope
from euthymia.chart.verification import Anchor, verify_bytes
from euthymia.clinic.accounts.events import note
from euthymia.clinic.accounts.models import EventKind
from euthymia.clinic.operation import parallel
from euthymia.clinic.operation.startup import check_up_to_date
from euthymia.clinic.records.documents import path_of
from euthymia.clinic.records.identity_log import problems
from euthymia.clinic.records.models import Document, Identity, IdentityLine, LedgerEntry, Patient
from euthymia.clinic.records.projections import Stored, differences, stored_rows
from euthymia.core.errors import EuthymiaError
from euthymia.core.progress import Progress, stage

_COLUMNS = ("patient_id", "seq", "entry_id", "at", "kind", "line")
_Row = tuple[UUID, int, UUID, object, str, bytes]
_CHUNK = 1 << 20
FAULTY = 2

T = TypeVar("T")


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


def run(
    progress: Progress, *, as_json: bool = False, by: int | None = None, workers: int = 1
) -> int:
    """Verify everything and say what was found; the exit code."""
    check_up_to_date()
    found = []
    for fault in faults(progress, workers):
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


def faults(progress: Progress, workers: int = 1) -> Iterator[Fault]:
    """Everything that is not as it was written; looked for by so many processes."""
    patients = list(Patient.objects.order_by("pk").values_list("pk", flat=True))
    documents = list(Document.objects.order_by("pk").values_list("pk", flat=True))
    with parallel.checking(workers) as check:
        for title, part, keys in (
            ("Verifying charts", parallel.CHARTS, patients),
            ("Verifying documents", parallel.DOCUMENTS, documents),
        ):
            with stage(progress, title, len(keys)) as step:
                for found, done in check(part, keys):
                    yield from found
                    step.advance(done)
    yield from _of_nobody(LedgerEntry)
    yield from _of_nobody(IdentityLine)


def faults_of_patients(keys: Sequence[UUID]) -> list[Fault]:
    """The faults of these patients' charts, lists and logs of identity."""
    found: list[Fault] = []
    kept = _kept(keys)
    for patient in Patient.objects.filter(pk__in=keys).order_by("pk"):
        if any(_of_patient(patient, kept)):
            found += _again(patient.pk)
    return found


def faults_of_documents(keys: Sequence[int]) -> list[Fault]:
    """The faults of these stored files."""
    return [
        Fault(document.patient.pseudonym, "document", 0, document.name, problem)
        for document in Document.objects.filter(pk__in=keys)
        .select_related("patient")
        .order_by("pk")
        if (problem := _of_file(document))
    ]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the database holds of some patients."""

    ledger: Mapping[UUID, list[_Row]]
    projected: Stored
    identities: Mapping[UUID, Identity]
    log: Mapping[UUID, list[IdentityLine]]


def _kept(keys: Sequence[UUID]) -> _Kept:
    """Everything of these patients, in few queries."""
    entries = LedgerEntry.objects.filter(patient_id__in=keys).order_by("patient_id", "seq")
    log = IdentityLine.objects.filter(patient_id__in=keys).order_by("patient_id", "seq")
    return _Kept(
        _by_patient(entries.values_list(*_COLUMNS), lambda row: row[0]),
        stored_rows(keys),
        Identity.objects.in_bulk(keys),
        _by_patient(log, lambda line: line.patient_id),
    )


def _by_patient(rows: Iterable[T], patient: Callable[[T], UUID]) -> dict[UUID, list[T]]:
    return {key: list(group) for key, group in groupby(rows, key=patient)}


def _again(key: UUID) -> list[Fault]:
    """The faults of a patient under lock, so that what is being written just now is none."""
    with transaction.atomic():
        locked = Patient.objects.select_for_update().get(pk=key)
        return list(_of_patient(locked, _kept([key])))


def _of_nobody(model: type[LedgerEntry | IdentityLine]) -> Iterator[Fault]:
    """Lines whose patient's row is gone."""
    known = Patient.objects.filter(pk=OuterRef("patient_id"))
    lost = model._default_manager.filter(~Exists(known)).order_by("patient_id", "seq")
    part = "ledger" if model is LedgerEntry else "identity"
    for patient, rows in groupby(lost.values_list("patient_id", "seq"), key=lambda row: row[0]):
        yield Fault(str(patient), part, next(rows)[1], "", "its patient is missing")


def _of_patient(patient: Patient, kept: _Kept) -> Iterator[Fault]:
    name = patient.pseudonym
    yield from _of_ledger(patient, kept.ledger.get(patient.pk, []), kept.projected)
    identity, log = kept.identities.get(patient.pk), kept.log.get(patient.pk, [])
    for each in problems(patient, identity, log):
        yield Fault(name, "identity", each.line, "", each.problem)


def _of_ledger(patient: Patient, rows: list[_Row], projected: Stored) -> Iterator[Fault]:
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
    for problem in differences(patient, chart, projected):
        yield Fault(name, "projection", 0, "", problem.removeprefix(f"{name}: "))


def _of_columns(name: str, envelope: Envelope, row: _Row) -> Iterator[Fault]:
    written = (envelope.seq, envelope.id, envelope.at, envelope.kind)
    columns = (row[1], str(row[2]), row[3], row[4])
    if written == columns:
        return
    for column, says, stored in zip(_COLUMNS[1:5], written, columns, strict=True):
        if stored != says:
            yield Fault(
                name,
                "column",
                envelope.seq,
                envelope.id,
                f"the column {column} says {stored}, the line says {says}",
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
