"""Forms that become entries: sent twice they count once."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from clinic.conftest import SmallClinic
from euthymia.chart.intake_facts import NoteTopic, NoteWritten
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.entry_forms import EntryForm, part_id, recorded, sent_before
from euthymia.clinic.records.models import Patient
from euthymia.clinic.ui.forms import text_field


class NoteForm(EntryForm):
    """A note."""

    text = text_field("Note", required=False)

    def fact(self) -> NoteWritten:
        return NoteWritten(topic=NoteTopic.OTHER, text=self.cleaned_data["text"])


def _record(clinic: SmallClinic, patient: Patient, form: NoteForm) -> object:
    return recorded(form, clinic.who(Role.OPERATOR), patient, form.fact, Action.WRITE_NOTE)


@pytest.mark.django_db
def test_a_form_sent_twice_makes_one_entry(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    sent = {"entry_id": str(uuid4()), "text": "Slept well"}
    assert not sent_before(patient, sent["entry_id"])
    first, again = (_record(clinic, patient, NoteForm(sent)) for _ in range(2))
    assert first == again
    assert sent_before(patient, sent["entry_id"])
    assert len(chart_of(patient).chart.notes) == 1


@pytest.mark.django_db
def test_a_form_sent_again_with_other_words_is_refused(clinic: SmallClinic) -> None:
    patient, name = clinic.patient(), str(uuid4())
    _record(clinic, patient, NoteForm({"entry_id": name, "text": "Slept well"}))
    form = NoteForm({"entry_id": name, "text": "Slept badly"})
    assert _record(clinic, patient, form) is None
    assert "recorded before with another content" in str(form.errors)


@pytest.mark.django_db
def test_what_cannot_be_a_fact_is_refused_on_the_form_and_not_written(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    form = NoteForm({"entry_id": str(uuid4()), "text": ""})
    assert _record(clinic, patient, form) is None
    assert form.errors
    assert not chart_of(patient).chart.notes


@pytest.mark.parametrize("lost", ["", "no id", "\x00"])
def test_an_id_that_was_lost_on_the_way_is_made_anew(lost: str) -> None:
    form = NoteForm({"entry_id": lost, "text": "x"})
    if form.is_valid():
        assert UUID(form.id_of_entry)
    else:
        assert "\x00" in lost


def test_every_part_of_a_form_has_an_id_that_stays() -> None:
    whole = str(uuid4())
    assert part_id(whole, "a") == part_id(whole, "a") != part_id(whole, "b")
