"""The first page of administration, the rules in force, and everybody's jobs."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from importlib.resources import files

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from euthymia.clinic import clock
from euthymia.clinic.accounts.models import EmergencyAccess, Event, EventKind
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.jobs.models import ACTIVE, Job
from euthymia.clinic.jobs.views import table_of
from euthymia.clinic.office.equipment import due
from euthymia.clinic.office.scope import sites_of, users_of
from euthymia.clinic.operation.health import state
from euthymia.clinic.records.models import Patient
from euthymia.clinic.reminders.troubles import troubles
from euthymia.clinic.ui.formats import moment
from euthymia.clinic.ui.values import Column, Row, Table, Tile
from euthymia.core.rule_files import rule_files

_OLD_BACKUP_H = 36


@needs(Action.ADMINISTER)
def office(request: ClinicRequest) -> HttpResponse:
    """What needs an administrator, and the ways to everything else."""
    return render(request, "office/office.html", {"tiles": _tiles(request)})


def _tiles(request: ClinicRequest) -> list[Tile]:
    who = request.who
    unwell = [f"{part}: {said}" for part, said in state().items() if said != "ok"]
    last = Event.objects.filter(kind=EventKind.BACKED_UP).order_by("-at").first()
    hours = (clock.now() - last.at).total_seconds() / 3600 if last else None
    to_review = waiting_emergencies(who.sites(Action.READ_AUDIT)).count()
    to_check = len(due(sites_of(who, Action.MANAGE_DEVICES), clock.today()))
    active = Job.objects.filter(state__in=ACTIVE).count()
    return [
        Tile(
            _("The system"),
            _("not well") if unwell else _("well"),
            detail="; ".join(unwell),
            tone="stop" if unwell else "good",
        ),
        Tile(
            _("Last backup"),
            moment(last.at) if last else _("never"),
            url=reverse("office_backup"),
            tone="good" if hours is not None and hours <= _OLD_BACKUP_H else "caution",
        ),
        Tile(
            _("Emergency accesses to review"),
            str(to_review),
            url=reverse("office_emergencies"),
            tone="stop" if to_review else "",
        ),
        Tile(
            _("Equipment to check"),
            str(to_check),
            url=reverse("office_equipment"),
            tone="caution" if to_check else "",
        ),
        Tile(
            _("Users"),
            str(users_of(who).filter(is_active=True).distinct().count()),
            url=reverse("office_users"),
        ),
        Tile(_("Jobs under way"), str(active), url=reverse("office_jobs")),
        _mail_tile(who.sites(Action.ADMINISTER)),
    ]


def _mail_tile(sites: tuple[int, ...]) -> Tile:
    """Whether reminders are sent by e-mail, and how many did not go out."""
    how = settings.PLACE.mail
    if how is None:
        return Tile(_("Reminders by e-mail"), _("off"), detail=_("no mail server is set"))
    failed = troubles(sites).count()
    said = ngettext("%(n)d did not go out", "%(n)d did not go out", failed) % {"n": failed}
    return Tile(
        _("Reminders by e-mail"),
        _("on") if how.server else _("into a folder"),
        detail=said if failed else "",
        tone="caution" if failed else "",
    )


def waiting_emergencies(sites: tuple[int, ...]) -> QuerySet[EmergencyAccess]:
    """Emergency accesses to patients of these sites that nobody has reviewed."""
    patients = Patient.objects.filter(site_id__in=sites).values("pk")
    return EmergencyAccess.objects.filter(reviewed_at=None, patient_id__in=patients)


@needs(Action.ADMINISTER)
def jobs(request: ClinicRequest) -> HttpResponse:
    """Everybody's jobs; of patients at one's sites only the code is shown."""
    found = (
        Job.objects.filter(
            Q(patient=None) | Q(patient__site_id__in=request.who.sites(Action.ADMINISTER))
        )
        .select_related("patient", "started_by")
        .order_by("-asked_at")
    )
    page = Paginator(found, 25).get_page(request.GET.get("page"))
    return render(request, "office/jobs.html", {"page": page, "table": table_of(page.object_list)})


@needs(Action.ADMINISTER)
def rules(request: ClinicRequest) -> HttpResponse:
    """Every data file with clinical rules, as this version holds it."""
    rows = []
    root = files("euthymia")
    for each in rule_files():
        digest = hashlib.sha256(root.joinpath(each.path).read_bytes()).hexdigest()
        stated = each.content.get("version", each.content.get("schema_version", ""))
        rows.append(Row([each.path, str(stated) or "–", digest[:16]]))
    table = Table(
        _("Rules in force"),
        [Column(_("File")), Column(_("Version")), Column(_("SHA-256 begins with"))],
        rows,
        dense=True,
        hide_caption=True,
    )
    return render(request, "office/rules.html", {"table": table, "software": version("euthymia")})
