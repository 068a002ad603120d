"""The form that corrects a fact: one of its own if that holds it whole, else one of its shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as lazy

from euthymia.assess.safety.implants import IMPLANT_PROPERTIES
from euthymia.assess.scales.scale_rules import all_scales
from euthymia.chart.entries import read_fact
from euthymia.chart.facts import Fact
from euthymia.chart.patient_facts import (
    EpisodeRecorded,
    ImplantRecorded,
    MedicationTrialRecorded,
    MedicinesRecorded,
    ScaleFilled,
    ScreenAnswered,
)
from euthymia.clinic.intake.fact_shapes import Leaf, body_of, leaves
from euthymia.clinic.intake.history import EpisodeForm, MedicinesForm, episode_initial
from euthymia.clinic.intake.trials import TrialForm, initial_of
from euthymia.clinic.records.entry_forms import EntryForm
from euthymia.clinic.suitability.safety import ImplantForm, ScreenForm
from euthymia.clinic.suitability.scales import ScaleForm
from euthymia.clinic.ui.forms import YES_NO, text_field
from euthymia.core.errors import InputError

Data = Mapping[str, Any]


class ReasonForm(EntryForm):
    """Why an entry is changed."""

    change_reason = text_field(
        lazy("Why is it changed?"),
        rows=2,
        max_length=1000,
        help_text=lazy("The entry, its correction and this reason all stay in the chart."),
    )

    @property
    def reason(self) -> str:
        """What was given as the reason; empty if the form was not sent, or without one."""
        return str(self.cleaned_data["change_reason"]) if self.is_valid() else ""


class FactForm(ReasonForm):
    """A form made from the shape of one fact, filled with what it says."""

    def __init__(self, *args: Any, fact: Fact, **named: Any) -> None:
        super().__init__(*args, **named)
        self.before = fact.model_dump(mode="json")
        self.kind = fact.kind  # type: ignore[attr-defined]
        self.leaves: list[Leaf] = leaves(type(fact), self.before)
        for leaf in self.leaves:
            leaf.field.initial = leaf.initial
            self.fields[leaf.name] = leaf.field
        self.order_fields([*(leaf.name for leaf in self.leaves), "change_reason", "entry_id"])

    def fact(self) -> Fact:
        """The fact as it should have been; refuses what it cannot be."""
        body = body_of(self.leaves, self.cleaned_data, self.before)
        return read_fact(self.kind, body)


class TrialCorrection(TrialForm, ReasonForm):
    """A recorded treatment with the reason for its correction."""


class EpisodeCorrection(EpisodeForm, ReasonForm):
    """What was recorded of the episode, with the reason for its correction."""


class MedicinesCorrection(MedicinesForm, ReasonForm):
    """A list of medicines, with the reason for its correction."""


class ScreenCorrection(ScreenForm, ReasonForm):
    """Answers to the safety screen, with the reason for their correction."""


class ImplantCorrection(ImplantForm, ReasonForm):
    """An implant, with the reason for its correction."""


class ScaleCorrection(ScaleForm, ReasonForm):
    """A filled-in scale, with the reason for its correction."""


@dataclass(frozen=True, slots=True)
class _Own:
    """A form of its own: its class, what it is made with, its first values, its template."""

    form: Callable[..., ReasonForm]
    first: dict[str, Any]
    template: str = "intake/amend.html"


def correction_of(fact: Fact, data: Data | None) -> tuple[ReasonForm, str]:
    """The form that corrects a fact, and the template that shows it.

    A form of its own is used only if, sent untouched, it would record this very fact again.
    """
    make = _OWN.get(type(fact))
    own = make(fact) if make else None
    if own is not None and _holds_whole(own, fact):
        return own.form(data, initial=own.first), own.template
    return FactForm(data, fact=fact), "intake/amend.html"


def _holds_whole(own: _Own, fact: Fact) -> bool:
    given = {name: value for name, value in own.first.items() if value not in (None, False)}
    form = own.form({**given, "change_reason": "-"}, initial=own.first)
    try:
        return form.is_valid() and _plain(form.fact()) == _plain(fact)  # type: ignore[attr-defined]
    except InputError:
        return False


def _plain(fact: Fact) -> dict[str, Any]:
    """A fact's content; the order in which questions were answered says nothing."""
    body = fact.model_dump(mode="json")
    if isinstance(fact, ScreenAnswered):
        body["answers"] = sorted(body["answers"], key=lambda answer: str(answer["item"]))
    return body


def _trial(fact: MedicationTrialRecorded) -> _Own | None:
    first = initial_of(fact.trial)
    return _Own(TrialCorrection, first, "intake/trial.html") if first else None


def _episode(fact: EpisodeRecorded) -> _Own:
    return _Own(EpisodeCorrection, episode_initial(fact.episode))


def _medicines(fact: MedicinesRecorded) -> _Own:
    first = {
        "listed_on": fact.listed_on.isoformat(),
        "taken": "\n".join(fact.taken),
        "nothing": not fact.taken,
        "stopped": "\n".join(fact.stopped),
    }
    return _Own(MedicinesCorrection, first)


def _screen(fact: ScreenAnswered) -> _Own:
    first: dict[str, Any] = {"answered_on": fact.answered_on.isoformat()}
    for answer in fact.answers:
        first[answer.item] = answer.answer.value
        first[f"{answer.item}_detail"] = answer.detail
    return _Own(ScreenCorrection, first, "suitability/screen.html")


def _implant(fact: ImplantRecorded) -> _Own:
    implant = fact.implant
    names = ("location", "distance_from_coil_cm", "electronics_distance_cm", "note")
    first = {
        "piece": implant.kind.value,
        **{name: getattr(implant, name) for name in names},
        **{name: YES_NO[getattr(implant, name)] for name in IMPLANT_PROPERTIES},
    }
    return _Own(ImplantCorrection, first)


def _scale(fact: ScaleFilled) -> _Own | None:
    score = fact.score
    scale = next((each for each in all_scales() if each.id == score.scale), None)
    if scale is None:
        return None
    chosen = scale

    def form(data: Data | None = None, **named: Any) -> ReasonForm:
        return ScaleCorrection(data, scale=chosen, rated_by=fact.rated_by, **named)

    first: dict[str, Any] = {"on": score.on.isoformat(), "total": score.total}
    first |= {name: getattr(score, name) for name in ("version", "language", "note")}
    first |= {f"item_{place}": item for place, item in enumerate(score.items, start=1)}
    return _Own(form, first, "suitability/fill_scale.html")


_OWN: Mapping[type[Fact], Callable[[Any], _Own | None]] = {
    MedicationTrialRecorded: _trial,
    EpisodeRecorded: _episode,
    MedicinesRecorded: _medicines,
    ScreenAnswered: _screen,
    ImplantRecorded: _implant,
    ScaleFilled: _scale,
}
"""The kinds of fact that have a form of their own."""
