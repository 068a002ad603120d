"""Where sessions can be: the site's hours, its chairs, and when those are taken."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps

from euthymia.clinic.accounts.models import Site
from euthymia.clinic.agenda.models import Booking, BookingState
from euthymia.plan.course import site as calendar
from euthymia.plan.course.hours import WEEKDAYS, Busy, Hours, WeekHours
from euthymia.plan.course.public_holidays import PublicHolidays

USUAL_CHAIRS = ("Chair 1",)
"""A site that has entered no chairs yet has one."""

_CHAIRS = ("clinic_office", "Chair")

STANDING = (BookingState.PLANNED, BookingState.MOVED)


def calendar_site(site: Site, closed: Iterable[Busy] = ()) -> calendar.Site:
    """The site as the calendar's rules see it, closed also at those times."""
    holidays = None
    if site.country:
        holidays = PublicHolidays(site.country, site.subdivision or None)
    hours = Hours(site.opens, site.closes)
    return calendar.Site(
        timezone=site.time_zone,
        hours=WeekHours.on(WEEKDAYS[:5], hours.text),
        holidays=holidays,
        closed=tuple(closed),
    )


def chairs_of(site: Site) -> tuple[str, ...]:
    """The names of the site's chairs in use."""
    try:
        # The room of chairs stands above this one, and may not be built.
        chairs: Any = apps.get_model(*_CHAIRS)
    except LookupError:
        return USUAL_CHAIRS
    names = chairs._default_manager.filter(site=site, in_use=True).order_by("name")
    return tuple(names.values_list("name", flat=True)) or USUAL_CHAIRS


def taken(site: Site, chair: str, first: date, but: str | None = None) -> tuple[Busy, ...]:
    """When a chair is taken from a day on; `but` leaves out one patient's own bookings."""
    zone = calendar.zone_of(site.time_zone)
    begin = datetime.combine(first, datetime.min.time(), zone)
    found = Booking.objects.filter(site=site, chair=chair, end__gt=begin, state__in=STANDING)
    if but is not None:
        found = found.exclude(patient_id=but)
    return tuple(
        _busy(start.astimezone(zone), end.astimezone(zone), chair)
        for start, end in found.values_list("start", "end")
    )


def overlapping(
    site: Site, chair: str, start: datetime, minutes: int, but_patient: UUID
) -> Booking | None:
    """A booking of somebody else that has the chair at that time."""
    return (
        Booking.objects.filter(
            site=site,
            chair=chair,
            state__in=STANDING,
            start__lt=start + timedelta(minutes=minutes),
            end__gt=start,
        )
        .exclude(patient_id=but_patient)
        .select_related("patient")
        .first()
    )


def _busy(start: datetime, end: datetime, chair: str) -> Busy:
    # The calendar counts in whole minutes of one day.
    last = end.time() if end.date() == start.date() else datetime.max.time().replace(microsecond=0)
    hours = Hours(start.time().replace(tzinfo=None), last.replace(tzinfo=None))
    return Busy(start.date(), start.date(), f"{chair} is taken", hours)
