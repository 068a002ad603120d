"""Where a patient's head model lies, and the image beside it."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from euthymia.clinic.records.models import Patient
from euthymia.model.head.files.names import is_head_folder

T1 = "t1.nii.gz"
"""The image beside the head that was built from it; the bench shows its slices."""


def folder_of(patient: Patient) -> Path:
    """Where the patient's built head lies, or would lie."""
    heads: Path = settings.PLACE.heads
    return heads / str(patient.pk)


def built_head(patient: Patient) -> tuple[Path | None, Path | None]:
    """The folder of the head built from the patient's images, and the T1 in it; None if not."""
    folder = folder_of(patient)
    if not is_head_folder(folder):
        return None, None
    t1 = folder / T1
    return folder, t1 if t1.is_file() else None
