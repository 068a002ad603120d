"""A head model made from a patient's own T1, or from labels, stage by stage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding
from euthymia.core.poses import FloatArray
from euthymia.core.progress import SILENT, Progress, stage
from euthymia.core.store import Arrays, Store
from euthymia.model.head.build.fitting import fitted, mni_map, stacked
from euthymia.model.head.build.look import first_look
from euthymia.model.head.build.stages import Bench, Made, Stage
from euthymia.model.head.default import default_head
from euthymia.model.head.files.labels import ForeignLabels, label_scheme, read_labels
from euthymia.model.head.head import Head
from euthymia.model.head.image.read import HeadImage, load_head_image
from euthymia.model.head.place.landmarks import LandmarkFile, Landmarks, read_landmarks
from euthymia.model.head.place.registration import ants_or_refuse, bias_corrected, drawn_t1
from euthymia.model.head.quality import LEAST_LIKENESS, HeadQuality, fit_findings, head_quality
from euthymia.model.head.surface.scalp import Scalp
from euthymia.model.head.tissue.brain import Priors
from euthymia.model.head.tissue.segment import close_cuts, crop_to_head, segment
from euthymia.model.head.volume import LabelVolume

Volume = NDArray[np.float32]

_HERE = "euthymia.model.head"
LOOK = Stage("look", (f"{_HERE}.build.look",), ("antspyx",))
BIAS = Stage("bias", (f"{_HERE}.place.registration",), ("antspyx",))
FIT = Stage("fit", (f"{_HERE}.build.fitting",), ("antspyx",))
SEGMENT = Stage("segment", (f"{_HERE}.tissue.segment",))
LANDMARKS = Stage("landmarks", (f"{_HERE}.surface.scalp", f"{_HERE}.place.landmarks"))
STAGES = (LOOK, BIAS, FIT, SEGMENT, LANDMARKS)

TITLE = "Head from a T1"
TITLE_OF_LABELS = "Head from labels"


@dataclass(frozen=True, slots=True)
class Source:
    """What a head is to be built from.

    t1: a NIfTI file, or a folder or file of DICOM; series: which of its series, if not the best.
    labels: a label volume made elsewhere, read by `scheme`; with a T1 it must lie on that T1.
    landmarks: a landmarks file whose points take the place of those found.
    """

    t1: Path | None = None
    series: int | None = None
    labels: Path | None = None
    scheme: str = "euthymia"
    landmarks: Path | None = None

    def __post_init__(self) -> None:
        if self.t1 is None and self.labels is None:
            raise InputError("head", "nothing is given to build it from", "Give a T1, or --labels")


@dataclass(frozen=True, eq=False)
class Built:
    """A head, how good it is, and the picture that it was made from.

    picture: (nx, ny, nz) brightness for the slices of the report, on `picture_affine`; of labels
    alone it is drawn. ran: the stages that were computed in this run. keys: their hashes.
    """

    head: Head
    quality: HeadQuality
    picture: Volume
    picture_affine: FloatArray
    ran: tuple[str, ...]
    keys: dict[str, str]
    made_from: dict[str, str]


@dataclass(frozen=True, eq=False)
class _Image:
    """What the stages work on: an image, or one drawn from labels."""

    values: Volume
    affine: FloatArray
    findings: tuple[Finding, ...]
    drawn: bool


def build_head(t1_path: Path, progress: Progress = SILENT) -> Head:
    """Build the head model of a whole-head T1, in its own millimetres; nothing is kept."""
    return build(Source(t1=t1_path), progress).head


def build(source: Source, progress: Progress = SILENT, store: Store | None = None) -> Built:
    """Build a head model: import, bias, fit, segment, landmarks, quality.

    Every stage but the import is kept in the store under a hash of its inputs, its parameters and
    its own code, so an interrupted build goes on where it was, and a changed parameter makes anew
    only what depends on it. The import is not kept: to read the file is to know its hash.
    Refuses what is not a usable head image; doubts stand in the findings.
    """
    ants_or_refuse()
    bench = Bench(store or Store(None), progress)
    marks = read_landmarks(source.landmarks) if source.landmarks else None
    with stage(progress, "Reading the image"):
        t1 = load_head_image(source.t1, source.series) if source.t1 else None
        foreign = _foreign(source)
    image = _to_work_on(t1, foreign)
    subject = str(source.t1 or source.labels)
    _look(bench, image, subject)
    bias = _even(bench, image)
    fit = _fit(bench, image, bias, subject)
    volume = _labels(bench, image, bias, fit, t1, foreign)
    points, moved_mm = _landmarks(bench, volume, fit, marks)
    with stage(progress, "Checking the head"):
        likeness = float(fit["likeness"])
        top_cut = t1 is not None and _touches_top(t1.values)
        doubts = fit_findings(likeness, moved_mm, top_cut)
        title = TITLE_OF_LABELS if foreign else TITLE
        head = Head(volume, points, mni_map(fit.arrays), title, (*image.findings, *doubts))
        quality = head_quality(head, likeness)
    head = replace(head, findings=quality.findings)
    return Built(
        head,
        quality,
        np.asarray(bias["values"], dtype=np.float32),
        image.affine,
        tuple(bench.ran),
        bench.keys,
        _made_from(t1, foreign),
    )


def _foreign(source: Source) -> ForeignLabels | None:
    if source.labels is None:
        return None
    return read_labels(source.labels, label_scheme(source.scheme))


def _to_work_on(t1: HeadImage | None, foreign: ForeignLabels | None) -> _Image:
    if t1 is not None:
        return _Image(t1.values, t1.affine, t1.findings, drawn=False)
    assert foreign is not None  # a source has one of the two
    volume = crop_to_head(foreign.volume)
    drawn = ndimage.gaussian_filter(drawn_t1(volume), 0.6 / volume.spacing_mm)
    return _Image(np.asarray(drawn, dtype=np.float32), volume.affine, (), drawn=True)


def _made_from(t1: HeadImage | None, foreign: ForeignLabels | None) -> dict[str, str]:
    """The hashes of what went in; no name of a file or of a person."""
    made = {"default_head": default_head().id}
    if t1 is not None:
        made["image"] = t1.frame.id
    if foreign is not None:
        made["labels"] = foreign.volume.frame.id
        made["scheme"] = foreign.scheme.title
    return made


def _image_hashes(image: _Image) -> dict[str, str]:
    return {"image": Made.of({"values": image.values, "affine": image.affine}).sha256}


def _even(bench: Bench, image: _Image) -> Made:
    """The image free of bias. What is drawn from labels has none."""
    if image.drawn:
        return Made.of({"values": image.values})
    inputs = _image_hashes(image)

    def make() -> Arrays:
        with stage(bench.progress, "Evening out the image"):
            return {"values": bias_corrected(image.values, image.affine)}

    return bench.run(BIAS, make, inputs=inputs)


def _look(bench: Bench, image: _Image, subject: str) -> None:
    """Refuse within seconds what minutes of work would only show later."""

    def make() -> Arrays:
        with stage(bench.progress, "Looking at the image"):
            return first_look(image.values, image.affine, subject)

    bench.run(LOOK, make, inputs={**_image_hashes(image), "default": default_head().id})


def _fit(bench: Bench, image: _Image, bias: Made, subject: str) -> Made:
    place = Made.of({"affine": image.affine}).sha256
    inputs = {"bias": bias.sha256, "affine": place, "default": default_head().id}

    def make() -> Arrays:
        with stage(bench.progress, "Fitting the default head"):
            return fitted(np.asarray(bias["values"], dtype=np.float32), image.affine)

    found = bench.run(FIT, make, inputs=inputs)
    likeness = float(found["likeness"])
    if likeness < LEAST_LIKENESS:
        raise InputError(
            subject,
            f"the default head could not be fitted onto it (likeness {likeness:.2f})",
            "Check that it is a T1-weighted whole head that is not skull-stripped",
        )
    return found


def _labels(
    bench: Bench,
    image: _Image,
    bias: Made,
    fit: Made,
    t1: HeadImage | None,
    foreign: ForeignLabels | None,
) -> LabelVolume:
    """The tissue labels: segmented, or those that were given."""
    if foreign is not None:
        # Poses made on the labels must fit the T1 that they were drawn on.
        frame = t1.frame if t1 is not None else foreign.volume.frame
        return replace(crop_to_head(close_cuts(foreign.volume)), frame=frame)
    assert t1 is not None
    inputs = {"bias": bias.sha256, "fit": fit.sha256, **_image_hashes(image)}

    def make() -> Arrays:
        priors = Priors(fit["tissues"], tuple(fit["eyes_mm"]))
        values = np.asarray(bias["values"], dtype=np.float32)
        found = segment(values, image.affine, t1.frame, priors, bench.progress)
        volume = crop_to_head(close_cuts(found.volume))
        return {"labels": volume.labels, "affine": volume.affine}

    made = bench.run(SEGMENT, make, inputs=inputs)
    return LabelVolume(made["labels"], made["affine"], t1.frame)


def _landmarks(
    bench: Bench, volume: LabelVolume, fit: Made, given: LandmarkFile | None
) -> tuple[Landmarks, float | None]:
    """The landmarks on the scalp, and the largest distance one found by the fit was moved."""
    asked = fit["landmarks_mm"] if given is None else stacked(given.landmarks)
    labels = Made.of({"labels": volume.labels, "affine": volume.affine}).sha256
    parameters: dict[str, Any] = {"points_mm": np.round(asked, 6).tolist()}

    def make() -> Arrays:
        with stage(bench.progress, "Finding the landmarks"):
            scalp = Scalp.of_volume(volume)
            return {"points_mm": np.array([scalp.nearest(point).position_mm for point in asked])}

    made = bench.run(LANDMARKS, make, inputs={"labels": labels}, parameters=parameters)
    placed = made["points_mm"]
    moved = float(np.linalg.norm(placed - asked, axis=1).max())
    return Landmarks(*placed), moved if given is None else None


def _touches_top(values: NDArray[np.float32]) -> bool:
    """More than a square centimetre of bright tissue in the topmost slice."""
    level = 0.15 * float(np.percentile(values, 99))
    return int((ndimage.median_filter(values[:, :, -1], 5) > level).sum()) > 100
