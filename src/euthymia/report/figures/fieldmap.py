"""How the target's field depends on the coil's place: a map, and bars of the scalp rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.report import palette
from euthymia.report.colourmap import colour_at, ink_on
from euthymia.report.fieldscale import digits_for
from euthymia.report.figures.marks import target_cross
from euthymia.report.scales import LinearScale, tick_text
from euthymia.report.svg import (
    NORMAL,
    SMALL,
    Element,
    Node,
    Picture,
    circle,
    group,
    hint,
    line,
    number,
    rect,
    shorten,
    text,
)

_MAP_SIDE = 300.0
_LEFT, _TOP, _BOTTOM = 46.0, 12.0, 46.0
_BAR_COLUMN = 116.0
_ROW = 30.0
_BARS_WIDTH = 720.0
_NAMES_WIDTH = 180.0


def draw_map(
    forward_mm: FloatArray,
    rightward_mm: FloatArray,
    field_v_per_m: FloatArray,
    best: int | None = None,
    name: str = "placement-map",
    unit: str = "V/m",
) -> str:
    """The field at the target for coil centres around the optimum, as SVG.

    forward_mm, rightward_mm: (n,) position on the scalp relative to the best one, along the
    front and right directions there. field_v_per_m: (n,) at the target with the best angle found
    at that position, in `unit`. `best` is the index of the optimum; the largest value unless given.
    """
    x, y, values = (
        np.asarray(part, dtype=float) for part in (rightward_mm, forward_mm, field_v_per_m)
    )
    if values.ndim != 1 or values.shape != x.shape or values.shape != y.shape or values.size < 3:
        raise InputError(
            "placement map",
            f"there are {values.size} values for {x.size} and {y.size} coordinates",
            "Give three equally long lists of at least three positions",
        )
    if not np.isfinite(np.concatenate([x, y, values])).all():
        raise InputError("placement map", "a position has no value", "Leave that position out")
    best = int(values.argmax()) if best is None else best
    reach = float(max(np.abs(x).max(), np.abs(y).max())) * 1.1
    across = LinearScale(-reach, reach, _LEFT, _LEFT + _MAP_SIDE)
    along = LinearScale(-reach, reach, _TOP + _MAP_SIDE, _TOP)
    low, high = float(values.min()), float(values.max())
    content = [*_dots(x, y, values, across, along, unit), *_map_axes(across, along)]
    content.append(target_cross(across(x[best]), along(y[best]), 7))
    content += _map_bar(low, high, unit)
    digits = digits_for(high)
    words = (
        f"Electric field at the target for {values.size} coil positions around the best one: from "
        f"{low:.{digits}f} to {high:.{digits}f} {unit}. A cross marks the best position, "
        f"{values[best]:.{digits}f} {unit}."
    )
    width, height = _LEFT + _MAP_SIDE + _BAR_COLUMN, _TOP + _MAP_SIDE + _BOTTOM
    return Picture(
        name, width, height, "Search for the coil position", words, tuple(content)
    ).render()


def _dots(
    x: FloatArray,
    y: FloatArray,
    values: FloatArray,
    across: LinearScale,
    along: LinearScale,
    unit: str,
) -> list[Node]:
    """A disc a position, as large as the spacing allows, coloured by its value."""
    gaps = np.hypot(x[:, None] - x, y[:, None] - y) + np.diag(np.full(len(x), np.inf))
    spacing = float(np.median(gaps.min(axis=1)))
    radius = min(max((across(spacing) - across(0)) * 0.46, 2.0), 16.0)
    span = max(float(np.ptp(values)), 1e-9)
    digits = digits_for(float(values.max()))
    discs: list[Node] = []
    for place in np.argsort(values):
        share = (float(values[place]) - float(values.min())) / span
        disc = circle(
            across(float(x[place])),
            along(float(y[place])),
            radius,
            fill=colour_at(share),
            class_="place",
        )
        value = f"{values[place]:.{digits}f} {unit}"
        words = f"{y[place]:+.0f} mm forward, {x[place]:+.0f} mm right: {value}"
        discs.append(hint(disc, words))
    return discs


def _map_axes(across: LinearScale, along: LinearScale) -> list[Node]:
    bottom = _TOP + _MAP_SIDE
    parts: list[Node] = [
        rect(_LEFT, _TOP, _MAP_SIDE, _MAP_SIDE, fill="none", stroke=palette.HAIRLINE)
    ]
    for value in across.ticks(6):
        x = across(value)
        parts.append(line(x, bottom, x, bottom + 4, stroke=palette.SOFT_INK))
        parts.append(text(x, bottom + 15, tick_text(value), SMALL, "middle", fill=palette.SOFT_INK))
    for value in along.ticks(6):
        y = along(value)
        parts.append(line(_LEFT - 4, y, _LEFT, y, stroke=palette.SOFT_INK))
        parts.append(
            text(_LEFT - 7, y + 3.5, tick_text(value), SMALL, "end", fill=palette.SOFT_INK)
        )
    middle = _LEFT + _MAP_SIDE / 2
    parts.append(text(middle, bottom + 33, "to the patient's right, mm", NORMAL, "middle"))
    turned = f"rotate(-90 12 {number(_TOP + _MAP_SIDE / 2)})"
    parts.append(text(12, _TOP + _MAP_SIDE / 2, "forward, mm", NORMAL, "middle", transform=turned))
    return parts


def _map_bar(low: float, high: float, unit: str) -> list[Node]:
    """An upright colour bar from the least to the largest value found."""
    x, steps = _LEFT + _MAP_SIDE + 22, 48
    height = _MAP_SIDE * 0.7
    top = _TOP + (_MAP_SIDE - height) / 2
    parts: list[Node] = []
    for index in range(steps):
        share = (index + 0.5) / steps
        y = top + height * (1 - (index + 1) / steps)
        parts.append(rect(x, y, 11, height / steps + 0.4, fill=colour_at(share)))
    scale = LinearScale(low, max(high, low + 1e-6), top + height, top)
    for value in scale.ticks(7):
        y = scale(value)
        parts.append(line(x + 11, y, x + 15, y, stroke=palette.SOFT_INK))
        parts.append(text(x + 18, y + 3.5, tick_text(value), SMALL, fill=palette.SOFT_INK))
    parts.append(text(x, top - 22, "at the target,", SMALL, fill=palette.SOFT_INK))
    parts.append(text(x, top - 8, unit, SMALL, fill=palette.SOFT_INK))
    return parts


@dataclass(frozen=True, slots=True)
class RuleBar:
    """One way to place the coil: its name, the field it gives at the target, and a remark."""

    name: str
    field_v_per_m: float
    remark: str = ""
    chosen: bool = False


def draw_rules(bars: Sequence[RuleBar], name: str = "placement-rules", unit: str = "V/m") -> str:
    """The field at the target under each placement, as SVG bars, the chosen one dark."""
    if not bars:
        raise InputError("comparison of placements", "there is none", "Give at least one placement")
    for bar in bars:
        if not (np.isfinite(bar.field_v_per_m) and bar.field_v_per_m >= 0):
            raise InputError(
                f"placement {bar.name}",
                f"its field is {bar.field_v_per_m} {unit}",
                "Give a number of zero or more",
            )
    top_value = max(bar.field_v_per_m for bar in bars) or 1.0
    scale = LinearScale(0.0, top_value * 1.02, _NAMES_WIDTH, _BARS_WIDTH - 190)
    bottom = 6 + _ROW * len(bars)
    content: list[Node] = []
    for value in scale.ticks(6):
        x = scale(value)
        content.append(line(x, 4, x, bottom, stroke=palette.HAIRLINE, stroke_width=0.75))
        content.append(
            text(x, bottom + 13, tick_text(value), SMALL, "middle", fill=palette.SOFT_INK)
        )
    content.append(
        text(scale.end + 8, bottom + 13, f"{unit} at the target", SMALL, fill=palette.SOFT_INK)
    )
    for index, bar in enumerate(bars):
        content.append(_rule(bar, 6 + _ROW * index, scale, top_value))
    digits = digits_for(top_value)
    words = "; ".join(f"{bar.name}: {bar.field_v_per_m:.{digits}f} {unit}" for bar in bars)
    return Picture(
        name, _BARS_WIDTH, bottom + 22, "Field at the target by placement", words, tuple(content)
    ).render()


def _rule(bar: RuleBar, top: float, scale: LinearScale, best: float) -> Element:
    right = scale(bar.field_v_per_m)
    colour = palette.BLUE if bar.chosen else "#9fc3dc"
    share = 100 * bar.field_v_per_m / best
    middle = top + _ROW / 2 + 3.5
    value = f"{bar.field_v_per_m:.{digits_for(best)}f}"
    inside = right - scale.start > 60
    remark = f"{share:.0f} % of the best" + (f"; {bar.remark}" if bar.remark else "")
    return group(
        [
            text(
                _NAMES_WIDTH - 10,
                middle,
                shorten(bar.name, _NAMES_WIDTH - 14, NORMAL),
                NORMAL,
                "end",
                bold=bar.chosen,
            ),
            rect(scale.start, top + 5, right - scale.start, _ROW - 10, fill=colour, class_="rule"),
            text(
                right - 6 if inside else right + 6,
                middle,
                value,
                NORMAL,
                "end" if inside else "start",
                bold=True,
                fill=ink_on(colour) if inside else palette.INK,
            ),
            text(
                (right if inside else right + 34) + 8,
                middle,
                shorten(
                    remark, _BARS_WIDTH - max(right, scale.start) - (12 if inside else 48), SMALL
                ),
                SMALL,
                fill=palette.SOFT_INK,
                halo=palette.PAPER,
            ),
        ]
    )
