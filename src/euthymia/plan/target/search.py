"""The search for the placement that gives the strongest field at a target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import EuthymiaError
from euthymia.core.poses import FloatArray, Frame, Pose
from euthymia.core.progress import SILENT, Progress, stage
from euthymia.model.coil.coil import Coil
from euthymia.model.field.reciprocity import Sensitivity
from euthymia.model.head.surface.scalp import Scalp, ScalpPoint
from euthymia.plan.target.placement import HAIR_MM, Clearance, tangential

_CLOUD_CELL_MM = 2.5


@dataclass(frozen=True, slots=True)
class SearchRange:
    """How far the search looks: lengths in mm, angles in degrees."""

    radius_mm: float = 24.0
    step_mm: float = 4.0
    angle_step_deg: float = 15.0
    largest_tilt_deg: float = 10.0
    gap_mm: float = HAIR_MM

    @property
    def angles_deg(self) -> FloatArray:
        """Handle angles of the coarse search; the other half circle gives the same strength."""
        return np.arange(0.0, 180.0, self.angle_step_deg, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class SearchMap:
    """The best value over all handle angles at every scalp position of the coarse search.

    positions_mm: (n, 3) on the scalp; offsets_mm: (n, 2) to the right and forward along the scalp
    from the start; strength: (n,) V/m for 1 A/us; angle_deg: (n,) the handle angle that gave it.
    """

    positions_mm: FloatArray
    offsets_mm: FloatArray
    strength: FloatArray
    angle_deg: FloatArray


@dataclass(frozen=True, eq=False)
class SearchResult:
    """The best placement found, the strength there, and how the strength falls off around it.

    strength: magnitude of the mean field in the region, V/m for 1 A/us. evaluated: placements.
    """

    pose: Pose
    strength: float
    map: SearchMap
    evaluated: int


class Rater:
    """Rates placements of one coil by the strength of the mean field in the target region."""

    def __init__(self, sensitivity: Sensitivity, coil: Coil) -> None:
        self._sensitivity = sensitivity
        self._coil = coil
        self.evaluated = 0

    def strengths(self, poses: list[Pose]) -> FloatArray:
        """(n,) V/m for 1 A/us; minus infinity for a placement beyond the tabulated space."""
        rotations = np.stack([pose.rotation for pose in poses])
        positions = np.stack([pose.position_mm for pose in poses])
        self.evaluated += len(poses)
        fields = self._sensitivity.mean_field(self._coil, rotations, positions)
        return np.asarray(np.nan_to_num(np.linalg.norm(fields, axis=1), nan=-np.inf))


def scalp_patch(scalp: Scalp, start: ScalpPoint, reach: SearchRange) -> list[ScalpPoint]:
    """Scalp points about `step_mm` apart around a start, with their gross normals."""
    return [scalp.nearest(point) for point in _patch_points(start, reach)[0]]


def _patch_points(start: ScalpPoint, reach: SearchRange) -> tuple[FloatArray, FloatArray]:
    """(n, 3) points of the tangent plane and their (n, 2) offsets to the right and forward."""
    normal = start.outward_normal
    right = np.cross(np.array([0.0, 1.0, 0.0]), normal)
    right /= np.linalg.norm(right)
    ahead = np.cross(normal, right)
    steps = np.arange(-reach.radius_mm, reach.radius_mm + 1e-9, reach.step_mm)
    u, v = (axis.ravel() for axis in np.meshgrid(steps, steps, indexing="ij"))
    keep = np.hypot(u, v) <= reach.radius_mm + 1e-9
    offsets = np.column_stack([u[keep], v[keep]])
    return start.position_mm + offsets @ np.stack([right, ahead]), offsets


def search(
    scalp: Scalp,
    clearance: Clearance,
    coil: Coil,
    sensitivity: Sensitivity,
    start: ScalpPoint,
    frame: Frame,
    reach: SearchRange | None = None,
    name: str = "target",
    progress: Progress = SILENT,
) -> SearchResult:
    """Rate every scalp position and angle around the start, then refine the best with tilts.

    The coarse search holds the coil flat on the scalp. The refinement moves the best placement in
    position, angle and tilt with ever smaller steps until none helps; every placement rests on
    the hair, so a tilt costs distance. The refinement uses all dipoles, the rest lumped ones.
    """
    reach = reach or SearchRange()
    points, offsets = _patch_points(start, reach)
    rough = Rater(sensitivity, coil.lumped())
    with stage(progress, f"Searching the best placement for the {name}", len(points) + 1) as step:
        places = [scalp.nearest(point) for point in points]
        best_of: list[tuple[float, float, Pose]] = []
        for place in places:
            flat = [tangential(place, frame, angle, reach.gap_mm) for angle in reach.angles_deg]
            poses = clearance.rested(coil, flat, reach.gap_mm)
            values = rough.strengths(poses)
            top = int(values.argmax())
            best_of.append((float(values[top]), float(reach.angles_deg[top]), poses[top]))
            step.advance()
        if not any(np.isfinite(value) for value, _, _ in best_of):
            raise EuthymiaError(
                "placement search",
                "no placement lies in the space tabulated for this target",
                "Start nearer to the target",
            )
        fine = Rater(sensitivity, coil)
        winner = max(best_of, key=lambda entry: entry[0])[2]
        pose, strength = _refined(winner, fine, clearance, coil, scalp, reach)
        step.advance()
    found = SearchMap(
        np.stack([place.position_mm for place in places]),
        offsets,
        np.array([value for value, _, _ in best_of]),
        np.array([angle for _, angle, _ in best_of]),
    )
    return SearchResult(pose, strength, found, rough.evaluated + fine.evaluated)


def _refined(
    pose: Pose, rater: Rater, clearance: Clearance, coil: Coil, scalp: Scalp, reach: SearchRange
) -> tuple[Pose, float]:
    """Pattern search in position (mm), turn and tilts (degrees) around a good placement."""
    best = float(rater.strengths([pose])[0])
    shift_mm, turn_deg = reach.step_mm / 2, reach.angle_step_deg / 2
    while shift_mm >= 0.25:
        moves = _moves(pose, scalp, shift_mm, turn_deg, reach.largest_tilt_deg)
        moves = clearance.rested(coil, moves, reach.gap_mm)
        values = rater.strengths(moves)
        top = int(values.argmax())
        if values[top] > best * (1 + 1e-5):
            pose, best = moves[top], float(values[top])
        else:
            shift_mm, turn_deg = shift_mm / 2, turn_deg / 2
    return pose, best


def _moves(
    pose: Pose, scalp: Scalp, shift_mm: float, turn_deg: float, largest_tilt_deg: float
) -> list[Pose]:
    """The placements one step away: shifts, turns, and tilts that stay within the limit."""
    shifts = [
        pose.shifted((x * shift_mm, y * shift_mm, 0.0))
        for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1))
    ]
    turns = [pose.turned(sign * turn_deg, "z") for sign in (-1, 1)]
    tilts = [pose.turned(sign * turn_deg, axis) for axis in ("x", "y") for sign in (-1, 1)]
    return [move for move in shifts + turns + tilts if _tilt_deg(move, scalp) <= largest_tilt_deg]


def _tilt_deg(pose: Pose, scalp: Scalp) -> float:
    """Angle between the coil's axis and the scalp's gross normal under it."""
    below = scalp.nearest(pose.position_mm)
    cosine = float(np.clip(-pose.rotation[:, 2] @ below.outward_normal, -1.0, 1.0))
    return float(np.degrees(np.arccos(cosine)))


def source_cloud(
    coil: Coil,
    clearance: Clearance,
    places: list[ScalpPoint],
    frame: Frame,
    reach: SearchRange,
    also: Sequence[Pose] = (),
) -> FloatArray:
    """(n, 3) millimetres: where dipoles may come to lie in a search, for `sensitivity`.

    Every place with turns dense enough that neighbouring dipoles of the sweep stay within a
    lattice step or two, and the further poses that will be rated.
    """
    sparse = coil.lumped(10.0).positions_mm
    poses = list(also)
    for place in places:
        flat = [
            tangential(place, frame, float(angle), reach.gap_mm)
            for angle in np.arange(0.0, 180.0, 10.0)
        ]
        poses += clearance.rested(coil, flat, reach.gap_mm)
    cells = {
        tuple(cell)
        for pose in poses
        for cell in np.round(pose.to_world(sparse) / _CLOUD_CELL_MM).astype(int).tolist()
    }
    return np.array(sorted(cells), dtype=float) * _CLOUD_CELL_MM


def scattered(
    pose: Pose,
    clearance: Clearance,
    coil: Coil,
    rater: Rater,
    shift_mm: float,
    turn_deg: float,
    gap_mm: float = HAIR_MM,
    count: int = 400,
    seed: int = 0,
) -> FloatArray:
    """(count,) strengths of placements scattered around one by an operator's error.

    shift_mm, turn_deg: standard deviations along the scalp (each axis) and of the handle angle.
    """
    draw = np.random.default_rng(seed)
    moved = [
        pose.turned(float(angle)).shifted((float(x), float(y), 0.0))
        for x, y, angle in draw.normal(size=(count, 3)) * (shift_mm, shift_mm, turn_deg)
    ]
    return rater.strengths(clearance.rested(coil, moved, gap_mm))
