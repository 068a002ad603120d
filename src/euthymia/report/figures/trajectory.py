"""A course in pictures: the main scale with its forecast, and the domains as small lines below.

Missing data look missing: a line breaks where a score was due and did not come, and the break is
hatched. A forecast is a band, never a line alone, and what is usual stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from euthymia.assess.scales.scale_rules import find_scale
from euthymia.core.errors import InputError
from euthymia.follow.outlook import Outlook
from euthymia.follow.trajectory import Line, ScaleCourse, domains
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
    rect,
    text,
)

_WIDTH = 720.0
_LEFT, _RIGHT = 56.0, 560.0
_FORECAST = 582.0
_LABELS = 612.0
_TOP, _BOTTOM = 36.0, 236.0
_SMALL_TOP, _SMALL_HEIGHT, _SMALL_GAP = 296.0, 46.0, 26.0


class _Days:
    """From days to the picture."""

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, max(last, first + timedelta(days=14))

    def x(self, day: date) -> float:
        share = (day - self.first).days / (self.last - self.first).days
        return _LEFT + share * (_RIGHT - _LEFT)

    def marks(self) -> list[tuple[date, str]]:
        """A few days with their words: every so many weeks from the first."""
        weeks = (self.last - self.first).days / 7
        step = next(s for s in (1, 2, 4, 8, 13, 26, 52) if weeks / s <= 9 or s == 52)
        count = int(weeks // step) + 1
        return [(self.first + timedelta(weeks=i * step), f"week {i * step}") for i in range(count)]


def draw(outlook: Outlook, name: str = "trajectory") -> str:
    """The picture of an outlook; the forecast stands beside the days, not on one of them."""
    main = outlook.main
    if main is None:
        raise InputError("trajectory", "no scale was filled in", "Enter a score first")
    first = main.results[0].score.on
    days = _Days(first, outlook.on)
    parts: list[Node] = [
        text(0, 16, f"{main.latest.scale.name} over the course", LARGE, bold=True),
        *_frame(main, days),
        *_scores(outlook, main, days),
    ]
    if outlook.score is not None:
        parts += _forecast(outlook)
    shown = [
        (domain.name, lines)
        for domain in domains()
        if (lines := [each for each in outlook.trajectory.lines if each.domain == domain.id])
    ]
    for row, (title, lines) in enumerate(shown):
        top = _SMALL_TOP + row * (_SMALL_HEIGHT + _SMALL_GAP)
        parts += _domain(title, lines, days, top)
    height = _SMALL_TOP + len(shown) * (_SMALL_HEIGHT + _SMALL_GAP) + 8
    said = _described(outlook, main)
    return Picture(name, _WIDTH, height, "Course of treatment", said, tuple(parts)).render()


def _frame(main: ScaleCourse, days: _Days) -> list[Node]:
    scale = main.latest.scale
    parts: list[Node] = []
    if scale.bands:
        for index, band in enumerate(scale.bands[0].band):
            top, bottom = _y(main, min(band.high + 1, scale.high)), _y(main, band.low)
            if index % 2:
                parts.append(rect(_LEFT, top, _RIGHT - _LEFT, bottom - top, fill=palette.WASH))
            parts.append(text(_LABELS, (top + bottom) / 2 + 4, band.label, SMALL,
                              fill=palette.SOFT_INK))  # fmt: skip
    for day, words in days.marks():
        parts.append(line(days.x(day), _BOTTOM, days.x(day), _BOTTOM + 4, stroke=palette.FAINT_INK))
        parts.append(text(days.x(day), _BOTTOM + 17, words, SMALL, "middle", fill=palette.SOFT_INK))
    parts.append(line(_LEFT, _BOTTOM, _RIGHT, _BOTTOM, stroke=palette.FAINT_INK))
    for value in (scale.low, (scale.low + scale.high) / 2, scale.high):
        y = _y(main, value)
        parts.append(text(_LEFT - 8, y + 4, f"{value:g}", SMALL, "end", fill=palette.SOFT_INK))
    if main.baseline is not None and main.baseline.total is not None and scale.from_zero:
        y = _y(main, main.baseline.total / 2)
        parts.append(line(_LEFT, y, _RIGHT, y, stroke=palette.GREEN, stroke_dasharray="5 4"))
        parts.append(text(_LEFT + 4, y - 4, "response", SMALL, fill=palette.GREEN))
    if scale.remission is not None:
        y = _y(main, scale.remission.at_most)
        parts.append(line(_LEFT, y, _RIGHT, y, stroke=palette.BLUE, stroke_dasharray="2 3"))
        parts.append(text(_LEFT + 4, y - 4, "remission", SMALL, fill=palette.BLUE))
    return parts


def _y(main: ScaleCourse, value: float) -> float:
    scale = main.latest.scale
    return _BOTTOM - (value - scale.low) / (scale.high - scale.low) * (_BOTTOM - _TOP)


def _scores(outlook: Outlook, main: ScaleCourse, days: _Days) -> list[Node]:
    parts: list[Node] = []
    whole = [r for r in main.results if r.total is not None]
    missed = {start for line in outlook.trajectory.lines if line.scale == main.scale
              for start, _ in line.gaps}  # fmt: skip
    for earlier, later in pairwise(whole):
        ends = [(days.x(r.score.on), _y(main, r.low)) for r in (earlier, later)]
        dash = "2 5" if earlier.score.on in missed else None
        parts.append(polyline(ends, stroke=palette.INK, stroke_width=1.6, stroke_dasharray=dash))
    for result in main.results:
        x = days.x(result.score.on)
        if result.total is None:
            # Unanswered items: a bar over what the total may be.
            parts.append(
                line(x, _y(main, result.low), x, _y(main, result.high), stroke=palette.GREY,
                     stroke_width=4)
            )  # fmt: skip
            continue
        dot = circle(x, _y(main, result.total), 4, fill=palette.INK, stroke=palette.PAPER)
        parts.append(hint(dot, f"{result.score.on.isoformat()}: {result.sentence}"))
    return parts


def _forecast(outlook: Outlook) -> list[Node]:
    score, main = outlook.score, outlook.main
    assert score is not None and main is not None  # asked by the caller
    x = _FORECAST
    parts: list[Node] = []
    for place, found, colour in ((x, score.forecast, palette.VERMILION),
                                 (x + 14, score.usual, palette.GREY)):  # fmt: skip
        for coverage, width in ((0.95, 1.5), (0.8, 4.0), (0.5, 8.0)):
            low, high = found.interval(coverage)
            parts.append(
                line(place, _y(main, low), place, _y(main, high), stroke=colour,
                     stroke_width=width, stroke_opacity=0.75)
            )  # fmt: skip
        dot = circle(place, _y(main, found.median), 3.5, fill=palette.PAPER, stroke=colour)
        low, high = found.interval(0.8)
        parts.append(hint(dot, f"median {found.median:.0f}, 80 %: {low:.0f} to {high:.0f}"))
    parts.append(text(x + 6, _TOP - 6, "forecast", SMALL, "end", fill=palette.VERMILION))
    parts.append(text(x + 12, _TOP - 6, "usual", SMALL, fill=palette.SOFT_INK))
    return parts


def _domain(title: str, lines: Sequence[Line], days: _Days, top: float) -> list[Node]:
    bottom = top + _SMALL_HEIGHT
    parts: list[Node] = [
        text(_LEFT, top - 6, title, NORMAL, bold=True),
        line(_LEFT, bottom, _RIGHT, bottom, stroke=palette.HAIRLINE),
        line(_LEFT, top, _RIGHT, top, stroke=palette.HAIRLINE),
    ]
    for each, colour in zip(lines, palette.SERIES, strict=False):
        for start, end in each.gaps:
            left, right = days.x(start), days.x(end)
            parts.append(
                hint(
                    rect(left, top, max(right - left, 1), _SMALL_HEIGHT, fill=palette.WASH),
                    f"no answer between {start.isoformat()} and {end.isoformat()}",
                )
            )
        broken = {start for start, _ in each.gaps}
        run: list[tuple[float, float]] = []
        for point in each.points:
            x = days.x(point.on)
            y = bottom - point.middle * _SMALL_HEIGHT
            run.append((x, y))
            if point.low != point.high:
                ends = (bottom - share * _SMALL_HEIGHT for share in (point.low, point.high))
                parts.append(line(x, next(ends), x, next(ends), stroke=colour, stroke_width=3))
            parts.append(circle(x, y, 2.6, fill=colour))
            if point.on in broken:
                parts.append(polyline(run, stroke=colour, stroke_width=1.5))
                run = []
        if len(run) > 1:
            parts.append(polyline(run, stroke=colour, stroke_width=1.5))
    for row, (each, colour) in enumerate(zip(lines, palette.SERIES, strict=False)):
        name = find_scale(each.scale).name
        parts.append(text(_RIGHT + 12, top + 14 + 14 * row, name, SMALL, fill=colour))
    return parts


def _described(outlook: Outlook, main: ScaleCourse) -> str:
    said = f"{len(main.results)} scores of the {main.latest.scale.name}; latest: "
    said += main.latest.sentence + "."
    if outlook.score is not None:
        low, high = outlook.score.forecast.interval(0.8)
        said += (
            f" At the end of the course {outlook.score.forecast.median:.0f} is most likely, "
            f"{low:.0f} to {high:.0f} with 80 % probability."
        )
    return said
