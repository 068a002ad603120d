"""The pages of plain words, and a patient's own pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from euthymia.assess.scales.scale_rules import find_scale
from euthymia.chart.intake_facts import ConsentAbout
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Site
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, needs, public
from euthymia.clinic.portal import links, services
from euthymia.clinic.portal.crisis import CrisisLine, crisis_lines
from euthymia.clinic.portal.figures import figures
from euthymia.clinic.portal.forms import AnswersForm, YearForm
from euthymia.clinic.portal.models import Kind, OwnLink
from euthymia.clinic.portal.notes import Notes
from euthymia.clinic.portal.pages import PAGES, around, page
from euthymia.clinic.portal.progress import progress_of
from euthymia.clinic.portal.visits import calendar_file
from euthymia.clinic.portal.wordings import questionnaire
from euthymia.clinic.records.access import patient_for
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.clinic.ui.forms import form_page, posted
from euthymia.core.errors import InputError

FEED_LASTS = timedelta(days=365)
CALENDAR_TYPE = "text/calendar; charset=utf-8"


def own(action: Action) -> Callable[[Any], Any]:
    """A page of the patient who is logged in: looked up, logged, and only while the link works."""

    def mark(view: Any) -> Any:
        @wraps(view)
        def opened(request: ClinicRequest, *args: Any, **named: Any) -> HttpResponse:
            assert request.who.patient_id is not None  # only patients hold these rights
            if not links.still_open(request):
                logout(request)
                return redirect("portal_ended")
            patient = patient_for(request, request.who.patient_id, action)
            with timezone.override(patient.site.time_zone):
                answer: HttpResponse = view(request, patient, *args, **named)
            return answer

        return needs(action)(opened)

    return mark


# Plain words -----------------------------------------------------------------------------------


@public
@require_GET
def about(request: HttpRequest) -> HttpResponse:
    """The list of all pages of plain words."""
    return render(request, "portal/about.html", {"pages": PAGES})


@public
@require_GET
def plain_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One page of plain words, with the source of every number."""
    found = page(slug)
    if found is None:
        raise Http404
    before, after = around(found)
    context = {
        "page": found,
        "before": before,
        "after": after,
        "f": figures(),
        "notes": Notes(),
        **_help(request),
    }
    return render(request, found.template, context)


def _help(request: HttpRequest) -> dict[str, Any]:
    """Whom to call: of the patient's own site where it is known, else of every site."""
    who = getattr(request, "who", None)
    sites = list(Site.objects.order_by("name"))
    if who is not None and who.patient_id is not None:
        own_site = Patient.objects.filter(pk=who.patient_id).values_list("site_id", flat=True)
        sites = [site for site in sites if site.pk in set(own_site)]
    lines: dict[str, CrisisLine] = {}
    for site in sites:
        lines |= {each.call: each for each in crisis_lines(site.country, site.name)}
    shown = [
        {"name": site.name, "phone": site.phone, "dial": _dialled(site.phone),
         "address": site.address, "opens": site.opens, "closes": site.closes}
        for site in sites
    ]  # fmt: skip
    return {"sites": shown, "crisis_lines": list(lines.values())}


def _dialled(phone: str) -> str:
    """A telephone number as a link dials it."""
    return "".join(letter for letter in phone if letter.isdigit() or letter == "+")


# Coming in and leaving -------------------------------------------------------------------------


@public
def come_in(request: HttpRequest, token: str) -> HttpResponse:
    """Open the own pages by a link, after the year of birth."""
    try:
        link = links.find(request, token, Kind.PAGES)
    except links.TooManyTriesError:
        return render(request, "ui/429.html", status=429)
    if link is None:
        return render(request, "portal/ended.html", _help(request), status=404)
    form = YearForm(posted(request))
    if request.method == "POST" and form.is_valid():
        if links.answered_right(link, form.cleaned_data["year"]):
            links.enter(request, link)
            return redirect("portal")
        form.add_error("year", _("That is not the year we have. Please try again."))
    return form_page(request, "portal/come_in.html", {"form": form})


@public
def ended(request: HttpRequest) -> HttpResponse:
    """What a link that does not work any more says."""
    return render(request, "portal/ended.html", _help(request))


@public
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Leave the own pages."""
    logout(request)
    messages.info(request, _("You have left your page. The link still works."))
    return redirect("portal_about")


# The own pages ---------------------------------------------------------------------------------


@own(Action.READ_OWN)
def home(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """What is to do, and what comes next."""
    chart = chart_of(patient).chart
    moment = clock.now()
    coming = [each for each in chart.appointments if each.stands and each.end > moment]
    context = {
        "patient_synthetic": patient.synthetic,
        "offered": services.offered(chart, moment.date()),
        "coming": coming[:3],
        "mails_are_sent": settings.PLACE.mail is not None,
        "reminders_on": chart.consents_to(ConsentAbout.REMINDERS_BY_EMAIL),
        "site": patient.site,
    }
    return render(request, "portal/home.html", context)


@own(Action.ANSWER_OWN)
def fill(request: ClinicRequest, patient: Patient, scale: str) -> HttpResponse:
    """One questionnaire, one question a screen where the browser can, else a short page."""
    try:
        asked = questionnaire(find_scale(scale))
    except InputError:
        raise Http404 from None
    if asked is None or asked.scale.rater != "patient":
        raise Http404
    form = AnswersForm(asked, posted(request))
    left_out: list[int] = []
    if request.method == "POST" and form.is_valid():
        left_out = [n for n, item in enumerate(form.items, start=1) if item is None]
        nothing = len(left_out) == len(form.items)
        # What speaks of suicide is kept at once, whatever else was left out.
        if not nothing and (not left_out or "anyway" in request.POST or form.speaks_of_suicide):
            try:
                entry = services.answer(
                    request.who,
                    patient,
                    asked.scale,
                    form.items,
                    form.id_of_entry,
                )
            except InputError as refused:
                form.add_error(None, f"{refused.problem}. {refused.remedy}.")
            else:
                return redirect("portal_done", entry_id=entry.id)
    context = {
        "form": form,
        "asked": asked,
        "left_out": left_out,
        "crisis_now": form.speaks_of_suicide,
        **_help(request),
    }
    return form_page(request, "portal/fill.html", context)


@own(Action.READ_OWN)
def done(request: ClinicRequest, patient: Patient, entry_id: UUID) -> HttpResponse:
    """Thanks for the answers; and at once whom to call, where an answer spoke of suicide."""
    opened = chart_of(patient)
    entry = next((each for each in opened.entries if each.id == str(entry_id)), None)
    if entry is None:
        raise Http404
    context = {"crisis_now": services.speaks_of_suicide(entry), **_help(request)}
    return render(request, "portal/done.html", context)


@own(Action.READ_OWN)
def progress(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """The own scores over time, in words and small pictures."""
    chart = chart_of(patient).chart
    return render(request, "portal/progress.html", {"all": progress_of(chart, clock.today())})


@own(Action.READ_OWN)
def calendar(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """The own visits, and how to have them in the phone's calendar."""
    moment = clock.now()
    if request.method == "POST":
        if request.POST.get("feed") == "off":
            for link in _feeds(patient):
                links.revoke(request.who, patient, link.pk)
        elif not _feeds(patient):
            links.make(request.who, patient, Kind.CALENDAR, FEED_LASTS)
        return redirect("portal_calendar")
    known = chart_of(patient).chart.appointments
    feed = next(iter(_feeds(patient)), None)
    context = {
        "coming": [each for each in known if each.stands and each.end > moment],
        "past": [each for each in known if not (each.stands and each.end > moment)][::-1],
        "feed": _feed_address(request, feed) if feed else "",
        "zone": patient.site.time_zone,
        "site": patient.site,
    }
    return render(request, "portal/calendar.html", context)


@own(Action.READ_OWN)
def calendar_download(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """The own visits as a calendar file."""
    return _calendar_answer(patient)


@public
@require_GET
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar for a program that asks again by itself; only times stand in it."""
    try:
        link = links.find(request, token, Kind.CALENDAR)
    except links.TooManyTriesError:
        return HttpResponse(status=429)
    if link is None:
        return HttpResponse(status=404)
    return _calendar_answer(link.patient)


def _calendar_answer(patient: Patient) -> HttpResponse:
    known = chart_of(patient).chart.appointments
    answer = HttpResponse(calendar_file(patient, known, clock.now()), content_type=CALENDAR_TYPE)
    answer.headers["Content-Disposition"] = 'attachment; filename="appointments.ics"'
    return answer


def _feeds(patient: Patient) -> list[OwnLink]:
    """The calendar feeds of a patient that work."""
    found = OwnLink.objects.filter(patient=patient, kind=Kind.CALENDAR, revoked_at=None)
    return [link for link in found if link.works_at(clock.now())]


def _feed_address(request: HttpRequest, link: OwnLink) -> str:
    return request.build_absolute_uri(reverse("portal_feed", args=[links.token_of(link)]))
