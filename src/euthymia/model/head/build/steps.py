"""The stages of a build one by one: what each takes, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding
from euthymia.core.poses import FloatArray, Frame
from euthymia.core.progress import stage
from euthymia.core.store import Arrays
from euthymia.model.head.build.fitting import fitted_default
from euthymia.model.head.build.look import first_look
from euthymia.model.head.build.stages import Bench, Made, Stage, sha256_of
from euthymia.model.head.default import default_head
from euthymia.model.head.files.labels import ForeignLabels
from euthymia.model.head.image.read import HeadImage
from euthymia.model.head.maps import TissueMaps
from euthymia.model.head.place.finding import find_landmarks
from euthymia.model.head.place.landmarks import NAMES, LandmarkEdits, Landmarks, PointNote
from euthymia.model.head.place.registration import bias_corrected, drawn_t1
from euthymia.model.head.quality import LEAST_LIKENESS
from euthymia.model.head.surface.scalp import Scalp
from euthymia.model.head.tissue.brain import Priors
from euthymia.model.head.tissue.segment import close_cuts, crop_to_head, segment
from euthymia.model.head.tissue.t2 import laid_on_t1
from euthymia.model.head.volume import LabelVolume, Tissue

Volume = NDArray[np.float32]

_HERE = "euthymia.model.head"
LOOK = Stage("look", (f"{_HERE}.build.look",), ("antspyx",))
BIAS = Stage("bias", (f"{_HERE}.place.registration",), ("antspyx",))
FIT = Stage("fit", (f"{_HERE}.build.fitting",), ("antspyx",))
LAY_T2 = Stage("lay-t2", (f"{_HERE}.tissue.t2",), ("antspyx",))
SEGMENT = Stage("segment", (f"{_HERE}.tissue.segment",))
LANDMARKS = Stage("landmarks", (f"{_HERE}.place.finding",))

MRI_TITLE = "Head from an MRI"
LABELS_TITLE = "Head from labels"

_LEAST_OVERLAP = 0.7


@dataclass(frozen=True, eq=False)
class Given:
    """What the stages work on: an image, or one drawn from labels.

    values, affine: about one millimetre, RAS. frame: of the head's millimetres. drawn: whether
    the image was drawn from labels. hashes: of what went in; no name of a file or a person.
    """

    values: Volume
    affine: FloatArray
    frame: Frame
    findings: tuple[Finding, ...]
    hashes: dict[str, str]
    drawn: bool
    t2: HeadImage | None = None
    labels: LabelVolume | None = None

    @classmethod
    def of(
        cls, t1: HeadImage | None, t2: HeadImage | None, foreign: ForeignLabels | None, subject: str
    ) -> Given:
        """The image, and labels closed and cut to the head, in the frame of the T1 if given."""
        hashes = {} if t1 is None else {"image": t1.frame.id}
        if t2 is not None:
            hashes["t2"] = t2.frame.id
        if foreign is None:
            assert t1 is not None  # a source has one of the two
            return cls(t1.values, t1.affine, t1.frame, t1.findings, hashes, False, t2)
        hashes |= {"labels": foreign.volume.frame.id, "scheme": foreign.scheme.title}
        volume = crop_to_head(close_cuts(foreign.volume))
        if t1 is not None:
            _refuse_apart(volume, t1, subject)
            # Poses made on the labels must fit the T1 that they were drawn on.
            volume = replace(volume, frame=t1.frame)
            return cls(t1.values, t1.affine, t1.frame, t1.findings, hashes, False, labels=volume)
        picture = ndimage.gaussian_filter(drawn_t1(volume), 0.6 / volume.spacing_mm)
        values = np.asarray(picture, dtype=np.float32)
        return cls(values, volume.affine, volume.frame, (), hashes, True, labels=volume)

    @property
    def sha256(self) -> str:
        """Hash of the image and where it lies."""
        return sha256_of({"values": self.values, "affine": self.affine})


def _refuse_apart(labels: LabelVolume, t1: HeadImage, subject: str) -> None:
    """Refuse labels that do not lie on the T1: most of their head must be bright in it."""
    head = labels.to_world(np.argwhere(np.isin(labels.labels, [Tissue.GREY, Tissue.WHITE]))[::97])
    voxel = np.linalg.solve(t1.affine[:3, :3], (head - t1.affine[:3, 3]).T)
    values = ndimage.map_coordinates(t1.values, voxel, order=1, cval=0.0)
    bright = float((values > 0.15 * np.percentile(t1.values, 99)).mean())
    if bright < _LEAST_OVERLAP:
        raise InputError(
            subject,
            f"only {bright:.0%} of its brain lies on tissue of the T1",
            "Give labels that were drawn on this T1, or leave the T1 out",
        )


def looked_at(bench: Bench, given: Given, subject: str) -> None:
    """Refuse within seconds what minutes of work would only show later."""

    def make() -> Arrays:
        with stage(bench.progress, "Looking at the image"):
            return first_look(given.values, given.affine, subject)

    bench.run(LOOK, make, inputs={"image": given.sha256, "default": default_head().id})


def even_image(bench: Bench, given: Given) -> Made:
    """The image free of bias, as `values`. What is drawn from labels has none."""
    if given.drawn:
        return Made.of({"values": given.values})

    def make() -> Arrays:
        with stage(bench.progress, "Evening out the image"):
            return {"values": bias_corrected(given.values, given.affine)}

    return bench.run(BIAS, make, inputs={"image": given.sha256})


def fit_image(bench: Bench, given: Given, even: Made, subject: str) -> Made:
    """The default head laid onto the image (see `fitted_default`); refused if it does not fit."""

    def make() -> Arrays:
        with stage(bench.progress, "Fitting the default head"):
            return fitted_default(np.asarray(even["values"], dtype=np.float32), given.affine)

    inputs = {"even": even.sha256, "place": _place(given), "default": default_head().id}
    found = bench.run(FIT, make, inputs=inputs)
    likeness = float(found["likeness"])
    if likeness < LEAST_LIKENESS:
        raise InputError(
            subject,
            f"the default head could not be fitted onto it (likeness {likeness:.2f})",
            "Check that it is a T1-weighted whole head that is not skull-stripped",
        )
    return found


def laid_t2(bench: Bench, given: Given, even: Made) -> Made | None:
    """The T2 free of bias and on the grid of the T1, as `values`; None where there is none."""
    t2 = given.t2
    if t2 is None:
        return None

    def make() -> Arrays:
        with stage(bench.progress, "Laying the T2 on the T1"):
            smooth = bias_corrected(t2.values, t2.affine)
            t1 = np.asarray(even["values"], dtype=np.float32)
            return {"values": laid_on_t1(smooth, t2.affine, t1, given.affine)}

    own = sha256_of({"values": t2.values, "affine": t2.affine})
    return bench.run(LAY_T2, make, inputs={"even": even.sha256, "place": _place(given), "t2": own})


def segmented(
    bench: Bench, given: Given, even: Made, fit: Made, t2: Made | None
) -> tuple[LabelVolume, TissueMaps]:
    """The tissue labels and the share of each tissue: segmented, or of the labels given."""
    if given.labels is not None:
        return given.labels, TissueMaps.of_labels(given.labels, blur_voxels=0.5)

    def make() -> Arrays:
        priors = Priors(fit["tissues"], tuple(fit["eyes_mm"]))
        values = np.asarray(even["values"], dtype=np.float32)
        second = None if t2 is None else np.asarray(t2["values"], dtype=np.float32)
        found = segment(values, given.affine, given.frame, priors, bench.progress, t2=second)
        volume = crop_to_head(close_cuts(found.volume))
        shares = found.maps.extended_to(volume).shares
        return {"labels": volume.labels, "shares": shares, "affine": volume.affine}

    inputs = {"even": even.sha256, "place": _place(given), "fit": fit.sha256}
    if t2 is not None:
        inputs["t2"] = t2.sha256
    made = bench.run(SEGMENT, make, inputs=inputs)
    volume = LabelVolume(made["labels"], made["affine"], given.frame)
    return volume, TissueMaps(made["shares"], made["affine"], given.frame)


def placed_landmarks(
    bench: Bench, volume: LabelVolume, fit: Made, edits: LandmarkEdits | None
) -> tuple[Landmarks, float]:
    """The landmarks on the scalp, and how far the farthest one lies from where the fit put it."""
    parameters: dict[str, Any] = {"edits": edits.model_dump() if edits else None}

    def make() -> Arrays:
        with stage(bench.progress, "Finding the landmarks"):
            scalp = Scalp.of_volume(volume)
            found = find_landmarks(fit["landmarks_mm"], volume, scalp)
            marks = found.with_edits(edits, scalp) if edits else found
            return {
                "points_mm": marks.stacked,
                "off_mm": np.array([note.uncertainty_mm for note in marks.notes]),
                "how": np.array([note.how for note in marks.notes]),
            }

    inputs = {
        "labels": sha256_of({"labels": volume.labels, "affine": volume.affine}),
        "carried": sha256_of({"points": fit["landmarks_mm"]}),
    }
    made = bench.run(LANDMARKS, make, inputs=inputs, parameters=parameters)
    notes = tuple(
        PointNote(float(off), str(how))
        for off, how in zip(made["off_mm"], made["how"], strict=True)
    )
    landmarks = Landmarks(*made["points_mm"], notes=notes)
    by_hand = [bool(edits and getattr(edits, name)) for name in NAMES]
    moved = np.linalg.norm(landmarks.stacked - fit["landmarks_mm"], axis=1)
    return landmarks, float(np.where(by_hand, 0.0, moved).max())


def _place(given: Given) -> str:
    return sha256_of({"affine": given.affine})
