"""The pages and answers of the planning bench; what they say is worked out beside them."""

from __future__ import annotations

from functools import cache, wraps
from typing import Any
from uuid import uuid4

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.bench import job
from euthymia.clinic.bench.answer import answer_bytes, answered
from euthymia.clinic.bench.asked import asked, asked_slices
from euthymia.clinic.bench.detail import detail_json, detailed
from euthymia.clinic.bench.heads import PatientsHead, head_of
from euthymia.clinic.bench.opened import OpenBench
from euthymia.clinic.bench.room import BenchRoom, Failed, Unprepared
from euthymia.clinic.bench.scene import coil_bytes, scene_bytes
from euthymia.clinic.bench.slices import sliced, slices_bytes
from euthymia.clinic.bench.wire import MEDIA_TYPE
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.core.store import Store


@cache
def room() -> BenchRoom:
    """The benches that are open in this process."""
    return BenchRoom(Store.default())


@require_GET
@needs(Action.USE_BENCH, of_patient=True)
def bench(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """The bench itself: a page that asks for everything else by itself."""
    chart = chart_of(patient).chart
    head = head_of(patient, chart)
    found = room().state(head.choice)
    context = {
        "patient": patient,
        "base_url": reverse("bench", args=[patient.pk]),
        "head_words": head.words,
        "slices_words": _("Tissue labels in shades of grey."),
        "ready": isinstance(found, OpenBench),
        "unprepared": isinstance(found, Unprepared) and job.standing(head.choice) is None,
        "may_prepare": can(Action.USE_BENCH, request.who, patient),
        "may_choose": can(Action.CHOOSE_PLACEMENT, request.who, patient),
        "output_pct": 60,
        "target": chart.plan_request.fact.target if chart.plan_request else "",
        "entry_id": uuid4(),
    }
    return render(request, "bench/bench.html", context)


@require_GET
@needs(Action.USE_BENCH, of_patient=True)
def state(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Whether the bench is open, and else what it waits for and how far that has come."""
    return JsonResponse(_state(_head(patient)))


def _state(head: PatientsHead) -> dict[str, Any]:
    found = room().state(head.choice)
    if isinstance(found, OpenBench):
        return {"state": "ready"}
    if isinstance(found, Failed):
        return {"state": "failed", "why": found.why}
    if not isinstance(found, Unprepared):
        return {"state": "opening"}
    running = job.standing(head.choice)
    if running is None:
        return {"state": "unprepared"}
    if running.failed:
        return {"state": "failed", "why": running.failed}
    return {"state": "preparing", "percent": running.percent}


@require_POST
@needs(Action.USE_BENCH, of_patient=True)
def prepare(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Start the job that prepares this head, and go back to the page that waits for it."""
    job.begin(_head(patient).choice)
    return redirect("bench", patient.pk)


def _head(patient: Patient) -> PatientsHead:
    return head_of(patient, chart_of(patient).chart)


def _on_open_bench(view: Any) -> Any:
    """The view gets the open bench of the patient's head; until it is open the answer is 409."""

    @wraps(view)
    def checked(request: ClinicRequest, patient: Patient, *args: Any, **named: Any) -> HttpResponse:
        found = room().state(_head(patient).choice)
        if isinstance(found, OpenBench):
            answer: HttpResponse = view(request, found, *args, **named)
            return answer
        why = found.why if isinstance(found, Failed) else _("The head is not ready yet.")
        return JsonResponse({"detail": why}, status=409)

    return checked


@require_GET
@needs(Action.USE_BENCH, of_patient=True)
@_on_open_bench
def scene(request: ClinicRequest, opened: OpenBench) -> HttpResponse:
    """The head to be drawn, and what can be chosen."""
    content = opened.once(("scene",), lambda: scene_bytes(opened, room().store))
    return HttpResponse(content, content_type=MEDIA_TYPE)


@require_GET
@needs(Action.USE_BENCH, of_patient=True)
@_on_open_bench
def coil(request: ClinicRequest, opened: OpenBench, coil_id: str) -> HttpResponse:
    """A coil to be drawn."""
    return HttpResponse(coil_bytes(opened.coil(coil_id)), content_type=MEDIA_TYPE)


@require_POST
@needs(Action.USE_BENCH, of_patient=True)
@_on_open_bench
def field(request: ClinicRequest, opened: OpenBench) -> HttpResponse:
    """The field for one place of the coil: what the hand asks for while it moves."""
    question = asked(request.body)
    answer = answered(question, opened)
    return HttpResponse(answer_bytes(answer, opened, question.number), content_type=MEDIA_TYPE)


@require_POST
@needs(Action.USE_BENCH, of_patient=True)
@_on_open_bench
def detail(request: ClinicRequest, opened: OpenBench) -> HttpResponse:
    """The interval of the field and its tolerance, when the hand rests."""
    answer = answered(asked(request.body), opened)
    return JsonResponse(detail_json(detailed(answer, opened)))


@require_POST
@needs(Action.USE_BENCH, of_patient=True)
@_on_open_bench
def slices(request: ClinicRequest, opened: OpenBench) -> HttpResponse:
    """Three slices through a point."""
    point = asked_slices(request.body).point_mm
    return HttpResponse(slices_bytes(sliced(opened, point), point), content_type=MEDIA_TYPE)
