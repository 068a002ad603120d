"""Trying a trial or a clinic's capacity on invented patients before trying it on people."""

from __future__ import annotations

from dataclasses import replace

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.ui.forms import form_page
from euthymia.learn.virtual.capacity import Clinic, simulate
from euthymia.learn.virtual.cohort import Assumptions
from euthymia.learn.virtual.trials import Design, power

_SEED = 0
"""The same question gets the same answer."""


class CapacityForm(forms.Form):
    """A clinic that is thought of."""

    chairs = forms.IntegerField(label=_("Chairs"), min_value=1, max_value=100, initial=3)
    per_chair = forms.IntegerField(
        label=_("Sessions a chair and day"), min_value=1, max_value=40, initial=10
    )
    referrals = forms.FloatField(
        label=_("New patients a week"), min_value=0.1, max_value=500, initial=4
    )
    days = forms.IntegerField(
        label=_("Treatment days to simulate"), min_value=50, max_value=5000, initial=1000
    )


class TrialForm(forms.Form):
    """A trial of two arms that is thought of."""

    patients = forms.IntegerField(
        label=_("Patients an arm"), min_value=5, max_value=2000, initial=100
    )
    effect = forms.FloatField(
        label=_("Part of the usual gain in the comparison arm"),
        min_value=0.0,
        max_value=2.0,
        initial=0.5,
    )
    looks = forms.IntegerField(label=_("Planned analyses"), min_value=1, max_value=10, initial=1)
    trials = forms.IntegerField(
        label=_("Simulated trials"), min_value=50, max_value=1000, initial=300
    )


@needs(Action.SIMULATE)
def what_if(request: ClinicRequest) -> HttpResponse:
    """One form for a clinic, one for a trial; the answer stands below the one that was sent."""
    asked = request.GET.get("what")
    clinic = CapacityForm(request.GET if asked == "clinic" else None)
    trial = TrialForm(request.GET if asked == "trial" else None)
    context: dict[str, object] = {"clinic": clinic, "trial": trial}
    if asked == "clinic" and clinic.is_valid():
        known = clinic.cleaned_data
        context["capacity"] = simulate(
            Clinic(known["chairs"], known["per_chair"], known["referrals"]), known["days"], _SEED
        )
    if asked == "trial" and trial.is_valid():
        known = trial.cleaned_data
        usual = Assumptions()
        design = Design(
            known["patients"], usual, replace(usual, effect=known["effect"]), looks=known["looks"]
        )
        context["power"] = power(design, known["trials"], _SEED)
    return form_page(request, "research/what_if.html", context)
