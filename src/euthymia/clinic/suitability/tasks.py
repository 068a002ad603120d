"""Safety tasks: what an answer on suicide asks of the clinic, and how a psychiatrist closes it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from euthymia.chart.chart import Recorded
from euthymia.chart.patient_facts import ScaleFilled
from euthymia.chart.safety_facts import SafetyTaskClosed
from euthymia.chart.safety_tasks import SafetyTask
from euthymia.clinic.accounts.policy import Action, can, check
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.entry_forms import EntryForm, recorded
from euthymia.clinic.records.models import Patient
from euthymia.clinic.suitability.scales import scale_of
from euthymia.clinic.ui.forms import day_field, form_page, posted, text_field, today


class TaskForm(EntryForm):
    """How the risk of suicide was assessed, by whom, and what was agreed."""

    person = text_field(lazy("Who assessed the risk"), max_length=120)
    assessed_on = day_field(lazy("Assessed on"))
    note = text_field(lazy("What was found and agreed"), rows=5)

    def fact(self, entry_id: str) -> SafetyTaskClosed:
        given = self.cleaned_data
        return SafetyTaskClosed(
            entry_id=entry_id,
            person=given["person"],
            note=given["note"],
            assessed_on=given["assessed_on"],
        )


@needs(Action.READ_CHART, of_patient=True)
def safety_tasks(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Every safety task of the patient, open and closed."""
    tasks = chart_of(patient).chart.safety_tasks
    return render(request, "suitability/safety_tasks.html", {"patient": patient, "tasks": tasks})


@needs(Action.READ_CHART, of_patient=True)
def safety_task(request: ClinicRequest, patient: Patient, entry_id: UUID) -> HttpResponse:
    """A safety task: what was answered, what to do now, and its closing by a psychiatrist."""
    chart = chart_of(patient).chart
    task = next((each for each in chart.safety_tasks if each.entry_id == str(entry_id)), None)
    if task is None:
        raise Http404
    first = {"person": request.who.name, "assessed_on": today()}
    form = TaskForm(posted(request), initial=first)
    if request.method == "POST":
        check(Action.CLOSE_SAFETY_TASK, request.who, patient)
        if recorded(
            form,
            request.who,
            patient,
            lambda: form.fact(task.entry_id),
            Action.CLOSE_SAFETY_TASK,
        ):
            messages.success(request, _("The safety task is closed."))
            return redirect("safety_task", patient_id=patient.pk, entry_id=entry_id)
    return form_page(
        request,
        "suitability/safety_task.html",
        {
            "patient": patient,
            "task": task,
            "answers": _answers(task, chart.scales),
            "form": form,
            "may_close": can(Action.CLOSE_SAFETY_TASK, request.who, patient),
            "may_rate": can(Action.RATE_SCALE, request.who, patient),
        },
    )


def _answers(task: SafetyTask, scales: Sequence[Recorded[ScaleFilled]]) -> list[tuple[str, str]]:
    """The items that opened the task, each with its answer in words where the scale has them."""
    chosen = scale_of(task.scale)
    filled = next((each for each in scales if each.id == task.entry_id), None)
    found: list[tuple[str, str]] = []
    for number_of_item in task.items:
        text = chosen.items[number_of_item - 1] if chosen.items else ""
        name = _("Item %d") % number_of_item + (f": {text}" if text else "")
        items = filled.fact.score.items if filled else ()
        answer = items[number_of_item - 1] if len(items) >= number_of_item else None
        if answer is None:
            found.append((name, _("up to %d") % task.highest))
        elif chosen.options:
            found.append((name, f"{answer} ({chosen.options[answer - chosen.item_min]})"))
        else:
            found.append((name, str(answer)))
    return found
