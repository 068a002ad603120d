"""Which head a patient's bench works on, and in which words the page says so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from euthymia.chart.chart import Chart
from euthymia.clinic.bench.choice import DefaultChoice, FolderChoice, HeadChoice, TapeChoice
from euthymia.clinic.records.models import Patient
from euthymia.core.errors import InputError
from euthymia.model.head.files.folder import is_head_folder
from euthymia.model.head.tape import TapeMeasures

T1 = "t1.nii.gz"
"""The patient's T1 beside the head that was built from it, for the slices."""


@dataclass(frozen=True, slots=True)
class PatientsHead:
    """A head and what the page says of it."""

    choice: HeadChoice
    words: str


def head_of(patient: Patient, chart: Chart) -> PatientsHead:
    """The head built from the patient's images; else the default one in the size of the tape.

    Measures that no head has are not used, and the words say so.
    """
    folder = folder_of(patient)
    if is_head_folder(folder):
        t1 = folder / T1
        words = _("The patient's own head, built from images.")
        return PatientsHead(FolderChoice(folder, t1 if t1.is_file() else None), words)
    if chart.head is None:
        words = _("The default head: the patient has no head model and no tape measurements.")
        return PatientsHead(DefaultChoice(), words)
    fact = chart.head.fact
    try:
        tape = TapeMeasures(fact.nasion_inion_mm, fact.tragus_tragus_mm, fact.circumference_mm)
    except InputError as refusal:
        words = _("The default head: the tape measurements were not used. %(why)s")
        return PatientsHead(DefaultChoice(), words % {"why": refusal})
    words = _("The default head in the patient's size (tape: %(measures)s).")
    return PatientsHead(TapeChoice(tape), words % {"measures": tape.words})


def folder_of(patient: Patient) -> Path:
    """Where the patient's built head lies."""
    folder: Path = settings.PLACE.heads
    return folder / str(patient.pk)
