"""Forest and funnel plots of a meta-analysis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from euthymia.learn.evidence.effects import Effect, Measure, TwoByTwo
from euthymia.learn.evidence.pooling import Pooled
from euthymia.report import palette
from euthymia.report.svg import (
    LARGE,
    NORMAL,
    SMALL,
    Element,
    Node,
    Picture,
    circle,
    hint,
    line,
    polyline,
    rect,
    text,
)

_WIDTH = 720.0
_ROW = 22.0
_TOP = 44.0
_PLOT_LEFT, _PLOT_RIGHT = 308.0, 548.0
_COUNTS = (228.0, 290.0)
_LARGEST_BOX = 13.0
_RATIO_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 500.0)


class _Axis:
    """From the pooling scale to the picture, clipped to what can be shown."""

    def __init__(self, measure: Measure, values: Sequence[float]) -> None:
        self.measure = measure
        low, high = min(values), max(values)
        if measure.is_ratio:
            # Ratios beyond these say the same as an arrow does.
            low, high = max(low, math.log(0.02)), min(high, math.log(200.0))
        pad = 0.06 * max(high - low, 1e-6)
        self.low, self.high = low - pad, high + pad

    def x(self, value: float, left: float = _PLOT_LEFT, right: float = _PLOT_RIGHT) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return left + share * (right - left)

    def inside(self, value: float) -> bool:
        return self.low <= value <= self.high

    def ticks(self) -> list[tuple[float, str]]:
        """Places on the pooling scale with their words as people read them."""
        if self.measure.is_ratio:
            places = [(math.log(t), f"{t:g}") for t in _RATIO_TICKS]
            kept = [place for place in places if self.inside(place[0])]
            # With many of them only one and the powers of ten with their halves stay.
            return kept if len(kept) <= 7 else [tick for tick in kept if "2" not in tick[1]]
        to = self.measure.shown
        first, last = to(self.low), to(self.high)
        step = _round_step((last - first) / 5)
        shown = np.arange(math.ceil(first / step), math.floor(last / step) + 1) * step
        back = [(_pooling_scale(self.measure, float(v)), f"{v:.3g}") for v in shown]
        return [(place, words) for place, words in back if math.isfinite(place)]


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(max(rough, 1e-9)))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)


def _pooling_scale(measure: Measure, shown: float) -> float:
    if measure is Measure.PROPORTION:
        return math.log(shown / (1 - shown)) if 0 < shown < 1 else math.inf
    return shown


def forest(pooled: Pooled, tables: Iterable[TwoByTwo] = (), name: str = "forest") -> str:
    """The studies with their intervals, their sum as a diamond, and where a new one may fall.

    tables: the counts behind the effects, printed where there are any.
    """
    counts = {table.study: table for table in tables}
    axis = _axis_of(pooled)
    count = len(pooled.effects)
    height = _TOP + _ROW * (count + 3) + 66
    bottom = _TOP + _ROW * (count + 2.4)
    parts: list[Node] = [
        text(0, 22, "Study", SMALL, fill=palette.SOFT_INK),
        text(
            _PLOT_RIGHT + 14,
            22,
            f"{str(pooled.measure).capitalize()} ({pooled.coverage:.0%})",
            SMALL,
            fill=palette.SOFT_INK,
        ),
        text(_WIDTH, 36, "weight", SMALL, "end", fill=palette.SOFT_INK),
        line(0, _TOP - 4, _WIDTH, _TOP - 4, stroke=palette.HAIRLINE),
    ]
    if counts:
        parts += [
            text(_COUNTS[0], 22, "active", SMALL, "end", fill=palette.SOFT_INK),
            text(_COUNTS[1], 22, "sham", SMALL, "end", fill=palette.SOFT_INK),
        ]
    parts += _axis_lines(axis, bottom)
    for row, (effect, weight) in enumerate(zip(pooled.effects, pooled.weights, strict=True)):
        y = _TOP + _ROW * (row + 0.5)
        parts += _study(effect, weight, y, axis, max(pooled.weights), counts.get(effect.study))
    parts += _sum(pooled, _TOP + _ROW * (count + 0.9), axis)
    for row, said in enumerate(_sentences(pooled)):
        parts.append(text(0, height - 22 + 15 * row, said, SMALL, fill=palette.SOFT_INK))
    described = " ".join(_sentences(pooled))
    return Picture(name, _WIDTH, height, "Forest plot", described, tuple(parts)).render()


def _axis_of(pooled: Pooled) -> _Axis:
    values = [pooled.low, pooled.high]
    for effect in pooled.effects:
        reach = 1.96 * effect.standard_error
        values += [effect.value - reach, effect.value + reach]
    if pooled.predicted is not None:
        values += pooled.predicted
    return _Axis(pooled.measure, values)


def _axis_lines(axis: _Axis, bottom: float) -> list[Node]:
    parts: list[Node] = [line(_PLOT_LEFT, bottom, _PLOT_RIGHT, bottom, stroke=palette.FAINT_INK)]
    for place, words in axis.ticks():
        x = axis.x(place)
        parts.append(line(x, bottom, x, bottom + 4, stroke=palette.FAINT_INK))
        parts.append(text(x, bottom + 17, words, SMALL, "middle", fill=palette.SOFT_INK))
    none = axis.measure.no_effect
    if none is not None:
        x = axis.x(math.log(none) if axis.measure.is_ratio else none)
        parts.append(line(x, _TOP - 4, x, bottom, stroke=palette.FAINT_INK, stroke_dasharray="3 3"))
        parts.append(text(x, bottom + 31, "no difference", SMALL, "middle", fill=palette.SOFT_INK))
    return parts


def _study(
    effect: Effect, weight: float, y: float, axis: _Axis, top_weight: float, table: TwoByTwo | None
) -> list[Node]:
    reach = 1.96 * effect.standard_error
    low, high = effect.value - reach, effect.value + reach
    side = _LARGEST_BOX * math.sqrt(weight / top_weight)
    shown_low, shown_high = effect.interval()
    words = f"{_digits(effect.shown)} ({_digits(shown_low)} to {_digits(shown_high)})"
    parts: list[Node] = [
        text(0, y + 4, effect.study, NORMAL),
        line(axis.x(low), y, axis.x(high), y, stroke=palette.INK, stroke_width=1.2),
    ]
    parts += [_arrow(axis, end, y) for end in (low, high) if not axis.inside(end)]
    x = axis.x(effect.value)
    parts.append(
        hint(
            rect(x - side / 2, y - side / 2, side, side, fill=palette.BLUE),
            f"{effect.study}: {words}, weight {weight:.0%}",
        )
    )
    if table is not None:
        parts += [
            text(_COUNTS[0], y + 4, f"{table.events}/{table.treated}", SMALL, "end"),
            text(_COUNTS[1], y + 4, f"{table.control_events}/{table.control}", SMALL, "end"),
        ]
    parts.append(text(_PLOT_RIGHT + 14, y + 4, words, SMALL))
    parts.append(text(_WIDTH, y + 4, f"{weight:.0%}", SMALL, "end", fill=palette.SOFT_INK))
    return parts


def _arrow(axis: _Axis, end: float, y: float) -> Element:
    """The mark that an interval goes on beyond the picture."""
    x, back = axis.x(end), 6.0 if end < axis.low else -6.0
    points = [(x, y), (x + back, y - 3.5), (x + back, y + 3.5)]
    return polyline(points, closed=True, fill=palette.INK)


def _sum(pooled: Pooled, y: float, axis: _Axis) -> list[Node]:
    value, low, high = pooled.shown
    middle = axis.x(pooled.value)
    diamond = [
        (axis.x(pooled.low), y),
        (middle, y - 7),
        (axis.x(pooled.high), y),
        (middle, y + 7),
    ]
    words = f"{_digits(value)} ({_digits(low)} to {_digits(high)})"
    parts: list[Node] = [
        line(0, y - 12, _WIDTH, y - 12, stroke=palette.HAIRLINE),
        text(0, y + 4, f"Together ({pooled.between})", NORMAL, bold=True),
        polyline(diamond, closed=True, fill=palette.VERMILION),
        text(_PLOT_RIGHT + 14, y + 4, words, SMALL, bold=True),
    ]
    if pooled.predicted is not None and pooled.predicted_shown is not None:
        ends = pooled.predicted
        below = y + 22
        shown = pooled.predicted_shown
        parts += [
            text(0, below + 4, "A further study, predicted", NORMAL, fill=palette.SOFT_INK),
            line(
                axis.x(ends[0]),
                below,
                axis.x(ends[1]),
                below,
                stroke=palette.VERMILION,
                stroke_width=2.5,
            ),
            text(
                _PLOT_RIGHT + 14,
                below + 4,
                f"{_digits(shown[0])} to {_digits(shown[1])}",
                SMALL,
                fill=palette.SOFT_INK,
            ),
        ]
    return parts


def _sentences(pooled: Pooled) -> tuple[str, str]:
    found = pooled.heterogeneity
    return (
        f"{len(pooled.effects)} studies, {pooled.between}; interval: {pooled.spread}.",
        f"Heterogeneity: I² {found.i_squared:.0%}, τ² {found.tau_squared:.2f} "
        f"({found.tau_squared_low:.2f} to {found.tau_squared_high:.2f}), "
        f"Q {found.q:.1f} on {found.freedom}, p {found.p_value:.3f}.",
    )


def _digits(value: float) -> str:
    """Two decimals below ten, none from a hundred on."""
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


_FUNNEL_WIDTH, _FUNNEL_HEIGHT = 480.0, 340.0
_FUNNEL_LEFT, _FUNNEL_RIGHT, _FUNNEL_TOP, _FUNNEL_BOTTOM = 60.0, 464.0, 34.0, 286.0


def funnel(pooled: Pooled, name: str = "funnel") -> str:
    """Each study's effect against its standard error, with the area where chance alone puts 95 %.

    The tip lies at the fixed-effect mean, where an infinitely large study would.
    """
    y = np.array([effect.value for effect in pooled.effects])
    error = np.array([effect.standard_error for effect in pooled.effects])
    centre = float((y / error**2).sum() / (1 / error**2).sum())
    largest = 1.08 * float(error.max())
    values = [centre - 1.96 * largest, centre + 1.96 * largest, *y.tolist()]
    axis = _Axis(pooled.measure, values)

    def place(value: float, at: float) -> tuple[float, float]:
        return (
            axis.x(value, _FUNNEL_LEFT, _FUNNEL_RIGHT),
            _FUNNEL_TOP + at / largest * (_FUNNEL_BOTTOM - _FUNNEL_TOP),
        )

    edge = [
        place(centre - 1.96 * largest, largest),
        place(centre, 0.0),
        place(centre + 1.96 * largest, largest),
    ]
    parts: list[Node] = [
        text(0, 16, "Large and small studies", LARGE, bold=True),
        polyline(edge, closed=True, fill=palette.WASH, stroke=palette.HAIRLINE),
        line(*place(centre, 0.0), *place(centre, largest), stroke=palette.FAINT_INK),
    ]
    parts += _funnel_axes(axis, largest)
    for effect in pooled.effects:
        x, down = place(effect.value, effect.standard_error)
        dot = circle(x, down, 4.5, fill=palette.BLUE, stroke=palette.PAPER)
        parts.append(hint(dot, f"{effect.study}: {_digits(effect.shown)}"))
    described = (
        f"{len(y)} studies; {int((y > centre).sum())} lie right of the common effect. Small "
        "studies stand low. Without small-study effects they would scatter evenly to both sides."
    )
    return Picture(
        name, _FUNNEL_WIDTH, _FUNNEL_HEIGHT, "Funnel plot", described, tuple(parts)
    ).render()


def _funnel_axes(axis: _Axis, largest: float) -> list[Node]:
    parts: list[Node] = [
        line(_FUNNEL_LEFT, _FUNNEL_BOTTOM, _FUNNEL_RIGHT, _FUNNEL_BOTTOM, stroke=palette.FAINT_INK)
    ]
    for place, words in axis.ticks():
        x = axis.x(place, _FUNNEL_LEFT, _FUNNEL_RIGHT)
        parts.append(text(x, _FUNNEL_BOTTOM + 17, words, SMALL, "middle", fill=palette.SOFT_INK))
    middle = (_FUNNEL_LEFT + _FUNNEL_RIGHT) / 2
    parts.append(
        text(middle, _FUNNEL_BOTTOM + 38, str(axis.measure), NORMAL, "middle", fill=palette.INK)
    )
    step = _round_step(largest / 4)
    for count in range(int(largest / step) + 1):
        down = _FUNNEL_TOP + count * step / largest * (_FUNNEL_BOTTOM - _FUNNEL_TOP)
        words = f"{count * step:.2g}"
        parts.append(text(_FUNNEL_LEFT - 8, down + 4, words, SMALL, "end", fill=palette.SOFT_INK))
    parts.append(text(0, _FUNNEL_TOP - 2, "error", SMALL, fill=palette.SOFT_INK))
    return parts
