"""The pages and answers of the planning bench; what they say is worked out beside them.

What works on an open bench is imported by the views that have one: by then the room has it.
"""

# ruff: noqa: PLC0415 - the engine is imported once a bench is open

from __future__ import annotations

from functools import cache, wraps
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.bench.heads import PatientsHead, begin_preparing, head_of, preparation_of
from euthymia.clinic.bench.room import BenchRoom, Failed, Opening, Unprepared
from euthymia.clinic.bench.rules import bench_rules
from euthymia.clinic.bench.wire import MEDIA_TYPE
from euthymia.clinic.jobs.models import State
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import record
from euthymia.core.store import Store

if TYPE_CHECKING:
    from euthymia.clinic.bench.opened import OpenBench


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
    threshold, asked_for = chart.motor_threshold, chart.plan_request
    usual = bench_rules().output.usual_pct_mso
    context = {
        "patient": patient,
        "base_url": reverse("bench", kwargs={"patient_id": patient.pk}),
        "head": head,
        "waiting": _state(head),
        "may_choose": can(Action.CHOOSE_PLACEMENT, request.who, patient),
        "output_pct": threshold.fact.intensity_pct_mso if threshold else usual,
        "target": asked_for.fact.target if asked_for else "",
        "coil": asked_for.fact.coil if asked_for else "",
        "has_chosen": chart.placement is not None and chart.placement.fact.pose is not None,
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
    if isinstance(found, Failed):
        return {"state": "failed", "why": found.why}
    if isinstance(found, Opening):
        return {"state": "opening"}
    if not isinstance(found, Unprepared):
        return {"state": "ready"}
    job = preparation_of(head)
    if job is not None and job.is_active:
        return {"state": "preparing", "percent": job.percent}
    if job is not None and job.state == State.FAILED:
        return {"state": "unprepared", "why": job.error}
    return {"state": "unprepared"}


@require_POST
@needs(Action.USE_BENCH, of_patient=True)
def prepare(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Start the job that prepares this head, and go back to the page that waits for it."""
    begin_preparing(request.who, patient, _head(patient))
    return redirect("bench", patient_id=patient.pk)


def _head(patient: Patient) -> PatientsHead:
    return head_of(patient, chart_of(patient).chart)


def _on_open_bench(view: Any) -> Any:
    """The view gets the open bench of the patient's head; until it is open the answer is 409."""

    @wraps(view)
    def checked(request: ClinicRequest, patient: Patient, *args: Any, **named: Any) -> HttpResponse:
        found = room().state(_head(patient).choice)
        if isinstance(found, Failed):
            return JsonResponse({"detail": found.why}, status=409)
        if isinstance(found, Opening | Unprepared):
            return JsonResponse({"detail": _("The head is not ready yet.")}, status=409)
        answer: HttpResponse = view(request, patient, found, *args, **named)
        return answer

    return checked


@require_GET
@needs(Action.USE_BENCH, of_patient=True)
@_on_open_bench
def scene(request: ClinicRequest, patient: Patient, opened: OpenBench) -> HttpResponse:
    """The head to be drawn, and what can be chosen."""
    from euthymia.clinic.bench.scene import scene_bytes

    content = opened.once(("scene",), lambda: scene_bytes(opened, room().store))
    return HttpResponse(content, content_type=MEDIA_TYPE)


@require_GET
@needs(Action.USE_BENCH, of_patient=True)
@_on_open_bench
def coil(request: ClinicRequest, patient: Patient, opened: OpenBench, coil_id: str) -> HttpResponse:
    """A coil to be drawn."""
    from euthymia.clinic.bench.scene import coil_bytes

    return HttpResponse(coil_bytes(opened.coil(coil_id)), content_type=MEDIA_TYPE)


@require_POST
@needs(Action.USE_BENCH, of_patient=True)
@_on_open_bench
def field(request: ClinicRequest, patient: Patient, opened: OpenBench) -> HttpResponse:
    """The field for one place of the coil: what the hand asks for while it moves."""
    from euthymia.clinic.bench.answer import answer_bytes, answered
    from euthymia.clinic.bench.asked import asked
    from euthymia.clinic.bench.choosing import chosen_pose

    question = asked(request.body)
    placement = chart_of(patient).chart.placement
    in_chart = chosen_pose(placement.fact if placement else None, opened.head.id)
    answer = answered(question, opened, in_chart)
    return HttpResponse(answer_bytes(answer, opened, question.number), content_type=MEDIA_TYPE)


@require_POST
@needs(Action.USE_BENCH, of_patient=True)
@_on_open_bench
def detail(request: ClinicRequest, patient: Patient, opened: OpenBench) -> HttpResponse:
    """The interval of the field and its tolerance, when the hand rests."""
    from euthymia.clinic.bench.answer import answered
    from euthymia.clinic.bench.asked import asked
    from euthymia.clinic.bench.detail import detail_json, detailed

    answer = answered(asked(request.body), opened)
    return JsonResponse(detail_json(detailed(answer, opened)))


@require_POST
@needs(Action.USE_BENCH, of_patient=True)
@_on_open_bench
def slices(request: ClinicRequest, patient: Patient, opened: OpenBench) -> HttpResponse:
    """Three slices through a point."""
    from euthymia.clinic.bench.asked import asked_slices
    from euthymia.clinic.bench.slices import sliced, slices_bytes

    point = asked_slices(request.body).point_mm
    return HttpResponse(slices_bytes(sliced(opened, point), point), content_type=MEDIA_TYPE)


@require_POST
@needs(Action.CHOOSE_PLACEMENT, of_patient=True)
@_on_open_bench
def choose(request: ClinicRequest, patient: Patient, opened: OpenBench) -> HttpResponse:
    """Write the placement into the chart; its numbers are worked out again from the question."""
    from euthymia.clinic.bench.answer import answered
    from euthymia.clinic.bench.asked import asked
    from euthymia.clinic.bench.choosing import chosen_placement
    from euthymia.clinic.bench.detail import detailed

    answer = answered(asked(request.POST.get("question", "").encode()), opened)
    fact = chosen_placement(
        answer, detailed(answer, opened), opened, clock.today(), request.POST.get("note", "")
    )
    entry_id = request.POST.get("entry_id", "")
    record(request.who, patient, fact, Action.CHOOSE_PLACEMENT, entry_id=entry_id)
    messages.success(request, _("The placement stands in the chart."))
    return redirect("bench", patient_id=patient.pk)
