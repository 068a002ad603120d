"""Before a session: what is prescribed, the questions of the day, deviations, broken sessions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from euthymia.chart.chart import Chart
from euthymia.chart.prescription_facts import DeviationSigned
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.agenda.places import chairs_of
from euthymia.clinic.chair import devices, sessions
from euthymia.clinic.chair.forms import CloseForm, DeviationForm, PrepareForm
from euthymia.clinic.chair.models import Console
from euthymia.clinic.chair.readiness import SIGNABLE, Readiness
from euthymia.clinic.chair.summary import prescription_facts, threshold_facts
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.entry_forms import recorded
from euthymia.clinic.records.models import Patient
from euthymia.clinic.ui.forms import attempt, done, form_page, posted, proved
from euthymia.core.findings import Finding, Severity
from euthymia.treat.session.journal import Journal
from euthymia.treat.session.plan import session_plan, summarise


@needs(Action.RUN_SESSION, of_patient=True)
def prepare(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Everything that must be in order before the session; begins it."""
    if sessions.console_of(patient) is not None:
        return redirect("session_run", patient_id=patient.pk)
    chart = chart_of(patient).chart
    if sessions.broken_session(chart) is not None:
        return redirect("session_recover", patient_id=patient.pk)
    device = request.POST.get("device", devices.SIMULATED)
    standing = sessions.ready(patient, device)
    form = _prepare_form(request, patient, chart, standing)
    findings: tuple[Finding, ...] = standing.findings
    checked = False
    if request.method == "POST" and form.is_valid():
        findings = standing.judged(form.answers())
        form.ask_acknowledgement(findings)
        checked = True
        if request.POST.get("do") == "begin":
            # The fields for acknowledgements came just now; what was sent is read once more.
            form.full_clean()
            if form.require_all() and done(
                form, lambda: sessions.begin(request.who, patient, form.order())
            ):
                return redirect("session_run", patient_id=patient.pk)
    return form_page(
        request,
        "chair/prepare.html",
        {
            **_shown(request, patient, chart, standing),
            "form": form,
            "findings": findings,
            "checked": checked,
            "stopped": any(each.severity is Severity.STOP for each in findings),
            "unsigned": [
                each
                for each in findings
                if each.code in SIGNABLE and each.severity >= Severity.ACKNOWLEDGE
            ],
        },
    )


def _prepare_form(
    request: ClinicRequest, patient: Patient, chart: Chart, standing: Readiness
) -> PrepareForm:
    synthetic = settings.PLACE.example and patient.synthetic
    posed = standing.inputs is not None and standing.inputs.pose is not None
    chairs = _chairs(patient, chart)
    return PrepareForm(
        posted(request),
        questions=standing.day.questions,
        devices=devices.turned_on(),
        chairs=chairs,
        hurried=synthetic,
        navigated=synthetic and posed,
        initial={"chair": chairs[0], "device": devices.SIMULATED},
    )


def _chairs(patient: Patient, chart: Chart) -> tuple[str, ...]:
    """The chair of today's appointment, then the others of the site."""
    today = clock.today()
    booked = [each.chair for each in chart.appointments if each.day == today and each.stands]
    return tuple(dict.fromkeys((*booked, *chairs_of(patient.site))))


def _shown(
    request: ClinicRequest, patient: Patient, chart: Chart, standing: Readiness
) -> dict[str, Any]:
    inputs = standing.inputs
    return {
        "patient": patient,
        "number": standing.number,
        "standing": standing,
        "prescription": prescription_facts(chart, standing),
        "threshold": threshold_facts(chart, clock.today()),
        "plan": summarise(session_plan(inputs.prescription)).text if inputs else "",
        "may_sign": can(Action.SIGN_PRESCRIPTION, request.who, patient),
        "may_measure": can(Action.MEASURE_THRESHOLD, request.who, patient),
    }


@needs(Action.SIGN_PRESCRIPTION, of_patient=True)
def deviation(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """A psychiatrist signs that today's session is given otherwise than prescribed."""
    chart = chart_of(patient).chart
    standing = sessions.ready(patient)
    prescribed = standing.prescribed.fact if standing.prescribed else None
    against = [
        each
        for each in standing.findings
        if each.code in SIGNABLE and each.severity >= Severity.ACKNOWLEDGE
    ]
    form = DeviationForm(posted(request), prescribed=prescribed, against=against)

    def fact() -> DeviationSigned:
        given = form.cleaned_data
        return DeviationSigned(
            session=standing.number,
            on=standing.on,
            prescription_sha256=prescribed.sha256 if prescribed else None,
            protocol=given["protocol"],
            protocol_json=form.protocol_json(),
            outputs_pct_mso=given["outputs"],
            allows=tuple(given.get("allows", ())),
            reason=given["reason"],
        )

    proven = form.is_valid() and proved(request, form)
    if proven and recorded(form, request.who, patient, fact, Action.SIGN_PRESCRIPTION):
        messages.success(request, _("The deviation is signed, for today's session only."))
        return redirect("session_prepare", patient_id=patient.pk)
    context = {**_shown(request, patient, chart, standing), "form": form}
    return form_page(request, "chair/deviation.html", context)


@needs(Action.RUN_SESSION, of_patient=True)
def recover(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """A session that broke off: take it up, or close it with the reason."""
    if sessions.console_of(patient) is not None:
        return redirect("session_run", patient_id=patient.pk)
    chart = chart_of(patient).chart
    journal = sessions.broken_session(chart)
    if journal is None:
        return redirect("chair", patient_id=patient.pk)
    findings = (*sessions.readiness_of_open(chart, journal), *sessions.late_findings(journal))
    closing = request.POST.get("do") == "close"
    form = _recover_form(None if closing else posted(request), patient, chart, findings)
    close_form = CloseForm(request.POST if closing else None)
    if _closed(request, patient, close_form):
        return redirect("session", patient_id=patient.pk, number=journal.session)
    whole = form.is_valid() and form.require_all()
    if whole and done(form, lambda: sessions.take_up(request.who, patient, form.order())):
        return redirect("session_run", patient_id=patient.pk)
    context = {
        "patient": patient,
        "journal": journal,
        "why": _why(patient, journal),
        "form": form,
        "close_form": close_form,
        "findings": findings,
        "dangling": journal.dangling,
    }
    return form_page(request, "chair/recover.html", context)


def _closed(request: ClinicRequest, patient: Patient, form: CloseForm) -> bool:
    closed = attempt(
        form, lambda: sessions.close(request.who, patient, form.cleaned_data["reason"])
    )
    if closed is None:
        return False
    for finding in closed[1]:
        messages.warning(request, finding.message)
    messages.success(request, _("The session is closed as it stands."))
    return True


def _recover_form(
    data: Any, patient: Patient, chart: Chart, findings: tuple[Finding, ...]
) -> PrepareForm:
    synthetic = settings.PLACE.example and patient.synthetic
    last = Console.objects.filter(patient=patient).order_by("-begun_at").first()
    chairs = _chairs(patient, chart)
    form = PrepareForm(
        data,
        questions=(),
        devices=devices.turned_on(),
        chairs=chairs,
        hurried=synthetic,
        initial={
            "chair": last.chair if last else chairs[0],
            "device": last.device if last else devices.SIMULATED,
        },
    )
    form.ask_acknowledgement(findings)
    return form


def _why(patient: Patient, journal: Journal) -> str:
    """Why the session stands open, as far as anything is known of it."""
    last = Console.objects.filter(patient=patient).order_by("-begun_at").first()
    if last is not None and last.ended_at is not None and last.session == journal.session:
        return last.reason
    if journal.interruptions and journal.dangling is None:
        return journal.interruptions[-1].reason
    return _("The server stopped in the middle of it, without closing the session.")
