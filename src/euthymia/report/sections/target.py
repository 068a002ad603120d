"""Head and target: where the coil goes, and how the scalp rules compare with it."""

from __future__ import annotations

from dataclasses import dataclass

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
    Paragraph,
    Table,
    content,
)
from euthymia.report.document import Section
from euthymia.report.figures import fieldmap
from euthymia.report.figures.fieldmap import RuleBar
from euthymia.report.sections.words import graver, point, signed


@dataclass(frozen=True, eq=False)
class PlacementRow:
    """One way to place the coil, and what it gives at the target.

    field_v_per_m: mean field in the target region, in the view's unit. distance_mm: of the coil's
    centre from the chosen one. `chosen` marks the placement of the plan.
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

    target_mm: in the head's frame; `moved` says how far from the published place, in words.
    handle_angle_deg: from straight back, towards the side of the target. unit: of all fields,
    V/m at the planned output or V/m per A/µs. facts: further names and values, such as depth and
    coil. remarks: what stands below them in small print. slices, view: figures as SVG.
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
    handle_angle_deg: float
    moved: str = ""
    unit: str = "V/m"
    facts: tuple[tuple[str, Content], ...] = ()
    remarks: tuple[Content, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def chosen(self) -> PlacementRow:
        return next(row for row in self.placements if row.chosen)


def target_section(view: TargetView) -> Section:
    """The section on head and target."""
    blocks: list[Block] = [
        _place(view),
        *(Paragraph(remark, quiet=True) for remark in view.remarks),
        _rules(view),
        Figure.of(view.view, ("The coil as it is to be held, and the field it makes.",)),
        Figure.of(
            view.slices,
            (
                "Slices through the target. The dashed line is the coil's axis; only the field in "
                "the brain is coloured.",
            ),
        ),
        Pair(_map(view), _matrix(view.chosen.pose), 0.6),
    ]
    blocks += graver(view.findings, "The target and the placement raise no concern.")
    return Section("Head and target", tuple(blocks))


def _place(view: TargetView) -> Facts:
    pose = view.chosen.pose
    rows: list[tuple[str, Content]] = [
        ("target", content(view.title, view.source)),
        ("MNI", content(f"{point(view.mni_mm)} mm")),
        ("head", (view.head_name,)),
        ("on this head", (f"{point(view.target_mm, 1)} mm{view.moved}",)),
        ("coil centre", content(f"{point(pose.position_mm, 1)} mm, face towards the head")),
        ("handle", (handle_words(view.handle_angle_deg, on_left=view.target_mm[0] < 0),)),
    ]
    return Facts((*rows, *view.facts))


def handle_words(angle_deg: float, *, on_left: bool) -> str:
    """ "backwards, 45° from the midline towards the left".

    angle_deg: from straight back, towards the side of the target (negative: away from it).
    """
    side = "left" if on_left == (angle_deg >= 0) else "right"
    way = "backwards" if abs(angle_deg) <= 90 else "forwards"
    turned = abs(angle_deg) if abs(angle_deg) <= 90 else 180 - abs(angle_deg)
    return f"{way}, {turned:.0f}° from the midline towards the {side}"


def _rules(view: TargetView) -> Figure:
    bars = [
        RuleBar(
            row.name,
            row.field_v_per_m,
            "" if row.chosen else f"{row.distance_mm:.0f} mm away",
            row.chosen,
        )
        for row in view.placements
    ]
    parts: list[str | Citation] = ["The field at the target under each way to place the coil"]
    for row in view.placements:
        if row.source is not None:
            parts += [f"; {row.name}", row.source]
    return Figure.of(fieldmap.draw_rules(bars, unit=view.unit), content(*parts, "."))


def _map(view: TargetView) -> Figure:
    found = view.map
    svg = fieldmap.draw_map(
        found.forward_mm, found.rightward_mm, found.field_v_per_m, unit=view.unit
    )
    caption = (
        "How the field at the target falls off when the coil's centre is moved on the scalp, with "
        "the handle turned as is best there."
    )
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
