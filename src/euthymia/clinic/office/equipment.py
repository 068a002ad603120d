"""Stimulators, coils and chairs, and the records of when each was checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeAlias

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from euthymia.clinic import clock
from euthymia.clinic.accounts.events import note
from euthymia.clinic.accounts.models import EventKind, Site
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.office.forms import CalibrationForm, ChairForm, CoilForm, DeviceForm
from euthymia.clinic.office.models import Chair, Coil, Device, is_due, latest_check
from euthymia.clinic.office.scope import found, person_of, sites_of
from euthymia.clinic.ui import names
from euthymia.clinic.ui.formats import day
from euthymia.clinic.ui.forms import form_page, posted
from euthymia.clinic.ui.values import Cell, Column, Row, Table

Checked: TypeAlias = Device | Coil

_KINDS: Mapping[str, tuple[type[Device | Coil | Chair], type[Any]]] = {
    "device": (Device, DeviceForm),
    "coil": (Coil, CoilForm),
    "chair": (Chair, ChairForm),
}


def due(sites: Iterable[Site], today: date) -> list[Checked]:
    """Stimulators and coils in use that must be checked, by name."""
    found: list[Checked] = []
    for model in (Device, Coil):
        rows = model._default_manager.filter(site__in=sites, in_use=True)
        found += [row for row in rows.prefetch_related("calibrations") if is_due(row, today)]
    return sorted(found, key=lambda each: each.name)


@needs(Action.MANAGE_DEVICES)
def equipment(request: ClinicRequest) -> HttpResponse:
    """All equipment of one's sites, with what is due to be checked."""
    sites = sites_of(request.who, Action.MANAGE_DEVICES)
    chairs = Chair.objects.filter(site__in=sites).select_related("site", "device")
    tables = {
        "chairs": _chairs(chairs.prefetch_related("coils").order_by("site__name", "name")),
        "devices": _checked(Device, "device", sites),
        "coils": _checked(Coil, "coil", sites),
    }
    return render(request, "office/equipment.html", tables)


def _chairs(chairs: Iterable[Chair]) -> Table:
    return Table(
        _("Chairs"),
        [Column(_("Chair")), Column(_("Site")), Column(_("Stimulator")), Column(_("Coils"))],
        [
            Row(
                [
                    Cell(each.name, url=reverse("office_one_equipment", args=["chair", each.pk])),
                    str(each.site),
                    str(each.device or "–"),
                    ", ".join(coil.name for coil in each.coils.all()) or "–",
                ],
                "" if each.in_use else "struck",
            )
            for each in chairs
        ],
        empty=_("No chair yet: appointments need one"),
    )


def _checked(model: type[Checked], kind: str, sites: Iterable[Site]) -> Table:
    rows = (
        model._default_manager.filter(site__in=sites)
        .select_related("site")
        .prefetch_related("calibrations")
        .order_by("site__name", "name")
    )
    today = clock.today()
    return Table(
        _("Stimulators") if kind == "device" else _("Coils"),
        [
            Column(_("Name")),
            Column(_("Model")),
            Column(_("Serial number")),
            Column(_("Site")),
            Column(_("Last check")),
            Column(_("Next check")),
        ],
        [_checked_row(each, kind, today) for each in rows],
        empty=_("No stimulator yet") if kind == "device" else _("No coil yet"),
    )


def _checked_row(each: Checked, kind: str, today: date) -> Row:
    last = latest_check(each)
    overdue = each.in_use and is_due(each, today)
    if last is None:
        when: Cell | str = _("never")
    elif last.passed:
        when = day(last.on)
    else:
        when = Cell(day(last.on), quiet=_("did not pass"))
    return Row(
        [
            Cell(each.name, url=reverse("office_one_equipment", args=[kind, each.pk])),
            names.stimulator(each.model) if kind == "device" else names.coil_name(each.model),
            each.serial_number or "–",
            str(each.site),
            when,
            Cell(_("due now"), chip="caution") if overdue else day(last.next_due) if last else "–",
        ],
        "" if each.in_use else "struck",
    )


@needs(Action.MANAGE_DEVICES)
def new(request: ClinicRequest, kind: str) -> HttpResponse:
    """A new stimulator, coil or chair."""
    _model, form_class = _kind(kind)
    form = form_class(posted(request), sites=sites_of(request.who, Action.MANAGE_DEVICES))
    if request.method == "POST" and form.is_valid():
        made = form.save()
        note(EventKind.EQUIPMENT_CHANGED, request.who.user_id, f"made {kind} {made}", request)
        messages.success(request, _("It was saved."))
        return redirect("office_equipment")
    return form_page(request, "office/one_equipment.html", {"form": form, "kind": kind})


@needs(Action.MANAGE_DEVICES)
def one(request: ClinicRequest, kind: str, pk: int) -> HttpResponse:
    """One stimulator, coil or chair: its facts, and its checks."""
    there, form_class = _one(request, kind, pk)
    sites = sites_of(request.who, Action.MANAGE_DEVICES)
    form = form_class(posted(request), instance=there, sites=sites)
    if request.method == "POST" and form.is_valid():
        form.save()
        note(
            EventKind.EQUIPMENT_CHANGED,
            request.who.user_id,
            f"{kind} {there}: {', '.join(form.changed_data) or 'nothing'}",
            request,
        )
        messages.success(request, _("It was saved."))
        return redirect("office_equipment")
    context: dict[str, Any] = {"form": form, "kind": kind, "there": there}
    if not isinstance(there, Chair):
        context["checks"] = _checks(there)
    return form_page(request, "office/one_equipment.html", context)


def _checks(there: Checked) -> Table:
    found = there.calibrations.select_related("recorded_by").order_by("-on", "-pk")
    return Table(
        _("Checks"),
        [
            Column(_("On")),
            Column(_("Result")),
            Column(_("Measured")),
            Column(_("By")),
            Column(_("Next due")),
        ],
        [
            Row(
                [
                    day(each.on),
                    Cell(_("passed"), chip="good")
                    if each.passed
                    else Cell(_("did not pass"), chip="stop"),
                    each.note or "–",
                    Cell(each.checked_by, quiet=str(each.recorded_by)),
                    day(each.next_due),
                ]
            )
            for each in found
        ],
        empty=_("It was never checked"),
    )


@needs(Action.MANAGE_DEVICES)
def checked(request: ClinicRequest, kind: str, pk: int) -> HttpResponse:
    """Record that a stimulator or coil was checked."""
    there, _form = _one(request, kind, pk)
    if isinstance(there, Chair):
        raise Http404
    form = CalibrationForm(posted(request), initial={"on": clock.today()})
    if request.method == "POST" and form.is_valid():
        made = form.save(commit=False)
        setattr(made, kind, there)
        made.recorded_by = person_of(request.who)
        made.save()
        result = "passed" if made.passed else "did not pass"
        note(EventKind.EQUIPMENT_CHANGED, request.who.user_id, f"{kind} {there}: {result}", request)
        messages.success(request, _("The check was recorded."))
        return redirect("office_one_equipment", kind=kind, pk=pk)
    return form_page(
        request, "office/calibration.html", {"form": form, "there": there, "kind": kind}
    )


def _kind(kind: str) -> tuple[type[Device | Coil | Chair], type[Any]]:
    try:
        return _KINDS[kind]
    except KeyError:
        raise Http404 from None


def _one(request: ClinicRequest, kind: str, pk: int) -> tuple[Device | Coil | Chair, type[Any]]:
    model, form_class = _kind(kind)
    sites = sites_of(request.who, Action.MANAGE_DEVICES)
    there: Any = found(model._default_manager.filter(site__in=sites), pk)
    return there, form_class
