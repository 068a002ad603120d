"""Backups and checks: what was done last, and starting them as jobs."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from euthymia.clinic.accounts.models import Event, EventKind
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.jobs.models import Job
from euthymia.clinic.jobs.services import start as start_job
from euthymia.clinic.operation import passphrase
from euthymia.clinic.operation.work import BACK_UP, REBUILD, VERIFY, backup_folder
from euthymia.clinic.ui.formats import moment
from euthymia.clinic.ui.values import Column, Row, Table
from euthymia.core.errors import InputError

_KINDS = (BACK_UP, VERIFY, REBUILD)


@needs(Action.BACK_UP)
def backup(request: ClinicRequest) -> HttpResponse:
    """The last backups and checks, and buttons for new ones."""
    done = Event.objects.filter(
        kind__in=(EventKind.BACKED_UP, EventKind.VERIFIED, EventKind.RESTORED)
    )
    table = Table(
        _("Backups and checks"),
        [Column(_("At")), Column(_("What")), Column(_("Result")), Column(_("By"))],
        [
            Row([
                moment(each.at),
                each.get_kind_display(),
                each.about,
                str(each.user or _("command line")),
            ])
            for each in done.select_related("user").order_by("-at")[:20]
        ],
        empty=_("The clinic was never backed up"),
    )  # fmt: skip
    jobs = Job.objects.filter(kind__in=_KINDS).order_by("-asked_at")[:3]
    context = {
        "table": table,
        "jobs": jobs,
        "folder": backup_folder(),
        "encrypted": passphrase.is_set(),
        "may_change": True,
    }
    return render(request, "office/backup.html", context)


@needs(Action.BACK_UP)
@require_POST
def start(request: ClinicRequest) -> HttpResponse:
    """Begin one of the jobs."""
    kind = request.POST.get("kind", "")
    if kind not in _KINDS:
        raise InputError(f"job {kind}", "it is none of these", "Go back and press a button")
    start_job(request.who, kind, None, {})
    return redirect("office_backup")
