"""The search for the placement that serves a target best, whatever it is rated by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import EuthymiaError
from euthymia.core.poses import FloatArray, Frame, Pose
from euthymia.core.progress import SILENT, Progress, stage
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.clearance import Clearance
from euthymia.model.coil.coil import Coil
from euthymia.model.head.surface.scalp import Scalp, ScalpPoint
from euthymia.plan.target.placement import HAIR_MM, tangential
from euthymia.plan.target.refining import Refining, Tolerance
from euthymia.plan.target.search_objectives import Objective, Rater
from euthymia.plan.target.search_range import SearchRange

_CLOUD_CELL_MM = 2.5
_FINALISTS = 6


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
    """The best placement found, the value there, and how it falls off around it.

    strength: the objective's value, for the usual ones V/m for 1 A/us. evaluated: placements.
    """

    pose: Pose
    strength: float
    map: SearchMap
    evaluated: int
    tolerance: Tolerance | None = None


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
    coil: AnyCoil,
    objective: Objective,
    start: ScalpPoint,
    frame: Frame,
    reach: SearchRange | None = None,
    name: str = "target",
    progress: Progress = SILENT,
    forward: FloatArray | None = None,
    tolerances: bool = False,
) -> SearchResult:
    """Rate every scalp position and angle around the start, then refine the best with tilts.

    The coarse search holds the coil flat on the scalp, or tilted too where the range says so. The
    refinement moves the best placements in position, angle and tilt with ever smaller steps until
    none helps; every placement rests on the hair, so a tilt costs distance. The coarse search is
    rated roughly, the rest exactly. forward: (3,) the head's own forward direction.
    """
    reach = reach or SearchRange()
    points, offsets = _patch_points(start, reach)
    rough, fine = Rater(objective, coil, rough=True), Rater(objective, coil)
    with stage(progress, f"Searching the best placement for the {name}", len(points) + 1) as step:
        places = [scalp.nearest(point) for point in points]
        grid = _Grid.over(places, frame, reach, forward, clearance, coil)
        values = grid.masked(rough.values(grid.rotations, grid.places_mm), reach)
        step.advance(len(points))
        by_place = values.reshape(len(places), -1)
        if not np.isfinite(by_place).any():
            raise EuthymiaError(
                "placement search",
                "no placement lies in the space tabulated for this target"
                if not reach.forbidden
                else "no placement is allowed and can be rated",
                "Start nearer to the target, or allow more of the scalp",
            )
        tops = by_place.argmax(axis=1)
        best = by_place[np.arange(len(places)), tops]
        refining = Refining(fine, clearance, coil, scalp, reach, forward)
        pose, strength, gap = refining.best(_finalists(grid, by_place, frame))
        step.advance()
    count = grid.variants
    found = SearchMap(
        np.stack([place.position_mm for place in places]),
        offsets,
        best,
        reach.angles_deg[(tops % count) % len(reach.angles_deg)],
    )
    tolerance = refining.tolerance(pose, strength, gap) if tolerances else None
    return SearchResult(pose, strength, found, rough.evaluated + fine.evaluated, tolerance)


@dataclass(frozen=True, eq=False)
class _Grid:
    """All placements of the coarse search, those of one place behind each other.

    Within a place: gap by gap, tilt by tilt, angle by angle. variants: placements of a place.
    """

    rotations: FloatArray
    places_mm: FloatArray
    gaps_mm: FloatArray
    variants: int

    @classmethod
    def over(
        cls,
        places: Sequence[ScalpPoint],
        frame: Frame,
        reach: SearchRange,
        forward: FloatArray | None,
        clearance: Clearance,
        coil: AnyCoil,
    ) -> _Grid:
        straight = np.stack(
            [tangential(place, frame, 0.0, 0.0, forward).rotation for place in places]
        )
        # positive angles turn to the place's own side, as in `tangential`
        side = np.array([1.0 if place.position_mm[0] < 0 else -1.0 for place in places])
        turns = np.stack([_about("z", reach.angles_deg * s) for s in side])
        tilt = reach.largest_tilt_deg / 2
        tilts = [np.eye(3)]
        if reach.tilts and tilt > 0:
            tilts += [_about(axis, np.array([s * tilt]))[0] for axis in "xy" for s in (-1, 1)]
        # (places, tilts, angles, 3, 3): the coil turns first, then tilts about its own axes
        one = np.einsum("pij,pajk,tkl->ptail", straight, turns, np.stack(tilts))
        gaps = np.array([reach.gap_mm, *reach.more_gaps_mm])
        rotations = np.repeat(one[:, None], len(gaps), axis=1)
        variants = len(gaps) * one.shape[1] * one.shape[2]
        rotations = rotations.reshape(-1, 3, 3)
        at = np.repeat(np.stack([place.position_mm for place in places]), variants, axis=0)
        each = np.tile(np.repeat(gaps, variants // len(gaps)), len(places))
        for gap in gaps:
            rows = np.flatnonzero(each == gap)
            more = clearance.slides(coil, rotations[rows], at[rows], float(gap))
            at[rows] += more[:, None] * rotations[rows, :, 2]
        return cls(rotations, at, each, variants)

    def masked(self, values: FloatArray, reach: SearchRange) -> FloatArray:
        """The values, minus infinity in forbidden zones."""
        out = np.array(values)
        for zone in reach.forbidden:
            away = np.linalg.norm(self.places_mm - np.array(zone.centre_mm), axis=1)
            out[away < zone.radius_mm] = -np.inf
        return out


def _finalists(grid: _Grid, by_place: FloatArray, frame: Frame) -> list[tuple[Pose, float]]:
    """The best placements of the best places, not two of one place, with their gaps."""
    tops = by_place.argmax(axis=1)
    order = np.argsort(by_place.max(axis=1))[::-1][:_FINALISTS]
    rows = [int(place * grid.variants + tops[place]) for place in order]
    return [
        (Pose(grid.rotations[row], grid.places_mm[row], frame), float(grid.gaps_mm[row]))
        for row in rows
        if np.isfinite(by_place.reshape(-1)[row])
    ]


def _about(axis: str, angles_deg: FloatArray) -> FloatArray:
    """(n, 3, 3) right-handed turns about one axis."""
    c, s = np.cos(np.radians(angles_deg)), np.sin(np.radians(angles_deg))
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    out = np.tile(np.eye(3), (len(angles_deg), 1, 1))
    out[:, first, first] = out[:, second, second] = c
    out[:, first, second], out[:, second, first] = -s, s
    return out


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
    coil: AnyCoil,
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
