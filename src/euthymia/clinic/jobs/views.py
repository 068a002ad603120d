"""A job's page, the part of it that looks again by itself, and the list of one's jobs.

Other rooms show a job with `{% include "jobs/progress.html" with job=job %}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from euthymia.clinic.accounts.views import ClinicRequest, any_user
from euthymia.clinic.jobs import services
from euthymia.clinic.jobs.models import Job, State
from euthymia.clinic.ui.formats import moment
from euthymia.clinic.ui.values import Cell, Column, Row, Table, Tone

PAGE = 25
TONES: Mapping[State, Tone] = {
    State.QUEUED: "note",
    State.RUNNING: "accent",
    State.DONE: "good",
    State.FAILED: "stop",
    State.CANCELLED: "outline",
}


@any_user
def jobs(request: ClinicRequest) -> HttpResponse:
    """The jobs that one started."""
    page = Paginator(services.jobs_of(request.who), PAGE).get_page(request.GET.get("page"))
    return render(request, "jobs/jobs.html", {"page": page, "table": table_of(page.object_list)})


def table_of(jobs: Iterable[Job]) -> Table:
    """Jobs as a table; of a patient only the pseudonym."""
    return Table(
        _("Jobs"),
        [Column(_("Work")), Column(_("Patient")), Column(_("State")), Column(_("Asked for"))],
        [
            Row(
                [
                    Cell(job.label, url=reverse("job", args=[job.pk]), quiet=str(job.started_by)),
                    job.patient.pseudonym if job.patient else "–",
                    Cell(job.get_state_display(), chip=TONES[State(job.state)], quiet=job.error),
                    moment(job.asked_at),
                ]
            )
            for job in jobs
        ],
        hide_caption=True,
        empty=_("No long work was started yet"),
    )


@any_user
def job(request: ClinicRequest, job_id: UUID) -> HttpResponse:
    """One job: how far it is, what came of it, and what one can do."""
    return render(request, "jobs/job.html", _context(request, services.job_for(request, job_id)))


@any_user
def state(request: ClinicRequest, job_id: UUID) -> HttpResponse:
    """The part of the page that changes; it asks again every second while the job is active."""
    found = services.job_for(request, job_id)
    answer = render(request, "jobs/progress.html", _context(request, found))
    if not found.is_active:
        # Pages that show a job among other things may want to look again.
        answer.headers["HX-Trigger"] = "job-ended"
    return answer


@any_user
@require_POST
def cancel(request: ClinicRequest, job_id: UUID) -> HttpResponse:
    """Stop a job."""
    found = services.job_for(request, job_id)
    services.cancel(request.who, found)
    return _answer(request, found)


@any_user
@require_POST
def retry(request: ClinicRequest, job_id: UUID) -> HttpResponse:
    """Begin a job again that failed or was cancelled."""
    found = services.job_for(request, job_id)
    services.retry(request.who, found)
    return _answer(request, found)


def _answer(request: ClinicRequest, found: Job) -> HttpResponse:
    if getattr(request, "htmx", False):
        return render(request, "jobs/progress.html", _context(request, found))
    return redirect("job", job_id=found.pk)


def _context(request: ClinicRequest, found: Job) -> dict[str, object]:
    return {
        "job": found,
        "patient": found.patient,
        "may_change": services.may_change(request.who, found),
    }
