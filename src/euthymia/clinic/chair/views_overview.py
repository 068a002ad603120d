"""The sessions of one patient, and what runs at the chairs of the clinic now."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from euthymia.chart.session_sink import documents_of
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.chair import sessions as running_sessions
from euthymia.clinic.chair.engine.running import state_of
from euthymia.clinic.chair.live import words
from euthymia.clinic.chair.models import Console
from euthymia.clinic.chair.sessions import is_lost
from euthymia.clinic.chair.summary import threshold_facts
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.treat.dose.account import course_dose, remainder_findings
from euthymia.treat.session.journal import journals


@needs(Action.READ_CHART, of_patient=True)
def sessions(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """What was given, what runs, and what comes next."""
    chart = chart_of(patient).chart
    dose = course_dose(journals(documents_of(chart)))
    doses = {each.session: each for each in dose.sessions}
    rows = [(found.fact, doses.get(found.fact.number)) for found in reversed(chart.sessions)]
    now = clock.now()
    coming = [each for each in chart.appointments if each.stands and each.end > now]
    last = Console.objects.filter(patient=patient).order_by("-begun_at").first()
    return render(
        request,
        "chair/sessions.html",
        {
            "patient": patient,
            "rows": rows,
            "dose": dose,
            "remainders": remainder_findings(dose.sessions[-1]) if dose.sessions else (),
            "threshold": threshold_facts(chart, clock.today()),
            "thresholds": chart.motor_thresholds[::-1],
            "console": running_sessions.console_of(patient),
            "broken": running_sessions.broken_session(chart),
            "last": last,
            "prescribed": chart.standing_prescription,
            "next": coming[0] if coming else None,
            "may_run": can(Action.RUN_SESSION, request.who, patient),
            "may_measure": can(Action.MEASURE_THRESHOLD, request.who, patient),
            "may_stop": can(Action.STOP_SESSION, request.who, patient),
        },
    )


@needs(Action.SEE_TODAY)
def chairs(request: ClinicRequest) -> HttpResponse:
    """Every session that runs now at this person's sites, each with its stop button."""
    live = Console.objects.filter(
        ended_at__isnull=True, site_id__in=request.who.sites(Action.STOP_SESSION)
    ).select_related("patient__identity", "operator", "site")
    rows = [
        {"console": each, "words": words(state_of(each), each), "lost": is_lost(each)}
        for each in live.order_by("site__name", "chair")
    ]
    return render(request, "chair/chairs.html", {"rows": rows})
