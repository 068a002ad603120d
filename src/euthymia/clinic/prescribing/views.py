"""A patient's plans and prescriptions, from the wish to the signature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from euthymia.chart.chart import Chart, Recorded
from euthymia.chart.course_facts import PlanProposed, SignatureMeaning
from euthymia.chart.entries import Entry
from euthymia.chart.prescription_facts import PrescriptionWritten
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, Who, can
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.jobs.models import ACTIVE, Job
from euthymia.clinic.jobs.services import start
from euthymia.clinic.prescribing import services
from euthymia.clinic.prescribing.forms import PrescriptionForm, RequestForm, SignForm
from euthymia.clinic.prescribing.work import MAKE_PLAN
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Document, Patient
from euthymia.clinic.ui.forms import attempt, done, form_page, posted, proved
from euthymia.core.errors import InputError
from euthymia.core.findings import Severity


@dataclass(frozen=True, slots=True)
class PlanShown:
    """One proposed plan with what was said of it."""

    recorded: Recorded[PlanProposed]
    rows: list[tuple[str, str]]
    signatures: list[tuple[str, str, object]]
    approved: bool
    has_document: bool
    prescribed: bool

    @property
    def fact(self) -> PlanProposed:
        return self.recorded.fact


@dataclass(frozen=True, slots=True)
class PrescriptionShown:
    """One prescription with what was said of it."""

    fact: PrescriptionWritten
    written: object
    signatures: list[tuple[str, str, object]]
    stands: bool


@needs(Action.READ_CHART, of_patient=True)
def prescribing(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """The wish, the plans, the prescriptions, and what comes next."""
    chart = chart_of(patient).chart
    stored = set(Document.objects.filter(patient=patient).values_list("sha256", flat=True))
    context = {
        "patient": patient,
        "request_made": chart.plan_request,
        "threshold": chart.motor_threshold,
        "availability": chart.availability,
        "head": chart.head,
        "plans": _plans(chart, stored)[::-1],
        "prescriptions": _prescriptions(chart)[::-1],
        "job": Job.objects.filter(patient=patient, kind=MAKE_PLAN, state__in=ACTIVE).first(),
        "may_measure_head": can(Action.MEASURE_HEAD, request.who, patient),
        "may_measure_threshold": can(Action.MEASURE_THRESHOLD, request.who, patient),
        "may_set_hours": can(Action.SET_APPOINTMENTS, request.who, patient),
        "may_ask": can(Action.REQUEST_PLAN, request.who, patient),
        "may_make": can(Action.MAKE_PLAN, request.who, patient),
        "may_sign": can(Action.SIGN_PLAN, request.who, patient),
        "may_prescribe": can(Action.WRITE_PRESCRIPTION, request.who, patient),
    }
    return render(request, "prescribing/prescribing.html", context)


@needs(Action.REQUEST_PLAN, of_patient=True)
def ask(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Say what is to be planned."""
    chart = chart_of(patient).chart
    initial = {"start_on": clock.today(), **services.equipment_of(patient.site)}
    if chart.plan_request is not None:
        initial = chart.plan_request.fact.model_dump(exclude={"kind", "schema_version"})
        initial["start_on"] = max(chart.plan_request.fact.start_on, clock.today())
    form = RequestForm(posted(request), initial=initial)
    if done(form, lambda: services.ask_for_plan(request.who, patient, form.fact, form.id_of_entry)):
        messages.success(request, _("The wish is recorded. Now the plan can be made."))
        return redirect("prescribing", patient_id=patient.pk)
    return form_page(request, "prescribing/ask.html", {"patient": patient, "form": form})


@require_POST
@needs(Action.MAKE_PLAN, of_patient=True)
def make(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Start making the plan in the background."""
    if chart_of(patient).chart.plan_request is None:
        messages.error(request, _("Nothing is asked for yet: say what is to be planned first."))
        return redirect("prescribing", patient_id=patient.pk)
    job = start(request.who, MAKE_PLAN, patient)
    return redirect("job", job_id=job.pk)


@needs(Action.SIGN_PLAN, of_patient=True)
def sign_plan(request: ClinicRequest, patient: Patient, sha256: str) -> HttpResponse:
    """Approve, review or reject a plan, with the password again."""
    chart = chart_of(patient).chart
    proposed = services.plan_of_hash(chart, sha256)
    numbers = proposed.fact.numbers
    weigh = numbers.findings.get(Severity.ACKNOWLEDGE.label, 0) if numbers else 0
    form = SignForm(posted(request), to_acknowledge=weigh)
    if _signed(request, patient, form, services.sign_plan, sha256):
        return redirect("prescribing", patient_id=patient.pk)
    context = {
        "patient": patient,
        "form": form,
        "rows": services.summary(numbers),
        "sha256": sha256,
        "numbers": numbers,
        "weigh": weigh,
        "summary": proposed.fact.summary,
    }
    return form_page(request, "prescribing/sign.html", context)


@needs(Action.WRITE_PRESCRIPTION, of_patient=True)
def prescribe(request: ClinicRequest, patient: Patient, sha256: str) -> HttpResponse:
    """Write the prescription that an approved plan amounts to."""
    chart = chart_of(patient).chart
    services.plan_of_hash(chart, sha256)
    draft = services.draft_of(patient, sha256)
    if draft is None or not services.approved(chart, sha256):
        why = (
            _("This plan amounts to no prescription: look at its findings.")
            if draft is None
            else _("The plan is not approved yet.")
        )
        messages.error(request, why)
        return redirect("prescribing", patient_id=patient.pk)
    form = PrescriptionForm(posted(request), initial=PrescriptionForm.initial_of(draft))

    def write() -> PrescriptionWritten:
        placement = chart.placement
        fact = form.fact(draft, clock.today(), placement.id if placement else None)
        services.write_prescription(request.who, patient, fact, form.id_of_entry)
        return fact

    if (written := attempt(form, write)) is not None:
        return redirect("sign_prescription", patient_id=patient.pk, sha256=written.sha256)
    context = {"patient": patient, "form": form, "draft": draft}
    return form_page(request, "prescribing/prescribe.html", context)


@needs(Action.SIGN_PRESCRIPTION, of_patient=True)
def sign_prescription(request: ClinicRequest, patient: Patient, sha256: str) -> HttpResponse:
    """Sign a prescription; from then on sessions are given by it."""
    chart = chart_of(patient).chart
    written = next((p for p in chart.prescriptions if p.fact.sha256 == sha256), None)
    if written is None:
        raise InputError(
            "this prescription", "it does not stand in the chart", "Open the page again"
        )
    form = SignForm(posted(request))
    if _signed(request, patient, form, services.sign_prescription, sha256):
        return redirect("prescribing", patient_id=patient.pk)
    plan = written.fact.plan_sha256
    draft = services.draft_of(patient, plan) if plan else None
    context = {
        "patient": patient,
        "form": form,
        "fact": written.fact,
        "sha256": sha256,
        "changes": services.changes(draft, written.fact) if draft else [],
    }
    return form_page(request, "prescribing/sign_prescription.html", context)


def _signed(
    request: ClinicRequest,
    patient: Patient,
    form: SignForm,
    sign: Callable[[Who, Patient, str, SignatureMeaning, str], Entry],
    sha256: str,
) -> bool:
    """Whether what has that hash was signed, by the person whom the password proves."""
    if not (form.is_valid() and proved(request, form)):
        return False
    who, name = request.who, form.id_of_entry
    if not done(form, lambda: sign(who, patient, sha256, form.means, name)):
        return False
    messages.success(request, _("Your signature is recorded."))
    return True


def _plans(chart: Chart, stored: set[str]) -> list[PlanShown]:
    return [
        PlanShown(
            found,
            services.summary(found.fact.numbers),
            [
                (each.fact.meaning.value, each.entries[0].author.name, each.entries[0].at)
                for each in chart.signatures
                if each.fact.plan_sha256 == found.fact.plan_sha256
            ],
            services.approved(chart, found.fact.plan_sha256),
            found.fact.plan_sha256 in stored,
            any(each.fact.plan_sha256 == found.fact.plan_sha256 for each in chart.prescriptions),
        )
        for found in chart.plans
    ]


def _prescriptions(chart: Chart) -> list[PrescriptionShown]:
    standing = chart.standing_prescription
    return [
        PrescriptionShown(
            found.fact,
            found.entries[0],
            [
                (each.fact.meaning.value, each.entries[0].author.name, each.entries[0].at)
                for each in chart.prescription_signatures
                if each.fact.prescription_sha256 == found.fact.sha256
            ],
            standing is not None and standing.id == found.id,
        )
        for found in chart.prescriptions
    ]
