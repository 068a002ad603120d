"""Sites or operators by size, with the limits between which chance alone puts them."""

from __future__ import annotations

import numpy as np

from euthymia.core.errors import InputError
from euthymia.learn.registry.compare import INNER, OUTER, Comparison
from euthymia.report import palette
from euthymia.report.svg import (
    LARGE,
    NORMAL,
    SMALL,
    Node,
    Picture,
    circle,
    hint,
    line,
    polyline,
    text,
)

_WIDTH, _HEIGHT = 720.0, 380.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 700.0, 40.0, 326.0
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def draw(comparison: Comparison, outcome: str, name: str = "sites") -> str:
    """The adjusted share of each unit against how many patients are behind it."""
    units = [unit for unit in comparison.units if unit.share.patients > 0]
    if not units:
        raise InputError("funnel of sites", "no outcome is known", "Enter end scores first")
    largest = max(10.0, 1.08 * max(unit.share.patients for unit in units))

    def place(patients: float, share: float) -> tuple[float, float]:
        return (
            _LEFT + patients / largest * (_RIGHT - _LEFT),
            _BOTTOM - min(max(share, 0.0), 1.0) * (_BOTTOM - _TOP),
        )

    parts: list[Node] = [text(0, 16, f"{outcome.capitalize()} by {comparison.column}", LARGE,
                              bold=True)]  # fmt: skip
    for tick in _TICKS:
        _, y = place(0, tick)
        parts.append(line(_LEFT, y, _RIGHT, y, stroke=palette.HAIRLINE))
        parts.append(text(_LEFT - 8, y + 4, f"{tick:.0%}", SMALL, "end", fill=palette.SOFT_INK))
    sizes = np.unique(np.round(np.geomspace(2, largest, 120)))
    for coverage, dash in ((INNER, "4 3"), (OUTER, None)):
        low, high = comparison.limits(sizes, coverage)
        for edge in (low, high):
            points = [place(float(n), float(s)) for n, s in zip(sizes, edge, strict=True)]
            parts.append(polyline(points, stroke=palette.FAINT_INK, stroke_dasharray=dash))
    parts.append(
        line(*place(0, comparison.overall), *place(largest, comparison.overall),
             stroke=palette.SOFT_INK)
    )  # fmt: skip
    for unit in units:
        outside = unit.beyond == OUTER
        x, y = place(unit.share.patients, unit.adjusted_share)
        dot = circle(x, y, 5, fill=palette.VERMILION if outside else palette.BLUE,
                     stroke=palette.PAPER)  # fmt: skip
        words = (
            f"{unit.name}: {unit.share.events} of {unit.share.patients}, adjusted "
            f"{unit.adjusted_share:.0%}, {unit.missing} unknown"
        )
        parts.append(hint(dot, words))
        if outside or len(units) <= 12:
            parts.append(text(x + 8, y + 4, unit.name, SMALL, halo=palette.PAPER))
    step = max(1, round(largest / 6 / 5) * 5)
    for patients in range(0, int(largest) + 1, step):
        x, _ = place(patients, 0)
        parts.append(text(x, _BOTTOM + 17, str(patients), SMALL, "middle", fill=palette.SOFT_INK))
    parts.append(text((_LEFT + _RIGHT) / 2, _BOTTOM + 36, "patients with a known outcome", NORMAL,
                      "middle"))  # fmt: skip
    far = [unit.name for unit in units if unit.beyond == OUTER]
    described = (
        f"{len(units)} units around {comparison.overall:.0%}, adjusted for case mix. Beyond the "
        f"99.8 % limits: {', '.join(far) if far else 'none'}. The limits name no cause."
    )
    parts.append(text(0, _HEIGHT - 4, described, SMALL, fill=palette.SOFT_INK))
    return Picture(name, _WIDTH, _HEIGHT, "Funnel of units", described, tuple(parts)).render()
