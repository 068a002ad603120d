"""Files of patients, stored once under the SHA-256 of their content."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from euthymia.chart.envelope import sha256
from euthymia.clinic import clock
from euthymia.clinic.records.models import Document, Patient
from euthymia.core.errors import InputError


def store(patient: Patient, name: str, media_type: str, content: bytes) -> Document:
    """Keep a file of a patient's; the same file under the same name is kept once."""
    digest = sha256(content)
    path = path_of(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f"{path.name}.{os.getpid()}.new")
        with scratch.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    found, _ = Document.objects.get_or_create(
        patient=patient,
        sha256=digest,
        name=name[:200],
        defaults={
            "media_type": media_type,
            "size": len(content),
            "made_at": clock.now(),
        },
    )
    return found


def content_of(document: Document) -> bytes:
    """The file's content; refused if it is not there, or no longer what was stored."""
    try:
        content = path_of(document.sha256).read_bytes()
    except OSError:
        raise InputError(
            document.name, "the stored file is missing", "Restore it from a backup"
        ) from None
    if sha256(content) != document.sha256:
        raise InputError(document.name, "the stored file was changed", "Restore it from a backup")
    return content


def path_of(digest: str) -> Path:
    """Where a file with that hash lies."""
    folder: Path = settings.PLACE.documents
    return folder / digest[:2] / digest
