"""Forms as every room uses them: their fields, where a refusal stands, and the page that answers.

A form that is refused is shown again with status 422, with what was typed, and with the refusal at
the field that it is about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from euthymia.clinic import clock
from euthymia.clinic.accounts.signing import NotFreshError, require_fresh
from euthymia.core.errors import EuthymiaError

T = TypeVar("T")
Choices = Iterable[tuple[Any, Any]]

LONGEST_TEXT = 20_000
"""No field of a form takes more letters."""

_YOUR_PASSWORD = gettext_lazy("Your password")
_NOT_KNOWN = gettext_lazy("not known")

# Fields ----------------------------------------------------------------------------------------


class DayInput(forms.DateInput):
    """A day, picked in the browser's own way; what was typed is shown again as it was typed."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """A time of the day, picked in the browser's own way."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """A day from a calendar."""
    return forms.DateField(label=label, required=required, help_text=help_text, widget=DayInput)


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


def password_field(label: Any = _YOUR_PASSWORD, **named: Any) -> forms.CharField:
    """The password with which one signs."""
    widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
    return forms.CharField(label=label, strip=False, widget=widget, **named)


def yes_no_field(label: Any, unknown: Any = _NOT_KNOWN) -> forms.ChoiceField:
    """Yes, no, or nothing that is known; `unknown` is how the last is called."""
    choices = [("", unknown), ("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))]
    return forms.ChoiceField(label=label, required=False, choices=choices)


YES_NO: Mapping[bool | None, str] = {True: "yes", False: "no", None: ""}
"""What such a field holds for each answer."""


def yes_or_no(text: str) -> bool | None:
    """The answer that such a field holds."""
    return {"yes": True, "no": False}.get(text)


def offer(form: forms.BaseForm, name: str, choices: Choices) -> None:
    """Let the field of that name be one, or some, of these choices."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


class OutputsField(forms.CharField):
    """Outputs of a stimulator in % MSO, one for each block of a protocol, parted by commas."""

    def to_python(self, value: Any) -> Any:
        """The numbers; refuses what no stimulator gives."""
        text = (super().to_python(value) or "").replace(";", ",")
        try:
            found = tuple(float(part) for part in text.split(",") if part.strip())
        except ValueError:
            raise forms.ValidationError(_("Write numbers, parted by commas.")) from None
        if not all(0 < each <= 100 for each in found):
            raise forms.ValidationError(_("Each output lies above 0 and up to 100 % MSO."))
        return found

    @staticmethod
    def text(outputs_pct_mso: Iterable[float]) -> str:
        """The outputs as one types them."""
        return ", ".join(f"{each:g}" for each in outputs_pct_mso)


# Sending and refusing --------------------------------------------------------------------------


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent; None if the form is only asked for. A form may be sent with nothing chosen."""
    return request.POST if request.method == "POST" else None


def refuse(
    form: forms.BaseForm,
    problem: EuthymiaError | ValidationError,
    fields: Mapping[str, str] | None = None,
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


def attempt(
    form: forms.BaseForm, do: Callable[[], T], fields: Mapping[str, str] | None = None
) -> T | None:
    """What a sent form leads to; None with the errors on the form if it cannot be."""
    if not form.is_valid():
        return None
    try:
        return do()
    except (ValidationError, EuthymiaError) as problem:
        refuse(form, problem, fields)
        return None


def done(
    form: forms.BaseForm, do: Callable[[], object], fields: Mapping[str, str] | None = None
) -> bool:
    """Whether what a sent form asks for was done; else its errors stand on it."""
    attempt(form, do, fields)
    return form.is_valid()


def proved(request: HttpRequest, form: forms.BaseForm, field: str = "password") -> bool:
    """Whether the password in a valid form proves that it is they who sign; else it says why."""
    try:
        require_fresh(request, form.cleaned_data[field])
    except NotFreshError as refused:
        form.add_error(field, sentence(f"{refused.problem}. {refused.remedy}"))
        return False
    return True


def form_page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A page with forms: status 422 if one of them is shown again with its errors."""
    sent = (each for each in context.values() if isinstance(each, forms.BaseForm) and each.is_bound)
    wrong = any(not each.is_valid() for each in sent)
    return render(request, template, context, status=422 if wrong else 200)


# Values and words ------------------------------------------------------------------------------


def today() -> str:
    """The present day as a form's first value."""
    return clock.today().isoformat()


def sentence(text: str) -> str:
    """The text with a capital at its beginning and one full stop."""
    ended = text.strip() if text.strip().endswith((".", "!", "?")) else f"{text.strip()}."
    return ended[:1].upper() + ended[1:]


def _known(form: forms.BaseForm, name: str) -> str | None:
    return name if name in form.fields else None
