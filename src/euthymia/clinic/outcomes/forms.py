"""Forms of outcomes: adverse events, the end of a course, and what was done after it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from euthymia.chart.follow_up_facts import EndReason
from euthymia.clinic import clock
from euthymia.clinic.records.entry_forms import EntryForm
from euthymia.clinic.ui.forms import day_field, text_field

CHANNELS = [
    ("phone", _("by telephone")),
    ("text_message", _("by text message")),
    ("email", _("by e-mail")),
    ("letter", _("by letter")),
    ("portal", _("on the patient's page")),
]
ABOUT = [
    ("questionnaire", _("about a questionnaire")),
    ("appointment", _("about an appointment")),
    ("follow_up", _("about a follow-up")),
    ("other", _("about something else")),
]


def _refuse_to_come(form: forms.Form, known: dict[str, Any], *names: str) -> None:
    for name in names:
        if known.get(name) and known[name] > clock.today():
            form.add_error(name, _("This day is still to come."))


class AdverseEventForm(EntryForm):
    """Something untoward, whether or not the treatment caused it."""

    event = text_field(_("What happened"), max_length=200)
    onset_on = day_field(_("Since when"))
    severity = forms.ChoiceField(
        label=_("How bad"),
        choices=[("mild", _("mild")), ("moderate", _("moderate")), ("severe", _("severe"))],
        widget=forms.RadioSelect,
    )
    serious = forms.BooleanField(
        label=_("It is serious"),
        required=False,
        help_text=_(
            "Death, danger to life, a stay in hospital, lasting harm, or otherwise medically "
            "important: a seizure always is."
        ),
    )
    related = forms.ChoiceField(
        label=_("Caused by the treatment?"),
        choices=[
            ("unknown", _("not known")),
            ("unrelated", _("no")),
            ("possible", _("possible")),
            ("probable", _("probable")),
            ("definite", _("definite")),
        ],
    )
    resolved_on = day_field(_("Over since"), required=False)
    action = text_field(_("What was done"), rows=3, required=False, max_length=1000)

    def clean(self) -> dict[str, Any]:
        """Refuse days that are still to come, and an end before the beginning."""
        known = super().clean() or {}
        _refuse_to_come(self, known, "onset_on", "resolved_on")
        onset, over = known.get("onset_on"), known.get("resolved_on")
        if onset and over and over < onset:
            self.add_error("resolved_on", _("It cannot be over before it began."))
        return known


class EndForm(EntryForm):
    """The end of a course."""

    ended_on = day_field(_("Last day"))
    why = forms.ChoiceField(
        label=_("Why it ends"),
        choices=[
            (EndReason.COMPLETED.value, _("all sessions were given")),
            (EndReason.REMISSION.value, _("remission")),
            (EndReason.NO_RESPONSE.value, _("no response")),
            (EndReason.SIDE_EFFECTS.value, _("side effects")),
            (EndReason.PATIENTS_WISH.value, _("the patient's wish")),
            (EndReason.OTHER.value, _("other: say which in the note")),
        ],
        widget=forms.RadioSelect,
    )
    note = text_field(_("Note"), required=False, max_length=1000)
    contacts = forms.BooleanField(
        label=_("Put the contacts of the next two years into the worklist"),
        required=False,
        initial=True,
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a day that is still to come, and another reason without its name."""
        known = super().clean() or {}
        _refuse_to_come(self, known, "ended_on")
        if known.get("why") == EndReason.OTHER.value and not known.get("note"):
            self.add_error("note", _("Say which reason it is."))
        return known


class ContactForm(EntryForm):
    """A contact that is to take place."""

    what = text_field(_("What is to be done"), max_length=200)
    due_on = day_field(_("When"))
    role = forms.ChoiceField(
        label=_("By whom"),
        choices=[
            ("coordinator", _("coordinator")),
            ("psychiatrist", _("psychiatrist")),
            ("operator", _("operator")),
            ("patient", _("the patient")),
        ],
    )

    def clean_due_on(self) -> date:
        """A day that has passed cannot be planned."""
        due_on: date = self.cleaned_data["due_on"]
        if due_on < clock.today():
            raise forms.ValidationError(_("This day has passed."))
        return due_on


class DoneForm(EntryForm):
    """A contact that has taken place."""

    done_on = day_field(_("When it took place"))
    result = text_field(_("What came of it"), rows=3, max_length=1000)

    def clean(self) -> dict[str, Any]:
        """Refuse a day that is still to come."""
        known = super().clean() or {}
        _refuse_to_come(self, known, "done_on")
        return known


class ReminderForm(EntryForm):
    """That a patient was reminded, and how."""

    channel = forms.ChoiceField(
        label=_("How the patient was reminded"),
        choices=CHANNELS,
    )
    about = forms.ChoiceField(
        label=_("About what"),
        choices=ABOUT,
    )
