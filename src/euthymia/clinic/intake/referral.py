"""Referral, consents and notes: what is around the treatment before it begins."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from euthymia.chart.intake_facts import (
    ConsentAbout,
    ConsentDecision,
    ConsentRecorded,
    NoteTopic,
    NoteWritten,
    ReferralReceived,
)
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.entry_forms import EntryForm, recorded
from euthymia.clinic.records.identity_log import FIELDS, Why, change
from euthymia.clinic.records.identity_words import log_table
from euthymia.clinic.records.models import Identity, Patient
from euthymia.clinic.ui.forms import day_field, form_page, posted, text_field, today

URGENCY = {
    "routine": lazy("routine"),
    "soon": lazy("soon"),
    "urgent": lazy("urgent"),
}
ABOUT = {
    ConsentAbout.TREATMENT: lazy("treatment with TMS"),
    ConsentAbout.RESEARCH_REGISTRY: lazy("research registry"),
    ConsentAbout.IMAGES: lazy("keeping and using images"),
    ConsentAbout.REMINDERS_BY_EMAIL: lazy("reminders by e-mail"),
}
DECISION = {
    ConsentDecision.GIVEN: lazy("given"),
    ConsentDecision.WITHHELD: lazy("withheld"),
    ConsentDecision.WITHDRAWN: lazy("withdrawn"),
}
DECIDED_BY = {
    "patient": lazy("the patient"),
    "representative": lazy("who decides for the patient by law"),
}
TOPIC = {
    NoteTopic.INTAKE: lazy("intake"),
    NoteTopic.SUITABILITY: lazy("suitability"),
    NoteTopic.PLAN: lazy("plan"),
    NoteTopic.SESSION: lazy("session"),
    NoteTopic.OUTCOME: lazy("outcome"),
    NoteTopic.SAFETY: lazy("safety"),
    NoteTopic.COORDINATION: lazy("coordination"),
    NoteTopic.OTHER: lazy("other"),
}
SHOWN_NOTES = 20


class ReferralFields(forms.Form):
    """The part of a form that holds a referral."""

    NAMES: ClassVar = {"note": "referral_note"}

    referred_by = text_field(lazy("Referred by"), help_text=lazy("Clinician or practice, by name."))
    received_on = day_field(lazy("Received on"))
    urgency = forms.ChoiceField(
        label=lazy("Urgency"), choices=list(URGENCY.items()), widget=forms.RadioSelect,
        initial="routine",
    )  # fmt: skip
    question = text_field(
        lazy("What is asked"),
        rows=3,
        help_text=lazy("In the words of the referral, without the patient's name."),
    )
    referral_note = text_field(lazy("Note on the referral"), rows=2, required=False)

    def referral(self) -> ReferralReceived:
        """The referral as a fact."""
        given = self.cleaned_data
        return ReferralReceived(
            received_on=given["received_on"],
            referred_by=given["referred_by"],
            question=given["question"],
            urgency=given["urgency"],
            note=given["referral_note"],
        )


class ReferralForm(ReferralFields, EntryForm):
    """A referral of a patient who is registered already."""


class ConsentForm(EntryForm):
    """What the patient decided about one thing."""

    about = forms.ChoiceField(
        label=lazy("About"), choices=[(e.value, w) for e, w in ABOUT.items()],
        widget=forms.RadioSelect,
    )  # fmt: skip
    decision = forms.ChoiceField(
        label=lazy("Decision"), choices=[(e.value, w) for e, w in DECISION.items()],
        widget=forms.RadioSelect,
    )  # fmt: skip
    decided_on = day_field(lazy("Decided on"))
    version = text_field(
        lazy("Version of the text that was explained"),
        help_text=lazy("As it stands on the form, such as 2026-03."),
    )
    decided_by = forms.ChoiceField(label=lazy("Decided by"), choices=list(DECIDED_BY.items()))
    note = text_field(lazy("Note"), rows=2, required=False)

    def fact(self) -> ConsentRecorded:
        given = self.cleaned_data
        return ConsentRecorded(
            about=ConsentAbout(given["about"]),
            decision=ConsentDecision(given["decision"]),
            decided_on=given["decided_on"],
            version=given["version"],
            decided_by=cast(Literal["patient", "representative"], given["decided_by"]),
            note=given["note"],
        )


class NoteForm(EntryForm):
    """A note in free words."""

    topic = forms.ChoiceField(label=lazy("About"), choices=[(e.value, w) for e, w in TOPIC.items()])
    text = text_field(lazy("Note"), rows=5)

    def fact(self) -> NoteWritten:
        given = self.cleaned_data
        return NoteWritten(topic=NoteTopic(given["topic"]), text=given["text"])


class IdentityForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who the patient is, and why that is changed."""

    why = forms.ChoiceField(
        label=lazy("Why it is changed"),
        choices=[("", "---"), *Why.choices],
        help_text=lazy("The log keeps this, who changed it and which fields; never the values."),
    )

    class Meta:
        model = Identity
        fields = FIELDS
        labels: ClassVar = {"emergency_contact": lazy("Whom to call in an emergency")}


@needs(Action.READ_CHART, of_patient=True)
def intake(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Referral, registered facts, consents and notes of a patient."""
    chart = chart_of(patient).chart
    held = {about: chart.consent(about) for about in ConsentAbout}
    identity = getattr(patient, "identity", None)
    who = request.who
    return render(
        request,
        "intake/intake.html",
        {
            "patient": patient,
            "registered": chart.patient,
            "age": _age(chart.patient.fact.age_range(date.fromisoformat(today()))),
            "referrals": [(each, URGENCY[each.fact.urgency]) for each in chart.referrals[::-1]],
            "consents": [
                (about.value, ABOUT[about], each, DECISION[each.fact.decision] if each else "")
                for about, each in held.items()
            ],
            "notes": [
                (each, TOPIC[each.fact.topic]) for each in chart.notes[: -SHOWN_NOTES - 1 : -1]
            ],
            "more_notes": max(0, len(chart.notes) - SHOWN_NOTES),
            "identity": identity if can(Action.READ_IDENTITY, who, patient) else None,
            "may_identify": can(Action.WRITE_IDENTITY, who, patient),
            "may_refer": can(Action.RECORD_REFERRAL, who, patient),
            "may_consent": can(Action.RECORD_CONSENT, who, patient),
            "may_note": can(Action.WRITE_NOTE, who, patient),
            "may_amend": can(Action.AMEND, who, patient),
        },
    )


@needs(Action.RECORD_REFERRAL, of_patient=True)
def referral(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Record a referral."""
    form = ReferralForm(posted(request), initial={"received_on": today()})
    if recorded(
        form, request.who, patient, form.referral, Action.RECORD_REFERRAL, fields=form.NAMES
    ):
        messages.success(request, _("The referral is recorded."))
        return redirect("intake", patient_id=patient.pk)
    return _page(request, patient, form, _("Record a referral"))


@needs(Action.RECORD_CONSENT, of_patient=True)
def consent(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Record what the patient decided about treatment, registry, images or reminders."""
    first = {"decided_on": today(), "about": request.GET.get("about", "")}
    form = ConsentForm(posted(request), initial=first)
    if recorded(form, request.who, patient, form.fact, Action.RECORD_CONSENT):
        messages.success(request, _("The decision is recorded."))
        return redirect("intake", patient_id=patient.pk)
    return _page(request, patient, form, _("Record a consent"))


@needs(Action.WRITE_NOTE, of_patient=True)
def note(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Write a note."""
    asked = request.GET.get("topic", "")
    first = {"topic": asked if asked in {each.value for each in NoteTopic} else "intake"}
    form = NoteForm(posted(request), initial=first)
    if recorded(form, request.who, patient, form.fact, Action.WRITE_NOTE):
        messages.success(request, _("The note is written."))
        return redirect("intake", patient_id=patient.pk)
    return _page(request, patient, form, _("Write a note"))


@needs(Action.WRITE_IDENTITY, of_patient=True)
def identity(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Change who the patient is; the chart holds none of it."""
    known = Identity.objects.filter(patient=patient).first() or Identity(patient=patient)
    form = IdentityForm(posted(request), instance=known)
    if request.method == "POST" and form.is_valid():
        why = Why(form.cleaned_data["why"])
        changed = change(request.who, patient, form.save(commit=False), why)
        said = _("The identity is changed.") if changed else _("It was like that already.")
        messages.success(request, said)
        return redirect("intake", patient_id=patient.pk)
    return _page(request, patient, form, _("Change the identity"), log=log_table(patient))


def _page(
    request: ClinicRequest, patient: Patient, form: Any, heading: str, **more: Any
) -> HttpResponse:
    context = {"patient": patient, "form": form, "heading": heading, "back": "intake", **more}
    return form_page(request, "intake/entry_form.html", context)


def _age(ages: tuple[int, int]) -> str:
    youngest, oldest = ages
    return f"{youngest}" if youngest == oldest else f"{youngest} to {oldest}"
