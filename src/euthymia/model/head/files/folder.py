"""A head as a folder: labels, landmarks, surfaces and what it was made from, guarded by hashes.

`head.json` names every other file with its SHA-256. Landmarks may be edited by hand: they are read
as they stand, and a finding says so. Everything else must be what was written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.poses import Frame
from euthymia.model.head.files.gifti import write_gifti
from euthymia.model.head.files.names import HEAD, is_head_folder
from euthymia.model.head.files.nifti_bytes import label_bytes
from euthymia.model.head.files.record import HeadFile
from euthymia.model.head.head import Head
from euthymia.model.head.maps import TissueMaps
from euthymia.model.head.place.landmarks import (
    NAMES,
    LandmarkEdits,
    Landmarks,
    read_landmark_edits,
)
from euthymia.model.head.place.mni import MniMap
from euthymia.model.head.volume import LabelVolume

LABELS, LANDMARKS = "labels.nii.gz", "landmarks.toml"
SCALP, CORTEX = "scalp.surf.gii", "cortex.surf.gii"
MNI, MAPS = "mni.npz", "maps.nii.gz"
_CORE = (LABELS, SCALP, CORTEX, MNI, MAPS)
"""What must be the file that was written, or the folder is no head."""

_SAME_MM = 1e-3


class HeadFolder(BaseModel):
    """What `head.json` of a folder holds.

    files: every other file's SHA-256. made_from: hashes of what went in. stages: the keys of the
    stages of the build. software: versions of what made it. likeness: how well the default head
    fitted, if an image was there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    euthymia_head_folder: Literal[1] = 1
    head: HeadFile
    files: dict[str, str]
    made_from: dict[str, str] = {}
    stages: dict[str, str] = {}
    software: dict[str, str] = {}
    likeness: float | None = None


def save_head(
    head: Head,
    folder: Path,
    *,
    made_from: Mapping[str, str] | None = None,
    stages: Mapping[str, str] | None = None,
    software: Mapping[str, str] | None = None,
    likeness: float | None = None,
    more: Mapping[str, bytes] | None = None,
) -> HeadFolder:
    """Write a head as a folder; `head.json` comes last, so that a killed run leaves no head.

    more: other files (the report) to lie beside it, guarded by their hash like the rest.
    Nothing that a scanner or a file name told about the patient is among what is written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / HEAD).unlink(missing_ok=True)
    written = {
        LABELS: label_bytes(head.volume.labels, head.volume.affine),
        LANDMARKS: landmarks_text(head.landmarks, head.frame).encode(),
        **(more or {}),
    }
    if head.maps is not None:
        written[MAPS] = label_bytes(np.moveaxis(head.maps.shares, 0, -1), head.maps.affine)
    for name, content in written.items():
        (folder / name).write_bytes(content)
    write_gifti(head.scalp.surface, folder / SCALP)
    write_gifti(head.cortex, folder / CORTEX)
    head.mni.save(folder / MNI)
    names = (*written, SCALP, CORTEX, MNI)
    record = HeadFolder(
        head=HeadFile.of(head),
        files={name: sha256_of_file(folder / name) for name in sorted(names)},
        made_from=dict(made_from or {}),
        stages=dict(stages or {}),
        software=dict(software or {}),
        likeness=likeness,
    )
    (folder / HEAD).write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return record


def load_head(folder: Path) -> Head:
    """The head of a folder; refuses one whose files are not those that were written.

    Landmarks that were edited since are taken, with a caution among the head's findings.
    """
    record = read_folder(folder)
    changed = [name for name in changed_files(folder, record) if name in _CORE]
    if changed:
        raise InputError(
            str(folder),
            f"{', '.join(changed)} is missing or is not the file that was written",
            "Restore it, or build the head again",
        )
    volume = LabelVolume.load(folder / LABELS, Frame(record.head.frame or "", record.head.title))
    maps = TissueMaps.load(folder / MAPS, volume.frame) if MAPS in record.files else None
    head = replace(
        record.head.head(volume, folder / HEAD), mni=MniMap.load(folder / MNI), maps=maps
    )
    if not _edited(folder, record):
        return head
    marks = head.landmarks.with_edits(_edits(folder / LANDMARKS, head), head.scalp)
    return replace(head, landmarks=marks, findings=(*head.findings, _edited_finding()))


def check_folder(folder: Path) -> tuple[Finding, ...]:
    """Everything that is to be said about a folder: changed files, then the head's own findings."""
    record = read_folder(folder)
    found = [
        _edited_finding()
        if name == LANDMARKS and _edited(folder, record)
        else _changed_finding(name, folder)
        for name in changed_files(folder, record)
    ]
    kept = [doubt.finding for doubt in record.head.findings]
    return (*found, *kept)


def read_folder(folder: Path) -> HeadFolder:
    """What `head.json` says; refuses what is no head folder, or one of a later version."""
    if not is_head_folder(folder):
        raise InputError(
            str(folder),
            f"there is no {HEAD} in it, so it is no head, or its build was broken off",
            "Build the head with `euthymia head build`",
        )
    try:
        return HeadFolder.model_validate_json((folder / HEAD).read_bytes())
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            str(folder / HEAD),
            f"{place or 'its content'}: {first['msg'][:1].lower()}{first['msg'][1:]}",
            "Build the head again, or use the version of Euthymia that wrote it",
        ) from None


def changed_files(folder: Path, record: HeadFolder) -> tuple[str, ...]:
    """The files that are missing or are not those that were written."""
    return tuple(
        name
        for name, sha256 in record.files.items()
        if not (folder / name).is_file() or sha256_of_file(folder / name) != sha256
    )


def sha256_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def landmarks_text(marks: Landmarks, frame: Frame) -> str:
    """The landmarks as a TOML file that `read_landmarks` reads."""
    lines = [
        "# Landmarks of the head, RAS millimetres. They may be corrected by hand.",
        f'frame = "{frame.id}"',
    ]
    for name in NAMES:
        # Micrometres: what is written is read again as the same point to any use of it.
        values = ", ".join(repr(round(float(value), 3)) for value in getattr(marks, name))
        lines.append(f"{name} = [{values}]")
    return "\n".join([*lines, 'how = "found by the build of the head"', ""])


def _edited(folder: Path, record: HeadFolder) -> bool:
    # A file that was taken away edits nothing: head.json holds the landmarks, too.
    return (folder / LANDMARKS).is_file() and LANDMARKS in changed_files(folder, record)


def _edits(path: Path, head: Head) -> LandmarkEdits:
    """The points of the file that are not those that were written."""
    given = read_landmark_edits(path, head.frame.id)
    kept = {
        name: None
        for name in NAMES
        if (point := getattr(given, name)) is not None
        and np.abs(np.array(point) - getattr(head.landmarks, name)).max() < _SAME_MM
    }
    return given.model_copy(update=kept)


def _edited_finding() -> Finding:
    return Finding(
        "head.landmarks-edited",
        Severity.CAUTION,
        "landmarks",
        f"{LANDMARKS} was changed by hand; EEG positions follow it.",
    )


def _changed_finding(name: str, folder: Path) -> Finding:
    there = (folder / name).is_file()
    return Finding(
        "head.file-changed",
        Severity.STOP if name in _CORE else Severity.CAUTION,
        name,
        "It is not the file that was written." if there else "The file is missing.",
    )
