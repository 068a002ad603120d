"""Which head a patient's bench works on, in which words the page says so, and its preparation."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from euthymia.chart.chart import Chart
from euthymia.clinic.accounts.policy import Who
from euthymia.clinic.bench.choice import (
    DefaultChoice,
    FolderChoice,
    HeadChoice,
    TapeChoice,
    to_json,
)
from euthymia.clinic.bench.work import PREPARE_HEAD
from euthymia.clinic.heads.places import built_head
from euthymia.clinic.jobs.models import Job
from euthymia.clinic.jobs.services import start
from euthymia.clinic.records.models import Patient
from euthymia.core.errors import InputError
from euthymia.model.head.tape_measures import TapeMeasures


@dataclass(frozen=True, slots=True)
class PatientsHead:
    """A head and what the page says of it; slices: what its slices show."""

    choice: HeadChoice
    words: str
    slices: str


def head_of(patient: Patient, chart: Chart) -> PatientsHead:
    """The head built from the patient's images; else the default one in the size of the tape.

    Measures that no head has are not used, and the words say so.
    """
    labels = _("Tissue labels in shades of grey.")
    folder, t1 = built_head(patient)
    if folder is not None:
        words = _("The patient's own head, built from images.")
        return PatientsHead(FolderChoice(folder, t1), words, _("The T1.") if t1 else labels)
    if chart.head is None:
        words = _("The default head: the patient has no head model and no tape measurements.")
        return PatientsHead(DefaultChoice(), words, labels)
    fact = chart.head.fact
    try:
        tape = TapeMeasures(fact.nasion_inion_mm, fact.tragus_tragus_mm, fact.circumference_mm)
    except InputError as refusal:
        words = _("The default head: the tape measurements were not used. %(why)s")
        return PatientsHead(DefaultChoice(), words % {"why": refusal}, labels)
    words = _("The default head in the patient's size (tape: %(measures)s).")
    return PatientsHead(TapeChoice(tape), words % {"measures": tape.words}, labels)


def begin_preparing(who: Who, patient: Patient, head: PatientsHead) -> Job:
    """Start to prepare a head; a job that prepares it already, for whichever patient, is taken."""
    running = preparation_of(head)
    if running is not None and running.is_active:
        return running
    return start(who, PREPARE_HEAD, patient, {"head": to_json(head.choice)})


def preparation_of(head: PatientsHead) -> Job | None:
    """The last job that prepares or prepared this head."""
    jobs = Job.objects.filter(kind=PREPARE_HEAD, arguments={"head": to_json(head.choice)})
    return jobs.order_by("-asked_at").first()
