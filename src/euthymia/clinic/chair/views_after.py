"""One session that was given: its account, remarks, adverse events, the patient's check-in."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from euthymia.assess.scales.scale_rules import find_scale
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.intake_facts import NoteTopic, NoteWritten
from euthymia.chart.patient_facts import ScaleFilled
from euthymia.chart.session_facts import AdverseEventRecorded
from euthymia.chart.session_sink import documents_of
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.chair.engine.board import GIVEN, SHORT, TODO
from euthymia.clinic.chair.forms import AdverseForm, CheckInForm, RemarkForm
from euthymia.clinic.chair.live import timeline_svg, timeline_words
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.entry_forms import EntryForm
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import record
from euthymia.clinic.ui.forms import attempt
from euthymia.treat.dose.account import SessionDose, remainder_findings, session_dose
from euthymia.treat.session.journal import journals

_CHECK_IN = "check_in"


@needs(Action.READ_CHART, of_patient=True)
def session(request: ClinicRequest, patient: Patient, number: int) -> HttpResponse:
    """What was given in this session, and what is noted about it."""
    chart = chart_of(patient).chart
    found = next((each for each in chart.sessions if each.fact.number == number), None)
    if found is None:
        raise Http404
    forms_shown = _forms(request)
    if request.method == "POST" and _noted(request, patient, number, forms_shown):
        return redirect(request.path)
    dose = next(
        (session_dose(each) for each in journals(documents_of(chart)) if each.session == number),
        None,
    )
    marks = _marks(dose) if dose else ""
    now = clock.now()
    coming = [each for each in chart.appointments if each.stands and each.start > now]
    day = found.fact.started_at.date()
    return render(
        request,
        "chair/session.html",
        {
            "patient": patient,
            "number": number,
            "given": found.fact,
            "dose": dose,
            "short": [t for t in dose.trains if t.delivered != t.requested] if dose else (),
            "trains": timeline_svg(marks),
            "trains_words": timeline_words(marks),
            "findings": remainder_findings(dose) if dose else (),
            "events": [e for e in chart.adverse_events if e.fact.session == number],
            "notes": [n for n in chart.notes if n.fact.session == number],
            "check_ins": [s for s in chart.scales_named(_CHECK_IN) if s.fact.score.on == day],
            "check_in_scale": find_scale(_CHECK_IN),
            "open_tasks": chart.open_safety_tasks,
            "next": coming[0] if coming else None,
            **forms_shown,
            "may_note": can(Action.WRITE_NOTE, request.who, patient),
            "may_report": can(Action.RECORD_ADVERSE_EVENT, request.who, patient),
            "may_rate": can(Action.RECORD_SCALE, request.who, patient),
        },
        status=422 if request.method == "POST" else 200,
    )


def _forms(request: ClinicRequest) -> dict[str, EntryForm]:
    """The forms of the page; the one that was sent holds what was typed."""

    def data(name: str) -> QueryDict | None:
        return request.POST if request.POST.get("do") == name else None

    return {
        "remark_form": RemarkForm(data("remark"), prefix="remark"),
        "adverse_form": AdverseForm(
            data("adverse"), prefix="adverse", initial={"related": "unknown"}
        ),
        "check_form": CheckInForm(data("check_in"), prefix="check", scale=find_scale(_CHECK_IN)),
    }


def _noted(
    request: ClinicRequest, patient: Patient, number: int, shown: dict[str, EntryForm]
) -> bool:
    """Record what was sent; False with the errors at the form if it cannot be."""
    form = {
        "remark": shown["remark_form"],
        "adverse": shown["adverse_form"],
        "check_in": shown["check_form"],
    }.get(request.POST.get("do", ""))
    if form is None:
        return False
    said = attempt(form, lambda: _record(request, patient, number, form))
    if said is None:
        return False
    messages.success(request, said)
    return True


def _record(request: ClinicRequest, patient: Patient, number: int, form: EntryForm) -> str:
    entry_id = form.id_of_entry
    if isinstance(form, RemarkForm):
        note = NoteWritten(topic=NoteTopic.SESSION, text=form.cleaned_data["text"], session=number)
        record(request.who, patient, note, Action.WRITE_NOTE, entry_id=entry_id)
        return _("The remark is recorded.")
    if isinstance(form, AdverseForm):
        data = form.cleaned_data
        event = AdverseEventRecorded(
            event=form.name,
            onset_on=clock.today(),
            severity=data["severity"],
            serious=data["serious"],
            related=data["related"],
            action=data["action"],
            session=number,
        )
        record(request.who, patient, event, Action.RECORD_ADVERSE_EVENT, entry_id=entry_id)
        return _("The adverse event is recorded.")
    assert isinstance(form, CheckInForm)
    score = ScaleScore(scale=_CHECK_IN, on=clock.today(), items=form.items())
    filled = ScaleFilled(score=score, rated_by="patient")
    record(request.who, patient, filled, Action.RECORD_SCALE, entry_id=entry_id)
    return _("The check-in is recorded.")


def _marks(dose: SessionDose) -> str:
    marks = [TODO] * dose.prescribed_trains
    for train in dose.trains:
        marks[train.train - 1] = GIVEN if train.delivered == train.requested else SHORT
    return "".join(marks)
