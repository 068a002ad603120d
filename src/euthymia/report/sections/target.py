"""Head and target: where the coil goes, and how the scalp rules compare with it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from euthymia.core.findings import Finding
from euthymia.core.poses import FloatArray, Pose
from euthymia.core.references import Citation
from euthymia.report.blocks import (
    Block,
    Code,
    Content,
    Facts,
    Figure,
    Pair,
    Table,
    content,
)
from euthymia.report.document import Section
from euthymia.report.figures import fieldmap
from euthymia.report.figures.fieldmap import RuleBar
from euthymia.report.sections.words import graver, point, signed


@dataclass(frozen=True, eq=False)
class PlacementRow:
    """One way to place the coil, and what it gives at the target at the planned output.

    field_v_per_m: mean field in the target region. distance_mm: of the coil's centre from the
    chosen one. `chosen` marks the placement of the plan.
    """

    name: str
    pose: Pose
    field_v_per_m: float
    distance_mm: float
    chosen: bool = False
    source: Citation | None = None


@dataclass(frozen=True, eq=False)
class PlacementMap:
    """The field at the target for coil centres around the best: see `fieldmap.draw_map`."""

    forward_mm: FloatArray
    rightward_mm: FloatArray
    field_v_per_m: FloatArray


@dataclass(frozen=True, eq=False)
class TargetView:
    """Everything the section shows.

    facts: further names and values, such as depth and coil. slices, view: figures as SVG.
    """

    title: str
    mni_mm: FloatArray
    source: Citation
    head_name: str
    target_mm: FloatArray
    placements: tuple[PlacementRow, ...]
    map: PlacementMap
    slices: str
    view: str
    facts: tuple[tuple[str, Content], ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def chosen(self) -> PlacementRow:
        return next(row for row in self.placements if row.chosen)


def target_section(view: TargetView) -> Section:
    """The section on head and target."""
    blocks: list[Block] = [
        _place(view),
        Figure.of(view.view, ("The coil as it is to be held, and the field it makes.",)),
        Figure.of(
            view.slices,
            (
                "Slices through the target. The dashed line is the coil's axis; only the field in "
                "the brain is coloured.",
            ),
        ),
        _rules(view.placements),
        Pair(_map(view.map), _matrix(view.chosen.pose), 0.6),
    ]
    blocks += graver(view.findings, "The target and the placement raise no concern.")
    return Section("Head and target", tuple(blocks))


def _place(view: TargetView) -> Facts:
    pose = view.chosen.pose
    rows: list[tuple[str, Content]] = [
        ("target", content(view.title, view.source)),
        ("MNI", content(f"{point(view.mni_mm)} mm")),
        ("on this head", content(f"{point(view.target_mm, 1)} mm ({view.head_name})")),
        ("coil centre", content(f"{point(pose.position_mm, 1)} mm, face towards the head")),
        ("handle", (handle_words(pose),)),
    ]
    return Facts((*rows, *view.facts))


def handle_angle_deg(pose: Pose) -> float:
    """The angle between the handle and straight back, along the scalp, in degrees.

    Positive towards the side on which the coil lies; 0 is straight back, 90 straight out.
    """
    inward = pose.rotation[:, 2]
    right = np.cross(inward, np.array([0.0, 1.0, 0.0]))
    right = right / np.linalg.norm(right)
    ahead = np.cross(right, inward)
    front = pose.rotation[:, 1]
    side = 1.0 if pose.position_mm[0] < 0 else -1.0
    return math.degrees(math.atan2(side * float(front @ right), float(front @ ahead)))


def handle_words(pose: Pose) -> str:
    """ "backwards, 45° from the midline towards the left"."""
    angle = handle_angle_deg(pose)
    side = "left" if (pose.position_mm[0] < 0) == (angle >= 0) else "right"
    way = "backwards" if abs(angle) <= 90 else "forwards"
    turned = abs(angle) if abs(angle) <= 90 else 180 - abs(angle)
    return f"{way}, {turned:.0f}° from the midline towards the {side}"


def _rules(placements: Sequence[PlacementRow]) -> Figure:
    bars = [
        RuleBar(
            row.name,
            row.field_v_per_m,
            "" if row.chosen else f"{row.distance_mm:.0f} mm away",
            row.chosen,
        )
        for row in placements
    ]
    parts: list[str | Citation] = ["The field at the target under each way to place the coil"]
    for row in placements:
        if row.source is not None:
            parts += [f"; {row.name}", row.source]
    return Figure.of(fieldmap.draw_rules(bars), content(*parts, "."))


def _map(found: PlacementMap) -> Figure:
    svg = fieldmap.draw_map(found.forward_mm, found.rightward_mm, found.field_v_per_m)
    caption = "How the field at the target falls off when the coil's centre is moved on the scalp."
    return Figure.of(svg, (caption,))


def _matrix(pose: Pose) -> Table:
    """The pose by rows, as a navigation system takes it."""
    rows = tuple(
        tuple(
            (Code(signed(float(value), 3 if column < 3 else 1)),)
            for column, value in enumerate(row)
        )
        for row in pose.matrix[:3]
    )
    return Table(
        f"The coil's pose (RAS millimetres, {pose.frame.id[:22]}): axes x, y, z and centre",
        ("x", "y", "z", "centre"),
        rows,
        numeric=(0, 1, 2, 3),
        unbroken=True,
    )
