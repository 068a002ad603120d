"""A patient's head, from the tape or the MRI to the model that plans are made on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.heads import services
from euthymia.clinic.heads.forms import ImageForm, TapeForm
from euthymia.clinic.heads.work import BUILD_HEAD
from euthymia.clinic.jobs.models import ACTIVE, Job
from euthymia.clinic.jobs.services import start
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.entry_forms import recorded
from euthymia.clinic.records.models import Patient
from euthymia.clinic.ui.forms import form_page, posted
from euthymia.core.errors import EuthymiaError


@needs(Action.READ_CHART, of_patient=True)
def head(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """What is known of the head, and what can be done about it."""
    chart = chart_of(patient).chart
    context = {
        "patient": patient,
        "state": services.state_of(patient, chart),
        "images": chart.images[::-1],
        "job": Job.objects.filter(patient=patient, kind=BUILD_HEAD, state__in=ACTIVE).first(),
        "may_measure": can(Action.MEASURE_HEAD, request.who, patient),
        "may_build": can(Action.BUILD_HEAD, request.who, patient),
        "may_bench": can(Action.USE_BENCH, request.who, patient),
    }
    return render(request, "heads/head.html", context)


@needs(Action.MEASURE_HEAD, of_patient=True)
def tape(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Record three measures with the tape; they replace what was measured before."""
    known = chart_of(patient).chart.head
    first: dict[str, object] = {"measured_on": clock.today()}
    if known is not None:
        first |= {name: getattr(known.fact, name) for name in TapeForm.FIELDS.values()}
    form = TapeForm(posted(request), initial=first)
    if recorded(form, request.who, patient, form.fact, Action.MEASURE_HEAD, fields=form.FIELDS):
        messages.success(request, _("The measurements are recorded."))
        return redirect("head", patient_id=patient.pk)
    return form_page(request, "heads/tape.html", {"patient": patient, "form": form})


@needs(Action.MEASURE_HEAD, of_patient=True)
def image(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Attach an MRI."""
    form = ImageForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            known = form.cleaned_data
            services.attach(
                request.who, patient, known["image"], known["acquired_on"], form.id_of_entry
            )
        except EuthymiaError as refusal:
            form.add_error("image", str(refusal))
        else:
            messages.success(request, _("The image is attached. Now the head can be built."))
            return redirect("head", patient_id=patient.pk)
    return form_page(request, "heads/image.html", {"patient": patient, "form": form})


@require_POST
@needs(Action.BUILD_HEAD, of_patient=True)
def build(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Start building the head in the background."""
    if services.image_of(patient, chart_of(patient).chart) is None:
        messages.error(request, _("No image is attached yet."))
        return redirect("head", patient_id=patient.pk)
    return redirect("job", job_id=start(request.who, BUILD_HEAD, patient).pk)
