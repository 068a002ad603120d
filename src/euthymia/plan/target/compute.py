"""The computation behind `placing`: motor area first, then the target, then the whole brain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from euthymia.core.poses import FloatArray, Pose
from euthymia.core.progress import Progress, stage
from euthymia.core.store import Arrays
from euthymia.model.coil.clearance import Clearance
from euthymia.model.coil.coil import Coil
from euthymia.model.field.brain_field import BrainField
from euthymia.model.field.conductivity import BLUR_VOXELS, Conductivities
from euthymia.model.field.reciprocity import Region, Sensitivity, sensitivity
from euthymia.model.field.solver import HeadSolver
from euthymia.model.head.head import Head
from euthymia.model.head.place.beam import beam_formulas, beam_place
from euthymia.model.head.surface.scalp import ScalpPoint
from euthymia.model.head.volume import Tissue
from euthymia.plan.target.catalogue import CortexTarget, ScalpRule, targets
from euthymia.plan.target.placement import handle_angle_deg, tangential
from euthymia.plan.target.search import SearchResult, scalp_patch, scattered, search, source_cloud
from euthymia.plan.target.search_objectives import MeanVector, Rater
from euthymia.plan.target.search_range import SearchRange

VERSION = 2
"""Raise it when the computation changes in any way that changes numbers."""

REGION_RADIUS_MM = 5.0
MOTOR_RADIUS_MM = 16.0

SCATTER_MM = 3.0
SCATTER_DEG = 5.0
"""Standard deviations of a careful placement by hand, assumed for the interval of the field."""


def scatter_mm(head: Head) -> float:
    """How far the coil comes to lie from where the target really is, along the scalp, each axis.

    On a head that is not the patient's own, the place of the target under the scalp marks is
    scattered too.
    """
    return SCATTER_MM if head.spread is None else math.hypot(SCATTER_MM, head.spread.target_sd_mm)


def placing_inputs(
    head: Head,
    coil: Coil,
    target: CortexTarget,
    conductivities: Conductivities,
    reach: SearchRange,
) -> dict[str, Any]:
    """Everything the result depends on, for the store."""
    return {
        "version": VERSION,
        "head": head.id,
        "landmarks": np.round(head.landmarks.stacked, 3).tolist(),
        "mni": np.round(head.from_mni(target.mni_mm), 3).tolist(),
        "motor": np.round(head.from_mni(targets().motor.mni_mm), 3).tolist(),
        "scatter_mm": round(scatter_mm(head), 3),
        "rules": [rule.model_dump_json() for rule in targets().scalp_rules.values()],
        "coil": coil.sha256,
        "face": len(coil.face_mm),
        "conductivities": conductivities.sha256,
        "blur": BLUR_VOXELS,
        "reach": [reach.radius_mm, reach.step_mm, reach.angle_step_deg, reach.largest_tilt_deg],
        "gap": reach.gap_mm,
    }


@dataclass(frozen=True, eq=False)
class Bench:
    """What every part of the computation needs."""

    head: Head
    coil: Coil
    clearance: Clearance
    solver: HeadSolver
    progress: Progress

    def rested(self, place: ScalpPoint, gap_mm: float) -> Pose:
        """The coil flat on the scalp there, with the usual handle angle."""
        flat = tangential(
            place, self.head.frame, gap_mm=gap_mm, forward=self.head.landmarks.forward
        )
        return self.clearance.rested(self.coil, [flat], gap_mm)[0]


@dataclass(frozen=True, eq=False)
class Aimed:
    """The best placement for one place of the cortex, and what the search stands on."""

    point_mm: FloatArray
    region: Region
    sensitivity: Sensitivity
    result: SearchResult
    scatter: FloatArray


def compute_placing(
    head: Head,
    coil: Coil,
    target: CortexTarget,
    conductivities: Conductivities,
    reach: SearchRange,
    progress: Progress,
) -> Arrays:
    """All numbers of a `Placing`, as arrays."""
    with stage(progress, "Preparing the scalp and the cortex", 3) as step:
        scalp = head.scalp
        step.advance()
        clearance = Clearance.of(head.volume)
        step.advance()
        cortex = head.cortex
        step.advance()
    solver = HeadSolver.prepare(head.volume, conductivities, progress)
    bench = Bench(head, coil, clearance, solver, progress)
    motor = aim_at_hand_area(bench, reach)
    hot_spot = head.scalp.nearest(motor.result.pose.position_mm)
    rules = [
        bench.rested(rule_point(head, rule, hot_spot), reach.gap_mm)
        for rule in targets().scalp_rules.values()
    ]
    point, moved = head.snap_to_grey(head.from_mni(target.mni_mm))
    aimed = _aim(bench, point, "target", reach, rules, scatter_mm(head))
    with stage(progress, "Solving for the field in the whole brain", 1) as step:
        field = solver.field(coil, aimed.result.pose)
        step.advance()
    brain = BrainField.of(field)
    direct = field.inside(Tissue.GREY, aimed.region.cells).mean(axis=0)
    found: Arrays = {
        "target": aimed.point_mm,
        "moved": np.array(moved),
        "pose": aimed.result.pose.matrix,
        "strength": np.array(aimed.result.strength),
        "handle_angle": np.array(
            handle_angle_deg(aimed.result.pose, float(aimed.point_mm[0]), head.landmarks.forward)
        ),
        "scatter": aimed.scatter,
        "map_positions": aimed.result.map.positions_mm,
        "map_offsets": aimed.result.map.offsets_mm,
        "map_strengths": aimed.result.map.strength,
        "map_angles": aimed.result.map.angle_deg,
        "rule_poses": np.stack([pose.matrix for pose in rules]),
        "rule_strengths": Rater(MeanVector(aimed.sensitivity), coil).strengths(rules),
        "motor": motor.point_mm,
        "motor_pose": motor.result.pose.matrix,
        "motor_strength": np.array(motor.result.strength),
        "motor_scatter": motor.scatter,
        "depths": np.array(
            [
                head.scalp_cortex_distance_mm(scalp.nearest(pose.position_mm))
                for pose in (aimed.result.pose, motor.result.pose)
            ]
        ),
        "brain": brain.strength,
        "labels": brain.volume.labels,
        "affine": brain.volume.affine,
        "cortex_vertices": cortex.vertices_mm,
        "cortex_faces": cortex.faces,
        "cortex_strength": brain.at(cortex.vertices_mm),
        "scalp_vertices": scalp.vertices_mm,
        "scalp_faces": scalp.faces,
        "counts": np.array(
            [
                field.convergence.iterations,
                len(solver.hierarchy.levels[0].nodes),
                aimed.result.evaluated + motor.result.evaluated,
            ]
        ),
        "residual": np.array(field.convergence.relative_residual),
        "direct_strength": np.array(float(np.linalg.norm(direct))),
    }
    return found


def aim_at_hand_area(bench: Bench, reach: SearchRange) -> Aimed:
    """The best placement for the left motor hand area."""
    head = bench.head
    near = replace(reach, radius_mm=min(reach.radius_mm, MOTOR_RADIUS_MM))
    crown = crown_above(head, head.from_mni(targets().motor.mni_mm))
    # The hot spot is searched for on the patient by muscle answers: only the hand scatters it.
    return _aim(bench, crown, "motor hand area", near, (), SCATTER_MM)


def _aim(
    bench: Bench,
    point: FloatArray,
    name: str,
    reach: SearchRange,
    also: Sequence[Pose],
    shift_mm: float,
) -> Aimed:
    """The best placement for a point in grey matter, and placements scattered around it."""
    head, coil, clearance = bench.head, bench.coil, bench.clearance
    start = head.scalp.nearest(point)
    region = Region.sphere(bench.solver, point, REGION_RADIUS_MM, Tissue.GREY)
    places = scalp_patch(head.scalp, start, reach)
    cloud = source_cloud(coil, clearance, places, head.frame, reach, also)
    table = sensitivity(bench.solver, region, cloud, name, bench.progress)
    objective = MeanVector(table)
    result = search(
        head.scalp, clearance, coil, objective, start, head.frame, reach, name, bench.progress
    )
    result = replace(result, pose=handle_back(result.pose, head, point))
    scatter = scattered(
        result.pose, clearance, coil, Rater(objective, coil, rough=True), shift_mm, SCATTER_DEG,
        reach.gap_mm,
    )  # fmt: skip
    return Aimed(point, region, table, result, scatter)


def handle_back(pose: Pose, head: Head, point: FloatArray) -> Pose:
    """The pose or its half turn, whichever has the handle backwards: equally strong.

    A half turn reverses the field. The search rates magnitudes, and biphasic pulses drive the
    field both ways, so the way that an operator can hold is taken.
    """
    angle = handle_angle_deg(pose, float(point[0]), head.landmarks.forward)
    return pose if abs(angle) <= 90.0 else pose.turned(180.0)


def crown_above(head: Head, point_mm: FloatArray) -> FloatArray:
    """The grey matter nearest to the scalp above a point: the crown of the gyrus there.

    A coordinate averaged over subjects falls into the depth of the central sulcus, while pulses
    excite the crown and lip of the precentral gyrus (Aberra 2020; Weise 2023).
    """
    above = head.scalp.nearest(point_mm)
    crown, _ = head.nearest_grey(above.position_mm)
    return crown


def rule_point(head: Head, rule: ScalpRule, hot_spot: ScalpPoint) -> ScalpPoint:
    """Where a scalp rule leads to; only the rules that walk from the motor hot spot read it."""
    if rule.kind == "eeg":
        return head.eeg[rule.electrode]
    if rule.kind == "beam":
        return beam_place(head.scalp, head.eeg, beam_formulas()[rule.formula]).point
    return head.forward_on_scalp(hot_spot.position_mm, rule.length_mm)
