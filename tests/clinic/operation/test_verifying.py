"""`verify` finds whatever is not as it was written, and names it."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.conftest import SmallClinic
from euthymia.chart.intake_facts import NoteTopic, NoteWritten
from euthymia.clinic.accounts.models import Event, Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.operation.verifying import FAULTY, Fault, faults, run
from euthymia.clinic.records.documents import path_of, store
from euthymia.clinic.records.models import LedgerEntry, Overview, Patient
from euthymia.clinic.records.services import record
from euthymia.core.progress import SILENT


def with_notes(clinic: SmallClinic, notes: int = 3) -> Patient:
    patient = clinic.patient(born=date(1970, 1, 1))
    who = clinic.who(Role.PSYCHIATRIST)
    for number in range(notes):
        fact = NoteWritten(topic=NoteTopic.OTHER, text=f"Note {number}")
        record(who, patient, fact, Action.WRITE_NOTE)
    return patient


def found() -> list[Fault]:
    return list(faults(SILENT))


def lines_of(patient: Patient) -> list[LedgerEntry]:
    return list(LedgerEntry.objects.filter(patient=patient).order_by("seq"))


def test_what_was_written_is_intact(clinic: SmallClinic) -> None:
    with_notes(clinic), with_notes(clinic)
    assert found() == []
    assert run(SILENT) == 0


@given(data=st.data())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_changed_byte_is_found_and_its_entry_named(
    clinic: SmallClinic, data: st.DataObject
) -> None:
    patient = Patient.objects.first() or with_notes(clinic)
    entries = lines_of(patient)
    entry = data.draw(st.sampled_from(entries))
    at = data.draw(st.integers(0, len(entry.line) - 1))
    to = data.draw(st.integers(0, 255).filter(lambda byte: byte != entry.line[at]))
    before = bytes(entry.line)
    after = before[:at] + bytes([to]) + before[at + 1 :]
    try:
        LedgerEntry.objects.filter(pk=entry.pk).update(line=after)
        faulty = [fault for fault in found() if fault.part == "ledger"]
        # A change of the hash of the line before or of the entry's own is seen at that entry, too.
        assert [fault.entry for fault in faulty] == [entry.seq]
        assert faulty[0].entry_id == str(entry.entry_id)
        assert patient.pseudonym in faulty[0].sentence
    finally:
        LedgerEntry.objects.filter(pk=entry.pk).update(line=before)


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("kind", {"kind": "note_wrotten"}),
        ("at", {"at": F("at") + timedelta(seconds=1)}),
        ("entry_id", {"entry_id": "00000000-0000-4000-8000-000000000000"}),
    ],
)
def test_a_column_that_differs_from_its_line_is_named(
    clinic: SmallClinic, column: str, change: dict[str, object]
) -> None:
    patient = with_notes(clinic)
    LedgerEntry.objects.filter(patient=patient, seq=2).update(**change)
    (fault,) = found()
    assert (fault.part, fault.entry) == ("column", 2)
    assert f"the column {column} says" in fault.problem


def test_lost_lines_at_the_end_are_found_by_the_anchor(clinic: SmallClinic) -> None:
    patient = with_notes(clinic)
    LedgerEntry.objects.filter(patient=patient, seq=4).delete()
    assert [(fault.part, fault.entry) for fault in found()] == [("ledger", 4)]


def test_a_lost_line_in_the_middle_is_found(clinic: SmallClinic) -> None:
    patient = with_notes(clinic)
    LedgerEntry.objects.filter(patient=patient, seq=2).delete()
    (fault,) = found()
    assert fault.entry == 2
    assert "missing" in fault.problem


def test_lines_beyond_the_anchor_are_found(clinic: SmallClinic) -> None:
    patient = with_notes(clinic)
    third = lines_of(patient)[2]
    digest = hashlib.sha256(bytes(third.line)).hexdigest()
    Patient.objects.filter(pk=patient.pk).update(head_seq=3, head_sha256=digest)
    (fault,) = found()
    assert fault.entry == 4
    assert "anchor" in fault.problem


def test_a_list_that_differs_from_replay_is_found(clinic: SmallClinic) -> None:
    patient = with_notes(clinic)
    Overview.objects.filter(patient=patient).update(birth_year=1871)
    (fault,) = found()
    assert fault.part == "projection"
    assert fault.patient == patient.pseudonym


def test_a_file_that_was_changed_or_lost_is_found(clinic: SmallClinic) -> None:
    patient = with_notes(clinic)
    letter = store(patient, "letter.txt", "text/plain", b"Dear colleague")
    plan = store(patient, "plan.txt", "text/plain", b"A plan")
    path_of(letter.sha256).write_bytes(b"Dear nobody")
    path_of(plan.sha256).unlink()
    assert {(fault.entry_id, fault.problem) for fault in found()} == {
        ("letter.txt", "the stored file was changed"),
        ("plan.txt", "the stored file is missing"),
    }
    path_of(letter.sha256).unlink()


def test_every_fault_of_every_patient_is_told_not_only_the_first(clinic: SmallClinic) -> None:
    broken = [with_notes(clinic) for _ in range(3)]
    sound = with_notes(clinic)
    LedgerEntry.objects.filter(patient__in=broken, seq=3).update(kind="other")
    told = {fault.patient for fault in found()}
    assert told == {patient.pseudonym for patient in broken}
    assert sound.pseudonym not in told


def test_entries_whose_patient_is_gone_are_found(clinic: SmallClinic) -> None:
    first, second, third = (with_notes(clinic, 1) for _ in range(3))
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's foreign keys do not let it come so far")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        for table in ("overview", "identity", "identityline"):
            query = f"DELETE FROM clinic_records_{table} WHERE patient_id = %s"
            cursor.execute(query, [second.pk.hex])
        cursor.execute("DELETE FROM clinic_records_patient WHERE id = %s", [second.pk.hex])
    (fault,) = found()
    assert fault.problem == "its patient is missing"
    assert fault.patient == str(second.pk)
    LedgerEntry.objects.filter(patient_id=second.pk).delete()
    assert {first.pk, third.pk} == set(Patient.objects.values_list("pk", flat=True))


def test_the_exit_code_and_the_report_for_programs(
    clinic: SmallClinic, capsys: pytest.CaptureFixture[str]
) -> None:
    patient = with_notes(clinic)
    LedgerEntry.objects.filter(patient=patient, seq=2).update(kind="other")
    assert run(SILENT, as_json=True) == FAULTY
    told = json.loads(capsys.readouterr().out)
    assert (told["intact"], told["patients"], told["entries"]) == (False, 1, 4)
    assert told["faults"][0]["entry"] == 2
    assert Event.objects.get().about == "1 faults"
