"""The page about a patient's mails, what is done there, and the two ways to stop them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.accounts.views import ClinicRequest, needs, public
from euthymia.clinic.jobs.services import start
from euthymia.clinic.portal.views import own
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.clinic.reminders import choice, planning, sending
from euthymia.clinic.reminders.letters import mail_of
from euthymia.clinic.reminders.models import Mail, State
from euthymia.clinic.reminders.occasions import agreed
from euthymia.clinic.reminders.work import SEND_REMINDERS

SHOWN = 20
AHEAD = timedelta(days=14)
"""So far ahead the page shows what the patient will be reminded of."""


@needs(Action.SEND_REMINDER, of_patient=True)
def reminders(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Whether the patient gets mails, what comes next, and what became of the last ones."""
    mails = list(
        Mail.objects.filter(patient=patient).select_related("asked_by").order_by("-made_at")[:SHOWN]
    )
    context = {
        "patient": patient,
        "mails": mails,
        "active": any(each.state in (State.WAITING, State.SENDING) for each in mails),
    }
    if "mails" in request.GET:
        return render(request, "reminders/mails.html", context)
    chart, zone = chart_of(patient).chart, ZoneInfo(patient.site.time_zone)
    until = clock.now() + AHEAD
    why_not = planning.why_not(patient, chart)
    context |= {
        "why_not": why_not,
        "mail": settings.PLACE.mail,
        "folder": settings.PLACE.mails,
        "agreed": agreed(chart),
        "address": planning.address_of(patient),
        "hours": patient.site.remind_hours,
        "may_consent": can(Action.RECORD_CONSENT, request.who, patient),
        "may_identify": can(Action.WRITE_IDENTITY, request.who, patient),
        "coming": [
            (each, each.at(zone))
            for each in planning.to_remind_of(patient, chart)
            if each.at(zone) <= until
        ],
        "asked_today": planning.asked_for(patient).key in planning.claimed_keys(patient),
    }
    return render(request, "reminders/reminders.html", context)


@needs(Action.SEND_REMINDER, of_patient=True)
@require_POST
def ask(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Send a reminder now; the job sends it, and the page does not wait."""
    about, reference = request.POST.get("about", ""), request.POST.get("reference", "")
    planning.ask_for(request.who, patient, about, reference)
    start(request.who, SEND_REMINDERS)
    messages.success(request, _("The reminder is on its way."))
    return redirect("reminders", patient_id=patient.pk)


@needs(Action.SEND_REMINDER, of_patient=True)
@require_POST
def retry(request: ClinicRequest, patient: Patient, mail_id: UUID) -> HttpResponse:
    """Send a mail again that did not go out, or perhaps did."""
    sending.retry(request.who, _mail(patient, mail_id))
    start(request.who, SEND_REMINDERS)
    messages.success(request, _("The reminder is on its way again."))
    return redirect("reminders", patient_id=patient.pk)


@needs(Action.SEND_REMINDER, of_patient=True)
@require_POST
def settle(request: ClinicRequest, patient: Patient, mail_id: UUID) -> HttpResponse:
    """Say that nothing more is to be done about a mail."""
    sending.settle(request.who, _mail(patient, mail_id))
    messages.success(request, _("It is settled. If you called the patient, record it, too."))
    return redirect("reminders", patient_id=patient.pk)


def _mail(patient: Patient, mail_id: UUID) -> Mail:
    found = Mail.objects.filter(pk=mail_id, patient=patient).first()
    if found is None:
        raise Http404
    found.patient = patient
    return found


@own(Action.STOP_REMINDERS)
@require_POST
def switch_off(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Have no more mails; from the own page."""
    choice.stop(request.who, patient)
    messages.success(request, _("You get no more reminders by e-mail."))
    return redirect("portal")


@public
@csrf_exempt
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Have no more mails; by the address in one of them, without logging in.

    Only a sent form stops them: programs that look into mails open every address. The token is the
    right, so no other is asked for, and a mail program may send the form by itself (RFC 8058).
    """
    mail = mail_of(token)
    if mail is None:
        return render(request, "reminders/stop.html", {"state": "unknown"}, status=404)
    if request.method != "POST":
        return render(request, "reminders/stop.html", {"state": "ask", "site": mail.patient.site})
    note = _("By the address in a reminder, without logging in.")
    choice.stop(choice.holder_of_mail(mail.patient), mail.patient, note)
    return render(request, "reminders/stop.html", {"state": "done", "site": mail.patient.site})
