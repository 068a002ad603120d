"""Measuring a head, attaching an image, and building the head from it."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from euthymia.chart.chart import Chart
from euthymia.chart.entries import Entry
from euthymia.chart.patient_facts import HeadMeasured, ImageAttached
from euthymia.clinic.accounts.policy import Action, Who
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.documents import content_of, store
from euthymia.clinic.records.models import Document, Patient
from euthymia.clinic.records.services import record
from euthymia.core.errors import InputError
from euthymia.core.progress import SILENT, Progress, stage
from euthymia.core.software import software
from euthymia.core.store import Store
from euthymia.model.head.build.whole import Source, build
from euthymia.model.head.files.folder import is_head_folder, save_head
from euthymia.model.head.image.read import load_head_image
from euthymia.model.head.tape import TapeMeasures
from euthymia.report.figures.headcheck import CheckScene
from euthymia.report.head_document import HeadReport, head_document
from euthymia.report.html import to_html
from euthymia.report.pdf import to_pdf

T1 = "t1.nii.gz"
"""The image beside the head that was built from it; the bench shows its slices."""

REPORT = "head-report.pdf"
_LARGEST = 512 * 1024 * 1024
_ENDINGS = (".nii.gz", ".nii", ".zip")
_MOST_FILES = 5000


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


def measure(who: Who, patient: Patient, fact: HeadMeasured, entry_id: str = "") -> Entry:
    """Record the tape's measures; refused where no adult head has them."""
    TapeMeasures(fact.nasion_inion_mm, fact.tragus_tragus_mm, fact.circumference_mm)
    return record(who, patient, fact, Action.MEASURE_HEAD, entry_id=entry_id)


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
    name = Path(upload.name or "").name
    if not name.lower().endswith(_ENDINGS):
        raise InputError(
            name or "image", "this is no image of that kind", "Give .nii, .nii.gz, or DICOM as .zip"
        )
    if (upload.size or 0) > _LARGEST:
        raise InputError(name, "it is larger than 512 MB", "Give one T1-weighted image")
    content = upload.read()
    with _as_image(name, content) as path:
        load_head_image(path)
    kept = store(patient, name, "application/octet-stream", content)
    fact = ImageAttached(file_name=name, sha256=kept.sha256, acquired_on=acquired_on)
    return record(who, patient, fact, Action.MEASURE_HEAD, entry_id=entry_id)


def build_head(patient: Patient, on: date, progress: Progress = SILENT) -> Document:
    """Build the head of the T1 attached last, beside its quality report (minutes).

    What was built before is replaced only once the new head stands whole. A build that was broken
    off goes on at the stage where it was.
    """
    image = image_of(patient, chart_of(patient).chart)
    if image is None:
        raise InputError("this patient", "no image is attached", "Attach a T1 first")
    with _as_image(image.name, content_of(image)) as path:
        made = build(Source(path), progress, Store.default())
        scene = CheckScene(made.head, made.quality, made.picture.values, made.picture.affine)
        with stage(progress, "Writing the report"):
            document = head_document(HeadReport(scene, on, {"euthymia": software()}))
            pdf, html = to_pdf(document), to_html(document).encode()
        scratch = folder_of(patient).with_name(f"{patient.pk}.new")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.parent.mkdir(parents=True, exist_ok=True)
        with stage(progress, "Writing the head"):
            save_head(
                made.head,
                scratch,
                made_from=made.made_from,
                stages=made.keys,
                software={"euthymia": software()},
                likeness=made.quality.likeness,
                more={"report.pdf": pdf, "report.html": html},
            )
            if path.name.endswith(".nii.gz"):
                shutil.copyfile(path, scratch / T1)
            (scratch / "image.sha256").write_text(image.sha256, encoding="ascii")
    shutil.rmtree(folder_of(patient), ignore_errors=True)
    scratch.rename(folder_of(patient))
    return store(patient, REPORT, "application/pdf", pdf)


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


def folder_of(patient: Patient) -> Path:
    """Where the patient's built head lies."""
    heads: Path = settings.PLACE.heads
    return heads / str(patient.pk)


@contextmanager
def _as_image(name: str, content: bytes) -> Iterator[Path]:
    """The image as a file or a folder of DICOM, for as long as it is read."""
    with tempfile.TemporaryDirectory(prefix="euthymia-image-") as scratch:
        folder = Path(scratch)
        if not name.lower().endswith(".zip"):
            path = folder / ("T1.nii.gz" if name.lower().endswith(".gz") else "T1.nii")
            path.write_bytes(content)
            yield path
            return
        packed = folder / "packed.zip"
        packed.write_bytes(content)
        yield _unpacked(packed, folder / "dicom", name)


def _unpacked(packed: Path, out: Path, name: str) -> Path:
    """Unpack a zip flat and bounded: names in it never lead anywhere else."""
    out.mkdir()
    try:
        with zipfile.ZipFile(packed) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            if len(members) > _MOST_FILES or sum(m.file_size for m in members) > 4 * _LARGEST:
                raise InputError(name, "it holds far more than one series", "Pack one T1 series")
            for number, member in enumerate(members):
                with archive.open(member) as source, (out / f"{number:05d}.dcm").open("wb") as file:
                    shutil.copyfileobj(source, file)
    except (zipfile.BadZipFile, OSError, RuntimeError):
        raise InputError(
            name, "it is not a zip that can be opened", "Pack the series again"
        ) from None
    return out
