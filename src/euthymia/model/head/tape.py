"""The default head shaped to a patient by three tape measurements."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.poses import FloatArray, Frame
from euthymia.core.progress import SILENT, Progress, stage
from euthymia.model.head.default import default_head
from euthymia.model.head.head import Head, Origin
from euthymia.model.head.place.eeg import HeadMeasures, eeg_system
from euthymia.model.head.place.landmarks import Landmarks
from euthymia.model.head.spread import anatomy_spread
from euthymia.model.head.surface.meshes import TriangleSurface
from euthymia.model.head.surface.scalp import Scalp
from euthymia.model.head.tape_measures import MM_PER_CM, TapeMeasures, tape_ranges
from euthymia.model.head.volume import LabelVolume

TOLERANCE_MM = 0.3
"""How closely the shaped head's own measures must meet those of the tape."""

_ROUNDS = 12
_SMALLEST_SCALE, _LARGEST_SCALE = 0.65, 1.4
"""Beyond these the search for the stretch ends: no two adult heads differ so much."""


def shaped_head(tape: TapeMeasures, progress: Progress = SILENT) -> Head:
    """The default head, stretched along its three axes until it measures what the tape did.

    The stretch is linear, so layers, folds, landmarks and the map to MNI space come along exactly
    and every layer keeps its share of the head. Only size and proportions become the patient's:
    the rest stands in `Head.spread`. The frame is of its own, with the middle of MNI space kept as
    the origin. Takes some seconds. Refuses measures that cannot belong to one head.
    """
    default = default_head()
    wanted = _without_hair(tape, default)
    with stage(progress, "Shaping the default head to the tape", _ROUNDS) as running:
        scales = _solved(default, wanted, running.advance)
    _refuse_distorted(scales, tape)
    move = np.diag([*scales, 1.0])
    head = _stretched(default, move, tape)
    missed = np.abs(_vector(head.eeg.measures) - wanted)
    if float(missed.max()) > 3 * TOLERANCE_MM:
        raise InputError(
            "tape measures",
            f"the default head cannot be stretched to them (off by {missed.max():.1f} mm)",
            "Measure again",
        )
    return head


def _stretched(default: Head, move: FloatArray, tape: TapeMeasures) -> Head:
    volume = default.volume
    key = "-".join(f"{scale:.5f}" for scale in np.diag(move)[:3])
    frame = Frame(f"colin27-by-tape:{key}", f"Default head shaped by tape ({tape.words})")
    return Head(
        LabelVolume(volume.labels, move @ volume.affine, frame),
        _moved(default.landmarks, move),
        default.mni.carried(move, f"the tape's stretch undone, then {default.mni.how}"),
        frame.title,
        (*_doubted(tape, np.diag(move)[:3]), *default.findings),
        origin=Origin.TAPE,
        spread=anatomy_spread(shaped_by_tape=True),
        hair_mm=tape.hair_mm,
    )


def _moved(landmarks: Landmarks, move: FloatArray) -> Landmarks:
    return landmarks.mapped(lambda points: np.asarray(points @ move[:3, :3].T + move[:3, 3]))


def _solved(default: Head, wanted: FloatArray, advance: Callable[[], object]) -> FloatArray:
    """(3,) the stretch along the axes, by Broyden's method on the default's scalp."""

    def measured(scales: FloatArray) -> FloatArray:
        advance()
        surface = default.scalp.surface
        stretched = TriangleSurface.of(surface.vertices_mm * scales, surface.faces)
        landmarks = default.landmarks.mapped(lambda points: points * scales)
        return _vector(eeg_system(Scalp(stretched), landmarks).measures)

    here = _vector(default.eeg.measures)
    # Each measure runs in a plane of two axes: that is where the first slope comes from.
    slope = 0.5 * here[:, None] * np.array([[0.0, 1, 1], [1, 0, 1], [1, 1, 0]])
    scales = 1.0 + np.linalg.solve(slope, wanted - here)
    known, before = np.ones(3), here
    for _ in range(_ROUNDS):
        if scales.min() < _SMALLEST_SCALE or scales.max() > _LARGEST_SCALE:
            break
        found = measured(scales)
        if np.abs(found - wanted).max() < 0.1 * TOLERANCE_MM:
            break
        step, gain = scales - known, found - before
        slope = slope + np.outer(gain - slope @ step, step) / float(step @ step)
        known, before = scales, found
        scales = scales + np.linalg.solve(slope, wanted - found)
    return scales


def _vector(measures: HeadMeasures) -> FloatArray:
    return np.array(
        [measures.nasion_inion_mm, measures.tragus_tragus_mm, measures.circumference_mm]
    )


def _without_hair(tape: TapeMeasures, default: Head) -> FloatArray:
    """(3,) the measures on the skin: a tape that lies h higher is longer by h times its turning.

    Once round turns by a full circle, whatever the shape; the two arcs turn by the angle between
    the scalp's normals at their ends.
    """
    if not tape.hair_mm:
        return tape.vector
    marks = default.landmarks
    turns = [
        _turning(default.scalp, marks.nasion, marks.inion),
        _turning(default.scalp, marks.left_preauricular, marks.right_preauricular),
        2.0 * np.pi,
    ]
    return tape.vector - tape.hair_mm * np.array(turns)


def _turning(scalp: Scalp, a_mm: FloatArray, b_mm: FloatArray) -> float:
    one, other = (scalp.nearest(point).outward_normal for point in (a_mm, b_mm))
    return float(np.arccos(np.clip(one @ other, -1.0, 1.0)))


def _refuse_distorted(scales: FloatArray, tape: TapeMeasures) -> None:
    amount, words = _stretch(scales)
    if not abs(amount) <= tape_ranges().shape.largest_stretch:
        raise InputError(
            "tape measures",
            f"{tape.words} do not belong to one head: it would be {words}",
            "Measure all three again; each goes along the skin, the circumference above the brows",
        )


def _stretch(scales: FloatArray) -> tuple[float, str]:
    """The largest stretch of one axis against the mean of the three, and its words."""
    stretch = scales / scales.mean() - 1.0
    worst = int(np.abs(stretch).argmax())
    amount = float(stretch[worst])
    adjective = (("wide", "narrow"), ("long", "short"), ("high", "flat"))[worst][amount < 0]
    return amount, f"{abs(amount):.0%} too {adjective} for its other sizes"


def _doubted(tape: TapeMeasures, scales: FloatArray) -> tuple[Finding, ...]:
    """Unusual measures and proportions that are still possible."""
    ranges = tape_ranges()
    found = []
    amount, words = _stretch(scales)
    if abs(amount) > ranges.shape.usual_stretch:
        found.append(
            Finding(
                "head.tape_proportions",
                Severity.CAUTION,
                "tape measures",
                f"The three measures make an unusual head, {words}; measure them again.",
                found=f"{abs(amount):.0%}",
                limit=f"{ranges.shape.usual_stretch:.0%}",
                source=ranges.shape.source,
            )
        )
    for value, known in (
        (tape.nasion_inion_mm, ranges.nasion_inion),
        (tape.tragus_tragus_mm, ranges.tragus_tragus),
        (tape.circumference_mm, ranges.circumference),
    ):
        if not known.usual_low <= value <= known.usual_high:
            found.append(
                Finding(
                    "head.tape_unusual",
                    Severity.CAUTION,
                    known.name,
                    "The measure is unusual for an adult; measure it again before relying on it.",
                    found=f"{value / MM_PER_CM:.1f} cm",
                    limit=f"{known.usual_low / MM_PER_CM:.1f} to "
                    f"{known.usual_high / MM_PER_CM:.1f} cm",
                    source=known.source,
                )
            )
    return tuple(found)
