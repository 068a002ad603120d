"""From a head, a coil and a target to the placement of the coil and the field it makes.

The whole computation goes through plain arrays, which the store keeps: a first run and a later
one read the same numbers the same way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from euthymia.core.poses import FloatArray, Pose
from euthymia.core.progress import SILENT, Progress
from euthymia.core.quantities import Estimate
from euthymia.core.store import Arrays, Store
from euthymia.model.coil.coil import Coil
from euthymia.model.field.brain_field import BrainField
from euthymia.model.field.conductivity import Conductivities, standard_conductivities
from euthymia.model.head.head import Head
from euthymia.model.head.spread import AnatomySpread
from euthymia.model.head.surface.meshes import TriangleSurface
from euthymia.model.head.volume import LabelVolume
from euthymia.plan.target.catalogue import CortexTarget, ScalpRule, targets
from euthymia.plan.target.compute import (
    SCATTER_DEG,
    SCATTER_MM,
    compute_placing,
    placing_inputs,
)
from euthymia.plan.target.placement import HAIR_MM
from euthymia.plan.target.search import SearchMap
from euthymia.plan.target.search_range import SearchRange

NUMERICAL_ERROR = 0.02
"""Of the solver on the layered sphere, rounded up (benchmarks/sphere.py)."""


_ANATOMIES = 99


@dataclass(frozen=True, eq=False)
class RulePlacement:
    """Where a scalp rule puts the coil, and the field at the target from there.

    strength: magnitude of the mean field in the target region, V/m for 1 A/us.
    """

    rule: ScalpRule
    pose: Pose
    strength: float
    distance_mm: float


@dataclass(frozen=True, eq=False)
class SolverFigures:
    """What a physicist asks of the computation.

    direct_strength: the field at the target from the direct solve at the best placement, which
    the search knows from reciprocity: two ways to one number.
    """

    unknowns: int
    iterations: int
    relative_residual: float
    direct_strength: float
    reciprocal_strength: float
    placements_rated: int

    @property
    def disagreement(self) -> float:
        """Relative difference between the two ways."""
        return abs(self.direct_strength / self.reciprocal_strength - 1.0)


@dataclass(frozen=True, eq=False)
class Placing:
    """The coil's placement for one target on one head, with the field it makes.

    Fields are per 1 A/us. target_mm: (3,) in the head's frame, in grey matter, `moved_mm` away
    from where the published coordinate falls. field_target, field_motor: magnitude of the mean
    field in grey matter within 5 mm, each with the coil at its best placement for that place.
    depth: shortest way from the scalp under the coil to grey matter.
    """

    head: Head
    coil: Coil
    conductivities: Conductivities
    target: CortexTarget
    target_mm: FloatArray
    moved_mm: float
    pose: Pose
    handle_angle_deg: float
    map: SearchMap
    rules: tuple[RulePlacement, ...]
    field_target: Estimate
    depth_target_mm: float
    motor_mm: FloatArray
    motor_pose: Pose
    field_motor: Estimate
    depth_motor_mm: float
    brain: BrainField
    cortex: TriangleSurface
    cortex_strength: FloatArray
    scalp: TriangleSurface
    solver: SolverFigures


def place_coil(
    head: Head,
    coil: Coil,
    target: CortexTarget,
    *,
    conductivities: Conductivities | None = None,
    reach: SearchRange | None = None,
    store: Store | None = None,
    progress: Progress = SILENT,
) -> Placing:
    """Find where the coil goes for a target on a head; a known case is read from the store.

    Takes one to three minutes on two cores for a head at 1 mm that is new to the store.
    """
    conductivities = (conductivities or standard_conductivities()).of_volume(head.volume)
    reach = reach or SearchRange(gap_mm=HAIR_MM if head.hair_mm is None else head.hair_mm)
    arrays = (store or Store(None)).arrays(
        "placing",
        placing_inputs(head, coil, target, conductivities, reach),
        lambda: compute_placing(head, coil, target, conductivities, reach, progress),
    )
    return _placing(head, coil, target, conductivities, arrays)


def _placing(
    head: Head, coil: Coil, target: CortexTarget, conductivities: Conductivities, found: Arrays
) -> Placing:
    pose = Pose.from_matrix(found["pose"], head.frame)
    strength = float(found["strength"])
    known = list(targets().scalp_rules.values())
    rules = tuple(
        _rule_placement(rule, Pose.from_matrix(matrix, head.frame), float(value), pose)
        for rule, matrix, value in zip(
            known, found["rule_poses"], found["rule_strengths"], strict=True
        )
    )
    grid = LabelVolume(found["labels"], found["affine"], head.frame)
    iterations, unknowns, rated = (int(value) for value in found["counts"])
    return Placing(
        head=head,
        coil=coil,
        conductivities=conductivities,
        target=target,
        target_mm=found["target"],
        moved_mm=float(found["moved"]),
        pose=pose,
        handle_angle_deg=float(found["handle_angle"]),
        map=SearchMap(
            found["map_positions"], found["map_offsets"], found["map_strengths"],
            found["map_angles"],
        ),
        rules=rules,
        field_target=field_estimate(strength, found["scatter"], head.spread),
        depth_target_mm=float(found["depths"][0]),
        motor_mm=found["motor"],
        motor_pose=Pose.from_matrix(found["motor_pose"], head.frame),
        field_motor=field_estimate(
            float(found["motor_strength"]), found["motor_scatter"], head.spread
        ),
        depth_motor_mm=float(found["depths"][1]),
        brain=BrainField(grid, found["brain"]),
        cortex=TriangleSurface.of(found["cortex_vertices"], found["cortex_faces"]),
        cortex_strength=found["cortex_strength"],
        scalp=TriangleSurface.of(found["scalp_vertices"], found["scalp_faces"]),
        solver=SolverFigures(
            unknowns=unknowns,
            iterations=iterations,
            relative_residual=float(found["residual"]),
            direct_strength=float(found["direct_strength"]),
            reciprocal_strength=strength,
            placements_rated=rated,
        ),
    )  # fmt: skip


def _rule_placement(rule: ScalpRule, pose: Pose, strength: float, best: Pose) -> RulePlacement:
    return RulePlacement(rule, pose, strength, pose.distance_mm(best))


def field_estimate(strength: float, scatter: FloatArray, spread: AnatomySpread | None) -> Estimate:
    """The field with its 95 % interval: over placements, and over anatomies where it is needed.

    strength: at the planned placement, V/m per A/us. scatter: (n,) at placements scattered around
    it. spread: of real heads around this one; None for the patient's own head.
    """
    known = scatter[np.isfinite(scatter)]
    by_hand = f"standard deviation {SCATTER_MM:g} mm and {SCATTER_DEG:g} degrees"
    covered = [f"placement by hand ({by_hand})"]
    left_out = "the conductivities, and not how well the image was segmented"
    if spread is not None:
        # Every placement with every one of many anatomies, spread evenly over their distribution.
        shares = (np.arange(_ANATOMIES) + 0.5) / _ANATOMIES
        factors = np.exp(np.log1p(spread.field_sd) * scipy.special.ndtri(shares))
        known = np.outer(known, factors).ravel()
        covered.append(spread.how)
        left_out = "the conductivities"
    low, high = np.percentile(known, [2.5, 97.5])
    return Estimate(
        value=strength,
        unit="V/m per A/us",
        low=min(float(low), strength) * (1 - NUMERICAL_ERROR),
        high=max(float(high), strength) * (1 + NUMERICAL_ERROR),
        how=f"{', '.join(covered)} and numerical error ({NUMERICAL_ERROR:.0%}); not {left_out}",
        source=spread.sources[0] if spread is not None else None,
    )
