"""The motor threshold at the chair: what to set, what the muscle did, what follows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from euthymia.chart.chart import Chart
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.chair.models import ThresholdSearch
from euthymia.clinic.chair.threshold import searches
from euthymia.clinic.chair.threshold.picture import in_words, search_svg
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.clinic.ui import names
from euthymia.clinic.ui.forms import done, form_page, offer, posted
from euthymia.core.errors import InputError
from euthymia.treat.threshold.method import Advice
from euthymia.treat.threshold.named import FROM_CHART, METHODS
from euthymia.treat.threshold.rules import threshold_rules


class SearchForm(forms.Form):
    """How a threshold is searched for."""

    method = forms.ChoiceField(
        label=gettext_lazy("Method"), choices=list(METHODS.items()), widget=forms.RadioSelect
    )
    answer_by = forms.ChoiceField(
        label=gettext_lazy("An answer is"),
        choices=(
            (searches.TWITCH, gettext_lazy("a visible twitch")),
            (searches.EMG, gettext_lazy("judged on the EMG (yes or no)")),
            (searches.MICROVOLT, gettext_lazy("an EMG amplitude, typed in µV")),
        ),
        widget=forms.RadioSelect,
    )
    muscle = forms.CharField(label=gettext_lazy("Muscle"), max_length=60, initial="right FDI")
    stimulator = forms.ChoiceField(label=gettext_lazy("Stimulator"))
    coil = forms.ChoiceField(label=gettext_lazy("Coil"))
    start_pct = forms.FloatField(
        label=gettext_lazy("First output, % MSO"), min_value=1, max_value=100, required=False
    )
    prior = forms.ChoiceField(
        label=gettext_lazy("Before the first pulse (Bayesian search only)"), required=False
    )
    simulated = forms.BooleanField(
        label=gettext_lazy("A simulated stimulator and muscle, to practise"), required=False
    )

    def __init__(self, *args: Any, chart: Chart, simulate: bool, **named: Any) -> None:
        super().__init__(*args, **named)
        asked = chart.standing_prescription or chart.plan_request
        priors = [(key, rule.title) for key, rule in threshold_rules().priors.items()]
        if chart.motor_threshold is not None:
            priors.append((FROM_CHART, _("around this patient's last threshold")))
        machines = names.stimulator_choices()
        coils = names.coil_choices()
        if asked is not None:
            machines = _first(machines, asked.fact.stimulator)
            coils = _first(coils, asked.fact.coil)
        for name, choices in (("prior", priors), ("stimulator", machines), ("coil", coils)):
            offer(self, name, choices)
        if not simulate:
            del self.fields["simulated"]


def _first(choices: list[tuple[str, str]], wanted: str) -> list[tuple[str, str]]:
    """The choices with the prescribed one first; it is added if it is not among them."""
    found = [each for each in choices if each[0] == wanted] or [(wanted, wanted)]
    return [*found, *(each for each in choices if each[0] != wanted)]


@needs(Action.MEASURE_THRESHOLD, of_patient=True)
def threshold(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """The search under way, or the choice of a method for a new one."""
    chart = chart_of(patient).chart
    search = searches.open_search(patient)
    if search is None:
        return _choose(request, patient, chart)
    problem = ""
    if request.method == "POST":
        try:
            _carry_out(request, patient, chart, search)
        except InputError as error:
            problem = str(error)
        else:
            return redirect(request.path)
    return _show(request, patient, chart, search, problem)


def _choose(request: ClinicRequest, patient: Patient, chart: Chart) -> HttpResponse:
    form = SearchForm(
        posted(request),
        chart=chart,
        simulate=searches.may_simulate(patient),
        initial={"method": "bayesian", "answer_by": searches.EMG},
    )

    def begin() -> None:
        given = form.cleaned_data
        prior = given.get("prior") or "adults"
        searches.begin(request.who, patient, **{**given, "prior": prior})

    if done(form, begin):
        return redirect(request.path)
    context = {"patient": patient, "form": form, "thresholds": chart.motor_thresholds[::-1]}
    return form_page(request, "chair/threshold_begin.html", context)


def _carry_out(
    request: ClinicRequest, patient: Patient, chart: Chart, search: ThresholdSearch
) -> None:
    """What was pressed on the page of a search."""
    number = _number(request.POST.get("number", ""))
    match request.POST.get("do"):
        case "answer":
            pct = _output(request, search, chart)
            trial = searches.trial_of(search, pct, request.POST.get("said", ""))
            searches.answer(search.pk, number, trial)
        case "undo":
            searches.undo(search.pk, number)
        case "fire":
            searches.fire_simulated(search.pk, number, _output(request, search, chart))
        case "record":
            searches.conclude(request.who, patient, search, chart)
            messages.success(request, _("The threshold is recorded."))
        case "give_up":
            searches.give_up(search.pk)


def _output(request: ClinicRequest, search: ThresholdSearch, chart: Chart) -> float:
    """The output that was used: the one proposed, or where the method allows it another one."""
    advice = searches.standing(search, chart).advice
    proposed = advice.next_pct_mso if advice else None
    typed = request.POST.get("pct", "").replace(",", ".")
    if search.method in searches.FREE_OUTPUT and typed:
        try:
            return float(typed)
        except ValueError:
            raise InputError(_("output"), _("it is no number"), _("Give it in % MSO")) from None
    if proposed is None:
        raise InputError(_("output"), _("the search is over"), _("Record it or take one back"))
    return proposed


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _show(
    request: ClinicRequest,
    patient: Patient,
    chart: Chart,
    search: ThresholdSearch,
    problem: str,
) -> HttpResponse:
    found = searches.standing(search, chart)
    advice = found.advice or Advice(None, None, "")
    estimate = advice.estimate
    done = found.advice is not None and advice.done
    return render(
        request,
        "chair/threshold.html",
        {
            "patient": patient,
            "search": search,
            "method": METHODS[search.method],
            "advice": advice,
            "done": done,
            "problem": problem or found.problem,
            "number": len(found.trials) + 1,
            "trials": found.trials,
            "last": found.trials[-1] if found.trials else None,
            "picture": search_svg(found.method, found.trials, estimate),
            "words": in_words(found.trials, estimate),
            "findings": searches.findings(search, estimate, chart) if estimate else (),
            "by_emg": searches.by_emg(search, estimate) if estimate else None,
            "free_output": search.method in searches.FREE_OUTPUT,
            "may_end": estimate is not None and not done and search.method in searches.FREE_OUTPUT,
        },
        status=422 if problem else 200,
    )
