"""Building the head of a patient's image, beside its quality report."""

from __future__ import annotations

import shutil
from datetime import date

from euthymia.clinic.heads.images import as_image
from euthymia.clinic.heads.places import T1, folder_of
from euthymia.clinic.heads.services import REPORT, image_of
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.documents import content_of, store
from euthymia.clinic.records.models import Document, Patient
from euthymia.core.errors import InputError
from euthymia.core.progress import SILENT, Progress, stage
from euthymia.core.software import software
from euthymia.core.store import Store
from euthymia.model.head.build.whole import Source, build
from euthymia.model.head.files.folder import save_head
from euthymia.report.figures.headcheck import CheckScene
from euthymia.report.head_document import HeadReport, head_document
from euthymia.report.html import to_html
from euthymia.report.pdf import to_pdf


def build_head(patient: Patient, on: date, progress: Progress = SILENT) -> Document:
    """Build the head of the T1 attached last, beside its quality report (minutes).

    What was built before is replaced only once the new head stands whole. A build that was broken
    off goes on at the stage where it was.
    """
    image = image_of(patient, chart_of(patient).chart)
    if image is None:
        raise InputError("this patient", "no image is attached", "Attach a T1 first")
    with as_image(image.name, content_of(image)) as path:
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
