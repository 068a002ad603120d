"""Forms that become entries: sent twice they count once, and refusals stand at their field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID, uuid4, uuid5

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from pydantic import ValidationError

from euthymia.chart.entries import AnyFact, Entry
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, Who
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import record
from euthymia.core.errors import InputError

F = TypeVar("F")

LONGEST_TEXT = 20_000
"""No field of a form takes more letters."""


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


def part_id(entry_id: str, part: str) -> str:
    """The id of one of several entries that a form makes, always the same for the same part."""
    return str(uuid5(UUID(entry_id), part))


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """A day from a calendar; what was typed is shown again as it was typed."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


def text_field(
    label: Any, *, rows: int = 0, required: bool = True, **named: Any
) -> forms.CharField:
    """A short text, or a long one of so many rows."""
    attributes = named.pop("attrs", {})
    widget: forms.Widget = (
        forms.Textarea(attrs={"rows": rows, **attributes})
        if rows
        else forms.TextInput(attrs=attributes)
    )
    named.setdefault("max_length", LONGEST_TEXT if rows else 240)
    return forms.CharField(label=label, required=required, widget=widget, **named)


def refuse(
    form: forms.Form, problem: InputError | ValidationError, fields: Mapping[str, str] | None = None
) -> None:
    """Show a refusal at the field that it is about, or at the form where it is about none.

    `fields`: names of the fact's fields that have another name in the form.
    """
    names = fields or {}
    if isinstance(problem, ValidationError):
        for each in problem.errors():
            inner = each.get("ctx", {}).get("error")
            said = str(inner) if inner is not None else re.sub("^Value error, ", "", each["msg"])
            place = "_".join(str(part) for part in each["loc"])
            form.add_error(_known(form, names.get(place, place)), sentence(said))
        return
    place = problem.subject.rpartition(", ")[2].replace(" ", "_")
    field = _known(form, names.get(place, place))
    said = f"{problem.problem}. {problem.remedy}." if field else str(problem)
    form.add_error(field, sentence(said))


def fact_from(
    form: forms.Form, make: Callable[[], F], fields: Mapping[str, str] | None = None
) -> F | None:
    """What `make` puts together from the form's values, or None with the refusal on the form."""
    try:
        return make()
    except (ValidationError, InputError) as problem:
        refuse(form, problem, fields)
        return None


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
    """Record the form's fact; None with the refusal on the form, and then nothing is written."""
    if not form.is_valid():
        return None
    fact = fact_from(form, make, fields)
    if fact is None:
        return None
    try:
        name = form.cleaned_data["entry_id"]
        return record(who, patient, fact, action, reason=reason, entry_id=name)
    except InputError as problem:
        refuse(form, problem, fields)
        return None


def form_page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A page with a form: status 422 if what was sent is shown again with its errors."""
    form = context.get("form")
    wrong = isinstance(form, forms.BaseForm) and form.is_bound and not form.is_valid()
    return render(request, template, context, status=422 if wrong else 200)


def today() -> str:
    """The present day as a form's first value."""
    return clock.today().isoformat()


def _known(form: forms.Form, name: str) -> str | None:
    return name if name in form.fields else None


def sentence(text: str) -> str:
    """The text with a capital at its beginning and one full stop."""
    ended = text.strip() if text.strip().endswith((".", "!", "?")) else f"{text.strip()}."
    return ended[:1].upper() + ended[1:]
