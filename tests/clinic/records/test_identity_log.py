"""The log of who patients are: it tells what was done, and nothing of what was there."""

from __future__ import annotations

from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied

from clinic.conftest import SmallClinic
from euthymia.chart.envelope import parse_line
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.office.services import erase_identity
from euthymia.clinic.operation.tables import tables, write_table
from euthymia.clinic.operation.verifying import faults
from euthymia.clinic.records.identity_log import FIELDS, Kind, Why, change, digest_of
from euthymia.clinic.records.models import Identity, IdentityLine, Patient
from euthymia.core.progress import SILENT


def told() -> list[tuple[int, str]]:
    return [(fault.entry, fault.problem) for fault in faults(SILENT) if fault.part == "identity"]


def with_change(clinic: SmallClinic) -> Patient:
    """A patient whose second name is Oldname no longer."""
    patient = clinic.patient()
    who = clinic.who(Role.COORDINATOR)
    for name, why in (("Oldname", Why.CORRECTED), ("Newname", Why.CHANGED)):
        wanted = Identity(family_name="Example", given_name=name, phone="555-0100")
        change(who, patient, wanted, why)
    patient.refresh_from_db()
    return patient


def everything() -> str:
    """All tables that a backup holds, as text."""
    text = StringIO()
    for model in tables():
        write_table(model, text, "default")
    for line in IdentityLine.objects.values_list("line", flat=True):
        text.write(bytes(line).decode())
    return text.getvalue()


def test_each_line_says_who_what_and_why(clinic: SmallClinic) -> None:
    patient = with_change(clinic)
    lines = [parse_line(bytes(row.line)) for row in IdentityLine.objects.order_by("seq")]
    entered, first, second = [line for line in lines if line is not None]
    assert (entered.kind, entered.body["added"]) == (Kind.ENTERED, ["family_name", "given_name"])
    assert (first.body["added"], first.body["changed"]) == (["phone"], ["given_name"])
    assert (second.reason, second.body["changed"]) == ("changed", ["given_name"])
    assert second.author.name == "Coordinator Example"
    assert second.author.role == "coordinator"
    assert second.prev == first.line_sha256
    assert second.body["values_sha256"] == digest_of(patient.identity)
    assert told() == []


def test_what_was_there_is_nowhere_after_a_change_or_an_erasure(clinic: SmallClinic) -> None:
    patient = with_change(clinic)
    salt = patient.identity.salt
    text = everything()
    assert "Newname" in text
    assert "Oldname" not in text
    erase_identity(clinic.who(Role.ADMINISTRATOR), patient, "Request of 3 Nov", with_files=True)
    text = everything()
    assert not [word for word in ("Newname", "555-0100", salt) if word in text]
    row = IdentityLine.objects.get(kind=Kind.ERASED)
    line = parse_line(bytes(row.line))
    assert line is not None
    assert line.body["removed"] == ["family_name", "given_name", "phone"]
    assert line.reason == "Request of 3 Nov"
    assert told() == []


def test_an_erased_identity_can_be_entered_again(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    erase_identity(clinic.who(Role.ADMINISTRATOR), patient, "By mistake", with_files=False)
    wanted = Identity(family_name="Again")
    assert change(clinic.who(Role.COORDINATOR), patient, wanted, Why.COMPLETED) == ("family_name",)
    assert [row.kind for row in IdentityLine.objects.order_by("seq")] == [
        Kind.ENTERED,
        Kind.ERASED,
        Kind.ENTERED,
    ]
    assert told() == []


def test_who_may_not_changes_and_logs_nothing(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    with pytest.raises(PermissionDenied):
        change(clinic.who(Role.OPERATOR), patient, Identity(family_name="X"), Why.CORRECTED)
    assert IdentityLine.objects.count() == 1
    assert Identity.objects.get().family_name == "Example"


@pytest.mark.parametrize("field", FIELDS)
def test_a_value_that_was_changed_behind_the_log_is_found(clinic: SmallClinic, field: str) -> None:
    patient = clinic.patient()
    Identity.objects.filter(patient=patient).update(**{field: "x@example.org"})
    assert told() == [(0, "the identity is not the one that its log vouches for")]


def test_what_is_missing_or_edited_in_the_log_is_found(clinic: SmallClinic) -> None:
    patient = with_change(clinic)
    rows = IdentityLine.objects.filter(patient=patient)
    last = rows.get(seq=3)
    rows.filter(seq=3).delete()
    ((line, problem),) = told()
    assert (line, "entry 3 was once written" in problem) == (3, True)
    last.line = bytes(last.line).replace(b'"corrected"', b'"changed"').replace(b"Coord", b"Koord")
    last.save(force_insert=True)
    ((line, problem),) = told()
    assert (line, "edited" in problem) == (3, True)


def test_an_identity_that_was_removed_behind_the_log_is_found(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    Identity.objects.filter(patient=patient).delete()
    assert told() == [(0, "the identity is gone, and the log does not know of it")]


def test_the_log_of_older_installations_begins_with_what_was_found(clinic: SmallClinic) -> None:
    patients = [clinic.patient() for _ in range(2)]
    IdentityLine.objects.all().delete()
    Identity.objects.update(salt="")
    Patient.objects.update(identity_seq=0, identity_sha256="")
    assert len(told()) == 2
    migration = import_module("euthymia.clinic.records.migrations.0004_present_identities")
    migration.begin(apps, None)
    assert [row.kind for row in IdentityLine.objects.all()] == [Kind.FOUND] * 2
    assert told() == []
    for patient in patients:
        patient.refresh_from_db()
        change(clinic.who(Role.COORDINATOR), patient, Identity(family_name="B"), Why.CORRECTED)
    assert told() == []
