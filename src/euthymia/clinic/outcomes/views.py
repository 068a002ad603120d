"""A patient's outcomes: where they stand, what may come, what the rules suggest, what is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from euthymia.chart.follow_up_facts import EndReason
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.outcomes import services
from euthymia.clinic.outcomes.forms import (
    AdverseEventForm,
    ContactForm,
    DoneForm,
    EndForm,
    ReminderForm,
)
from euthymia.clinic.outcomes.shown import forecast_rows, reminder_lines, scale_table
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.entry_forms import EntryForm
from euthymia.clinic.records.models import Patient
from euthymia.clinic.ui.forms import done, form_page, posted
from euthymia.report.figures.trajectory import draw


@needs(Action.READ_CHART, of_patient=True)
def outcomes(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """The course in pictures and numbers, the forecast beside the base rate, and the advice."""
    chart = chart_of(patient).chart
    day = clock.today()
    found = services.outlook_of(chart, day)
    foresees = can(Action.READ_FORECAST, request.who, patient)
    context = {
        "patient": patient,
        "chart": chart,
        "found": found,
        "picture": draw(found) if found.main is not None and foresees else "",
        "scales": scale_table(found),
        "foresees": foresees,
        "forecast": forecast_rows(found) if foresees else (),
        "events": chart.adverse_events[::-1],
        "ends": chart.courses_ended,
        "contacts": chart.follow_ups,
        "reminders": reminder_lines(chart),
        "today": day,
        "may_record_event": can(Action.RECORD_ADVERSE_EVENT, request.who, patient),
        "may_end": can(Action.END_COURSE, request.who, patient) and bool(chart.sessions),
        "may_set": can(Action.SET_FOLLOW_UP, request.who, patient),
        "may_remind": can(Action.SEND_REMINDER, request.who, patient),
        "may_do": can(Action.DO_FOLLOW_UP, request.who, patient),
    }
    return render(request, "outcomes/outcomes.html", context)


@needs(Action.RECORD_ADVERSE_EVENT, of_patient=True)
def adverse_event(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Record an adverse event."""
    form = AdverseEventForm(posted(request), initial={"onset_on": clock.today()})
    return _recorded(
        request,
        patient,
        form,
        lambda: services.record_event(request.who, patient, form.cleaned_data, form.id_of_entry),
        (_("Record an adverse event"), _("Record it"), _("The event is recorded.")),
    )


@needs(Action.END_COURSE, of_patient=True)
def end_course(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """End the course, and plan the time after it."""
    sessions = chart_of(patient).chart.sessions
    last = sessions[-1].fact.started_at.date() if sessions else clock.today()
    form = EndForm(posted(request), initial={"ended_on": last})
    return _recorded(
        request,
        patient,
        form,
        lambda: services.end_course(
            request.who,
            patient,
            form.cleaned_data["ended_on"],
            EndReason(form.cleaned_data["why"]),
            form.cleaned_data["note"],
            contacts=form.cleaned_data["contacts"],
            entry_id=form.id_of_entry,
        ),
        (_("End the course"), _("End it"), _("The course has ended; its contacts are planned.")),
    )


@needs(Action.SET_FOLLOW_UP, of_patient=True)
def contact(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Put a contact into the worklist."""
    form = ContactForm(posted(request))
    return _recorded(
        request,
        patient,
        form,
        lambda: services.set_contact(request.who, patient, form.cleaned_data, form.id_of_entry),
        (_("Plan a follow-up"), _("Put it into the worklist"), _("It is in the worklist.")),
    )


@needs(Action.DO_FOLLOW_UP, of_patient=True)
def contact_done(request: ClinicRequest, patient: Patient, contact_id: UUID) -> HttpResponse:
    """Record that a contact took place."""
    form = DoneForm(posted(request), initial={"done_on": clock.today()})
    return _recorded(
        request,
        patient,
        form,
        lambda: services.contact_done(
            request.who,
            patient,
            str(contact_id),
            form.cleaned_data["done_on"],
            form.cleaned_data["result"],
            form.id_of_entry,
        ),
        (_("The follow-up took place"), _("Record it"), _("The follow-up is recorded.")),
    )


@needs(Action.DO_FOLLOW_UP, of_patient=True)
def reminder(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Record that the patient was reminded."""
    form = ReminderForm(posted(request))
    return _recorded(
        request,
        patient,
        form,
        lambda: services.reminded(
            request.who,
            patient,
            form.cleaned_data["channel"],
            form.cleaned_data["about"],
            form.id_of_entry,
        ),
        (
            _("Record a reminder"),
            _("Record it"),
            _("It is recorded that the patient was reminded. Nothing was sent."),
        ),
        _(
            "This page sends nothing. Remind the patient yourself, then record here that you "
            "did. E-mails that the clinic sends by itself are recorded without it."
        ),
    )


def _recorded(
    request: ClinicRequest,
    patient: Patient,
    form: EntryForm,
    do: Callable[[], Any],
    words: tuple[str, str, str],
    lead: str = "",
) -> HttpResponse:
    """Show the form under its lead, or do what it says; a refusal stands in the form."""
    heading, submit, said = words
    if done(form, do):
        messages.success(request, said)
        return redirect("outcomes", patient_id=patient.pk)
    context = {
        "patient": patient,
        "form": form,
        "heading": heading,
        "submit": submit,
        "lead": lead,
    }
    return form_page(request, "outcomes/form.html", context)
