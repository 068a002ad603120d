"""The rating scales of a patient: the last of each, filling one in, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from euthymia.assess.eligibility.conditions import condition_of
from euthymia.assess.eligibility.label import diagnosis_of_icd10
from euthymia.assess.scales.scale_rules import Scale, all_scales
from euthymia.assess.scales.score import ScaleChange, ScaleResult, ScaleScore, change, score_scale
from euthymia.chart.chart import Chart, Recorded
from euthymia.chart.patient_facts import ScaleFilled
from euthymia.clinic.accounts.policy import Action, can, check
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.entry_forms import EntryForm, recorded
from euthymia.clinic.records.models import Patient
from euthymia.clinic.ui.formats import number
from euthymia.clinic.ui.forms import day_field, form_page, posted, text_field, today
from euthymia.core.errors import InputError
from euthymia.core.references import Citation

USUAL = (
    "phq9",
    "gad7",
    "hamd17",
    "madrs",
    "qids_sr16",
    "cssrs_screen",
    "who5",
    "energy",
    "fatigue",
)
"""Shown first where the diagnosis names no scales of its own, and beside those that it names."""


Rater = Literal["patient", "clinician"]


class ScaleForm(EntryForm):
    """A scale on one day: its items, its total, or both."""

    on = day_field(lazy("Filled in on"))
    total = forms.FloatField(label=lazy("Total"), required=False)
    version = text_field(lazy("Version of the form"), required=False, max_length=60)
    language = text_field(lazy("Language of the form"), required=False, max_length=60)
    note = text_field(lazy("Note"), rows=2, required=False)

    def __init__(
        self, *args: Any, scale: Scale, rated_by: Rater | None = None, **named: Any
    ) -> None:
        super().__init__(*args, **named)
        self.scale = scale
        self._rated_by = rated_by
        self.fields["total"].help_text = _("From %(low)s to %(high)s.") % {
            "low": f"{scale.low:g}",
            "high": f"{scale.high:g}",
        }
        for place, most in enumerate(scale.item_max):
            self.fields[f"item_{place + 1}"] = _item(scale, place, most)
        if not scale.item_max:
            self.fields["total"].required = True

    @property
    def item_fields(self) -> list[forms.BoundField]:
        """The fields of the items, in the order of the scale."""
        return [self[f"item_{place + 1}"] for place in range(len(self.scale.item_max))]

    @property
    def boxed(self) -> bool:
        """Whether the items have worded answers, which are pressed instead of typed."""
        return bool(self.scale.options)

    def fact(self) -> ScaleFilled:
        """The filled-in scale; refuses scores that it cannot have."""
        given = self.cleaned_data
        answers = [given[field.name] for field in self.item_fields]
        answered = [None if each in (None, "") else int(each) for each in answers]
        items = tuple(answered) if any(each is not None for each in answered) else ()
        score = ScaleScore(
            scale=self.scale.id,
            on=given["on"],
            total=given["total"],
            items=items,
            note=given["note"],
            version=given["version"],
            language=given["language"],
        )
        score_scale(score)
        return ScaleFilled(score=score, rated_by=self._rated_by)

    def places(self) -> dict[str, str]:
        """From the subject of a refusal to the field that it is about."""
        name = self.scale.name
        found = {f"{name} item {n}".replace(" ", "_"): f"item_{n}" for n in self._numbers}
        return {**found, name.replace(" ", "_"): "total", "score_on": "on"}

    @property
    def _numbers(self) -> range:
        return range(1, len(self.scale.item_max) + 1)


def _item(scale: Scale, place: int, most: int) -> forms.Field:
    least = scale.item_min
    text = scale.items[place] if scale.items else ""
    label = f"{place + 1}. {text}" if text else _("Item %d") % (place + 1)
    if scale.options:
        worded = [(str(least + n), option) for n, option in enumerate(scale.options)]
        return forms.ChoiceField(
            label=label, required=False, choices=worded, widget=forms.RadioSelect
        )
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=least,
        max_value=most,
        help_text=_("%(low)d to %(high)d") % {"low": least, "high": most},
    )


@dataclass(frozen=True, slots=True)
class Filled:
    """One filled-in scale with its result, and the change from the first of its kind."""

    recorded: Recorded[ScaleFilled]
    result: ScaleResult
    change: ScaleChange | None

    @property
    def total(self) -> str:
        """ "17", or "15 to 18" where items are open."""
        low, high = self.result.low, self.result.high
        return f"{low:g}" if low == high else _("%(low)s to %(high)s") % {
            "low": f"{low:g}", "high": f"{high:g}"
        }  # fmt: skip

    @property
    def band(self) -> str:
        """The severity, by each set of bands."""
        bands = self.result.bands
        named = len(bands) > 1
        return "; ".join(f"{b.text} ({b.name})" if named else b.text for b in bands)

    @property
    def gain(self) -> str:
        """The change since the first score: "9 points better (53 %)"."""
        if self.change is None or self.change.improvement_points is None:
            return ""
        points, pct = self.change.improvement_points, self.change.improvement_pct
        if points == 0:
            return _("no change")
        word = _("better") if points > 0 else _("worse")
        share = f" ({number(abs(pct))} %)" if pct is not None else ""
        return _("%(points)s points %(word)s%(share)s") % {
            "points": number(abs(points), 0 if float(points).is_integer() else 1),
            "word": word,
            "share": share,
        }

    @property
    def outcome(self) -> tuple[str, str]:
        """Remission or response where it is reached, and the colour of the word."""
        if self.result.remission:
            return _("remission"), "good"
        if self.change is not None and self.change.response:
            return _("response"), "good"
        return "", ""


@dataclass(frozen=True, slots=True)
class ScaleLine:
    """One scale of the list: its last value if there is one, and whether one may fill it in."""

    scale: Scale
    last: Filled | None
    count: int
    may_fill: bool


def filled_of(chart: Chart, scale: Scale) -> list[Filled]:
    """Every filling of a scale, oldest first, each with its change from the first."""
    found: list[Filled] = []
    for each in chart.scales_named(scale.id):
        result = score_scale(each.fact.score)
        found.append(Filled(each, result, _change(found[0].result, result) if found else None))
    return found


def _change(first: ScaleResult, now: ScaleResult) -> ScaleChange | None:
    """The change between two fillings; None for forms that must not be compared."""
    try:
        return change(first, now)
    except InputError:
        return None


def scale_of(key: str) -> Scale:
    """The scale of that id; an unknown one is not found."""
    for scale in all_scales():
        if scale.id == key:
            return scale
    raise Http404


@needs(Action.READ_CHART, of_patient=True)
def scales(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """All scales with their last value, and open safety tasks before everything else."""
    chart = chart_of(patient).chart
    may = {
        "patient": can(Action.RECORD_SCALE, request.who, patient),
        "clinician": can(Action.RATE_SCALE, request.who, patient),
    }
    lines = list(_lines(chart, may))
    first = {*_named(chart), *USUAL}
    return render(
        request,
        "suitability/scales.html",
        {
            "patient": patient,
            "tasks": chart.safety_tasks,
            "open_tasks": chart.open_safety_tasks,
            "lines": [each for each in lines if each.last or each.scale.id in first],
            "others": [each for each in lines if not (each.last or each.scale.id in first)],
        },
    )


def _named(chart: Chart) -> tuple[str, ...]:
    """The scales by which the recorded condition is measured."""
    known = chart.patient.fact.diagnosis
    if known is None or not known.system.startswith("ICD-10"):
        return ()
    return condition_of(diagnosis_of_icd10(known.code)).scales


def _lines(chart: Chart, may: dict[str, bool]) -> Iterator[ScaleLine]:
    order = [*_named(chart), *USUAL]
    ranked = sorted(all_scales(), key=lambda s: order.index(s.id) if s.id in order else len(order))
    for scale in ranked:
        found = filled_of(chart, scale)
        yield ScaleLine(scale, found[-1] if found else None, len(found), may[scale.rater])


@needs(Action.READ_CHART, of_patient=True)
def scale(request: ClinicRequest, patient: Patient, key: str) -> HttpResponse:
    """One scale: its last result in full, and every filling before."""
    found = filled_of(chart_of(patient).chart, scale_of(key))
    rated = Action.RATE_SCALE if scale_of(key).rater == "clinician" else Action.RECORD_SCALE
    last = found[-1] if found else None
    return render(
        request,
        "suitability/scale.html",
        {
            "patient": patient,
            "scale": scale_of(key),
            "last": last,
            "filled": found[::-1],
            "judged": _judged(last) if last else (),
            "may_fill": can(rated, request.who, patient),
            "may_amend": can(rated, request.who, patient)
            and can(Action.AMEND, request.who, patient),
        },
    )


def _judged(last: Filled) -> list[tuple[str, bool | None, Citation | None]]:
    """Everything that the last score is judged by: text, held or not, source."""
    scale, result, changed = last.result.scale, last.result, last.change
    found: list[tuple[str, bool | None, Citation | None]] = []
    if scale.remission is not None:
        text = _("remission (at most %s)") % f"{scale.remission.at_most:g}"
        found.append((text, result.remission, scale.remission.source))
    if changed is not None:
        if scale.response is not None:
            text = _("response (at least %s %% better)") % f"{scale.response.pct:g}"
            found.append((text, changed.response, scale.response.source))
        if scale.important_change is not None:
            found.append(
                (_("a change that matters"), changed.important, scale.important_change.source)
            )
        if scale.reliable_change is not None:
            found.append(
                (_("a change beyond chance"), changed.reliable, scale.reliable_change.source)
            )
    found += [(each.text, each.held, each.source) for each in result.judged]
    return found


@needs(Action.RECORD_SCALE, of_patient=True)
def fill_scale(request: ClinicRequest, patient: Patient, key: str) -> HttpResponse:
    """Fill in a scale; an answer above zero on suicide leads to the safety task at once."""
    chosen = scale_of(key)
    action = Action.RATE_SCALE if chosen.rater == "clinician" else Action.RECORD_SCALE
    check(action, request.who, patient)
    form = ScaleForm(posted(request), scale=chosen, rated_by=chosen.rater, initial={"on": today()})
    if request.method == "POST":
        entry = recorded(form, request.who, patient, form.fact, action, fields=form.places())
        if entry is not None:
            tasks = chart_of(patient).chart.open_safety_tasks
            messages.success(request, _("%s is recorded.") % chosen.name)
            if any(task.entry_id == entry.id for task in tasks):
                return redirect("safety_task", patient_id=patient.pk, entry_id=entry.id)
            return redirect("scale", patient_id=patient.pk, key=key)
    return form_page(
        request,
        "suitability/fill_scale.html",
        {"patient": patient, "scale": chosen, "form": form, "hidden": _hidden_rule(chosen)},
    )


def _hidden_rule(scale: Scale) -> str:
    """What to know of the scale before filling it in, where its questions do not ship."""
    if scale.item_max and not scale.items:
        return _(
            "The questions of this scale are not shown: their licence does not allow it. "
            "Take them from your own form."
        )
    return ""
