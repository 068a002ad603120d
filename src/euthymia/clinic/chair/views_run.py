"""The console: what the session does now, and the ways to stop it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from euthymia.clinic import clock
from euthymia.clinic.accounts.models import User
from euthymia.clinic.accounts.policy import Action, can, check
from euthymia.clinic.accounts.views import ClinicRequest, needs, public
from euthymia.clinic.chair.engine import wishes
from euthymia.clinic.chair.engine.running import run_of, state_of
from euthymia.clinic.chair.live import timeline_svg, timeline_words, words
from euthymia.clinic.chair.models import Console, Wish
from euthymia.clinic.chair.sessions import is_lost
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient


@needs(Action.STOP_SESSION, of_patient=True)
def console(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """The session that runs now; leads on to what comes next where none does."""
    found = Console.objects.filter(patient=patient).order_by("-begun_at").first()
    if found is None:
        return redirect("session_prepare", patient_id=patient.pk)
    if is_lost(found):
        return redirect("session_recover", patient_id=patient.pk)
    if found.ended_at is not None:
        return _after_end(found, patient)
    live = state_of(found)
    return render(
        request,
        "chair/run.html",
        {
            "patient": patient,
            "console": found,
            "words": words(live, found),
            "phase": live.get("phase", "opening"),
            "wished": live.get("wished", False),
            "sentences": live.get("sentences", ()),
            "trains": timeline_svg(live.get("marks", "")),
            "trains_words": timeline_words(live.get("marks", "")),
            "may_run": can(Action.RUN_SESSION, request.who, patient),
            "is_operator": found.operator_id == request.who.user_id,
        },
    )


def _after_end(ended: Console, patient: Patient) -> HttpResponse:
    """What comes after a session's end: what to note about it, or what to do with it."""
    if ended.live.get("status") is None:
        return redirect("session_recover", patient_id=patient.pk)
    given = {found.fact.number for found in chart_of(patient).chart.sessions}
    if ended.session in given:
        return redirect("session", patient_id=patient.pk, number=ended.session)
    return redirect("chair", patient_id=patient.pk)


@require_POST
@needs(Action.STOP_SESSION, of_patient=True)
def state(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """What the session does now, as JSON; asking for it is the operator's page's sign of life."""
    found = Console.objects.filter(patient=patient).order_by("-begun_at").first()
    if found is None:
        return JsonResponse({"phase": "ended", "next": request.build_absolute_uri("../../")})
    touched = request.POST.get("touched") == "1"
    if found.operator_id == request.who.user_id and found.ended_at is None:
        _heard_of(found, touched=touched)
    live = state_of(found)
    lost = is_lost(found)
    return JsonResponse(
        {
            "console": str(found.pk),
            "phase": "lost" if lost else live.get("phase", "opening"),
            "wished": live.get("wished", False),
            "words": words(live, found),
            "marks": live.get("marks", ""),
            "marks_words": timeline_words(live.get("marks", "")),
            "sentences": live.get("sentences", []),
            "waits_for": live.get("waits_for"),
            "ended": found.ended_at is not None or lost,
        }
    )


def _heard_of(found: Console, *, touched: bool) -> None:
    run = run_of(found.pk)
    if run is not None:
        run.operator.seen(touched=touched)
        return
    values: dict[str, Any] = {"seen_at": clock.now()}
    if touched:
        values["touched_at"] = clock.now()
    Console.objects.filter(pk=found.pk).update(**values)


@require_POST
@needs(Action.STOP_SESSION, of_patient=True)
def ask(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Pause, go on, end, or the press for one train."""
    found = Console.objects.filter(patient=patient, ended_at__isnull=True).first()
    if found is None:
        return redirect("chair", patient_id=patient.pk)
    try:
        wish = Wish(request.POST.get("wish", ""))
    except ValueError:
        return HttpResponse(status=400)
    if wish in (Wish.GO_ON, Wish.PRESS):
        check(Action.RUN_SESSION, request.who, patient)
    train = request.POST.get("train", "")
    assert isinstance(request.user, User)
    wishes.ask(found, wish, request.user, int(train) if train.isdigit() else None)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"asked": wish.value})
    return redirect("session_run", patient_id=patient.pk)


@csrf_exempt
@require_POST
@public
def emergency_stop(request: HttpRequest, stop_key: str) -> HttpResponse:
    """Stop at once. Needs the button's own key and nothing else: no log-in, no confirmation.

    It shows nothing about anyone, so that it can answer whoever pressed.
    """
    stopped = wishes.emergency(stop_key, request.user)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse(
            {
                "confirmed": stopped.confirmed,
                "sentence": stopped.sentence,
                "within_ms": stopped.within_ms,
            }
        )
    context = {"stopped": stopped, "title": _("Emergency stop")}
    return render(request, "chair/stopped.html", context, status=200)
