"""The file beside a label volume that makes a head of it: landmarks, place in MNI space, doubts.

For `LABELS.nii.gz` it is `LABELS.head.json`. `euthymia head build` writes it; for labels made
elsewhere it can be written by hand, without `labels_sha256` and `frame`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from euthymia.core.errors import InputError, require_file
from euthymia.core.findings import Finding, Severity
from euthymia.core.poses import FloatArray, Frame
from euthymia.core.references import Citation
from euthymia.model.head.head import Head, Origin
from euthymia.model.head.place.landmarks import Landmarks, PointNote
from euthymia.model.head.place.mni import MniMap
from euthymia.model.head.spread import AnatomySpread, anatomy_spread
from euthymia.model.head.volume import LabelVolume, Tissue

Triple = tuple[float, float, float]
Row = tuple[float, float, float, float]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class LandmarksMm(_Part):
    """The four landmarks, RAS millimetres of the labels."""

    nasion: Triple
    inion: Triple
    left_preauricular: Triple
    right_preauricular: Triple


class Note(_Part):
    """How a landmark was found, and its typical error."""

    uncertainty_mm: float
    how: str


class Doubt(_Part):
    """A finding of the making of the head."""

    code: str
    severity: Literal["note", "caution", "acknowledge", "stop"]
    subject: str
    message: str
    found: str = ""
    limit: str = ""
    nearest_allowed: str = ""
    source: Citation | None = None

    @classmethod
    def of(cls, finding: Finding) -> Doubt:
        return cls(
            code=finding.code,
            severity=finding.severity.label,
            subject=finding.subject,
            message=finding.message,
            found=finding.found,
            limit=finding.limit,
            nearest_allowed=finding.nearest_allowed,
            source=finding.source,
        )

    @property
    def finding(self) -> Finding:
        return Finding(
            self.code,
            Severity[self.severity.upper()],
            self.subject,
            self.message,
            self.found,
            self.limit,
            self.nearest_allowed,
            self.source,
        )


class HeadFile(_Part):
    """What the file holds. labels_sha256: of the label volume that it belongs to, if noted.

    to_mni: (4, 4) by rows, from the labels' millimetres to MNI millimetres; of a nonlinear map its
    linear part, the rest counting as uncertainty. frame: the id of the frame of these millimetres,
    if they are those of another image (the T1). landmark_notes: for nasion, inion, left, right.
    """

    euthymia_head: Literal[1] = 1
    title: str = ""
    frame: str | None = None
    labels_sha256: str | None = None
    landmarks_mm: LandmarksMm
    to_mni: tuple[Row, Row, Row, Row]
    mni_uncertainty_mm: float
    mni_how: str
    findings: tuple[Doubt, ...] = ()
    origin: Origin = Origin.LABELS
    hair_mm: float | None = None
    landmark_notes: tuple[Note, ...] = ()

    @classmethod
    def of(cls, head: Head) -> HeadFile:
        """What is to be written for a head."""
        marks = head.landmarks
        off, how = _linear_part(head)
        return cls(
            title=head.title,
            frame=head.frame.id,
            labels_sha256=head.volume.sha256,
            landmarks_mm=LandmarksMm(
                nasion=_triple(marks.nasion),
                inion=_triple(marks.inion),
                left_preauricular=_triple(marks.left_preauricular),
                right_preauricular=_triple(marks.right_preauricular),
            ),
            to_mni=tuple(tuple(map(float, row)) for row in head.mni.to_mni),
            mni_uncertainty_mm=off,
            mni_how=how,
            findings=tuple(Doubt.of(finding) for finding in head.findings),
            origin=head.origin,
            hair_mm=head.hair_mm,
            landmark_notes=tuple(
                Note(uncertainty_mm=note.uncertainty_mm, how=note.how) for note in marks.notes
            ),
        )

    def head(self, volume: LabelVolume, path: Path) -> Head:
        """The head of these labels; refuses labels that are not the ones described here."""
        if self.labels_sha256 is not None and volume.sha256 != self.labels_sha256:
            raise InputError(
                str(path),
                "it describes other labels than those beside it (they were changed since)",
                "Restore the labels; or, if you corrected them, take labels_sha256 out of the file",
            )
        if self.frame is not None:
            volume = replace(volume, frame=Frame(self.frame, volume.frame.title))
        marks = self.landmarks_mm
        notes = tuple(PointNote(note.uncertainty_mm, note.how) for note in self.landmark_notes)
        return Head(
            volume,
            Landmarks(
                np.array(marks.nasion),
                np.array(marks.inion),
                np.array(marks.left_preauricular),
                np.array(marks.right_preauricular),
                notes=notes,
            ),
            MniMap(np.array(self.to_mni), self.mni_uncertainty_mm, self.mni_how),
            self.title,
            tuple(doubt.finding for doubt in self.findings),
            origin=self.origin,
            spread=_spread(self.origin),
            hair_mm=self.hair_mm,
        )


def _linear_part(head: Head) -> tuple[float, str]:
    """How far the linear part of the map to MNI space is off, and what it rests on."""
    found = head.mni
    if found.linear:
        return found.uncertainty_mm, found.how
    points = head.volume.to_world(np.argwhere(head.volume.mask(Tissue.GREY))[::200])
    linear = MniMap(found.to_mni, found.uncertainty_mm, found.how).forward(points)
    left_over: FloatArray = np.linalg.norm(found.forward(points) - linear, axis=1)
    off = float(np.hypot(found.uncertainty_mm, np.median(left_over)))
    return off, f"linear part of: {found.how}"


def _spread(origin: Origin) -> AnatomySpread | None:
    """How far the patient's anatomy may lie from a head that is not the patient's own."""
    if origin in (Origin.DEFAULT, Origin.TAPE):
        return anatomy_spread(shaped_by_tape=origin is Origin.TAPE)
    return None


def beside(labels: Path) -> Path:
    """Where the file of a label volume lies."""
    stem = labels.name
    for ending in (".gz", ".nii"):
        stem = stem.removesuffix(ending)
    return labels.with_name(f"{stem}.head.json")


def read_head_file(path: Path) -> HeadFile:
    """Read the file; refuses what is not one, naming the place."""
    require_file(path, "a head file (JSON)")
    try:
        return HeadFile.model_validate_json(path.read_bytes())
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            str(path),
            f"{place or 'its content'}: {first['msg'][:1].lower()}{first['msg'][1:]}",
            "Correct it, or write the file again with `euthymia head build`",
        ) from None


def _triple(point: object) -> Triple:
    x, y, z = np.asarray(point, dtype=float).tolist()
    return x, y, z
