"""The ledger in the database: one way in, nothing lost, nothing doubled, nothing changed unseen."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from clinic.conftest import SmallClinic
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.chart import replay
from euthymia.chart.entries import Retracted, entry_of
from euthymia.chart.patient_facts import HeadMeasured, PatientRegistered, ScaleFilled
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.records import charts
from euthymia.clinic.records.charts import chart_of, verification_of
from euthymia.clinic.records.models import Identity, LedgerEntry, Overview, Patient
from euthymia.clinic.records.projections import differences, rebuild
from euthymia.clinic.records.services import Wanted, record, record_all, register
from euthymia.core.errors import InputError
from euthymia.core.progress import SILENT


def _phq9(total: int, on: date | None = None) -> ScaleFilled:
    return ScaleFilled(score=ScaleScore(scale="phq9", on=on or clock.today(), total=total))


def test_a_recorded_fact_stands_in_the_chart_and_in_the_projection(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    record(clinic.who(Role.OPERATOR), patient, _phq9(19), Action.RECORD_SCALE)
    opened = chart_of(Patient.objects.get(pk=patient.pk))
    assert [found.fact.score.total for found in opened.chart.scales] == [19]
    assert opened.entries[-1].author.role == "operator"
    assert Overview.objects.get(patient=patient).last_total == 19


def test_what_a_role_may_not_record_is_refused_and_nothing_is_written(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    before = LedgerEntry.objects.count()
    with pytest.raises(PermissionDenied, match="psychiatrist"):
        record(clinic.who(Role.RESEARCHER), patient, _phq9(19), Action.RECORD_SCALE)
    assert LedgerEntry.objects.count() == before


def test_the_same_entry_sent_twice_is_recorded_once(clinic: SmallClinic) -> None:
    patient, who = clinic.patient(), clinic.who(Role.OPERATOR)
    name = str(uuid.uuid4())
    first = record(who, patient, _phq9(12), Action.RECORD_SCALE, entry_id=name)
    again = record(who, patient, _phq9(12), Action.RECORD_SCALE, entry_id=name)
    assert first == again
    assert LedgerEntry.objects.filter(patient=patient).count() == 2
    with pytest.raises(InputError, match="another content"):
        record(who, patient, _phq9(13), Action.RECORD_SCALE, entry_id=name)


def test_several_facts_are_recorded_all_or_none(clinic: SmallClinic) -> None:
    patient, who = clinic.patient(), clinic.who(Role.OPERATOR)
    good = Wanted(_phq9(12))
    bad = Wanted(Retracted(entry_id=str(uuid.uuid4())), reason="a slip")
    with pytest.raises(InputError, match="there is no entry"):
        record_all(who, patient, [good, bad], Action.RECORD_SCALE)
    fresh = Patient.objects.get(pk=patient.pk)
    assert fresh.head_seq == 1
    assert not chart_of(fresh).chart.scales
    record_all(who, patient, [good], Action.RECORD_SCALE)
    assert verification_of(Patient.objects.get(pk=patient.pk)).intact


def test_registering_twice_with_one_id_makes_one_patient(clinic: SmallClinic) -> None:
    who, name = clinic.who(Role.COORDINATOR), str(uuid.uuid4())
    fact = PatientRegistered(pseudonym="SYN-1", synthetic=True, birth_year=1980)
    one = register(who, clinic.site, fact, Identity(family_name="A"), entry_id=name)
    two = register(who, clinic.site, fact, Identity(family_name="A"), entry_id=name)
    assert one.pk == two.pk
    with pytest.raises(InputError, match="another patient has it"):
        register(who, clinic.site, fact)


def test_the_stored_lines_replay_to_the_chart_that_pages_show(clinic: SmallClinic) -> None:
    patient, who = clinic.patient(), clinic.who(Role.PSYCHIATRIST)
    for total in (20, 15, 9):
        record(who, patient, _phq9(total), Action.RECORD_SCALE)
    shown = chart_of(patient)
    charts.forget_all()
    fresh = Patient.objects.get(pk=patient.pk)
    verified = verification_of(fresh)
    assert verified.intact
    assert replay(entry_of(each) for each in verified.entries) == shown.chart
    assert chart_of(fresh).chart == shown.chart


@pytest.mark.parametrize("place", [5, 40, 120, -1, -70])
def test_a_changed_byte_is_found_with_its_entry(clinic: SmallClinic, place: int) -> None:
    patient, who = clinic.patient(), clinic.who(Role.OPERATOR)
    for total in (20, 15, 9):
        record(who, patient, _phq9(total), Action.RECORD_SCALE)
    stored = LedgerEntry.objects.get(patient=patient, seq=3)
    line = bytearray(stored.line)
    line[place] ^= 1
    LedgerEntry.objects.filter(pk=stored.pk).update(line=bytes(line))
    verified = verification_of(Patient.objects.get(pk=patient.pk))
    assert verified.broken is not None
    assert verified.broken.line == 3
    charts.forget_all()
    with pytest.raises(InputError, match="broken at line 3"):
        chart_of(Patient.objects.get(pk=patient.pk))


def test_a_line_taken_off_the_end_is_found(clinic: SmallClinic) -> None:
    patient, who = clinic.patient(), clinic.who(Role.OPERATOR)
    record(who, patient, _phq9(20), Action.RECORD_SCALE)
    LedgerEntry.objects.filter(patient=patient, seq=2).delete()
    assert verification_of(Patient.objects.get(pk=patient.pk)).broken is not None


def test_projections_rebuilt_are_what_they_were(clinic: SmallClinic) -> None:
    patient, who = clinic.patient(), clinic.who(Role.PSYCHIATRIST)
    record(who, patient, _phq9(20), Action.RECORD_SCALE)
    head = HeadMeasured(
        measured_on=clock.today(), nasion_inion_mm=360, tragus_tragus_mm=350, circumference_mm=570
    )
    record(who, patient, head, Action.MEASURE_HEAD)
    chart = chart_of(patient).chart
    assert not list(differences(patient, chart))
    Overview.objects.filter(patient=patient).update(last_total=3)
    assert len(list(differences(patient, chart))) == 1
    assert rebuild(SILENT) == 1
    assert not list(differences(patient, chart))


def test_erasing_an_identity_leaves_the_chart_intact(clinic: SmallClinic) -> None:
    patient, who = clinic.patient(), clinic.who(Role.PSYCHIATRIST)
    record(who, patient, _phq9(20), Action.RECORD_SCALE)
    lines = charts.lines_of(patient.pk)
    assert not any(b"Example, Synthetic" in line or b'"Example"' in line for line in lines)
    Identity.objects.filter(patient=patient).delete()
    assert charts.lines_of(patient.pk) == lines
    assert verification_of(Patient.objects.get(pk=patient.pk)).intact
