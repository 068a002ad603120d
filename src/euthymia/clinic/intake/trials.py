"""One treatment by a structured form, for what is known field by field; also to correct one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from euthymia.assess.medication.catalogue import all_agents
from euthymia.assess.medication.exposure import Exposure
from euthymia.assess.medication.instruments import response_text
from euthymia.assess.medication.names import find_agent
from euthymia.assess.medication.trial import (
    Adherence,
    DayBounds,
    DoseStep,
    MedicationTrial,
    Response,
    StopReason,
    ToldDose,
)
from euthymia.chart.patient_facts import MedicationTrialRecorded
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.intake.rough_days import ROUGH_HELP, RoughDay, RoughDayField
from euthymia.clinic.records.entry_forms import EntryForm, recorded
from euthymia.clinic.records.models import Patient
from euthymia.clinic.ui.forms import YES_NO, form_page, posted, text_field, yes_no_field, yes_or_no
from euthymia.core.errors import InputError

DOSE_ROWS = 4
RESPONSE = {
    Response.UNKNOWN: lazy("not known"),
    Response.NONE: lazy("none: %(better)s"),
    Response.PARTIAL: lazy("partial: %(better)s"),
    Response.RESPONSE: lazy("response: %(better)s"),
    Response.REMISSION: lazy("remission: %(better)s"),
    Response.LOST: lazy("worked, then lost its effect"),
}
STOP = {
    StopReason.UNKNOWN: lazy("not known"),
    StopReason.NO_BENEFIT: lazy("it did not help enough"),
    StopReason.SIDE_EFFECTS: lazy("side effects"),
    StopReason.ONGOING: lazy("still taken"),
    StopReason.OTHER: lazy("another reason"),
}
ADHERENCE = {
    Adherence.UNKNOWN: lazy("not known"),
    Adherence.GOOD: lazy("as prescribed"),
    Adherence.POOR: lazy("not as prescribed"),
}


def response_choices() -> list[tuple[str, str]]:
    """Every response, with how much better that is by the questionnaires."""
    return [
        (each.value, str(words) % {"better": response_text(each).short})
        for each, words in RESPONSE.items()
    ]


class TrialForm(EntryForm):
    """One treatment taken once. Everything but its name may be unknown."""

    agent = text_field(
        lazy("Drug or treatment"),
        attrs={"list": "agents", "autocomplete": "off"},
        help_text=lazy("Generic or brand name; also ECT, TMS, psychotherapy, esketamine."),
    )
    augments = text_field(
        lazy("Added to"),
        required=False,
        attrs={"list": "agents", "autocomplete": "off"},
        help_text=lazy("If it was added to another drug to strengthen it."),
    )
    start = RoughDayField(label=lazy("First day"), help_text=ROUGH_HELP)
    end = RoughDayField(label=lazy("Last day"), help_text=lazy("Empty if it is still taken."))
    least_days = forms.IntegerField(
        label=lazy("Taken for at least (days)"), required=False, min_value=0, max_value=36_500
    )
    most_days = forms.IntegerField(
        label=lazy("Taken for at most (days)"), required=False, min_value=1, max_value=36_500
    )
    response = forms.ChoiceField(label=lazy("Best improvement"), choices=response_choices)
    stop_reason = forms.ChoiceField(
        label=lazy("Why it was stopped"), choices=[(e.value, w) for e, w in STOP.items()]
    )
    adherence = forms.ChoiceField(
        label=lazy("How it was taken"), choices=[(e.value, w) for e, w in ADHERENCE.items()]
    )
    side_effects = text_field(
        lazy("Side effects"), required=False, help_text=lazy("Separated by commas.")
    )
    current_episode = yes_no_field(
        lazy("In the present episode"), lazy("not known: worked out from the dates")
    )
    sessions = forms.IntegerField(
        label=lazy("Sessions"),
        required=False,
        min_value=0,
        max_value=5000,
        help_text=lazy("For treatments that are given by session."),
    )
    note = text_field(lazy("Note"), rows=2, required=False)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for row in range(DOSE_ROWS):
            self.fields[f"dose{row}_begins"] = RoughDayField(label=_("From"))
            for part, label in (("low", _("mg per day")), ("high", _("up to mg per day"))):
                self.fields[f"dose{row}_{part}"] = forms.FloatField(
                    label=label, required=False, min_value=0.001, max_value=20_000
                )

    @property
    def dose_rows(self) -> list[tuple[int, list[forms.BoundField]]]:
        """The fields of each dose, in order of time."""
        parts = ("begins", "low", "high")
        return [
            (row + 1, [self[f"dose{row}_{part}"] for part in parts]) for row in range(DOSE_ROWS)
        ]

    def clean_agent(self) -> str:
        """The name as it was typed, if it is clear which treatment is meant."""
        return self._clear("agent")

    def clean_augments(self) -> str:
        """The name of what it was added to, if it is clear which is meant."""
        return self._clear("augments")

    def _clear(self, field: str) -> str:
        name: str = self.cleaned_data[field]
        # An unknown drug that a chart holds already may stay: the assessment says so.
        if name and name != self.initial.get(field):
            try:
                find_agent(name)
            except InputError as refusal:
                raise forms.ValidationError(f"{refusal.problem}. {refusal.remedy}.") from None
        return name

    def fact(self) -> MedicationTrialRecorded:
        """The treatment; refuses what cannot be."""
        given = self.cleaned_data
        start: RoughDay = given["start"]
        end: RoughDay = given["end"]
        steps, doses = self._doses()
        trial = MedicationTrial(
            agent=given["agent"],
            start=start.exact,
            end=end.exact,
            steps=steps,
            adherence=Adherence(given["adherence"]),
            response=Response(given["response"]),
            stop_reason=StopReason(given["stop_reason"]),
            side_effects=tuple(
                part.strip() for part in given["side_effects"].split(",") if part.strip()
            ),
            augments=given["augments"] or None,
            current_episode=yes_or_no(given["current_episode"]),
            note=given["note"],
            sessions=given["sessions"],
            start_between=start.between,
            end_between=end.between,
            least_days=given["least_days"],
            most_days=given["most_days"],
            doses=doses,
        )
        Exposure.of(trial, clock.today())  # refuses days and durations that contradict each other
        return MedicationTrialRecorded(trial=trial)

    def _doses(self) -> tuple[tuple[DoseStep, ...], tuple[ToldDose, ...]]:
        """Exact steps where the day and the dose of each are exact; otherwise doses as told."""
        rows: list[tuple[RoughDay, float | None, float | None]] = []
        for row in range(DOSE_ROWS):
            begins, low, high = (
                self.cleaned_data[f"dose{row}_{part}"] for part in ("begins", "low", "high")
            )
            if begins != RoughDay() or low is not None or high is not None:
                rows.append((begins, low, high))
        if rows and all(day.exact and high is None for day, _low, high in rows):
            steps = tuple(DoseStep(day.exact, None, low) for day, low, _high in rows if day.exact)
            return self._ended(steps), ()
        return (), tuple(
            ToldDose(low, high if high is not None else low, _bounds(day))
            for day, low, high in rows
        )

    def _ended(self, steps: tuple[DoseStep, ...]) -> tuple[DoseStep, ...]:
        """The steps with the ends that they had before, where the day is the same."""
        ends = self.initial.get("step_ends", {})
        return tuple(
            DoseStep(step.start, ends.get(step.start), step.dose_mg_per_day) for step in steps
        )


def _bounds(day: RoughDay) -> DayBounds | None:
    return DayBounds(day.exact, day.exact) if day.exact else day.between


def initial_of(trial: MedicationTrial) -> dict[str, Any] | None:
    """The form's values for a recorded treatment; None for one that it cannot hold whole."""
    rows = _dose_texts(trial)
    if len(rows) > DOSE_ROWS:
        return None
    first: dict[str, Any] = {
        "agent": trial.agent,
        "augments": trial.augments or "",
        "start": RoughDay(trial.start, trial.start_between).text,
        "end": RoughDay(trial.end, trial.end_between).text,
        "least_days": trial.least_days,
        "most_days": trial.most_days,
        "response": trial.response.value,
        "stop_reason": trial.stop_reason.value,
        "adherence": trial.adherence.value,
        "side_effects": ", ".join(trial.side_effects),
        "current_episode": YES_NO[trial.current_episode],
        "sessions": trial.sessions,
        "note": trial.note,
    }
    for row, (day, low, high) in enumerate(rows):
        first[f"dose{row}_begins"] = day
        first[f"dose{row}_low"], first[f"dose{row}_high"] = low, high
    first["step_ends"] = {step.start: step.end for step in trial.steps}
    return first if _says_the_same(first, trial) else None


def _dose_texts(trial: MedicationTrial) -> list[tuple[str, float | None, float | None]]:
    rows: list[tuple[str, float | None, float | None]] = [
        (step.start.isoformat(), step.dose_mg_per_day, None) for step in trial.steps
    ]
    for dose in trial.doses:
        day = dose.begins
        exact = day.earliest if day and day.earliest == day.latest else None
        text = RoughDay(exact, None if exact else day).text
        rows.append((text, dose.low_mg_per_day, dose.high_mg_per_day))
    return rows


def _says_the_same(first: dict[str, Any], trial: MedicationTrial) -> bool:
    """Whether the form, sent as it is shown, would record this very treatment."""
    data = {name: "" if value is None else value for name, value in first.items()}
    form = TrialForm(data, initial=first)
    try:
        return form.is_valid() and form.fact().trial == trial
    except InputError:
        return False


def agent_names() -> list[str]:
    """Generic names of the catalogue, for the list that opens while typing."""
    return sorted(agent.name for agent in all_agents())


@needs(Action.RECORD_HISTORY, of_patient=True)
def new_trial(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Record one treatment field by field."""
    form = TrialForm(posted(request))
    if recorded(form, request.who, patient, form.fact, Action.RECORD_HISTORY):
        messages.success(request, _("The treatment is recorded."))
        return redirect("history", patient_id=patient.pk)
    return form_page(
        request,
        "intake/trial.html",
        {"patient": patient, "form": form, "agents": agent_names()},
    )
