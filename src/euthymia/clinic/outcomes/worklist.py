"""The worklist: what waits, for whom, since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Case, Count, F, Q, Value, When
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.outcomes.models import WorkItem, WorkKind
from euthymia.clinic.reminders.troubles import troubles

_PAGE = 25
_SAFETY_FIRST = Case(When(kind=WorkKind.SAFETY, then=Value(0)), default=Value(1))
_LEADS_TO = {
    WorkKind.SAFETY: "safety_tasks",
    WorkKind.ADVERSE: "outcomes",
    WorkKind.PLAN: "prescribing",
    WorkKind.PRESCRIPTION: "prescribing",
    WorkKind.AUTHORIZATION: "eligibility",
    WorkKind.SCALE: "scales",
    WorkKind.FOLLOW_UP: "outcomes",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that waits, with the page on which it is done."""

    item: WorkItem
    url: str
    days_late: int


@needs(Action.READ_WORKLIST)
def worklist(request: ClinicRequest) -> HttpResponse:
    """Everything that waits at one's sites; safety tasks first, then by the day it fell due."""
    day = clock.today()
    sites = request.who.sites(Action.READ_WORKLIST)
    due = WorkItem.objects.filter(Q(due_on=None) | Q(due_on__lte=day), site_id__in=sites)
    counted = dict(due.values_list("kind").annotate(n=Count("pk")).order_by())
    kind, role = request.GET.get("kind", ""), request.GET.get("role", "")
    if kind in WorkKind.values:
        due = due.filter(kind=kind)
    if role in Role.values:
        due = due.filter(role=role)
    ordered = due.select_related("patient", "patient__identity").order_by(
        _SAFETY_FIRST, F("due_on").asc(nulls_first=True), "pk"
    )
    page = Paginator(ordered, _PAGE).get_page(request.GET.get("page"))
    not_out = troubles(sites)
    context = {
        "troubles": not_out[:_PAGE],
        "troubles_count": not_out.count(),
        "no_mail": settings.PLACE.mail is None,
        "page": page,
        "lines": [_line(item, day) for item in page],
        "kinds": [(value, label, counted.get(value, 0)) for value, label in WorkKind.choices],
        "kind": kind,
        "role": role,
        "roles": [r for r in Role.choices if r[0] in ("psychiatrist", "operator", "coordinator")],
        "total": sum(counted.values()),
    }
    return render(request, "outcomes/worklist.html", context)


def _line(item: WorkItem, day: date) -> Line:
    try:
        url = reverse(_LEADS_TO[WorkKind(item.kind)], args=[item.patient_id])
    except NoReverseMatch:
        url = reverse("chart", args=[item.patient_id])
    return Line(item, url, (day - item.due_on).days if item.due_on else 0)
