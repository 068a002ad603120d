"""What is known of a patient's head, and attaching an image of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile

from euthymia.chart.chart import Chart
from euthymia.chart.entries import Entry
from euthymia.chart.patient_facts import HeadMeasured, ImageAttached
from euthymia.clinic.accounts.policy import Action, Who
from euthymia.clinic.heads.images import ENDINGS, LARGEST_BYTES, as_image
from euthymia.clinic.heads.places import folder_of
from euthymia.clinic.records.documents import store
from euthymia.clinic.records.models import Document, Patient
from euthymia.clinic.records.services import record
from euthymia.core.errors import InputError
from euthymia.model.head.files.names import is_head_folder

REPORT = "head-report.pdf"


@dataclass(frozen=True, slots=True)
class HeadState:
    """What is known of a patient's head.

    image: the T1 that is attached last, as a stored file. built: there is a head of that image.
    stale: the built head is of another image than the one attached last.
    """

    measured: HeadMeasured | None
    image: Document | None
    built: bool
    stale: bool
    report: Document | None


def attach(
    who: Who,
    patient: Patient,
    upload: UploadedFile[bytes],
    acquired_on: date | None,
    entry_id: str = "",
) -> Entry:
    """Attach a T1 to the chart: NIfTI, or a zip of one DICOM series; refused if it is no head.

    The image is looked at before anything is recorded, so that a wrong file costs seconds.
    """
    from euthymia.model.head.image.read import load_head_image  # noqa: PLC0415 - heavy, and rare

    name = Path(upload.name or "").name
    if not name.lower().endswith(ENDINGS):
        raise InputError(
            name or "image", "this is no image of that kind", "Give .nii, .nii.gz, or DICOM as .zip"
        )
    if (upload.size or 0) > LARGEST_BYTES:
        raise InputError(name, "it is larger than 512 MB", "Give one T1-weighted image")
    content = upload.read()
    with as_image(name, content) as path:
        load_head_image(path)
    kept = store(patient, name, "application/octet-stream", content)
    fact = ImageAttached(file_name=name, sha256=kept.sha256, acquired_on=acquired_on)
    return record(who, patient, fact, Action.MEASURE_HEAD, entry_id=entry_id)


def state_of(patient: Patient, chart: Chart) -> HeadState:
    """What is known of the patient's head."""
    image = image_of(patient, chart)
    built = is_head_folder(folder_of(patient))
    mark = folder_of(patient) / "image.sha256"
    of = mark.read_text(encoding="ascii") if built and mark.is_file() else ""
    reports = Document.objects.filter(patient=patient, name=REPORT).order_by("-made_at")
    return HeadState(
        chart.head.fact if chart.head else None,
        image,
        built,
        built and image is not None and of != image.sha256,
        reports.first() if built else None,
    )


def image_of(patient: Patient, chart: Chart) -> Document | None:
    """The stored file of the T1 that the chart attaches last."""
    attached = [found.fact for found in chart.images if found.fact.contrast == "T1"]
    if not attached:
        return None
    return Document.objects.filter(patient=patient, sha256=attached[-1].sha256).first()
