"""Marks that pictures of the head share: target cross, scale bar, letters for directions."""

from __future__ import annotations

from euthymia.report import palette
from euthymia.report.svg import NORMAL, SMALL, Element, Node, circle, group, line, text


def target_cross(x: float, y: float, size: float = 9) -> Element:
    """A ring with four arms, white-edged, its middle left free to see what lies there."""
    arms = [(1, 0), (-1, 0), (0, 1), (0, -1)]
    parts: list[Node] = []
    for colour, width in ((palette.PAPER, 3.6), (palette.TARGET, 1.8)):
        parts.append(circle(x, y, size * 0.55, fill="none", stroke=colour, stroke_width=width))
        for dx, dy in arms:
            near, far = size * 0.55, size * 1.25
            parts.append(
                line(
                    x + dx * near,
                    y + dy * near,
                    x + dx * far,
                    y + dy * far,
                    stroke=colour,
                    stroke_width=width,
                )
            )
    return group(parts)


def scale_bar(x: float, y: float, px_per_mm: float, length_mm: float = 20) -> Element:
    """A bar of that length with its words below."""
    width = px_per_mm * length_mm
    return group(
        [
            line(x, y, x + width, y, stroke=palette.PAPER, stroke_width=4.5),
            line(x, y, x + width, y, stroke=palette.INK, stroke_width=2),
            text(x + width / 2, y + 12, f"{length_mm:g} mm", SMALL, "middle", halo=palette.PAPER),
        ]
    )


def letter(x: float, y: float, word: str) -> Element:
    """The letter of a side or direction, readable on any ground."""
    return text(x, y, word, NORMAL, "middle", bold=True, halo=palette.PAPER)
