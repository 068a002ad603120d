"""Reading a chart from the database: its lines, its typed entries, and the chart they make."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock
from uuid import UUID

from euthymia.chart.chart import Chart, Replayer
from euthymia.chart.entries import Entry, entry_of
from euthymia.chart.verification import Anchor, Verification, verify_bytes
from euthymia.clinic.records.models import LedgerEntry, Patient
from euthymia.core.errors import InputError

_AT_MOST = 256
_KEPT: OrderedDict[UUID, OpenChart] = OrderedDict()
_LOCK = Lock()
# A chart read before counts only if the patient's head is still its own. It is no second truth.


@dataclass(frozen=True, slots=True)
class OpenChart:
    """A patient's chart as it stands, with the place where its ledger ends.

    replayer: what worked it out. It is not to be changed: `then` goes on from a copy of it, so
    that one more entry on a long chart costs no replay of the others.
    """

    chart: Chart
    entries: tuple[Entry, ...]
    head: Anchor
    replayer: Replayer = field(repr=False, compare=False)

    @classmethod
    def of(cls, entries: Iterable[Entry], head: Anchor) -> OpenChart:
        """The chart that these entries make, from the first one on."""
        replayer, taken = Replayer(), tuple(entries)
        for entry in taken:
            replayer.take(entry)
        return cls(replayer.chart(), taken, head, replayer)

    def then(self, new: Iterable[Entry], head: Anchor) -> OpenChart:
        """The chart with more entries behind it; raises InputError if one cannot stand there."""
        replayer, taken = self.replayer.copy(), tuple(new)
        for entry in taken:
            replayer.take(entry)
        return OpenChart(replayer.chart(), (*self.entries, *taken), head, replayer)


def chart_of(patient: Patient) -> OpenChart:
    """The chart of a patient; one query, or none if it was read before and has not grown.

    `patient` must be fresh: its head decides. Raises InputError if the ledger is broken.
    """
    with _LOCK:
        kept = _KEPT.get(patient.pk)
    if kept is not None and _same(kept.head, patient):
        return kept
    opened = _read(patient)
    keep(patient.pk, opened)
    return opened


def keep(patient_id: UUID, opened: OpenChart) -> None:
    """Remember a chart that was just read or written."""
    with _LOCK:
        _KEPT[patient_id] = opened
        _KEPT.move_to_end(patient_id)
        while len(_KEPT) > _AT_MOST:
            _KEPT.popitem(last=False)


def forget_all() -> None:
    """Read every chart anew from now on (after a restore, and in tests)."""
    with _LOCK:
        _KEPT.clear()


def lines_of(patient_id: UUID, after: int = 0) -> tuple[bytes, ...]:
    """The lines of a chart after that number, as they are stored."""
    stored = LedgerEntry.objects.filter(patient_id=patient_id, seq__gt=after).order_by("seq")
    return tuple(bytes(line) for line in stored.values_list("line", flat=True))


def verification_of(patient: Patient) -> Verification:
    """Check every byte of a chart, against the anchor that the patient's row keeps."""
    data = b"".join(line + b"\n" for line in lines_of(patient.pk))
    anchor = Anchor(patient.head_seq, patient.head_sha256) if patient.head_seq else None
    return verify_bytes(data, anchor)


def _same(head: Anchor, patient: Patient) -> bool:
    return head.seq == patient.head_seq and head.line_sha256 == patient.head_sha256


def _read(patient: Patient) -> OpenChart:
    verified = verification_of(patient)
    if verified.broken is not None or verified.head is None:
        why = verified.broken.problem if verified.broken else "it holds no entries"
        line = verified.broken.line if verified.broken else 1
        raise InputError(
            f"chart {patient.pseudonym}",
            f"it is broken at line {line}: {why}",
            "Tell an administrator; the entries before it are intact",
        )
    entries = tuple(entry_of(envelope) for envelope in verified.entries)
    return OpenChart.of(entries, verified.head)
