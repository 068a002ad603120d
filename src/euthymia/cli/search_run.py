"""The work of `euthymia search`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from euthymia.cli.bars import watching
from euthymia.cli.files import require_output_file, write_whole
from euthymia.cli.options import numbers, positive
from euthymia.cli.output import facts, json_text, remark, section, show, table, title, write_json
from euthymia.cli.plain import Data
from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.core.progress import Progress, stage
from euthymia.core.software import software
from euthymia.core.store import Store
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.clearance import Clearance
from euthymia.model.coil.files import coil_named
from euthymia.model.field.realtime.engine import RealTimeHead, RealTimeRegion
from euthymia.model.field.realtime.head import CORTEX_SPACING_MM, real_time_head
from euthymia.model.head.head import Head
from euthymia.model.head.named import head_named
from euthymia.model.head.surface.cortex import cortex_surface
from euthymia.model.head.volume import load_image
from euthymia.plan.target.catalogue import targets
from euthymia.plan.target.placement import HAIR_MM, handle_angle_deg, tangential
from euthymia.plan.target.regions import mask_region, point_region, rest_of
from euthymia.plan.target.search import SearchResult, search
from euthymia.plan.target.search_objectives import Goal, RegionObjective, output_for
from euthymia.plan.target.search_range import ForbiddenZone, SearchRange

_MOST_TILT_DEG = 45.0


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What was asked for, as typed."""

    coil: str
    target: str | None
    radius_mm: float
    atlas: Path | None
    label: int
    goal: str
    direction: str | None
    wanted_v_per_m: float | None
    handle_deg: tuple[float, float] | None
    forbidden: tuple[str, ...]
    hair_mm: float | None
    reach_mm: float
    tilt_deg: float
    head: str
    pose_out: Path | None


@dataclass(frozen=True, eq=False)
class Found:
    """The best placement beside those of the scalp rules that need no search of their own.

    unit: of the values. rules: name and value of each placement with the usual handle angle.
    error: relative, as the engine tells it. output: % MSO for the wanted field, if asked.
    """

    result: SearchResult
    unit: str
    points: int
    rules: tuple[tuple[str, float], ...]
    error: float
    handle_deg: float
    output_pct_mso: float | None


def run_search(asked: SearchRequest, as_json: bool) -> None:
    """Check what can be checked, prepare or fetch the head, search, and show."""
    goal = _goal(asked)
    coil, reach = coil_named(asked.coil), _range(asked, goal)
    if asked.pose_out is not None:
        require_output_file(asked.pose_out, ".json")
    if asked.wanted_v_per_m is not None:
        output_for(asked.wanted_v_per_m, 1.0, coil)
    with watching() as progress:
        head = head_named(asked.head, progress)
        engine = real_time_head(head, store=Store.default(), progress=progress)
        found = _searched(asked, goal, reach, coil, head, engine, progress)
    data = _data(asked, coil, found)
    if asked.pose_out is not None:
        write_whole(asked.pose_out, json_text(found.result.pose.to_json()).encode())
    if as_json:
        write_json(data)
    else:
        _show(asked, coil, found)
    if asked.pose_out is not None and not as_json:
        remark(f"written: {asked.pose_out}")


def _goal(asked: SearchRequest) -> Goal:
    if (asked.target is None) == (asked.atlas is None):
        raise InputError(
            "target",
            "both --target and --atlas are given" if asked.target else "there is none",
            "Give one of --target and --atlas",
        )
    positive(asked.radius_mm, "--radius", "millimetres")
    try:
        goal = Goal(asked.goal)
    except ValueError:
        raise InputError(
            f"--goal {asked.goal!r}", "it is no goal", f"Use one of {', '.join(Goal)}"
        ) from None
    if (goal is Goal.DIRECTION) != (asked.direction is not None):
        raise InputError(
            "--direction", "it goes with --goal direction, and only with it", "Give both or none"
        )
    return goal


def _range(asked: SearchRequest, goal: Goal) -> SearchRange:
    hair = HAIR_MM if asked.hair_mm is None else asked.hair_mm
    if not 0 <= hair <= 50:
        raise InputError(f"--hair {hair:g}", "it is no room for hair", "Give 0 to 50 mm")
    if not 4 <= asked.reach_mm <= 80:
        raise InputError(f"--reach {asked.reach_mm:g}", "it is too little or too much",
                         "Give 4 to 80 mm")  # fmt: skip
    if not 0 <= asked.tilt_deg <= _MOST_TILT_DEG:
        raise InputError(f"--tilt {asked.tilt_deg:g}", "it is no tilt of a coil on a head",
                         f"Give 0 to {_MOST_TILT_DEG:g} degrees")  # fmt: skip
    zones = []
    for text in asked.forbidden:
        x, y, z, r = numbers(text, 4, "--forbid")
        zones.append(ForbiddenZone((x, y, z), r))
    return SearchRange(
        radius_mm=asked.reach_mm,
        angle_step_deg=10.0,
        largest_tilt_deg=asked.tilt_deg,
        gap_mm=hair,
        more_gaps_mm=(hair + 5.0, hair + 10.0) if goal is Goal.FOCALITY else (),
        handle_limits_deg=asked.handle_deg,
        tilts=True,
        forbidden=tuple(zones),
    )


def _searched(
    asked: SearchRequest, goal: Goal, reach: SearchRange, coil: AnyCoil, head: Head,
    engine: RealTimeHead, progress: Progress,
) -> Found:  # fmt: skip
    with stage(progress, "Preparing the scalp", 2) as step:
        clearance = Clearance.of(head.volume)
        step.advance()
        region, middle = _region(asked, head, engine)
        start = head.scalp.nearest(middle)
        step.advance()
    objective = RegionObjective(
        region,
        goal,
        direction=_direction(asked, head, region),
        rest=rest_of(engine, region) if goal is Goal.FOCALITY else None,
    )
    forward = head.landmarks.forward
    result = search(
        head.scalp, clearance, coil, objective, start, head.frame, reach, "target", progress,
        forward, tolerances=True,
    )  # fmt: skip
    names = [rule.electrode for rule in targets().scalp_rules.values() if rule.kind == "eeg"]
    flat = [tangential(head.eeg[name], head.frame, gap_mm=reach.gap_mm, forward=forward)
            for name in names]  # fmt: skip
    rested = clearance.rested(coil, flat, reach.gap_mm)
    values = objective.rate(
        coil, np.stack([pose.rotation for pose in rested]),
        np.stack([pose.position_mm for pose in rested]),
    )  # fmt: skip
    told = region.field(coil, result.pose)
    mean = float(told.strength.mean())
    wanted = asked.wanted_v_per_m
    return Found(
        result,
        "" if goal is Goal.FOCALITY else "V/m per A/µs",
        len(region.indices),
        tuple(zip(names, values.tolist(), strict=True)),
        told.relative_error,
        handle_angle_deg(result.pose, float(result.pose.position_mm[0]), forward),
        None if wanted is None else output_for(wanted, mean, coil),
    )


def _region(
    asked: SearchRequest, head: Head, engine: RealTimeHead
) -> tuple[RealTimeRegion, FloatArray]:
    if asked.atlas is not None:
        image = load_image(asked.atlas, "an image of labels")
        mask = np.asarray(np.rint(np.asarray(image.dataobj)) == asked.label)
        if mask.ndim != 3:
            raise InputError(str(asked.atlas), "it is not one volume", "Give a 3-D image")
        region = mask_region(engine, mask, np.asarray(image.affine, dtype=float))
    else:
        assert asked.target is not None  # `_goal` has seen to it
        known = targets().coordinates
        if asked.target in known:
            point, _ = head.snap_to_grey(head.from_mni(known[asked.target].mni_mm))
        elif "," in asked.target:
            point = np.array(numbers(asked.target, 3, "--target"))
        else:
            targets().coordinate(asked.target)
            raise AssertionError
        region = point_region(engine, point, asked.radius_mm)
    return region, np.asarray(region.points_mm.mean(axis=0))


def _direction(asked: SearchRequest, head: Head, region: RealTimeRegion) -> FloatArray | None:
    if asked.direction is None:
        return None
    if asked.direction == "normal":
        surface = cortex_surface(head.volume, spacing_mm=CORTEX_SPACING_MM)
        return np.asarray(surface.normals[region.indices])
    along = np.array(numbers(asked.direction, 3, "--direction"))
    if not np.linalg.norm(along) > 0:
        raise InputError("--direction", "it has no length", "Give a direction")
    return np.asarray(along / np.linalg.norm(along))


def _data(asked: SearchRequest, coil: AnyCoil, found: Found) -> Data:
    result, tolerance = found.result, found.result.tolerance
    assert tolerance is not None
    return {
        "software": software(),
        "head": asked.head,
        "coil": coil.id,
        "goal": asked.goal,
        "value": result.strength,
        "unit": found.unit,
        "relative_error": found.error,
        "points": found.points,
        "pose": result.pose.to_json(),
        "handle_angle_deg": found.handle_deg,
        "placements_rated": result.evaluated,
        "keeps_95_pct_within": {
            "shift_mm": tolerance.shift_mm, "turn_deg": tolerance.turn_deg,
            "tilt_deg": tolerance.tilt_deg, "gap_mm": tolerance.gap_mm,
        },
        "scalp_rules": [
            {"electrode": name, "value": value, "gain_pct": 100 * (result.strength / value - 1)}
            for name, value in found.rules
        ],
        "output_pct_mso": found.output_pct_mso,
        "map": {
            "offsets_mm": result.map.offsets_mm.tolist(),
            "values": result.map.strength.tolist(),
            "handle_angles_deg": result.map.angle_deg.tolist(),
        },
    }  # fmt: skip


def _show(asked: SearchRequest, coil: AnyCoil, found: Found) -> None:
    result, tolerance = found.result, found.result.tolerance
    assert tolerance is not None
    x, y, z = result.pose.position_mm.tolist()
    rows = [
        ("value", f"{result.strength:.3f} {found.unit} ({asked.goal} over {found.points} points)"),
        ("told error", f"{found.error:.2%} against a direct solve on this head model"),
        ("coil's face", f"{x:.1f}, {y:.1f}, {z:.1f} mm (RAS), handle "
                        f"{found.handle_deg:.0f} degrees from straight back"),
        ("keeps 95 % within", f"{tolerance.shift_mm:.1f} mm, {tolerance.turn_deg:.0f} degrees of "
                              f"turn, {tolerance.tilt_deg:.0f} of tilt, "
                              f"{tolerance.gap_mm:.1f} mm of lift, each by itself"),
        ("rated", f"{result.evaluated:,} placements"),
    ]  # fmt: skip
    if found.output_pct_mso is not None:
        beyond = " (more than the stimulator gives)" if found.output_pct_mso > 100 else ""
        rows.append(
            (f"{asked.wanted_v_per_m:g} V/m at", f"{found.output_pct_mso:.0f} % MSO{beyond}")
        )
    rules = [
        (name, f"{value:.3f}", f"{result.strength / value - 1:+.1%}") for name, value in found.rules
    ]
    show(
        title(f"Best placement of {coil.name}", f"on {asked.head}"),
        facts(rows),
        section("Against EEG positions, coil flat and handle as usual",
                table(("position", "value", "gain of the search"), rules, numeric=(1, 2))),
    )  # fmt: skip
