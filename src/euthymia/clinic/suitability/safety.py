"""The safety screen before TMS: questions, implants, medicines, and all that was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from euthymia.assess.safety.implants import (
    IMPLANT_PROPERTIES,
    Implant,
    ImplantKind,
    check_implants,
    implant_kinds,
)
from euthymia.assess.safety.screen import (
    MEDICINES_ITEM,
    Answer,
    ScreenAnswer,
    ScreenItem,
    clearance,
    screen_items,
)
from euthymia.assess.safety.seizure_drugs import seizure_risk
from euthymia.chart.chart import Chart
from euthymia.chart.patient_facts import ImplantRecorded, ScreenAnswered
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.entry_forms import EntryForm, recorded
from euthymia.clinic.records.models import Patient
from euthymia.clinic.suitability.assessed import assessed, may_correct_history
from euthymia.clinic.ui.forms import (
    day_field,
    form_page,
    offer,
    posted,
    text_field,
    today,
    yes_no_field,
    yes_or_no,
)
from euthymia.core.findings import Finding
from euthymia.report.sections.words import conclusion, tally

ANSWERS = {Answer.NO: lazy("no"), Answer.YES: lazy("yes"), Answer.UNKNOWN: lazy("not known")}
PROPERTY_WORDS = {
    "removable": lazy("Can be taken off"),
    "electronic": lazy("Electronic"),
    "conductive": lazy("Conductive or magnetic"),
    "mr_conditional": lazy("MR-conditional"),
    "intracranial": lazy("Within the skull"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the screen in the form: its fields, and what was answered last."""

    item: ScreenItem
    number: int
    answer: forms.BoundField
    detail: forms.BoundField
    before: str


class ScreenForm(EntryForm):
    """The whole screen. What is left open was not asked, and is found as such."""

    answered_on = day_field(lazy("Answered on"))

    def __init__(self, *args: Any, chart: Chart | None = None, **named: Any) -> None:
        super().__init__(*args, **named)
        self._before = chart.screen_answers if chart else {}
        for item in screen_items():
            self.fields[item.id] = forms.ChoiceField(
                label=item.text,
                choices=[(each.value, word) for each, word in ANSWERS.items()],
                widget=forms.RadioSelect,
                required=False,
            )
            self.fields[f"{item.id}_detail"] = text_field(
                _("Details"), required=False, max_length=1000, attrs={"placeholder": _("details")}
            )

    @property
    def questions(self) -> list[Question]:
        """The questions in the order in which they are asked, the patient's own first."""
        ordered = sorted(screen_items(), key=lambda item: item.clinician)
        return [
            Question(item, place, self[item.id], self[f"{item.id}_detail"], self._said(item))
            for place, item in enumerate(ordered, start=1)
        ]

    @property
    def asked_of_patient(self) -> list[Question]:
        return [each for each in self.questions if not each.item.clinician]

    @property
    def asked_by_clinician(self) -> list[Question]:
        return [each for each in self.questions if each.item.clinician]

    def _said(self, item: ScreenItem) -> str:
        known = self._before.get(item.id)
        if known is None:
            return ""
        answer, screen = known
        detail = f" ({answer.detail})" if answer.detail else ""
        on = screen.fact.answered_on.isoformat()
        return _("Last: %(answer)s%(detail)s, %(on)s") % {
            "answer": ANSWERS[answer.answer],
            "detail": detail,
            "on": on,
        }

    def clean(self) -> dict[str, Any]:
        """Something has to be answered, and what has details has an answer."""
        found = super().clean() or {}
        for item in screen_items():
            if found.get(f"{item.id}_detail") and not found.get(item.id):
                self.add_error(item.id, _("There are details, but no answer."))
        if not any(found.get(item.id) for item in screen_items()) and not self.errors:
            raise forms.ValidationError(_("No question is answered yet."))
        return found

    def fact(self) -> ScreenAnswered:
        given = self.cleaned_data
        return ScreenAnswered(
            answered_on=given["answered_on"],
            answers=tuple(
                ScreenAnswer(item.id, Answer(given[item.id]), given[f"{item.id}_detail"])
                for item in screen_items()
                if given[item.id]
            ),
        )


class ImplantForm(EntryForm):
    """Metal or a device in or on the body."""

    piece = forms.ChoiceField(label=lazy("What it is"))
    location = text_field(lazy("Where it is"), required=False)
    distance_from_coil_cm = forms.FloatField(
        label=lazy("Distance from the coil (cm)"),
        required=False,
        min_value=0,
        max_value=200,
        help_text=lazy("From the coil in its treatment place to the nearest part, leads included."),
    )
    electronics_distance_cm = forms.FloatField(
        label=lazy("Distance of its electronics (cm)"),
        required=False,
        min_value=0,
        max_value=200,
        help_text=lazy("If a pulse generator lies elsewhere."),
    )
    note = text_field(lazy("Note"), rows=2, required=False)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        kinds = [(row.id.value, row.name) for row in implant_kinds()]
        offer(self, "piece", [("", _("choose")), *kinds])
        for name in IMPLANT_PROPERTIES:
            self.fields[name] = yes_no_field(
                PROPERTY_WORDS[name], _("as for its kind, or not known")
            )
        self.order_fields(
            ["piece", "location", "distance_from_coil_cm", "electronics_distance_cm",
             *IMPLANT_PROPERTIES, "note"]
        )  # fmt: skip

    def fact(self) -> ImplantRecorded:
        given = self.cleaned_data
        said = {name: yes_or_no(given[name]) for name in IMPLANT_PROPERTIES}
        implant = Implant(
            kind=ImplantKind(given["piece"]),
            location=given["location"],
            distance_from_coil_cm=given["distance_from_coil_cm"],
            electronics_distance_cm=given["electronics_distance_cm"],
            note=given["note"],
            **said,
        )
        check_implants((implant,))  # refuses a property that its kind does not have
        return ImplantRecorded(implant=implant)


@needs(Action.READ_CHART, of_patient=True)
def safety(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Everything that the screen finds, gravest first, with what it rests on."""
    chart = chart_of(patient).chart
    state = assessed(chart)
    found = state.found.safety if state.found else ()
    severity, words = conclusion(found)
    who = request.who
    may_screen = can(Action.RECORD_SCREEN, who, patient)
    return render(
        request,
        "suitability/safety.html",
        {
            "patient": patient,
            "state": state,
            "findings": _apart(found, drugs=False),
            "drugs": _apart(found, drugs=True),
            "severity": severity,
            "words": words,
            "tally": tally(found),
            "clearance": clearance(found),
            "answers": _answers(chart),
            "unasked": [i for i in screen_items() if i.id not in _settled(chart)],
            "implants": [(each, _kind_name(each.fact.implant)) for each in chart.implants],
            "medicines": chart.medicines,
            "risk": seizure_risk(),
            "may_screen": may_screen,
            "may_correct": may_correct_history(who, patient),
            "may_list": can(Action.RECORD_MEDICINES, who, patient),
            "may_amend": may_screen and can(Action.AMEND, who, patient),
        },
    )


def _apart(found: tuple[Finding, ...], *, drugs: bool) -> list[Finding]:
    """The findings on medicines, or all the others."""
    return [each for each in found if each.code.startswith("safety.drug.") is drugs]


def _settled(chart: Chart) -> set[str]:
    """Questions that were answered, also by another record."""
    settled = set(chart.screen_answers)
    return settled | {MEDICINES_ITEM} if chart.medicines else settled


def _answers(chart: Chart) -> list[tuple[ScreenItem, Any, Any, Any]]:
    """Every answered question: the answer, its word, and the entry it comes from."""
    items = {item.id: item for item in screen_items()}
    return [
        (items[key], answer, ANSWERS[answer.answer], screen)
        for key, (answer, screen) in chart.screen_answers.items()
        if key in items
    ]


def _kind_name(implant: Implant) -> str:
    return next(row.name for row in implant_kinds() if row.id is implant.kind)


@needs(Action.RECORD_SCREEN, of_patient=True)
def answer_screen(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Ask the questions of the screen."""
    chart = chart_of(patient).chart
    form = ScreenForm(posted(request), chart=chart, initial={"answered_on": today()})
    if recorded(form, request.who, patient, form.fact, Action.RECORD_SCREEN):
        messages.success(request, _("The answers are recorded. This is what they lead to."))
        return redirect("safety", patient_id=patient.pk)
    return form_page(request, "suitability/screen.html", {"patient": patient, "form": form})


@needs(Action.RECORD_SCREEN, of_patient=True)
def implant(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Record an implant, a worn device or a piece of metal."""
    form = ImplantForm(posted(request))
    if recorded(form, request.who, patient, form.fact, Action.RECORD_SCREEN):
        messages.success(request, _("The implant is recorded. This is what it leads to."))
        return redirect("safety", patient_id=patient.pk)
    heading = _("Record an implant or metal")
    context = {"patient": patient, "form": form, "heading": heading, "back": "safety"}
    return form_page(request, "intake/entry_form.html", context)
