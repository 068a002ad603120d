"""Scales and axes: from numbers, seconds and dates to places in a picture, with round ticks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from euthymia.core.errors import InputError
from euthymia.report.palette import HAIRLINE, SOFT_INK
from euthymia.report.svg import SMALL, Element, group, line, text, text_width

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class LinearScale:
    """A straight map from low..high to start..end (which may run backwards, as y does)."""

    low: float
    high: float
    start: float
    end: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise InputError(
                "axis of a figure",
                f"it would run from {self.low:g} to {self.high:g}",
                "Give finite limits, the lower one first",
            )

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, about: int = 5) -> tuple[float, ...]:
        """Round values inside the limits, near the number asked for."""
        return nice_ticks(self.low, self.high, about)


def nice_step(span: float, about: int) -> float:
    """The step 1, 2 or 5 times a power of ten that cuts `span` into about so many parts."""
    raw = span / max(about, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)


def nice_ticks(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Round values from low to high, both included where they are round."""
    step = nice_step(high - low, about)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    digits = max(0, -math.floor(math.log10(step)) + 1)
    return tuple(round(index * step, digits) for index in range(first, last + 1))


def tick_text(value: float) -> str:
    """A tick's number without trailing zeros."""
    return f"{value:.10g}".replace("-", "−")


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Seconds on a line, labelled in the unit that reads best: ms, s or min."""

    low_s: float
    high_s: float
    start: float
    end: float

    @property
    def scale(self) -> LinearScale:
        return LinearScale(self.low_s, self.high_s, self.start, self.end)

    @property
    def unit(self) -> tuple[str, float]:
        """The unit's name and how many seconds it has."""
        span = self.high_s - self.low_s
        if span < 1.0:
            return "ms", 1e-3
        return ("s", 1.0) if span <= 120.0 else ("min", 60.0)

    def __call__(self, seconds: float) -> float:
        return self.scale(seconds)

    def ticks(self, about: int = 8) -> tuple[tuple[float, str], ...]:
        """Pairs of seconds and label."""
        _, size = self.unit
        found = nice_ticks(self.low_s / size, self.high_s / size, about)
        return tuple((value * size, tick_text(value)) for value in found)

    def draw(self, y: float, about: int = 8, size: float = SMALL) -> Element:
        """The axis as a group: line, ticks, numbers, the unit at its end."""
        parts: list[Element] = [line(self.start, y, self.end, y, stroke=SOFT_INK)]
        for seconds, label in self.ticks(about):
            x = self(seconds)
            parts.append(line(x, y, x, y + 4, stroke=SOFT_INK))
            parts.append(text(x, y + 15, label, size=size, anchor="middle", fill=SOFT_INK))
        name, _ = self.unit
        parts.append(text(self.end + 8, y + 15, name, size=size, fill=SOFT_INK))
        return group(parts)


@dataclass(frozen=True, slots=True)
class DateScale:
    """Days on a line; a date is the place where that day begins.

    `stretches` are the spans of time that are drawn to scale, in order and apart from each other;
    the time between two of them is squeezed into `gap` units, marked as a break.
    """

    stretches: tuple[tuple[date, date], ...]
    start: float
    end: float
    gap: float = 22.0

    def __post_init__(self) -> None:
        edges = [day for stretch in self.stretches for day in stretch]
        if not edges or any(not a < b for a, b in pairwise(edges)):
            raise InputError(
                "time axis of a figure",
                f"its dates are {', '.join(day.isoformat() for day in edges) or 'missing'}",
                "Give first and last dates, the earlier one first",
            )

    @property
    def first(self) -> date:
        return self.stretches[0][0]

    @property
    def last(self) -> date:
        return self.stretches[-1][1]

    @property
    def days(self) -> int:
        """How many days are drawn to scale."""
        return sum((last - first).days for first, last in self.stretches)

    @property
    def per_day(self) -> float:
        breaks = self.gap * (len(self.stretches) - 1)
        return (self.end - self.start - breaks) / self.days

    def __call__(self, day: date) -> float:
        x, before = self.start, self.first
        for first, last in self.stretches:
            if day < first and before < first:
                # Inside a break: somewhere in its width, so that order is kept.
                return x - self.gap + self.gap * (day - before).days / (first - before).days
            if day <= last or last == self.last:
                return x + (day - first).days * self.per_day
            x += (last - first).days * self.per_day + self.gap
            before = last
        return x

    def ticks(self, about: int = 8) -> tuple[tuple[date, str], ...]:
        """First days of months, quarters or years with their labels, near the number asked for."""
        months = self.days / 30.44
        step = next((s for s in (1, 2, 3, 6, 12, 24, 60, 120) if months / s <= about), 240)
        found: list[tuple[date, str]] = []
        for index in range(self.first.year * 12, (self.last.year + 1) * 12):
            year, month = divmod(index, 12)
            day = date(year, month + 1, 1)
            drawn = any(first <= day <= last for first, last in self.stretches)
            if index % step == 0 and drawn:
                found.append((day, str(year) if step >= 12 else f"{_MONTHS[month]} {year}"))
        return tuple(found)

    def draw(self, y: float, top: float, about: int = 8) -> Element:
        """The axis at height `y` with faint lines up to `top`, and its breaks."""
        parts: list[Element] = []
        for first, last in self.stretches:
            parts.append(line(self(first), y, self(last), y, stroke=SOFT_INK))
        for (_, before), (after, _) in pairwise(self.stretches):
            parts += self._break(self(before), self(after), y)
        free = -math.inf
        for day, label in self.ticks(about):
            x = self(day)
            parts.append(line(x, top, x, y, stroke=HAIRLINE, stroke_width=0.75))
            if x - text_width(label, SMALL) / 2 > free:
                parts.append(text(x, y + 14, label, SMALL, "middle", fill=SOFT_INK))
                free = x + text_width(label, SMALL) / 2 + 6
        return group(parts)

    @staticmethod
    def _break(left: float, right: float, y: float) -> list[Element]:
        """Two slanted strokes where time is left out."""
        middle = (left + right) / 2
        return [
            line(x - 2.5, y + 5, x + 2.5, y - 5, stroke=SOFT_INK)
            for x in (middle - 2.5, middle + 2.5)
        ]


def stretches_of(
    spans: Iterable[tuple[date, date]], room_days: int = 20, shortest_break_days: int = 300
) -> tuple[tuple[date, date], ...]:
    """The spans with a little room on both sides, joined unless a long empty time parts them."""
    room = timedelta(days=room_days)
    joined: list[tuple[date, date]] = []
    for first, last in sorted((first - room, last + room) for first, last in spans):
        if joined and (first - joined[-1][1]).days < shortest_break_days:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)


def month_name(month: int) -> str:
    """ "Jan" to "Dec" for 1 to 12."""
    return _MONTHS[month - 1]
