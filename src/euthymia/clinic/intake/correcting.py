"""One entry of a chart: what it says, how it was corrected, and the way to amend or retract it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from euthymia.assess.scales.scale_rules import all_scales
from euthymia.chart.chart import Chart
from euthymia.chart.entries import Amendable, Amended, Entry, Retracted
from euthymia.chart.facts import Fact, title
from euthymia.chart.patient_facts import (
    PatientRegistered,
    ScaleFilled,
)
from euthymia.clinic.accounts.policy import Action, Who, can
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.intake.corrections import ReasonForm, correction_of
from euthymia.clinic.intake.entry_words import lines
from euthymia.clinic.intake.fact_shapes import BETWEEN
from euthymia.clinic.intake.trials import agent_names
from euthymia.clinic.records.charts import OpenChart, chart_of
from euthymia.clinic.records.entry_forms import recorded, sent_before
from euthymia.clinic.records.models import Patient
from euthymia.clinic.ui.forms import attempt, form_page, posted
from euthymia.core.errors import InputError

_A = Action
RIGHTS_BY_KIND: Mapping[str, tuple[Action, ...]] = {
    "patient_registered": (_A.WRITE_IDENTITY,),
    "episode_recorded": (_A.RECORD_HISTORY,),
    "medication_trial_recorded": (_A.RECORD_HISTORY,),
    "medicines_recorded": (_A.RECORD_MEDICINES,),
    "screen_answered": (_A.RECORD_SCREEN,),
    "implant_recorded": (_A.RECORD_SCREEN,),
    "scale_filled": (_A.RECORD_SCALE,),
    "head_measured": (_A.MEASURE_HEAD,),
    "image_attached": (_A.MEASURE_HEAD,),
    "motor_threshold_measured": (_A.MEASURE_THRESHOLD,),
    "availability_recorded": (_A.SET_APPOINTMENTS,),
    "plan_requested": (_A.REQUEST_PLAN,),
    "plan_proposed": (_A.MAKE_PLAN,),
    "plan_signed": (_A.SIGN_PLAN,),
    "session_started": (_A.RUN_SESSION,),
    "train_intended": (_A.RUN_SESSION,),
    "train_delivered": (_A.RUN_SESSION,),
    "train_withheld": (_A.RUN_SESSION,),
    "session_interrupted": (_A.RUN_SESSION,),
    "session_resumed": (_A.RUN_SESSION,),
    "session_delivered": (_A.RUN_SESSION,),
    "adverse_event_recorded": (_A.RECORD_ADVERSE_EVENT,),
    "safety_task_closed": (_A.CLOSE_SAFETY_TASK,),
    "referral_received": (_A.RECORD_REFERRAL,),
    "consent_recorded": (_A.RECORD_CONSENT,),
    "authorization_recorded": (_A.RECORD_AUTHORIZATION,),
    "note_written": (_A.WRITE_NOTE,),
    "letter_signed": (_A.SIGN_LETTER,),
    "deviation_signed": (_A.SIGN_PRESCRIPTION,),
    "appointments_set": (_A.SET_APPOINTMENTS,),
    "appointment_moved": (_A.SET_APPOINTMENTS, _A.RECORD_MISSED),
    "appointment_missed": (_A.RECORD_MISSED,),
    "placement_chosen": (_A.CHOOSE_PLACEMENT,),
    "prescription_written": (_A.WRITE_PRESCRIPTION,),
    "prescription_signed": (_A.SIGN_PRESCRIPTION,),
    "course_ended": (_A.END_COURSE,),
    "follow_up_set": (_A.SET_FOLLOW_UP,),
    "follow_up_done": (_A.DO_FOLLOW_UP,),
    "reminder_sent": (_A.DO_FOLLOW_UP,),
}
"""Who may record a fact of a kind may also correct it."""

_AMENDABLE: frozenset[str] = frozenset(
    kind.model_fields["kind"].default for kind in get_args(Amendable)
)


@dataclass(frozen=True, slots=True)
class Version:
    """One state of an entry: the entry that brought it, and its content as lines."""

    entry: Entry
    lines: tuple[tuple[str, str], ...]
    retracts: bool


def may_correct(who: Who, patient: Patient, fact: Fact) -> bool:
    """Whether this person may amend or retract an entry of that kind."""
    kind: str = fact.kind  # type: ignore[attr-defined]
    actions = RIGHTS_BY_KIND.get(kind, ())
    if isinstance(fact, ScaleFilled) and _by_clinician(fact):
        actions = (_A.RATE_SCALE,)
    return can(Action.AMEND, who, patient) and any(can(each, who, patient) for each in actions)


def _by_clinician(fact: ScaleFilled) -> bool:
    return any(s.id == fact.score.scale and s.rater == "clinician" for s in all_scales())


@needs(Action.READ_CHART, of_patient=True)
def entry(request: ClinicRequest, patient: Patient, entry_id: UUID) -> HttpResponse:
    """What an entry says, and everything that was done about it."""
    opened = chart_of(patient)
    first = _entry(opened, entry_id)
    if isinstance(first.fact, Amended | Retracted):
        return redirect("entry", patient_id=patient.pk, entry_id=first.fact.entry_id)
    gone = _is_retracted(opened.chart, first)
    may = may_correct(request.who, patient, first.fact) and not gone
    return render(
        request,
        "intake/entry.html",
        {
            "patient": patient,
            "entry": first,
            "name": title(type(first.fact)),
            "versions": [_version(each) for each in opened.chart.history(first.id)],
            "retracted": gone,
            "may_amend": may and first.fact.kind in _AMENDABLE,
            "may_retract": may and not isinstance(first.fact, PatientRegistered),
        },
    )


@needs(Action.AMEND, of_patient=True)
def amend(request: ClinicRequest, patient: Patient, entry_id: UUID) -> HttpResponse:
    """Correct an entry: what it said stays, with the correction and its reason."""
    opened = chart_of(patient)
    original = _correctable(request.who, patient, opened, entry_id)
    if original.fact.kind not in _AMENDABLE:
        raise InputError(original.title, "it cannot be amended", "Retract it, and record it anew")
    standing = _standing(opened.chart, original)
    form, template = correction_of(standing, posted(request))
    if _amended(request, patient, form, original, standing):
        messages.success(request, _("The entry is corrected."))
        return redirect("entry", patient_id=patient.pk, entry_id=entry_id)
    return form_page(
        request,
        template,
        {
            "patient": patient,
            "form": form,
            "entry": original,
            "name": title(type(original.fact)),
            "agents": agent_names(),
            "scale": getattr(form, "scale", None),
            "correcting": True,
        },
    )


@needs(Action.AMEND, of_patient=True)
def retract(request: ClinicRequest, patient: Patient, entry_id: UUID) -> HttpResponse:
    """Declare that an entry does not hold; it stays readable."""
    opened = chart_of(patient)
    original = _correctable(request.who, patient, opened, entry_id)
    form = ReasonForm(posted(request))
    if _recorded(request, patient, form, Retracted(entry_id=original.id)):
        messages.success(request, _("The entry is retracted."))
        return redirect("entry", patient_id=patient.pk, entry_id=entry_id)
    return form_page(
        request,
        "intake/retract.html",
        {
            "patient": patient,
            "form": form,
            "entry": original,
            "name": title(type(original.fact)),
            "version": _version(original),
        },
    )


def _amended(
    request: ClinicRequest,
    patient: Patient,
    form: ReasonForm,
    original: Entry,
    standing: Fact,
) -> bool:
    def amended() -> Amended:
        fact: Any = form.fact()  # type: ignore[attr-defined]
        if fact == standing and not sent_before(patient, form.id_of_entry):
            form.add_error(None, _("Nothing is changed yet."))
        return Amended(entry_id=original.id, fact=fact)

    found = attempt(form, amended, _places(form))
    return found is not None and _recorded(request, patient, form, found)


def _places(form: forms.Form) -> dict[str, str]:
    """From a refusal's words to the field that they are about."""
    names = (name for name in form.fields if BETWEEN in name)
    return {name.replace(BETWEEN, "_"): name for name in names}


def _recorded(
    request: ClinicRequest, patient: Patient, form: ReasonForm, fact: Amended | Retracted
) -> bool:
    made = recorded(
        form, request.who, patient, lambda: fact, Action.AMEND,
        fields=_places(form), reason=form.reason,
    )  # fmt: skip
    return made is not None


def _entry(opened: OpenChart, entry_id: UUID) -> Entry:
    for each in opened.entries:
        if each.id == str(entry_id):
            return each
    raise Http404


def _correctable(who: Who, patient: Patient, opened: OpenChart, entry_id: UUID) -> Entry:
    original = _entry(opened, entry_id)
    if not may_correct(who, patient, original.fact):
        raise PermissionDenied(_("To correct this entry one must be allowed to record its kind."))
    return original


def _is_retracted(chart: Chart, original: Entry) -> bool:
    return any(
        isinstance(each.fact, Retracted) and each.fact.entry_id == original.id
        for each in chart.history(original.id)
    )


def _standing(chart: Chart, original: Entry) -> Fact:
    """What an entry says with its amendments in force."""
    gone = {each.fact.entry_id for each in chart.entries if isinstance(each.fact, Retracted)}
    latest: Fact = original.fact
    for each in chart.history(original.id):
        if isinstance(each.fact, Amended) and each.id not in gone:
            latest = each.fact.fact
    return latest


def _version(each: Entry) -> Version:
    fact: Fact = each.fact.fact if isinstance(each.fact, Amended) else each.fact
    retracts = isinstance(fact, Retracted)
    body = {} if retracts else fact.model_dump(mode="json", exclude={"kind", "schema_version"})
    return Version(each, tuple(lines(body)), retracts)
