"""Forms that become entries of a chart: sent twice they count once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms

from euthymia.chart.entries import AnyFact, Entry
from euthymia.clinic.accounts.policy import Action, Who
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import record
from euthymia.clinic.ui.forms import attempt


class EntryForm(forms.Form):
    """A form that becomes one entry, or several, with an id of its own chosen before it is sent."""

    entry_id = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["entry_id"].initial = str(uuid4())

    def clean_entry_id(self) -> str:
        """The id that the page gave to the entry; a new one where it was lost on the way."""
        try:
            return str(UUID(self.cleaned_data["entry_id"]))
        except ValueError:
            return str(uuid4())

    @property
    def id_of_entry(self) -> str:
        """The id of the entry that the sent form becomes."""
        return str(self.cleaned_data["entry_id"])


def part_id(entry_id: str, part: str) -> str:
    """The id of one of several entries that a form makes, always the same for the same part."""
    return str(uuid5(UUID(entry_id), part))


def sent_before(patient: Patient, entry_id: str) -> bool:
    """Whether that entry stands in the chart already: then its form is sent a second time."""
    return any(entry.id == entry_id for entry in chart_of(patient).entries)


def recorded(
    form: EntryForm,
    who: Who,
    patient: Patient,
    make: Callable[[], AnyFact],
    action: Action,
    *,
    fields: Mapping[str, str] | None = None,
    reason: str = "",
) -> Entry | None:
    """Record a sent form's fact; None with the refusal on the form, and then nothing is written.

    `fields`: names of the fact's fields that have another name in the form.
    """

    def write() -> Entry:
        return record(who, patient, make(), action, reason=reason, entry_id=form.id_of_entry)

    return attempt(form, write, fields)
