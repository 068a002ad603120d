"""A coil laid on the scalp at a named place, as an operator would without a search."""

from __future__ import annotations

import math
from dataclasses import dataclass

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Pose
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.clearance import Clearance
from euthymia.model.head.head import Head
from euthymia.model.head.surface.scalp import ScalpPoint
from euthymia.plan.target.catalogue import targets
from euthymia.plan.target.placement import HAIR_MM, HANDLE_ANGLE_DEG, tangential

_LARGEST_GAP_MM = 100.0


@dataclass(frozen=True, eq=False)
class Aim:
    """Where the coil is, in words, and the place in grey matter that it is meant for, if any."""

    pose: Pose
    words: str
    target_mm: FloatArray | None = None
    moved_mm: float = 0.0


def aim_at(
    name: str, head: Head, coil: AnyCoil, handle_deg: float | None, gap_mm: float | None
) -> Aim:
    """The coil flat on the scalp at an EEG position, or over a published target."""
    angle = HANDLE_ANGLE_DEG if handle_deg is None else handle_deg
    gap = HAIR_MM if gap_mm is None else gap_mm
    if not math.isfinite(angle) or abs(angle) > 360:
        raise InputError(f"--handle {angle:g}", "it is not an angle", "Give -360 to 360 degrees")
    if not 0 <= gap <= _LARGEST_GAP_MM:
        raise InputError(
            f"--gap {gap:g}", "it is no room for hair", f"Give 0 to {_LARGEST_GAP_MM:g} mm"
        )
    place, words, target, moved = _place(name, head)
    flat = tangential(place, head.frame, angle, gap, head.landmarks.forward)
    rested = Clearance.of(head.volume).rested(coil, [flat], gap)[0]
    told = f"{words}, handle backwards, {angle:g} degrees outwards, {gap:g} mm off the scalp"
    return Aim(rested, told, target, moved)


def _place(name: str, head: Head) -> tuple[ScalpPoint, str, FloatArray | None, float]:
    known = targets()
    electrodes = {key.lower(): key for key in head.eeg.names}
    electrode = electrodes.get(name.strip().lower())
    if electrode is not None:
        return head.eeg[electrode], f"flat on EEG position {electrode}", None, 0.0
    if name in known.coordinates:
        row = known.coordinates[name]
        target, moved = head.snap_to_grey(head.from_mni(row.mni_mm))
        return head.scalp.nearest(target), f"flat over {row.title}", target, moved
    if name in known.scalp_rules:
        raise InputError(
            f"--at {name!r}",
            f"the {known.scalp_rules[name].name} starts at the motor hot spot, which only a plan "
            "searches for",
            "Name an EEG position or a published target, or take the pose from a plan",
        )
    raise InputError(
        f"--at {name!r}",
        "it is neither a 10-10 EEG position nor a published target",
        f"Use a name such as F3, or one of {', '.join(known.coordinates)}",
    )
