"""Addresses about the clinic as a whole: who asks, patients, calendar, worklist, evidence."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, can, check
from euthymia.clinic.accounts.views import ClinicRequest
from euthymia.clinic.agenda.models import Booking
from euthymia.clinic.api.interface import api, scoped
from euthymia.clinic.api.shapes import (
    BookingOut,
    ClaimOut,
    Days,
    MeOut,
    Page,
    PatientsOut,
    Refusal,
    Short,
    WorkOut,
)
from euthymia.clinic.outcomes.models import WorkItem
from euthymia.clinic.records.access import patients_of
from euthymia.clinic.records.models import Patient
from euthymia.learn.evidence.catalogue import claims

REFUSALS: dict[int, Any] = {401: Refusal, 403: Refusal, 404: Refusal, 422: Any}
_PAGE = 50


@api.get("/me", response={200: MeOut, 401: Refusal}, tags=["clinic"])
@scoped(Action.USE_TOKENS)
def me(request: ClinicRequest) -> dict[str, Any]:
    """In whose name this token asks, and what it may do."""
    who = request.who
    return {
        "name": who.name,
        "roles": sorted(role.value for role in who.all_roles),
        "scopes": sorted(scope.name for scope in who.confined_to or ()),
    }


@api.get("/patients", response={200: PatientsOut, **REFUSALS}, tags=["clinic"])
@scoped(Action.LIST_PATIENTS)
def patients(request: ClinicRequest, q: Short = "", page: Page = 1) -> dict[str, Any]:
    """Patients of one's sites, by pseudonym; by name with the right to see identities."""
    check(Action.LIST_PATIENTS, request.who)
    found = patients_of(request.who).select_related("site", "identity", "overview")
    if q:
        wanted = Q(pseudonym__icontains=q)
        if can(Action.READ_IDENTITY, request.who):
            wanted |= Q(identity__family_name__istartswith=q)
        found = found.filter(wanted)
    start = (page - 1) * _PAGE
    shown = found.order_by("pseudonym")[start : start + _PAGE]
    return {"total": found.count(), "items": [patient_out(request, each) for each in shown]}


@api.get("/agenda", response={200: list[BookingOut], **REFUSALS}, tags=["clinic"])
@scoped(Action.READ_AGENDA)
def agenda(request: ClinicRequest, day: date | None = None, days: Days = 1) -> list[dict[str, Any]]:
    """Appointments at one's sites from a day on."""
    check(Action.READ_AGENDA, request.who)
    first = day or clock.today()
    begin = datetime.combine(first, datetime.min.time(), clock.now().tzinfo)
    try:
        end = begin + timedelta(days=days)
    except OverflowError:
        return []
    found = Booking.objects.filter(
        site_id__in=request.who.sites(Action.READ_AGENDA), start__gte=begin, start__lt=end
    )
    return [
        {
            "patient": each.patient_id,
            "pseudonym": each.patient.pseudonym,
            "appointment": each.appointment,
            "session": each.session,
            "start": each.start,
            "end": each.end,
            "chair": each.chair,
            "state": each.state,
        }
        for each in found.select_related("patient").order_by("start")
    ]


@api.get("/worklist", response={200: list[WorkOut], **REFUSALS}, tags=["clinic"])
@scoped(Action.READ_WORKLIST)
def worklist(request: ClinicRequest, page: Page = 1) -> list[dict[str, Any]]:
    """What waits today at one's sites, by the day it fell due."""
    check(Action.READ_WORKLIST, request.who)
    due = WorkItem.objects.filter(
        Q(due_on=None) | Q(due_on__lte=clock.today()),
        site_id__in=request.who.sites(Action.READ_WORKLIST),
    )
    start = (page - 1) * _PAGE
    shown = due.select_related("patient").order_by("due_on", "pk")[start : start + _PAGE]
    return [
        {
            "patient": each.patient_id,
            "pseudonym": each.patient.pseudonym,
            "kind": each.kind,
            "role": each.role,
            "due_on": each.due_on,
            "what": each.what,
        }
        for each in shown
    ]


@api.get("/evidence/claims", response={200: list[ClaimOut], **REFUSALS}, tags=["evidence"])
@scoped(Action.READ_EVIDENCE)
def evidence(request: ClinicRequest) -> list[dict[str, Any]]:
    """What is known: each claim of the field with its strength, its limits and its sources."""
    check(Action.READ_EVIDENCE, request.who)
    return [
        {
            "said": claim.said,
            "strength": claim.strength.value,
            "known": claim.known,
            "against": claim.against,
            "sources": [source.short for source in claim.sources],
        }
        for claim in claims()
    ]


def patient_out(request: ClinicRequest, patient: Patient) -> dict[str, Any]:
    """A patient for a program; the name only with the right to it."""
    identity = getattr(patient, "identity", None)
    overview = getattr(patient, "overview", None)
    named = identity is not None and can(Action.READ_IDENTITY, request.who, patient)
    return {
        "id": patient.pk,
        "pseudonym": patient.pseudonym,
        "synthetic": patient.synthetic,
        "site": patient.site.name,
        "name": str(identity) if named else None,
        "way": overview.way if overview else None,
        "protocol": overview.protocol if overview else None,
        "sessions_given": overview.sessions_given if overview else None,
        "sessions_planned": overview.sessions_planned if overview else None,
        "open_safety_tasks": overview.open_safety_tasks if overview else None,
        "entries": patient.head_seq,
    }
