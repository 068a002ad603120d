"""A head model made from a patient's own T1, or from labels, stage by stage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.progress import SILENT, Progress, stage
from euthymia.core.store import Store
from euthymia.model.head.build.fitting import mni_map
from euthymia.model.head.build.stages import Bench
from euthymia.model.head.build.steps import (
    LABELS_TITLE,
    MRI_TITLE,
    Given,
    even_image,
    fit_image,
    laid_t2,
    looked_at,
    placed_landmarks,
    segmented,
)
from euthymia.model.head.default import default_head
from euthymia.model.head.files.labels import label_scheme, read_labels
from euthymia.model.head.head import Head, Origin
from euthymia.model.head.image.read import load_head_image
from euthymia.model.head.place.landmarks import read_landmark_edits
from euthymia.model.head.place.registration import ants_or_refuse
from euthymia.model.head.place.sides import brain_side_findings
from euthymia.model.head.quality import HeadQuality, fit_findings, head_quality

Volume = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Source:
    """What a head is to be built from.

    t1: a NIfTI file, or a folder or file of DICOM; series: which of its series, if not the best.
    t2: an image of the same head in which fluid is bright; helps to tell bone from fluid.
    labels: a label volume made elsewhere, read by `scheme`; with a T1 it must lie on that T1.
    landmarks: a file whose points take the place of those found.
    """

    t1: Path | None = None
    series: int | None = None
    t2: Path | None = None
    labels: Path | None = None
    scheme: str = "euthymia"
    landmarks: Path | None = None

    def __post_init__(self) -> None:
        if self.t1 is None and self.labels is None:
            raise InputError("head", "nothing is given to build it from", "Give a T1, or --labels")
        if self.t2 is not None and (self.t1 is None or self.labels is not None):
            raise InputError(
                "--t2", "it helps only where a T1 is segmented", "Give the T1 too, and no labels"
            )


@dataclass(frozen=True, eq=False)
class Built:
    """A head, how good it is, and the picture that it was made from.

    picture: what lies behind the outlines of the report; of labels alone it is drawn.
    ran: the stages that were computed in this run. keys: their hashes.
    made_from: hashes of what went in.
    """

    head: Head
    quality: HeadQuality
    picture: Given
    ran: tuple[str, ...]
    keys: dict[str, str]
    made_from: dict[str, str]


def build_head(t1_path: Path, progress: Progress = SILENT) -> Head:
    """Build the head model of a whole-head T1, in its own millimetres; nothing is kept."""
    return build(Source(t1=t1_path), progress).head


def build(source: Source, progress: Progress = SILENT, store: Store | None = None) -> Built:
    """Build a head model: import, look, bias, fit, segment, landmarks, quality.

    Every stage but the import is kept in the store under a hash of its inputs, its parameters and
    its own code, so an interrupted build goes on where it was, and a changed parameter makes anew
    only what depends on it. The import is not kept: to read the file is to know its hash.
    Refuses what is not a usable head image; doubts stand in the findings.
    """
    ants_or_refuse()
    bench = Bench(store or Store(None), progress)
    given = _given(source, progress)
    edits = read_landmark_edits(source.landmarks, given.frame.id) if source.landmarks else None
    subject = str(source.t1 or source.labels)
    looked_at(bench, given, subject)
    even = even_image(bench, given)
    fit = fit_image(bench, given, even, subject)
    t2 = laid_t2(bench, given, even)
    volume, maps = segmented(bench, given, even, fit, t2)
    landmarks, moved_mm = placed_landmarks(bench, volume, fit, edits)
    with stage(progress, "Checking the head"):
        likeness = float(fit["likeness"])
        mni = mni_map(fit.arrays)
        default = default_head()
        doubts = (
            *fit_findings(likeness, moved_mm, _touches_top(given)),
            *brain_side_findings(volume, mni, default.volume, default.mni, "head model"),
        )
        head = Head(
            volume,
            landmarks,
            mni,
            MRI_TITLE if given.labels is None else LABELS_TITLE,
            (*given.findings, *doubts),
            origin=Origin.OWN_MRI if given.labels is None else Origin.LABELS,
            maps=maps,
        )
        quality = head_quality(head, likeness)
    return Built(
        replace(head, findings=quality.findings),
        quality,
        replace(given, values=np.asarray(even["values"], dtype=np.float32)),
        tuple(bench.ran),
        bench.keys,
        {"default_head": default_head().id, **given.hashes},
    )


def _given(source: Source, progress: Progress) -> Given:
    """What the stages work on: the images and labels, read and checked."""
    with stage(progress, "Reading the image"):
        t1 = load_head_image(source.t1, source.series) if source.t1 else None
        t2 = load_head_image(source.t2, what="T2 image", check_content=False) if source.t2 else None
        labels = read_labels(source.labels, label_scheme(source.scheme)) if source.labels else None
        return Given.of(t1, t2, labels, str(source.labels))


def _touches_top(given: Given) -> bool:
    """More than a square centimetre of bright tissue in the topmost slice."""
    if given.drawn:
        return False
    values = given.values
    level = 0.15 * float(np.percentile(values, 99))
    return int((ndimage.median_filter(values[:, :, -1], 5) > level).sum()) > 100
