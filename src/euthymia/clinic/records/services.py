"""The one way into the ledger: allowed, sealed, appended and projected, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from euthymia.chart.entries import AnyFact, Entry, draft, entry_of
from euthymia.chart.envelope import NO_LINE_BEFORE, Author, Draft, Envelope, seal
from euthymia.chart.patient_facts import PatientRegistered
from euthymia.chart.verification import Anchor
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Site
from euthymia.clinic.accounts.policy import Action, Who, check
from euthymia.clinic.records import charts, identity_log
from euthymia.clinic.records.models import Identity, LedgerEntry, Patient
from euthymia.clinic.records.projections import project
from euthymia.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Wanted:
    """A fact to be recorded. entry_id: chosen by the form, so that sending twice is harmless."""

    fact: AnyFact
    reason: str = ""
    entry_id: str = ""
    at: datetime | None = None


def record(
    who: Who,
    patient: Patient,
    fact: AnyFact,
    action: Action,
    *,
    reason: str = "",
    entry_id: str = "",
) -> Entry:
    """Add one fact to a patient's chart and return its entry; on the disk when this returns.

    An entry sent again with the same id and the same content is not added twice.
    Raises PermissionDenied or InputError with nothing written.
    """
    return record_all(who, patient, [Wanted(fact, reason, entry_id)], action)[0]


def record_all(
    who: Who, patient: Patient, wanted: Sequence[Wanted], action: Action
) -> tuple[Entry, ...]:
    """Add several facts, all or none of them."""
    return Pen(who, patient, action).write_all(wanted)


class Pen:
    """One person's hand in one chart: the right is checked once, then fact follows fact.

    Each `write` is a transaction of its own, on the disk when it returns. A session writes its
    trains so: its right to go on does not hang on what happens to an account in the middle of it.
    """

    def __init__(
        self,
        who: Who,
        patient: Patient,
        action: Action,
        *,
        still: Callable[[], None] | None = None,
    ) -> None:
        """`still` is asked in each transaction, under the chart's lock, and may raise."""
        check(action, who, patient)
        self._who = who
        self._patient = patient
        self._author = Author(who.name, who.role_text(action, patient))
        self._still = still

    def write(self, fact: AnyFact, *, at: datetime | None = None, entry_id: str = "") -> Entry:
        """Add one fact and return its entry."""
        return self.write_all([Wanted(fact, entry_id=entry_id, at=at)])[0]

    def write_all(self, wanted: Sequence[Wanted]) -> tuple[Entry, ...]:
        """Add several facts, all or none of them."""
        patient = self._patient
        drafts = [_draft(each, self._author) for each in wanted]
        with transaction.atomic():
            locked = Patient.objects.select_for_update().get(pk=patient.pk)
            if self._still is not None:
                self._still()
            entries, opened = _append(self._who, locked, drafts)
        # Only what is committed may be remembered.
        charts.keep(patient.pk, opened)
        patient.head_seq, patient.head_sha256 = opened.head.seq, opened.head.line_sha256
        return entries


def register(
    who: Who,
    site: Site,
    registered: PatientRegistered,
    identity: Identity | None = None,
    *,
    entry_id: str = "",
) -> Patient:
    """Begin the chart of a new patient at a site; who it is goes into the identity alone."""
    new = Patient(
        site=site,
        pseudonym=registered.pseudonym,
        synthetic=registered.synthetic,
        registered_at=clock.now(),
    )
    check(Action.REGISTER_PATIENT, who, new)
    author = Author(who.name, who.role_for(Action.REGISTER_PATIENT, new).value)
    first = _draft(Wanted(registered, entry_id=entry_id), author)
    with transaction.atomic():
        if entry_id:
            again = LedgerEntry.objects.filter(entry_id=UUID(entry_id), seq=1).first()
            if again is not None:
                return again.patient
        if Patient.objects.filter(pseudonym=registered.pseudonym).exists():
            raise InputError(
                f"pseudonym {registered.pseudonym}",
                "another patient has it",
                "Choose another one",
            )
        new.save(force_insert=True)
        if identity is not None:
            identity_log.enter(who, new, identity)
        _, opened = _append(who, new, [first])
    charts.keep(new.pk, opened)
    return new


def next_pseudonym(prefix: str = "P") -> str:
    """A pseudonym that tells nothing: the prefix and a random number that nobody has."""
    while True:
        name = f"{prefix}-{uuid4().int % 10**8:08d}"
        if not Patient.objects.filter(pseudonym=name).exists():
            return name


def _draft(wanted: Wanted, author: Author) -> Draft:
    return draft(
        wanted.fact,
        id=str(UUID(wanted.entry_id)) if wanted.entry_id else str(uuid4()),
        at=wanted.at or clock.now(),
        author=author,
        reason=wanted.reason,
    )


def _append(
    who: Who, patient: Patient, drafts: Sequence[Draft]
) -> tuple[tuple[Entry, ...], charts.OpenChart]:
    """Seal the drafts behind the patient's last line, under its lock; project what they change."""
    before = charts.chart_of(patient) if patient.head_seq else None
    entries = before.entries if before else ()
    seq, prev = patient.head_seq, patient.head_sha256 or NO_LINE_BEFORE
    known = {entry.id: entry for entry in entries}
    made: list[Entry] = []
    rows: list[LedgerEntry] = []
    for each in drafts:
        if (there := known.get(each.id)) is not None:
            made.append(_same_again(there, each))
            continue
        sealed = seal(each, seq + 1, prev)
        entry = entry_of(sealed)
        rows.append(_row(who, patient, sealed))
        made.append(entry)
        known[entry.id] = entry
        seq, prev = sealed.seq, sealed.line_sha256
    if not rows and before is not None:
        return tuple(made), before
    new = [entry for entry in made if entry.seq > patient.head_seq]
    head = Anchor(seq, prev)
    opened = before.then(new, head) if before else charts.OpenChart.of(new, head)
    LedgerEntry.objects.bulk_create(rows)
    patient.head_seq, patient.head_sha256 = seq, prev
    patient.save(update_fields=["head_seq", "head_sha256"])
    project(patient, opened.chart, [row.kind for row in rows])
    return tuple(made), opened


def _same_again(there: Entry, again: Draft) -> Entry:
    """The entry that was sent twice; refused if it is not the same."""
    fact = there.fact
    same = fact.kind == again.kind and fact.model_dump(mode="json", exclude={"kind"}) == dict(
        again.body
    )
    if not same or there.reason != again.reason:
        raise InputError(
            f"entry {again.id}",
            "it was recorded before with another content",
            "Open the page anew and record it again",
        )
    return there


def _row(who: Who, patient: Patient, sealed: Envelope) -> LedgerEntry:
    return LedgerEntry(
        patient=patient,
        seq=sealed.seq,
        entry_id=sealed.id,
        at=sealed.at,
        kind=sealed.kind,
        line=sealed.line,
        recorded_by_id=who.user_id,
    )
