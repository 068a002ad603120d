"""The audit log: who wrote, who read, who logged in, and who broke the glass."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from euthymia.chart.envelope import parse_line
from euthymia.clinic.accounts.models import EmergencyAccess, Event, User
from euthymia.clinic.accounts.policy import Action, Who
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.office import services
from euthymia.clinic.office.forms import ReviewForm
from euthymia.clinic.office.scope import found, patients_elsewhere, users_of
from euthymia.clinic.records.identity_words import (
    author_in_words,
    fields_in_words,
    kind_in_words,
    why_in_words,
)
from euthymia.clinic.records.models import IdentityLine, LedgerEntry, Patient, Reading
from euthymia.clinic.ui.formats import moment
from euthymia.clinic.ui.forms import day_field, done, form_page, posted
from euthymia.clinic.ui.values import Cell, Column, NavItem, Row, Table

PAGE = 50
AT_MOST = 2_000
"""So many of the newest rows can be paged through; older ones are found by narrowing the search."""


class _Newest(Paginator[Any]):
    """Pages of the newest rows; it never counts millions of them."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        assert isinstance(rows, QuerySet)
        return rows.order_by()[:AT_MOST].count()


class AskForm(forms.Form):
    """Whose traces, of which patient, and when."""

    user = forms.ModelChoiceField(
        label=gettext_lazy("Person"), queryset=User.objects.none(), required=False
    )
    code = forms.CharField(label=gettext_lazy("Patient's code"), required=False, max_length=80)
    since = day_field(gettext_lazy("From"), required=False)
    until = day_field(gettext_lazy("To"), required=False)

    def __init__(self, *args: Any, who: Who, **named: Any) -> None:
        super().__init__(*args, **named)
        user = self.fields["user"]
        assert isinstance(user, forms.ModelChoiceField)
        user.queryset = users_of(who).distinct()
        user.empty_label = _("everybody")

    def narrow(self, rows: QuerySet[Any], user: str, patient: str = "") -> QuerySet[Any]:
        """The rows asked for; `user` and `patient` name the columns."""
        if not self.is_valid():
            return rows
        asked = self.cleaned_data
        if asked["user"]:
            rows = rows.filter(**{user: asked["user"]})
        if asked["code"] and patient:
            rows = rows.filter(**{f"{patient}__pseudonym__iexact": asked["code"].strip()})
        if asked["since"]:
            rows = rows.filter(at__gte=_midnight(asked["since"]))
        if asked["until"]:
            rows = rows.filter(at__lt=_midnight(asked["until"]) + timedelta(days=1))
        return rows


def _midnight(on: Any) -> datetime:
    return timezone.make_aware(datetime.combine(on, time.min))


@needs(Action.READ_AUDIT)
def entries(request: ClinicRequest) -> HttpResponse:
    """Entries of charts by time and author: that something was written, not what it says."""
    form = AskForm(request.GET or None, who=request.who)
    rows = LedgerEntry.objects.exclude(patient_id__in=patients_elsewhere(request.who))
    rows = form.narrow(rows, "recorded_by", "patient")
    rows = rows.select_related("patient", "recorded_by").order_by("-at", "-pk")
    return _page(
        request,
        form,
        rows,
        [_("At"), _("Author"), _("Patient"), _("Entry"), _("Number")],
        lambda row: [
            moment(row.at),
            _author(row),
            row.patient.pseudonym,
            row.kind.replace("_", " "),
            str(row.seq),
        ],
    )


def _author(row: LedgerEntry) -> str:
    """As the line itself names the author: patients' links and the program have no account."""
    sealed = parse_line(bytes(row.line))
    return sealed.author.name if sealed else _("cannot be read")


@needs(Action.READ_AUDIT)
def readings(request: ClinicRequest) -> HttpResponse:
    """Who opened pages about which patient."""
    form = AskForm(request.GET or None, who=request.who)
    rows = Reading.objects.exclude(patient_id__in=patients_elsewhere(request.who))
    rows = form.narrow(rows, "user", "patient")
    rows = rows.select_related("patient", "user").order_by("-at", "-pk")
    return _page(
        request,
        form,
        rows,
        [_("At"), _("Reader"), _("Patient"), _("To"), _("How")],
        lambda row: [
            moment(row.at),
            str(row.user),
            row.patient.pseudonym,
            row.what,
            Cell(_("in an emergency"), chip="stop") if row.in_emergency else _("by right"),
        ],
    )


@needs(Action.READ_AUDIT)
def identities(request: ClinicRequest) -> HttpResponse:
    """Who entered, changed or erased who a patient is: which fields and why, never the values."""
    form = AskForm(request.GET or None, who=request.who)
    rows = IdentityLine.objects.exclude(patient_id__in=patients_elsewhere(request.who))
    rows = form.narrow(rows, "recorded_by", "patient")
    rows = rows.select_related("patient", "recorded_by").order_by("-at", "-pk")
    return _page(
        request,
        form,
        rows,
        [_("At"), _("Author"), _("Patient"), _("What"), _("Fields"), _("Why")],
        lambda row: [
            moment(row.at),
            author_in_words(row),
            row.patient.pseudonym,
            kind_in_words(row),
            fields_in_words(row),
            why_in_words(row) or "–",
        ],
    )


@needs(Action.READ_AUDIT)
def events(request: ClinicRequest) -> HttpResponse:
    """Log-ins, changes to accounts and equipment, backups."""
    form = AskForm(request.GET or None, who=request.who)
    mine = users_of(request.who).values("pk")
    rows = Event.objects.filter(Q(user__in=mine) | Q(user=None) | Q(user__patient_id__isnull=False))
    rows = form.narrow(rows, "user").select_related("user").order_by("-at", "-pk")
    return _page(
        request,
        form,
        rows,
        [_("At"), _("Person"), _("What"), _("About"), _("From")],
        lambda row: [
            moment(row.at),
            _person(row),
            row.get_kind_display(),
            row.about or "–",
            row.address or "–",
        ],
    )


def _person(row: Event) -> str:
    if row.user is None:
        return _("nobody logged in")
    return _("a patient") if row.user.patient_id else str(row.user)


@needs(Action.READ_AUDIT)
def emergencies(request: ClinicRequest) -> HttpResponse:
    """Charts that were opened in an emergency; those to review first."""
    rows = _emergencies(request.who).select_related("user", "reviewed_by")
    page = Paginator(rows.order_by("-reviewed_by_id", "-since"), PAGE).get_page(
        request.GET.get("page")
    )
    codes = dict(
        Patient.objects.filter(pk__in=[row.patient_id for row in page]).values_list(
            "pk", "pseudonym"
        )
    )
    table = Table(
        _("Emergency accesses"),
        [Column(_("At")), Column(_("Person")), Column(_("Patient")), Column(_("Reason")),
         Column(_("Review"))],
        [
            Row(
                [
                    Cell(moment(row.since), url=reverse("office_emergency", args=[row.pk])),
                    str(row.user),
                    codes[row.patient_id],
                    row.reason,
                    Cell(_("reviewed"), chip="good", quiet=str(row.reviewed_by))
                    if row.reviewed_at
                    else Cell(_("to review"), chip="stop"),
                ]
            )
            for row in page
        ],
        hide_caption=True,
        empty=_("No chart was opened in an emergency"),
    )  # fmt: skip
    context = {"table": table, "page": page, "tabs": _tabs(request)}
    return render(request, "office/audit.html", context)


@needs(Action.READ_AUDIT)
def emergency(request: ClinicRequest, pk: int) -> HttpResponse:
    """One emergency access: the reason, what was opened, and the review."""
    access: EmergencyAccess = found(_emergencies(request.who), pk)
    form = ReviewForm(posted(request))
    if done(form, lambda: services.review(request.who, access, form.cleaned_data["note"])):
        messages.success(request, _("The review was kept."))
        return redirect("office_emergencies")
    opened = Reading.objects.filter(
        user=access.user, patient_id=access.patient_id, at__range=(access.since, access.until)
    ).order_by("at")
    table = Table(
        _("What was opened"),
        [Column(_("At")), Column(_("To")), Column(_("Page"))],
        [Row([moment(row.at), row.what, row.route]) for row in opened[:200]],
        empty=_("Nothing was opened"),
    )
    patient = Patient.objects.get(pk=access.patient_id)
    context = {"access": access, "code": patient.pseudonym, "form": form, "table": table}
    return form_page(request, "office/emergency.html", context)


def _emergencies(who: Who) -> QuerySet[EmergencyAccess]:
    patients = Patient.objects.filter(site_id__in=who.sites(Action.READ_AUDIT)).values("pk")
    return EmergencyAccess.objects.filter(patient_id__in=patients)


def _page(
    request: ClinicRequest,
    form: AskForm,
    rows: QuerySet[Any],
    columns: Sequence[str],
    row: Any,
) -> HttpResponse:
    page = _Newest(rows, PAGE).get_page(request.GET.get("page"))
    table = Table(
        _("Audit log"),
        [Column(label) for label in columns],
        [Row(row(each)) for each in page],
        dense=True,
        hide_caption=True,
        empty=_("Nothing was found"),
    )
    context = {
        "form": form,
        "page": page,
        "table": table,
        "tabs": _tabs(request),
        "at_most": AT_MOST if page.paginator.count == AT_MOST else None,
    }
    return form_page(request, "office/audit.html", context)


def _tabs(request: ClinicRequest) -> list[NavItem]:
    return [
        NavItem(label, reverse(name), request.path == reverse(name))
        for label, name in (
            (_("Entries"), "office_audit"),
            (_("Readings"), "office_readings"),
            (_("Identities"), "office_identities"),
            (_("Accounts and operation"), "office_events"),
            (_("Emergencies"), "office_emergencies"),
        )
    ]
