"""The treatment history of a patient as it stands: trials, their judgement, episode, medicines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from euthymia.assess.medication.names import lookup_agent, nearest_names
from euthymia.assess.medication.trial import (
    EpisodeFacts,
    EpisodeSeverity,
    MedicationTrial,
    StopReason,
)
from euthymia.assess.medication.verdicts import Role, TrialVerdict, Verdict
from euthymia.assess.safety.seizure_drugs import check_drugs
from euthymia.assess.staging.judged import JudgedHistory, judge_history
from euthymia.chart.chart import Chart, Recorded
from euthymia.chart.patient_facts import (
    EpisodeRecorded,
    MedicationTrialRecorded,
    MedicinesRecorded,
)
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.intake.rough_days import ROUGH_HELP, RoughDay, RoughDayField
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.entry_forms import EntryForm, recorded
from euthymia.clinic.records.models import Patient
from euthymia.clinic.ui.forms import (
    YES_NO,
    day_field,
    form_page,
    posted,
    text_field,
    today,
    yes_no_field,
    yes_or_no,
)
from euthymia.core.errors import InputError
from euthymia.report.figures import medication
from euthymia.report.sections.resistance import trial_bar
from euthymia.report.sections.words import day_text

TONES = {
    Verdict.ADEQUATE_FAILURE: "accent",
    Verdict.RESPONDED: "good",
    Verdict.TACHYPHYLAXIS: "good",
    Verdict.INTOLERANCE: "acknowledge",
    Verdict.UNDETERMINED: "caution",
}
"""How the word of a verdict is coloured; the others stay grey."""


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One recorded trial with its judgement by the ATRQ and by every other instrument."""

    recorded: Recorded[MedicationTrialRecorded]
    verdicts: tuple[TrialVerdict, ...]

    @property
    def trial(self) -> MedicationTrial:
        return self.recorded.fact.trial

    @property
    def main(self) -> TrialVerdict:
        return self.verdicts[0]

    @property
    def word(self) -> str:
        """The verdict in a few words; an augmentation is never called a counted failure."""
        return verdict_word(self.main)

    @property
    def tone(self) -> str:
        return verdict_tone(self.main)

    @property
    def taken(self) -> str:
        """When it was taken, and for how long, as far as it is known."""
        trial = self.trial
        first = day_text(trial.start, trial.start_between)
        if trial.stop_reason is StopReason.ONGOING:
            begun = trial.start or trial.start_between
            return _("since %(day)s") % {"day": first} if begun else _("still taken")
        last = day_text(trial.end, trial.end_between)
        return _("%(first)s to %(last)s") % {"first": first, "last": last}

    @property
    def dose(self) -> str:
        """Every dose in order, or the number of sessions."""
        trial = self.trial
        if trial.sessions is not None:
            return ngettext("%d session", "%d sessions", trial.sessions) % trial.sessions
        told = [_dose(d.low_mg_per_day, d.high_mg_per_day) for d in trial.doses]
        told += [_dose(s.dose_mg_per_day, s.dose_mg_per_day) for s in trial.steps]
        said = " → ".join(dict.fromkeys(part for part in told if part))
        return f"{said} mg" if said else _("not known")

    @property
    def by_instrument(self) -> Iterator[tuple[TrialVerdict, str, str]]:
        """The judgement of each instrument, its word, and the colour of it."""
        return ((each, verdict_word(each), verdict_tone(each)) for each in self.verdicts)

    @property
    def counted(self) -> str:
        """How many of the instruments count it as an adequate failure."""
        said = [verdict.counts for verdict in self.verdicts]
        sure, perhaps = said.count(True), said.count(None)
        numbers = {"sure": sure, "all": len(said)}
        if self.main.role is Role.ANTIDEPRESSANT:
            text = _("%(sure)d of %(all)d instruments count it as an adequate failure") % numbers
        else:
            text = _("%(sure)d of %(all)d instruments call it adequate; it is counted apart")
            text %= numbers
        return text + (
            ngettext("; %d leaves it open", "; %d leave it open", perhaps) % perhaps
            if perhaps
            else ""
        )


def verdict_word(verdict: TrialVerdict) -> str:
    """The verdict in the words of the timeline."""
    return trial_bar(verdict).verdict


def verdict_tone(verdict: TrialVerdict) -> str:
    """How the word of a verdict is coloured; what is counted apart stays quiet."""
    apart = verdict.role is not Role.ANTIDEPRESSANT
    if apart and verdict.verdict is Verdict.ADEQUATE_FAILURE:
        return "note"
    return TONES.get(verdict.verdict, "")


def _dose(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    if low is not None and (high is None or high == low):
        return f"{low:g}" if high == low else f"≥ {low:g}"
    return f"{low:g}–{high:g}" if low is not None else f"≤ {high:g}"


@dataclass(frozen=True, slots=True)
class History:
    """A chart's treatment history, judged on a day.

    unjudged: trials of drugs that the catalogue does not have, each with what may be meant; they
    stand in the chart and are not judged.
    """

    judged: JudgedHistory
    lines: tuple[TrialLine, ...]
    unjudged: tuple[tuple[Recorded[MedicationTrialRecorded], str], ...]

    @property
    def figure(self) -> str:
        """The timeline of all judged trials; empty where there is none, or it cannot be drawn."""
        if not self.judged.trials:
            return ""
        bars = [trial_bar(verdict) for verdict in self.judged.trials]
        try:
            return medication.draw(bars, self.judged.on, self.judged.episode.onset)
        except InputError:
            return ""


def history_of(chart: Chart) -> History:
    """Judge the history of a chart today; a drug that is not known spoils only its own line."""
    known = [each for each in chart.trials if lookup_agent(each.fact.trial.agent)]
    unknown = [each for each in chart.trials if not lookup_agent(each.fact.trial.agent)]
    episode = chart.episode.fact.episode if chart.episode else EpisodeFacts()
    judged = judge_history([each.fact.trial for each in known], episode, clock.today())
    lines = tuple(
        TrialLine(each, tuple(verdicts[place] for verdicts in judged.verdicts.values()))
        for place, each in enumerate(known)
    )
    near = [(each, " or ".join(nearest_names(each.fact.trial.agent))) for each in unknown]
    return History(judged, lines, tuple(near))


class EpisodeForm(EntryForm):
    """What is known of the present depressive episode."""

    onset = RoughDayField(label=lazy("Begun"), help_text=ROUGH_HELP)
    severity = forms.ChoiceField(
        label=lazy("Severity at its worst"),
        required=False,
        choices=[
            ("", lazy("not known")),
            *((each.value, each.value) for each in EpisodeSeverity),
        ],
    )
    psychotic = yes_no_field(lazy("Psychotic symptoms in it"))
    augmentation_used = yes_no_field(lazy("Augmentation tried"))
    ect_used = yes_no_field(lazy("ECT tried"))

    ASKED = ("psychotic", "augmentation_used", "ect_used")

    def fact(self) -> EpisodeRecorded:
        given = self.cleaned_data
        onset: RoughDay = given["onset"]
        said = {name: yes_or_no(given[name]) for name in self.ASKED}
        return EpisodeRecorded(
            episode=EpisodeFacts(
                onset=onset.exact,
                onset_between=onset.between,
                severity=EpisodeSeverity(given["severity"]) if given["severity"] else None,
                **said,
            )
        )


def episode_initial(episode: EpisodeFacts) -> dict[str, str]:
    """The form's values for what is recorded of an episode."""
    return {
        "onset": RoughDay(episode.onset, episode.onset_between).text,
        "severity": episode.severity.value if episode.severity else "",
        **{name: YES_NO[getattr(episode, name)] for name in EpisodeForm.ASKED},
    }


class MedicinesForm(EntryForm):
    """Everything that the patient takes on a day."""

    listed_on = day_field(lazy("Listed on"))
    taken = text_field(
        lazy("Taken now"),
        rows=6,
        required=False,
        help_text=lazy("All medicines and substances, one a line, by generic or brand name."),
    )
    nothing = forms.BooleanField(label=lazy("Nothing is taken"), required=False)
    stopped = text_field(
        lazy("Stopped or reduced lately"),
        rows=3,
        required=False,
        help_text=lazy("One a line. Withdrawal may lower the seizure threshold."),
    )

    def clean(self) -> dict[str, Any]:
        """An empty list has to be meant."""
        found = super().clean() or {}
        taken = _names(found.get("taken", ""))
        if "taken" not in self.errors and bool(taken) == bool(found.get("nothing")):
            said = (
                _("Medicines are listed, and yet nothing is taken: correct one of the two.")
                if taken
                else _("List what is taken, or tick that nothing is.")
            )
            self.add_error("taken", said)
        return found

    def fact(self) -> MedicinesRecorded:
        given = self.cleaned_data
        return MedicinesRecorded(
            listed_on=given["listed_on"],
            taken=_names(given["taken"]),
            stopped=_names(given["stopped"]),
        )


def _names(text: str) -> tuple[str, ...]:
    lines = (line.strip(" -*•\t").strip() for line in text.replace(";", "\n").splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


@needs(Action.READ_CHART, of_patient=True)
def history(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Every treatment with its judgement, what is missing, the episode and present medicines."""
    chart = chart_of(patient).chart
    found = history_of(chart)
    medicines = chart.medicines.fact if chart.medicines else None
    running = [
        verdict.agent.name
        for verdict in found.judged.trials
        if verdict.trial.stop_reason is StopReason.ONGOING and verdict.agent.is_drug
    ]
    who = request.who
    return render(
        request,
        "intake/history.html",
        {
            "patient": patient,
            "history": found,
            "episode": chart.episode,
            "episode_pairs": _episode_pairs(chart),
            "medicines": chart.medicines,
            "unlisted": _unlisted(running, medicines.taken if medicines else ()),
            "seizure": check_drugs(medicines.taken, medicines.stopped) if medicines else (),
            "may_record": can(Action.RECORD_HISTORY, who, patient),
            "may_list": can(Action.RECORD_MEDICINES, who, patient),
            "may_amend": can(Action.AMEND, who, patient)
            and can(Action.RECORD_HISTORY, who, patient),
        },
    )


def _unlisted(running: Sequence[str], taken: Sequence[str]) -> tuple[str, ...]:
    """Drugs of running trials that the list of present medicines does not have."""
    listed = {agent.name for name in taken if (agent := lookup_agent(name))}
    return tuple(dict.fromkeys(name for name in running if name not in listed))


def _episode_pairs(chart: Chart) -> list[tuple[str, str | None]]:
    known = chart.episode.fact.episode if chart.episode else EpisodeFacts()
    words = {True: _("yes"), False: _("no"), None: None}
    onset = day_text(known.onset, known.onset_between)
    return [
        (_("Begun"), None if onset == "?" else onset),
        (_("Severity at its worst"), known.severity.value if known.severity else None),
        (_("Psychotic symptoms"), words[known.psychotic]),
        (_("Augmentation tried"), words[known.augmentation_used]),
        (_("ECT tried"), words[known.ect_used]),
    ]


@needs(Action.RECORD_HISTORY, of_patient=True)
def episode(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Record what is known of the present episode; it replaces what was recorded before."""
    known = chart_of(patient).chart.episode
    first = episode_initial(known.fact.episode) if known else {}
    form = EpisodeForm(posted(request), initial=first)
    places = {"episode_onset": "onset"}
    if recorded(form, request.who, patient, form.fact, Action.RECORD_HISTORY, fields=places):
        messages.success(request, _("The episode is recorded."))
        return redirect("history", patient_id=patient.pk)
    context = {"patient": patient, "form": form, "heading": _("Present episode"), "back": "history"}
    return form_page(request, "intake/entry_form.html", context)


@needs(Action.RECORD_MEDICINES, of_patient=True)
def medicines(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Record everything that is taken now; it replaces the list before."""
    known = chart_of(patient).chart.medicines
    first: dict[str, Any] = {"listed_on": today()}
    if known is not None:
        first["taken"] = "\n".join(known.fact.taken)
        first["stopped"] = "\n".join(known.fact.stopped)
        first["nothing"] = not known.fact.taken
    form = MedicinesForm(posted(request), initial=first)
    back = "safety" if request.GET.get("back") == "safety" else "history"
    if recorded(form, request.who, patient, form.fact, Action.RECORD_MEDICINES):
        messages.success(request, _("The list of medicines is recorded."))
        return redirect(back, patient_id=patient.pk)
    heading = _("Present medicines")
    context = {"patient": patient, "form": form, "heading": heading, "back": back}
    return form_page(request, "intake/entry_form.html", context)
