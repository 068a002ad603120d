"""What patients do on their own pages: they answer, and the answers go into the chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from euthymia.assess.scales.scale_rules import Scale
from euthymia.assess.scales.score import ScaleScore, suicide_answer
from euthymia.chart.chart import Chart
from euthymia.chart.entries import Entry
from euthymia.chart.patient_facts import ScaleFilled
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, Who
from euthymia.clinic.portal.wordings import Questionnaire, questionnaires
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import record
from euthymia.follow.trajectory import weekly

USUAL = ("phq9", "gad7")
"""Asked of everybody; the others once the clinic has begun with them."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A questionnaire as the start page offers it."""

    questionnaire: Questionnaire
    last_on: date | None
    due: bool
    usual: bool


def offered(chart: Chart, on: date) -> tuple[Offered, ...]:
    """Every questionnaire, those that are due first."""
    found = []
    for each in questionnaires():
        filled = chart.scales_named(each.scale.id)
        last = filled[-1].fact.score.on if filled else None
        usual = bool(filled) or each.scale.id in USUAL
        late = last is None or (on - last).days >= weekly().same_time_days
        found.append(Offered(each, last, usual and late, usual))
    return tuple(sorted(found, key=lambda row: (not row.due, not row.usual)))


def answer(
    who: Who, patient: Patient, scale: Scale, items: tuple[int | None, ...], entry_id: str
) -> Entry:
    """Record a filled-in questionnaire as the patient's own; a safety task opens by itself."""
    score = ScaleScore(scale.id, on=clock.today(), items=items)
    fact = ScaleFilled(score=score, rated_by="patient")
    return record(who, patient, fact, Action.ANSWER_OWN, entry_id=entry_id)


def speaks_of_suicide(entry: Entry) -> bool:
    """Whether an answer of this entry opened a safety task."""
    if not isinstance(entry.fact, ScaleFilled):
        return False
    said = suicide_answer(entry.fact.score)
    return said is not None and bool(said.items)
