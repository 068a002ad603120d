"""The treatment history as it was told: read line by line, shown, recorded when confirmed.

Nothing is recorded that was not shown: the form carries a mark of the text whose reading stands
beside it, and a changed text is read and shown again first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from euthymia.assess.medication.adequacy import adequacy
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.told.lines import ToldHistory, ToldLine, read_history
from euthymia.assess.medication.trial import EpisodeFacts, MedicationTrial
from euthymia.assess.medication.verdicts import TrialVerdict
from euthymia.chart.chart import Chart
from euthymia.chart.intake_facts import NoteTopic, NoteWritten
from euthymia.chart.patient_facts import EpisodeRecorded, MedicationTrialRecorded
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.intake.history import verdict_tone, verdict_word
from euthymia.clinic.records.access import reach
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.entry_forms import EntryForm, part_id
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import Wanted, record_all
from euthymia.clinic.ui.forms import form_page, posted, refuse, text_field
from euthymia.core.errors import InputError

LONGEST_HISTORY = 20_000
_MARK_LETTERS = 32


class ToldForm(EntryForm):
    """The box for the history as it was told."""

    told = text_field(
        lazy("The history as it was told, one line a treatment"),
        rows=14,
        max_length=LONGEST_HISTORY,
        strip=False,
        attrs={"spellcheck": "false", "autocomplete": "off", "autocapitalize": "off"},
    )
    shown = forms.CharField(widget=forms.HiddenInput, required=False)


@dataclass(frozen=True, slots=True)
class LineReading:
    """One line as it was read, ready to be shown.

    key: under which it is ticked. there: the same treatment stands in the chart already.
    verdict: by the ATRQ; None for a line that is not a treatment.
    """

    line: ToldLine
    key: str
    verdict: TrialVerdict | None
    there: bool

    @property
    def trial(self) -> MedicationTrial | None:
        return self.line.trial

    @property
    def word(self) -> str:
        return verdict_word(self.verdict) if self.verdict else ""

    @property
    def word_tone(self) -> str:
        return verdict_tone(self.verdict) if self.verdict else ""

    @property
    def tone(self) -> str:
        """How the line stands out: unread, unsure, or plainly read."""
        if self.line.problem:
            return "stop"
        return "caution" if self.line.not_understood else "good"


@dataclass(frozen=True, slots=True)
class HistoryReading:
    """A whole text as it was read on a day, against what the chart holds.

    shown: the mark of the text and day. episode: what the chart would hold of the episode with
    what the text adds; None where it adds nothing.
    """

    text: str
    on: date
    lines: tuple[LineReading, ...]
    episode: EpisodeFacts | None
    shown: str

    @property
    def recordable(self) -> tuple[LineReading, ...]:
        return tuple(each for each in self.lines if each.trial is not None)

    @property
    def unread(self) -> tuple[LineReading, ...]:
        return tuple(each for each in self.lines if each.line.problem)

    @property
    def unsure(self) -> int:
        return sum(bool(each.line.not_understood and not each.line.problem) for each in self.lines)

    @property
    def summary(self) -> str:
        """How much was read, in one sentence."""
        count = len(self.recordable)
        said = [ngettext("%d treatment read", "%d treatments read", count) % count]
        if self.episode is not None:
            said.append(_("and the episode"))
        if self.unsure:
            said.append(
                ngettext("%d line with words left over", "%d lines with words left over",
                         self.unsure) % self.unsure
            )  # fmt: skip
        if self.unread:
            lines = len(self.unread)
            said.append(ngettext("%d line not read", "%d lines not read", lines) % lines)
        return "; ".join(said) + "."


def read(typed: str, chart: Chart, on: date) -> HistoryReading | None:
    """Read a typed history against a chart; None where nothing is typed yet."""
    # Browsers end lines in two ways, by how they send the text; it is the same text.
    text = "\n".join(typed.splitlines())
    try:
        told = read_history(text, on)
    except InputError:
        return None
    known = [found.fact.trial for found in chart.trials]
    lines = tuple(_reading(line, known, on) for line in told.lines)
    digest = hashlib.sha256(f"{on.isoformat()}\n{text}".encode()).hexdigest()
    held = chart.episode.fact.episode if chart.episode else EpisodeFacts()
    return HistoryReading(text, on, lines, _episode(told, held), digest[:_MARK_LETTERS])


def _reading(line: ToldLine, known: Sequence[MedicationTrial], on: date) -> LineReading:
    verdict = adequacy(line.trial, Instrument.ATRQ, on) if line.trial else None
    there = line.trial is not None and line.trial in known
    return LineReading(line, f"line{line.number}", verdict, there)


def _episode(told: ToldHistory, held: EpisodeFacts) -> EpisodeFacts | None:
    """What the chart knows of the episode, with what was told now in place of it."""
    new = told.episode
    if new == EpisodeFacts():
        return None
    onset_told = new.onset is not None or new.onset_between is not None
    joined = replace(
        held,
        **{
            name: getattr(new, name)
            for name in ("severity", "psychotic", "augmentation_used", "ect_used")
            if getattr(new, name) is not None
        },
    )
    if onset_told:
        joined = replace(
            replace(joined, onset=None, onset_between=None),
            onset=new.onset,
            onset_between=new.onset_between,
        )
    return None if joined == held else joined


@needs(Action.RECORD_HISTORY, of_patient=True)
def told(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """Type a history, see how it is read, and record what is confirmed."""
    form = ToldForm(posted(request))
    chart = chart_of(patient).chart
    reading: HistoryReading | None = None
    ticked: frozenset[str] | None = None
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["told"]
        reading = read(text, chart, clock.today())
        if reading is None:
            form.add_error("told", _("It holds no line: write one line for each treatment."))
        elif "record" in request.POST:
            ticked = frozenset(request.POST.getlist("take"))
            if form.cleaned_data["shown"] != reading.shown:
                messages.info(
                    request, _("The text was changed. See how it is read now, then record it.")
                )
                ticked = None
            elif _record(request, patient, form, reading, ticked):
                return redirect("history", patient_id=patient.pk)
    return form_page(
        request,
        "intake/told.html",
        {"patient": patient, "form": form, "reading": reading, "ticked": ticked},
    )


@needs(Action.RECORD_HISTORY)
def told_reading(request: ClinicRequest, patient_id: Any) -> HttpResponse:
    """The reading of what is typed so far, while it is typed; opening the page was logged."""
    patient = reach(request.who, patient_id, Action.RECORD_HISTORY)
    text = request.POST.get("told", "")[:LONGEST_HISTORY]
    reading = read(text, chart_of(patient).chart, clock.today_at(patient.site.time_zone))
    return render(request, "intake/told_reading.html", {"reading": reading, "live": True})


def _record(
    request: ClinicRequest,
    patient: Patient,
    form: ToldForm,
    reading: HistoryReading,
    ticked: frozenset[str],
) -> bool:
    """Record what is ticked, all or nothing; what was not read goes into a note if asked."""
    entry_id = form.cleaned_data["entry_id"]

    def name(line: LineReading) -> str:
        return part_id(entry_id, f"{line.line.number} {line.line.text}")

    wanted = [
        Wanted(MedicationTrialRecorded(trial=each.trial), entry_id=name(each))
        for each in reading.recordable
        if each.key in ticked and each.trial is not None
    ]
    count = len(wanted)
    # Sent a second time the episode is in the chart already, and so adds nothing.
    if reading.episode is not None and "episode" in ticked:
        fact = EpisodeRecorded(episode=reading.episode)
        wanted.append(Wanted(fact, entry_id=part_id(entry_id, "episode")))
    if reading.unread and "unread" in ticked:
        text = "\n".join(each.line.text for each in reading.unread)
        left = NoteWritten(topic=NoteTopic.INTAKE, text=_("As it was told:") + "\n" + text)
        wanted.append(Wanted(left, entry_id=part_id(entry_id, "unread")))
    if not wanted:
        form.add_error(None, _("Nothing is ticked: tick what is to be recorded."))
        return False
    try:
        record_all(request.who, patient, wanted, Action.RECORD_HISTORY)
    except InputError as problem:
        refuse(form, problem)
        return False
    messages.success(
        request,
        ngettext("%d treatment is recorded.", "%d treatments are recorded.", count) % count,
    )
    return True
