"""Today's list, for whoever works at the chairs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Site
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.agenda.models import Booking
from euthymia.clinic.agenda.places import STANDING, chairs_of
from euthymia.clinic.records.models import Overview
from euthymia.clinic.ui.values import Tile
from euthymia.plan.course.site import zone_of

_LOOK_BACK = timedelta(days=14)
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One session of today, with what waits before it and where a press leads."""

    booking: Booking
    overview: Overview | None
    late: bool
    chair_url: str


@needs(Action.SEE_TODAY)
def today(request: ClinicRequest) -> HttpResponse:
    """The sessions of today, the safety tasks that are open, and what is left from before."""
    reachable = request.who.sites(Action.SEE_TODAY)
    sites = list(Site.objects.filter(pk__in=reachable).order_by("name"))
    asked = request.GET.get("site")
    site = next((each for each in sites if str(each.pk) == asked), sites[0])
    zone = zone_of(site.time_zone)
    moment = clock.now().astimezone(zone)
    begin = datetime.combine(moment.date(), datetime.min.time(), zone)
    found = list(
        Booking.objects.filter(site=site, start__gte=begin, start__lt=begin + timedelta(days=1))
        .select_related("patient", "patient__identity", "patient__overview")
        .order_by("start", "chair")
    )
    waiting = (
        Overview.objects.filter(patient__site=site, open_safety_tasks__gt=0)
        .select_related("patient", "patient__identity")
        .order_by("last_entry_at")
    )
    left = Booking.objects.filter(
        site=site, state__in=STANDING, end__lt=begin, start__gte=begin - _LOOK_BACK
    ).select_related("patient", "patient__identity")
    tasks, unsettled = waiting.count(), left.count()
    context = {
        "site": site,
        "sites": sites,
        "zone": zone,
        "moment": moment,
        "lines": [_line(request, each, moment) for each in found],
        "chairs": chairs_of(site),
        "tiles": _tiles(found, tasks, unsettled),
        "waiting": waiting[:_SHOWN],
        "left": left.order_by("start")[:_SHOWN],
    }
    return render(request, "today/today.html", context)


def _line(request: ClinicRequest, booking: Booking, moment: datetime) -> Line:
    late = booking.stands and booking.start < moment
    url = ""
    if booking.stands and can(Action.RUN_SESSION, request.who, booking.patient):
        try:
            url = reverse("chair", args=[booking.patient_id])
        except NoReverseMatch:
            url = reverse("chart", args=[booking.patient_id])
    return Line(booking, getattr(booking.patient, "overview", None), late, url)


def _tiles(found: list[Booking], tasks: int, unsettled: int) -> list[Tile]:
    kept = sum(each.state == "kept" for each in found)
    missed = sum(each.state == "missed" for each in found)
    return [
        Tile(
            _("Sessions today"),
            str(len(found)),
            detail=_("%(kept)d given, %(missed)d missed") % {"kept": kept, "missed": missed},
        ),
        Tile(
            _("Open safety tasks"),
            str(tasks),
            tone="stop" if tasks else "good",
            url="#safety" if tasks else "",
        ),
        Tile(
            _("Left from before"),
            str(unsettled),
            detail=_("passed, nobody said what became of them"),
            tone="caution" if unsettled else "good",
            url="#left" if unsettled else "",
        ),
    ]
