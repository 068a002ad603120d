"""The list of patients, a patient's chart at a glance, its entries and its files."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render

from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.records.access import patients_of
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.documents import content_of
from euthymia.clinic.records.glance import glance
from euthymia.clinic.records.models import Document, Patient, Way

PAGE = 25


@needs(Action.LIST_PATIENTS)
def patients(request: ClinicRequest) -> HttpResponse:
    """All patients of one's sites, searched by name, pseudonym or record number."""
    found = patients_of(request.who).select_related("identity", "overview", "site")
    asked = request.GET.get("q", "").strip()
    way = request.GET.get("way", "")
    if asked:
        found = found.filter(
            Q(pseudonym__icontains=asked)
            | Q(identity__family_name__istartswith=asked)
            | Q(identity__record_number__istartswith=asked)
        )
    if way in Way.values:
        found = found.filter(overview__way=way)
    page = Paginator(found.order_by("-overview__last_entry_at", "pk"), PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "q": asked,
        "way": way,
        "ways": Way.choices,
        "may_register": can(Action.REGISTER_PATIENT, request.who),
    }
    return render(request, "records/patients.html", context)


@needs(Action.READ_CHART, of_patient=True)
def chart(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """The chart at a glance: where the patient stands, and what comes next."""
    opened = chart_of(patient)
    return render(
        request,
        "records/chart.html",
        {
            "patient": patient,
            "chart": opened.chart,
            "glance": glance(request.who, patient, opened.chart, clock.now()),
            "recent": opened.entries[:-9:-1],
        },
    )


@needs(Action.READ_CHART, of_patient=True)
def entries(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Every entry of the chart, newest first, with author, time and reason."""
    page = Paginator(chart_of(patient).entries[::-1], 50).get_page(request.GET.get("page"))
    return render(request, "records/entries.html", {"patient": patient, "page": page})


@needs(Action.READ_CHART, of_patient=True)
def document(request: ClinicRequest, patient: Patient, digest: str) -> HttpResponse:
    """A stored file; only ever offered as a download or a PDF."""
    found = Document.objects.filter(patient=patient, sha256=digest).first()
    if found is None:
        raise Http404
    answer = HttpResponse(content_of(found), content_type=found.media_type)
    kind = "inline" if found.media_type == "application/pdf" else "attachment"
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in found.name)
    answer.headers["Content-Disposition"] = f'{kind}; filename="{safe}"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
