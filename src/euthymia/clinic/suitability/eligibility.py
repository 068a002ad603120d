"""Resistance and eligibility: stages, clearances, payers' rules, and what is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from euthymia.assess.assessment import Assessment
from euthymia.assess.eligibility.label import LabelStatus
from euthymia.assess.eligibility.payers import PayerResult
from euthymia.assess.eligibility.tasks import Task, label_tasks, payer_tasks
from euthymia.assess.medication.verdicts import ReasonStep
from euthymia.assess.staging.results import DimensionScore
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.clinic.suitability.assessed import assessed, may_correct_history
from euthymia.clinic.suitability.letter import STATUS
from euthymia.clinic.ui.values import Tile, Tone
from euthymia.core.findings import Severity
from euthymia.core.references import Citation
from euthymia.report.sections.words import sentence

_LABEL_TONES: dict[LabelStatus, Tone] = {
    LabelStatus.ON_LABEL: "good",
    LabelStatus.OFF_LABEL: "caution",
    LabelStatus.RESEARCH: "caution",
}


@dataclass(frozen=True, slots=True)
class StageLine:
    """One definition or staging as it is shown. `text` goes on after the name."""

    name: str
    word: str
    tone: str
    text: str
    source: Citation
    steps: tuple[ReasonStep, ...]
    dimensions: tuple[DimensionScore, ...] = ()
    notes: tuple[ReasonStep, ...] = ()


@dataclass(frozen=True, slots=True)
class PayerLine:
    """One payer's rule as applied, with what is left to do."""

    result: PayerResult
    tasks: tuple[Task, ...]

    @property
    def word(self) -> str:
        return {True: _("met as far as recorded"), False: _("not met"), None: _("open")}[
            self.result.met
        ]

    @property
    def tone(self) -> str:
        return {True: "good", False: "stop", None: "caution"}[self.result.met]

    @property
    def count(self) -> str:
        """How many of the conditions are met."""
        conditions = self.result.conditions
        met = sum(each.held is True for each in conditions)
        words = ngettext(
            "%(met)d of %(all)d condition met", "%(met)d of %(all)d conditions met", len(conditions)
        )
        return words % {"met": met, "all": len(conditions)}


@needs(Action.READ_CHART, of_patient=True)
def eligibility(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """What every instrument, label and payer says of this patient today."""
    chart = chart_of(patient).chart
    state = assessed(chart)
    found = state.found
    who = request.who
    return render(
        request,
        "suitability/eligibility.html",
        {
            "patient": patient,
            "state": state,
            "found": found,
            "tiles": _tiles(found) if found else (),
            "stages": list(_stages(found)) if found else (),
            "label_tasks": label_tasks(found.eligibility) if found else (),
            "payers": [PayerLine(each, payer_tasks(each)) for each in found.payers]
            if found
            else (),
            "diagnosis": chart.patient.fact.diagnosis,
            "authorization": STATUS[chart.authorization.fact.status] if chart.authorization else "",
            "may_correct": may_correct_history(who, patient),
            "may_letter": can(Action.MAKE_LETTER, who, patient),
            "may_authorize": can(Action.RECORD_AUTHORIZATION, who, patient),
        },
    )


def _stages(found: Assessment) -> Iterator[StageLine]:
    """The definitions of resistance, then every staging."""
    words = {
        True: (_("met"), "good"),
        False: (_("not met"), "outline"),
        None: (_("open"), "caution"),
    }
    for each in found.definitions:
        name = each.definition.name
        word, tone = words[each.met]
        text = sentence(each.sentence.removeprefix(f"{name}: "))
        yield StageLine(name, word, tone, text, each.definition.source, each.steps)
    for stage in found.history.stages:
        word = _("does not apply") if stage.applicable is False else stage.label
        yield StageLine(
            stage.name, word, "outline" if stage.applicable is False else "",
            sentence(stage.sentence), stage.source, stage.steps, stage.dimensions, stage.notes,
        )  # fmt: skip


def _tiles(found: Assessment) -> Sequence[Tile]:
    """The four answers at the top: resistance, stage, clearance, safety."""
    trd, stage, label = found.trd, found.maudsley, found.eligibility
    met = {True: _("met"), False: _("not met"), None: _("open")}[trd.met]
    trd_tone: Tone = "good" if trd.met else "caution" if trd.met is None else ""
    points = _points(stage.low, stage.high)
    severity = max(found.clearance.label, found.clearance.guideline)
    words = {
        Severity.STOP: _("stop"),
        Severity.ACKNOWLEDGE: _("to be acknowledged"),
        Severity.CAUTION: _("caution"),
        Severity.NOTE: _("nothing against it"),
    }
    tones: dict[Severity, Tone] = {
        Severity.STOP: "stop",
        Severity.ACKNOWLEDGE: "caution",
        Severity.CAUTION: "caution",
        Severity.NOTE: "good",
    }
    count = len(found.safety)
    failures = _("adequate failure") if trd.failures.text == "1" else _("adequate failures")
    return (
        Tile(_("Resistance (two adequate failures)"), met,
             detail=trd.failures.text + " " + failures, tone=trd_tone),
        Tile(_("Maudsley stage"), points, detail=stage.label),
        Tile(_("Label in the USA"), label.status.label if label else _("not known"),
             detail="" if label else _("needs a diagnosis in ICD-10"),
             tone=_LABEL_TONES.get(label.status, "") if label else ""),
        Tile(_("Safety screen"), words[severity],
             detail=ngettext("%d finding", "%d findings", count) % count, tone=tones[severity]),
    )  # fmt: skip


def _points(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return _("does not apply")
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"
