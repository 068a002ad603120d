"""Computing the plan that a chart asks for, and keeping what it comes to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from euthymia.chart.chart import Chart
from euthymia.chart.entries import Entry
from euthymia.chart.envelope import canonical_json
from euthymia.chart.plan_head import other_head, patients_head
from euthymia.chart.planning import (
    placement_chosen,
    plan_from_chart,
    plan_proposed,
    prescription_written,
)
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, Who
from euthymia.clinic.heads.places import built_head
from euthymia.clinic.prescribing.services import DRAFT
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.documents import store
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import Wanted, record_all
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, by_severity
from euthymia.core.progress import Progress, stage
from euthymia.core.software import software
from euthymia.core.store import Store
from euthymia.model.head.head import Head
from euthymia.plan.course.ical import to_ical
from euthymia.plan.treatment import TreatmentPlan
from euthymia.report.html import to_html
from euthymia.report.pdf import to_pdf
from euthymia.report.plan_document import plan_document
from euthymia.report.sections.placing import electrodes, scalp_words


@dataclass(frozen=True, slots=True)
class Made:
    """What making a plan left in the chart. draft: of a prescription; None says why there is none
    in `no_draft`."""

    proposed: Entry
    plan_sha256: str
    no_draft: str = ""


def plan(who: Who, patient: Patient, on: date, progress: Progress) -> Made:
    """Compute the plan that the chart asks for, keep its documents, and propose it (minutes).

    Made again for an unchanged chart it is proposed once: the document's hash is the same.
    """
    opened = chart_of(patient)
    head, doubts = _head(patient, opened.chart, progress)
    made = plan_from_chart(opened.chart, head, on, store=Store.default(), progress=progress)
    made = replace(made, own_findings=by_severity((*made.own_findings, *doubts)))
    ledger_head = f"{opened.head.seq}:{opened.head.line_sha256}"
    with stage(progress, "Drawing the figures"):
        document = plan_document(made, ledger_head=ledger_head)
    with stage(progress, "Setting the document"):
        pdf = to_pdf(document)
    kept = store(patient, f"plan-{on.isoformat()}.pdf", "application/pdf", pdf)
    store(patient, f"plan-{on.isoformat()}.html", "text/html", to_html(document).encode())
    _keep_calendar(patient, opened.chart, made, on)
    with stage(progress, "Recording the plan"):
        no_draft = _keep_draft(patient, made, on, kept.sha256)
        entry = record_all(
            who,
            patient,
            [
                Wanted(placement_chosen(made, on)),
                Wanted(plan_proposed(made, kept.sha256, kept.name, software())),
            ],
            Action.MAKE_PLAN,
        )[-1]
    return Made(entry, kept.sha256, no_draft)


def _head(patient: Patient, chart: Chart, progress: Progress) -> tuple[Head, tuple[Finding, ...]]:
    folder, t1 = built_head(patient)
    if folder is not None:
        return other_head(str(folder), chart, t1, progress)
    return patients_head(chart, None, progress)


def _keep_draft(patient: Patient, made: TreatmentPlan, on: date, sha256: str) -> str:
    """Keep the prescription that the plan amounts to; the reason where there is none."""
    try:
        fact = prescription_written(
            made,
            on,
            placement_text=scalp_words(made.placing, electrodes(made.placing)),
            plan_sha256=sha256,
        )
    except InputError as refusal:
        return str(refusal)
    content = canonical_json(fact.model_dump(mode="json"))
    store(patient, f"{sha256[:12]}-{DRAFT}", "application/json", content)
    return ""


def _keep_calendar(patient: Patient, chart: Chart, made: TreatmentPlan, on: date) -> None:
    """A calendar travels without the plan, so there is none where treatment is forbidden."""
    if made.course is None or not made.course.sessions or made.forbidden:
        return
    request = chart.plan_request
    text = to_ical(
        made.course,
        uid=request.id if request is not None else chart.patient.id,
        stamp=clock.now(),
        revision=len(chart.plans),
    )
    store(patient, f"course-{on.isoformat()}.ics", "text/calendar", text.encode())
