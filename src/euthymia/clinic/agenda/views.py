"""The clinic's calendar, and one patient's."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from euthymia.chart.course_facts import AvailabilityRecorded
from euthymia.chart.follow_inputs import planned_sessions
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Site
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.agenda import services
from euthymia.clinic.agenda.forms import REASONS, HoursForm, MissForm, MoveForm, SetForm
from euthymia.clinic.agenda.models import Booking
from euthymia.clinic.agenda.places import chairs_of
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.entry_forms import recorded
from euthymia.clinic.records.models import Patient
from euthymia.clinic.reminders.planning import remindable
from euthymia.clinic.ui.forms import attempt, done, form_page, posted
from euthymia.core.findings import Severity
from euthymia.plan.course.site import zone_of

_WEEK = 7
_FARTHEST = timedelta(days=20 * 365)
"""Farther from today no calendar is shown."""


@needs(Action.READ_AGENDA)
def agenda(request: ClinicRequest) -> HttpResponse:
    """A day or a week of one site: who is on which chair when."""
    sites = list(Site.objects.filter(pk__in=request.who.sites(Action.READ_AGENDA)).order_by("name"))
    site = next((each for each in sites if str(each.pk) == request.GET.get("site")), sites[0])
    zone = zone_of(site.time_zone)
    today = clock.today_at(site.time_zone)
    day = _day(request.GET.get("day", ""), today)
    whole_week = request.GET.get("view") == "week"
    first = day - timedelta(days=day.weekday()) if whole_week else day
    count = _WEEK if whole_week else 1
    begin = datetime.combine(first, datetime.min.time(), zone)
    bookings = (
        Booking.objects.filter(site=site, start__gte=begin, start__lt=begin + timedelta(days=count))
        .select_related("patient", "patient__identity")
        .order_by("start", "chair")
    )
    days = [first + timedelta(days=number) for number in range(count)]
    by_day: dict[date, list[Booking]] = {each: [] for each in days}
    for booking in bookings:
        by_day[booking.start.astimezone(zone).date()].append(booking)
    step = timedelta(days=count)
    context = {
        "site": site,
        "sites": sites,
        "day": day,
        "days": list(by_day.items()),
        "chairs": chairs_of(site),
        "whole_week": whole_week,
        "before": day - step,
        "after": day + step,
        "today": today,
        "zone": zone,
    }
    return render(request, "agenda/agenda.html", context)


@needs(Action.READ_AGENDA, of_patient=True)
def patient_agenda(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """One patient's course, week by week, with what can be done about it."""
    chart = chart_of(patient).chart
    known = chart.appointments
    moment = clock.now()
    kept = sum(each.state == "kept" for each in known)
    coming = [each for each in known if each.stands and each.end > moment]
    planned = planned_sessions(chart) or 0
    context = {
        "patient": patient,
        "next": coming[0] if coming else None,
        "lacking": max(planned - kept - len(coming), 0) if known else 0,
        "reasons": REASONS,
        "weeks": services.weeks_of(known),
        "overdue": [each for each in known if each.is_overdue(moment)],
        "missed": sum(each.state == "missed" for each in known),
        "kept": kept,
        "coming": len(coming),
        "availability": chart.availability.fact.availability if chart.availability else None,
        "may_set": can(Action.SET_APPOINTMENTS, request.who, patient),
        "may_remind": can(Action.SEND_REMINDER, request.who, patient),
        "remindable": remindable(request.who, patient, chart),
        "may_miss": can(Action.RECORD_MISSED, request.who, patient),
        "planned": chart.standing_prescription is not None or chart.plan_request is not None,
        "zone": zone_of(patient.site.time_zone),
        "now": moment,
    }
    return render(request, "agenda/patient.html", context)


@needs(Action.SET_APPOINTMENTS, of_patient=True)
def hours(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """When the patient can come."""
    chart = chart_of(patient).chart
    known = chart.availability.fact.availability if chart.availability else None
    form = HoursForm(posted(request), known=known)

    def fact() -> AvailabilityRecorded:
        site = patient.site
        return AvailabilityRecorded(
            availability=form.cleaned_data["availability"],
            time_zone=site.time_zone,
            holiday_country=site.country or None,
            holiday_subdivision=site.subdivision or None,
        )

    if recorded(form, request.who, patient, fact, Action.SET_APPOINTMENTS):
        messages.success(request, _("The patient's hours are recorded."))
        return redirect("patient_agenda", patient_id=patient.pk)
    return form_page(request, "agenda/hours.html", {"patient": patient, "form": form})


@needs(Action.SET_APPOINTMENTS, of_patient=True)
def set_course(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Set the whole course on the calendar, after a look at it."""
    return _setting(request, patient, repair=False)


@needs(Action.SET_APPOINTMENTS, of_patient=True)
def repair(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Make up missed sessions: the rest of the course on new dates."""
    return _setting(request, patient, repair=True)


def _setting(request: ClinicRequest, patient: Patient, *, repair: bool) -> HttpResponse:
    chart = chart_of(patient).chart
    asked = chart.plan_request.fact.start_on if chart.plan_request else clock.today()
    tomorrow = clock.today() + timedelta(days=1)
    form = SetForm(
        posted(request),
        chairs=chairs_of(patient.site),
        initial={"first_day": tomorrow if repair else max(asked, clock.today())},
    )
    course = None
    if "confirm" not in request.POST:
        proposed = services.repaired if repair else services.proposed
        course = attempt(form, lambda: proposed(patient, chart, form.wish))
    elif done(
        form,
        lambda: services.set_appointments(
            request.who, patient, form.wish, repair=repair, entry_id=form.id_of_entry
        ),
    ):
        messages.success(request, _("The appointments are set."))
        return redirect("patient_agenda", patient_id=patient.pk)
    context = {
        "patient": patient,
        "form": form,
        "course": course,
        "coming": [each for each in course.sessions if each.day >= form.wish.first_day]
        if course
        else (),
        "stopped": course is not None
        and any(each.severity is Severity.STOP for each in course.findings),
        "given": sum(each.state == "kept" for each in chart.appointments),
        "repair": repair,
        "zone": zone_of(patient.site.time_zone),
    }
    return form_page(request, "agenda/set.html", context)


@needs(Action.RECORD_MISSED, of_patient=True)
def missed(request: ClinicRequest, patient: Patient, appointment: str) -> HttpResponse:
    """Say that an appointment is not kept, and why."""
    known = services.appointment_of(chart_of(patient).chart, appointment)
    form = MissForm(posted(request))
    if done(
        form,
        lambda: services.miss(
            request.who, patient, known, form.why, form.cleaned_data["note"], form.id_of_entry
        ),
    ):
        messages.success(request, _("Recorded as missed. Make up the session in the calendar."))
        return redirect("patient_agenda", patient_id=patient.pk)
    context = {"patient": patient, "form": form, "appointment": known}
    return form_page(request, "agenda/missed.html", context)


@needs(Action.SET_APPOINTMENTS, of_patient=True)
def moved(request: ClinicRequest, patient: Patient, appointment: str) -> HttpResponse:
    """Move one appointment to another time or chair."""
    known = services.appointment_of(chart_of(patient).chart, appointment)
    chairs = chairs_of(patient.site)
    form = MoveForm(
        posted(request),
        chairs=chairs if known.chair in chairs else (*chairs, known.chair),
        time_zone=patient.site.time_zone,
        initial={"day": known.day, "time": known.start.time(), "chair": known.chair},
    )
    if done(
        form,
        lambda: services.move(
            request.who,
            patient,
            known,
            form.start,
            form.cleaned_data["chair"],
            form.why,
            form.cleaned_data["note"],
            form.id_of_entry,
        ),
    ):
        messages.success(request, _("The appointment is moved."))
        return redirect("patient_agenda", patient_id=patient.pk)
    context = {"patient": patient, "form": form, "appointment": known}
    return form_page(request, "agenda/moved.html", context)


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if abs(day - today) < _FARTHEST else today
