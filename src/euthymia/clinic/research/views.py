"""The clinic's own results, and what is published."""

from __future__ import annotations

from functools import cache

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from euthymia.clinic.accounts.models import Site
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.jobs.models import ACTIVE, Job
from euthymia.clinic.jobs.services import start
from euthymia.clinic.research import gathering, shown
from euthymia.clinic.research.work import GATHER
from euthymia.learn.evidence.catalogue import claims, trials
from euthymia.learn.evidence.effects import Measure
from euthymia.learn.evidence.summary import analyse
from euthymia.report.figures.forest import forest, funnel
from euthymia.report.figures.site_funnel import draw

_analysed = cache(analyse)
"""What is published does not change while the program runs."""

_KINDS = ("response", "remission")
_MEASURES = {
    "odds": Measure.ODDS_RATIO,
    "risk": Measure.RISK_RATIO,
    "difference": Measure.RISK_DIFFERENCE,
}


@needs(Action.READ_REGISTRY)
def registry(request: ClinicRequest) -> HttpResponse:
    """The results of one's sites, with the missing outcomes counted, beside published ones."""
    sites = Site.objects.filter(pk__in=request.who.sites(Action.READ_REGISTRY)).order_by("name")
    names = tuple(sites.values_list("name", flat=True))
    at = gathering.gathered_at()
    found = gathering.summary_of(names) if at is not None else None
    units = found.sites if found is not None else None
    several = units is not None and len(units.units) > 1
    context = {
        "at": at,
        "sites": names,
        "found": found,
        "tables": shown.registry_tables(found) if found is not None and found.courses else (),
        "funnel": draw(units, "response") if units is not None and several else "",
        "job": Job.objects.filter(kind=GATHER, state__in=ACTIVE).first(),
        "may_export": can(Action.EXPORT_REGISTRY, request.who),
        "may_simulate": can(Action.SIMULATE, request.who),
    }
    return render(request, "research/registry.html", context)


@require_POST
@needs(Action.READ_REGISTRY)
def gather(request: ClinicRequest) -> HttpResponse:
    """Gather the registry anew, in the background."""
    return redirect("job", job_id=start(request.who, GATHER).pk)


@needs(Action.EXPORT_REGISTRY)
def export(request: ClinicRequest, form: str) -> HttpResponseBase:
    """The courses of patients who agreed to the research registry, as Parquet or CSV."""
    if form not in ("parquet", "csv"):
        raise Http404
    path = gathering.table_path(gathering.CONSENTED)
    if not path.is_file():
        messages.info(
            request, _("The registry was not gathered yet: gather it first, then export it.")
        )
        return redirect("registry")
    if form == "parquet":
        return FileResponse(path.open("rb"), as_attachment=True, filename="registry.parquet")
    answer = StreamingHttpResponse(gathering.as_csv(path), content_type="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="registry.csv"'
    return answer


@needs(Action.READ_EVIDENCE)
def evidence(request: ClinicRequest) -> HttpResponse:
    """What is known: each claim of the field with its strength and what speaks against it."""
    return render(request, "research/claims.html", {"claims": claims()})


@needs(Action.READ_EVIDENCE)
def trials_page(request: ClinicRequest) -> HttpResponse:
    """The trials, oldest first, null results among them."""
    known = sorted({row.indication for row in trials()})
    asked = request.GET.get("indication", "")
    found = trials(asked) if asked in known else trials()
    context = {"trials": found, "indications": known, "indication": asked}
    return render(request, "research/trials.html", context)


@needs(Action.READ_EVIDENCE)
def pooled(request: ClinicRequest) -> HttpResponse:
    """The masked trials taken together, by every estimator, with the doubts."""
    kind = request.GET.get("outcome", "response")
    measure = request.GET.get("as", "odds")
    kind = kind if kind in _KINDS else "response"
    measure = measure if measure in _MEASURES else "odds"
    found = _analysed(kind, _MEASURES[measure], "depression", None)
    context = {
        "found": found,
        "kind": kind,
        "measure": measure,
        "kinds": [("response", _("response")), ("remission", _("remission"))],
        "measures": [
            ("odds", _("odds ratio")),
            ("risk", _("risk ratio")),
            ("difference", _("risk difference")),
        ],
        "forest": forest(found.pooled, found.studies),
        "funnel": funnel(found.pooled),
        "rows": shown.pooled_rows(found),
        "estimators": shown.estimators(found),
        "without": shown.without_each(found),
    }
    return render(request, "research/pooled.html", context)
