"""The placement of a plan as the section on head and target shows it: numbers, map, pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from euthymia.core.findings import Finding
from euthymia.core.poses import FloatArray
from euthymia.core.quantities import Estimate
from euthymia.model.head.place.eeg import EegSystem, eeg_system
from euthymia.model.head.surface.scalp import Scalp
from euthymia.plan.target.catalogue import targets
from euthymia.plan.target.compute import REGION_RADIUS_MM
from euthymia.plan.target.placement import HANDLE_ANGLE_DEG
from euthymia.plan.target.placing import Placing
from euthymia.report.blocks import Content, content
from euthymia.report.fieldscale import FieldScale, digits_for
from euthymia.report.figures import slices, view3d
from euthymia.report.sections.target import PlacementMap, PlacementRow, TargetView
from euthymia.report.sections.words import count, point, sentence, signed

_AT_MM = 3.0
"""Nearer than this to an electrode counts as being there: no tape measures finer."""

_TOLERANCES_MM = (5.0, 10.0, 15.0)


@dataclass(frozen=True, slots=True)
class Shown:
    """For which current fields are shown: the planned output, or 1 A/µs where there is none.

    didt_a_per_us: the rate of change that all fields are multiplied with. setting_pct_mso: the
    output it belongs to, None where no output is planned.
    """

    didt_a_per_us: float = 1.0
    setting_pct_mso: float | None = None

    @property
    def unit(self) -> str:
        return "V/m per A/µs" if self.setting_pct_mso is None else "V/m"

    def field(self, strength: float) -> str:
        """A field that is known for 1 A/µs, with its unit."""
        value = strength * self.didt_a_per_us
        return f"{value:.{digits_for(value)}f} {self.unit}"

    def interval(self, field: Estimate) -> str:
        """The same with its interval: "83.6 V/m (78.6 to 85.7)"."""
        if field.low is None or field.high is None:
            return self.field(field.value)
        low, high = (end * self.didt_a_per_us for end in (field.low, field.high))
        digits = digits_for(field.value * self.didt_a_per_us)
        return f"{self.field(field.value)} ({low:.{digits}f} to {high:.{digits}f})"


def target_view(
    placing: Placing, shown: Shown, place: str, findings: Sequence[Finding] = ()
) -> TargetView:
    """The view of a placement, its two pictures drawn (about three seconds).

    place: where on the scalp, from `scalp_words`.
    """
    field = placing.cortex_strength * shown.didt_a_per_us
    scale = FieldScale.of(field, shown.unit)
    brain = placing.brain.scaled(shown.didt_a_per_us)
    scene = view3d.Scene(
        cortex=placing.cortex,
        field_v_per_m=field,
        scalp=placing.scalp,
        pose=placing.pose,
        target_mm=placing.target_mm,
        coil_outlines_mm=placing.coil.outlines_mm,
        coil_name=placing.coil.name,
        scale=scale,
    )
    return TargetView(
        title=placing.target.title,
        mni_mm=np.asarray(placing.target.mni_mm, dtype=float),
        source=placing.target.source,
        head_name=placing.head.title or "the patient's head",
        target_mm=placing.target_mm,
        placements=placements(placing, shown),
        map=placement_map(placing, shown),
        slices=slices.draw(
            placing.head.volume, brain.at, placing.target_mm, scale, pose=placing.pose
        ),
        view=view3d.draw(scene),
        handle_angle_deg=placing.handle_angle_deg,
        moved=_moved(placing),
        unit=shown.unit,
        facts=_facts(placing, shown, place),
        remarks=_remarks(placing, shown),
        findings=tuple(findings),
    )


def placements(placing: Placing, shown: Shown) -> tuple[PlacementRow, ...]:
    """The chosen placement and every scalp rule that could be rated, strongest first."""
    rows = [
        PlacementRow(
            rule.rule.name,
            rule.pose,
            rule.strength * shown.didt_a_per_us,
            rule.distance_mm,
            source=rule.rule.source,
        )
        for rule in placing.rules
        if np.isfinite(rule.strength)
    ]
    best = placing.field_target.value * shown.didt_a_per_us
    chosen = PlacementRow("search on this head", placing.pose, best, 0.0, chosen=True)
    return (chosen, *sorted(rows, key=lambda row: -row.field_v_per_m))


def placement_map(placing: Placing, shown: Shown) -> PlacementMap:
    """The search's map seen from the chosen coil centre, which is its last point."""
    ahead, right = _forward_and_right(placing, placing.pose.rotation[:, 2])
    away = placing.map.positions_mm - placing.pose.position_mm
    strength = np.append(placing.map.strength, placing.field_target.value)
    known = np.isfinite(strength)
    return PlacementMap(
        np.append(away @ ahead, 0.0)[known],
        np.append(away @ right, 0.0)[known],
        strength[known] * shown.didt_a_per_us,
    )


def electrodes(placing: Placing) -> EegSystem:
    """The 10-10 system on the scalp that the placement was found on (about a second)."""
    return eeg_system(Scalp(placing.scalp), placing.head.landmarks)


def scalp_words(placing: Placing, known: EegSystem) -> str:
    """Where the coil's centre lies on the scalp, from the nearest electrode of the 10-10 system.

    "15 mm from EEG position F3: 3 mm forwards, 12 mm away from the midline".
    """
    below = Scalp(placing.scalp).nearest(placing.pose.position_mm)
    name, electrode = min(
        known.points.items(),
        key=lambda item: float(np.linalg.norm(item[1].position_mm - below.position_mm)),
    )
    away = below.position_mm - electrode.position_mm
    distance = float(np.linalg.norm(away))
    if distance < _AT_MM:
        return f"at EEG position {name}"
    ahead, right = _forward_and_right(placing, -below.outward_normal)
    forward, rightward = float(away @ ahead), float(away @ right)
    parts = [
        f"{abs(length):.0f} mm {words}"
        for length, words in (
            (forward, "forwards" if forward > 0 else "backwards"),
            (rightward, _sideways(rightward, float(below.position_mm[0]))),
        )
        if abs(length) >= 0.5
    ]
    return f"{distance:.0f} mm from EEG position {name}: {', '.join(parts)}"


def _sideways(rightward_mm: float, x_mm: float) -> str:
    """A step to one side, told from the midline; near it by the patient's side."""
    if abs(x_mm) < 10:
        return "to the patient's right" if rightward_mm > 0 else "to the patient's left"
    outwards = (rightward_mm > 0) == (x_mm > 0)
    return "away from the midline" if outwards else "towards the midline"


def _forward_and_right(placing: Placing, inward: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two (3,) unit vectors along the scalp where `inward` leads into the head."""
    right = np.cross(inward, placing.head.landmarks.forward)
    right = right / np.linalg.norm(right)
    return np.asarray(np.cross(right, inward)), np.asarray(right)


def _moved(placing: Placing) -> str:
    if placing.moved_mm < 0.05:
        return ", where the published coordinate falls"
    return f", {placing.moved_mm:.1f} mm from where the published coordinate falls"


def _facts(placing: Placing, shown: Shown, place: str) -> tuple[tuple[str, Content], ...]:
    brain, motor = placing.brain, targets().motor
    rows: list[tuple[str, Content]] = [
        ("place on the scalp", (place,)),
        ("scalp to cortex", (f"{placing.depth_target_mm:.1f} mm under the coil",)),
        ("field at the target", (_field_words(placing, shown),)),
        (
            "field in the brain",
            (
                f"the strongest thousandth of grey matter has {shown.field(brain.peak())} or more; "
                f"{brain.volume_above_ml(0.5):.1f} ml of it have at least half of that",
            ),
        ),
    ]
    gain = _gain(placing)
    if gain:
        rows.append(("gain of the search", (gain,)))
    tolerance = _tolerance(placing)
    if tolerance:
        rows.append(("tolerance", (tolerance,)))
    hand = (
        f"at {point(placing.motor_mm, 1)} mm; with the coil at its best place for it "
        f"{placing.field_motor.value:.3f} V/m per A/µs, {placing.depth_motor_mm:.1f} mm from "
        "scalp to cortex"
    )
    rows.append((motor.name, content(hand, motor.source)))
    return tuple(rows)


def _field_words(placing: Placing, shown: Shown) -> str:
    per_didt = f"{placing.field_target.value:.3f} V/m per A/µs"
    if shown.setting_pct_mso is None:
        return f"{shown.interval(placing.field_target)}; no output is planned"
    return (
        f"{shown.interval(placing.field_target)} at {shown.setting_pct_mso:g} % of the maximum "
        f"output, {shown.didt_a_per_us:.0f} A/µs ({per_didt})"
    )


def _gain(placing: Placing) -> str:
    """How much more field the search gives than each scalp rule."""
    best = placing.field_target.value
    parts = []
    for rule in sorted(placing.rules, key=lambda each: -each.strength):
        if np.isfinite(rule.strength) and rule.strength > 0:
            more = 100 * (best / rule.strength - 1)
            parts.append(f"{signed(more)} % above {rule.rule.name}")
    return f"field at the target {', '.join(parts)}" if parts else ""


def _tolerance(placing: Placing) -> str:
    """What remains of the field at the target when the coil lies a few millimetres off."""
    ahead, right = _forward_and_right(placing, placing.pose.rotation[:, 2])
    away = placing.map.positions_mm - placing.pose.position_mm
    distance = np.hypot(away @ ahead, away @ right)
    # A ring counts only where the search has looked at all of it.
    centre = float(np.hypot(*np.mean(np.column_stack([away @ ahead, away @ right]), axis=0)))
    reach = float(np.linalg.norm(placing.map.offsets_mm, axis=1).max()) - centre
    parts = []
    for ring_mm in _TOLERANCES_MM:
        near = np.isfinite(placing.map.strength) & (distance <= ring_mm)
        if ring_mm <= reach and near.any():
            least = 100 * float(placing.map.strength[near].min()) / placing.field_target.value
            parts.append(f"{min(least, 100.0):.0f} % up to {ring_mm:g} mm off")
    return "the field at the target stays at or above " + ", ".join(parts) if parts else ""


def _remarks(placing: Placing, shown: Shown) -> tuple[Content, ...]:
    positions = count(len(placing.map.strength), "place")
    computed = (
        "Numbers without a source are computed for this head (see How it was computed). The field "
        f"at the target is the strength of the mean field in grey matter within "
        f"{REGION_RADIUS_MM:g} mm of it."
    )
    if shown.setting_pct_mso is None:
        computed += " Fields are given for a current that changes by 1 A/µs."
    interval = (
        f"Its bracket is a {placing.field_target.coverage:.0%} interval; it covers "
        f"{placing.field_target.how}."
    )
    searched = (
        f"The search tried {positions} on the scalp with all handle angles and refined the best "
        "in place, angle and tilt. Scalp rules are rated with the coil flat and the handle "
        f"{HANDLE_ANGLE_DEG:g}° from the midline."
    )
    return ((f"{computed} {sentence(interval)}",), content(searched, targets().holding.source))
