"""Places of the coil by name: over a target, by a scalp rule, at an electrode, or the best one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.clinic.bench.asked import Placed
from euthymia.clinic.bench.opened import OpenBench, Target, computing
from euthymia.clinic.bench.place import CoilPlace, place_of
from euthymia.clinic.ui import names
from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Pose
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.head.head import Head
from euthymia.model.head.surface.scalp import ScalpPoint
from euthymia.plan.target.catalogue import targets
from euthymia.plan.target.compute import MOTOR_RADIUS_MM, crown_above, handle_back, rule_point
from euthymia.plan.target.regions import point_region
from euthymia.plan.target.search import search
from euthymia.plan.target.search_objectives import Objective, RegionObjective
from euthymia.plan.target.search_range import SearchRange

BEST, IN_CHART = "best", "chart"
_ANGLE_STEP_DEG = 10.0


@dataclass(frozen=True, slots=True)
class Preset:
    """A named way to place the coil.

    id: `best`, `chart`, or a kind and a name (`target:fox-2013`, `rule:f3`, `eeg:F3`).
    searches: whether it takes some seconds, as something is searched for.
    """

    id: str
    title: str
    source: str = ""
    searches: bool = False


def presets() -> tuple[Preset, ...]:
    """All presets but those of single electrodes, best placement first."""
    known = targets()
    over = [
        Preset(f"target:{key}", row.title, names.source(row.source))
        for key, row in known.coordinates.items()
    ]
    rules = [
        Preset(f"rule:{key}", row.name, names.source(row.source), searches=row.kind == "arc")
        for key, row in known.scalp_rules.items()
    ]
    return (Preset(BEST, "Strongest field at the target", searches=True), *over, *rules)


def placed_by(
    bench: OpenBench,
    preset: str,
    coil: AnyCoil,
    target: Target,
    handle_deg: float,
    gap_mm: float,
    in_chart: Pose | None = None,
) -> Placed:
    """The coil where a preset puts it; an unknown preset is refused.

    target: what `best` serves. in_chart: the pose that was chosen before.
    """
    kind, _, name = preset.partition(":")
    if preset == BEST:
        return best_placed(bench, coil, target, gap_mm)
    if preset == IN_CHART:
        return _as_in_chart(bench, coil, in_chart)
    point = _point(bench, kind, name, coil, gap_mm)
    x, y, z = point.position_mm.tolist()
    place = CoilPlace((x, y, z), handle_deg, (0.0, 0.0), gap_mm)
    return Placed(place, place.pose(bench.head, bench.clearance, coil))


def _as_in_chart(bench: OpenBench, coil: AnyCoil, pose: Pose | None) -> Placed:
    if pose is None:
        raise InputError(
            "placement in the chart",
            "there is none with a pose on this head",
            "Choose one here first",
        )
    gap = float(bench.clearance.least(coil.face_mm, pose.rotation[None], pose.position_mm[None])[0])
    return Placed(place_of(pose, bench.head, max(gap, 0.0)), pose)


def _point(bench: OpenBench, kind: str, name: str, coil: AnyCoil, gap_mm: float) -> ScalpPoint:
    head, known = bench.head, targets()
    if kind == "target":
        return head.scalp.nearest(bench.target(name).point_mm)
    if kind == "eeg" and name in head.eeg.names:
        return head.eeg[name]
    if kind == "rule" and name in known.scalp_rules:
        rule = known.scalp_rules[name]
        start = head.eeg["Cz"]
        if rule.kind == "arc":
            start = head.scalp.nearest(hot_spot(bench, coil, gap_mm))
        return rule_point(head, rule, start)
    raise InputError(
        f"preset {kind}:{name}" if name else f"preset {kind!r}",
        "the bench has no such preset",
        "Choose one of the list",
    )


def best_placed(bench: OpenBench, coil: AnyCoil, target: Target, gap_mm: float) -> Placed:
    """The placement with the strongest mean field at a target; takes a few seconds."""
    reach = SearchRange(angle_step_deg=_ANGLE_STEP_DEG, gap_mm=gap_mm, tilts=True)
    middle = target.region.points_mm.mean(axis=0)
    pose = _searched(bench, coil, target.objective, middle, reach)
    return Placed(place_of(pose, bench.head, gap_mm), pose)


def hot_spot(bench: OpenBench, coil: AnyCoil, gap_mm: float) -> FloatArray:
    """(3,) where the coil's field at the left motor hand area is strongest; kept for the coil."""

    def make() -> FloatArray:
        crown = crown_above(bench.head, bench.head.from_mni(targets().motor.mni_mm))
        objective = RegionObjective(point_region(bench.engine, crown))
        reach = SearchRange(
            radius_mm=MOTOR_RADIUS_MM, angle_step_deg=_ANGLE_STEP_DEG, gap_mm=gap_mm
        )
        return _searched(bench, coil, objective, crown, reach).position_mm

    return bench.once(("hot-spot", coil.sha256, gap_mm), make)


def _searched(
    bench: OpenBench, coil: AnyCoil, objective: Objective, near_mm: FloatArray, reach: SearchRange
) -> Pose:
    head = bench.head
    with computing():
        found = search(
            head.scalp, bench.clearance, coil, objective, head.scalp.nearest(near_mm), head.frame,
            reach, forward=head.landmarks.forward,
        )  # fmt: skip
    return handle_back(found.pose, head, near_mm)


def electrode_marks(head: Head) -> tuple[tuple[str, ...], FloatArray]:
    """The names of all electrodes and their (n, 3) places on the scalp, millimetres."""
    names = head.eeg.names
    return names, np.stack([head.eeg[name].position_mm for name in names])
