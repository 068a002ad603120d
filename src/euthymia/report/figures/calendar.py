"""The course on a calendar: months with weeks as rows, each treatment day with its sessions."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import groupby

from euthymia.core.errors import InputError
from euthymia.report import palette
from euthymia.report.scales import month_name
from euthymia.report.svg import (
    LARGE,
    NORMAL,
    SMALL,
    TINY,
    Element,
    Node,
    Picture,
    group,
    hint,
    line,
    rect,
    shorten,
    text,
    text_width,
)

_CELL_WIDTH, _CELL_HEIGHT = 31.0, 25.0
_MONTHS_A_ROW = 3
_MONTH_GAP = 34.5
_MONTH_WIDTH = 7 * _CELL_WIDTH
_WIDTH = _MONTHS_A_ROW * _MONTH_WIDTH + (_MONTHS_A_ROW - 1) * _MONTH_GAP
_HEADER = 34.0
_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_MOST_MONTHS = 24
_MOST_NOTES = 14

# Dark enough for white figures, and apart from each other in grey.
_PHASE_COLOURS = (palette.BLUE, palette.VERMILION, palette.GREEN, palette.PURPLE)


class Closed(Enum):
    """Why no session is held on a day."""

    HOLIDAY = "holiday"
    BUSY = "patient not free"


@dataclass(frozen=True, slots=True)
class TreatmentDay:
    """A day with sessions: how many, in which phase, and the number of the first in the course."""

    day: date
    sessions: int
    phase: str
    first_number: int


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day on which no session is held, and its name where it has one."""

    day: date
    reason: Closed
    name: str = ""


def draw(
    days: Sequence[TreatmentDay], closed: Sequence[ClosedDay] = (), name: str = "calendar"
) -> str:
    """The course as SVG. Closed days outside the course are left out."""
    if not days:
        raise InputError("calendar", "the course has no day", "Plan the course first")
    ordered = sorted(days, key=lambda each: each.day)
    _refuse_odd_days(ordered)
    months = _months(ordered[0].day, ordered[-1].day)
    if len(months) > _MOST_MONTHS:
        raise InputError(
            "calendar",
            f"the course spans {len(months)} months",
            f"Draw at most {_MOST_MONTHS} months at a time",
        )
    by_day = {each.day: each for each in ordered}
    shut = {each.day: each for each in closed if ordered[0].day <= each.day <= ordered[-1].day}
    colours = _phase_colours(ordered)
    look = _Look(by_day, shut, colours)
    content: list[Node] = []
    top = 4.0
    for first in range(0, len(months), _MONTHS_A_ROW):
        row = months[first : first + _MONTHS_A_ROW]
        for column, (year, month) in enumerate(row):
            x = column * (_MONTH_WIDTH + _MONTH_GAP)
            content.append(_month((year, month), x, top, look))
        top += _HEADER + _CELL_HEIGHT * max(_weeks(*each) for each in row) + 12
    legend, height = _legend(ordered, tuple(shut.values()), colours, top + 6)
    content.append(legend)
    return Picture(
        name, _WIDTH, height, "Calendar of the course", _in_words(ordered, shut), tuple(content)
    ).render()


def _refuse_odd_days(days: Sequence[TreatmentDay]) -> None:
    for each in days:
        if each.sessions < 1 or each.first_number < 1:
            raise InputError(
                f"calendar, {each.day.isoformat()}",
                f"{each.sessions} sessions from number {each.first_number}",
                "Give each treatment day at least one session, numbered from 1",
            )
    if len({each.day for each in days}) < len(days):
        raise InputError("calendar", "a day stands twice", "Join the sessions of one day")


def _months(first: date, last: date) -> list[tuple[int, int]]:
    start, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [(index // 12, index % 12 + 1) for index in range(start, end + 1)]


def _weeks(year: int, month: int) -> int:
    return len(calendar.Calendar().monthdatescalendar(year, month))


def _phase_colours(days: Sequence[TreatmentDay]) -> dict[str, str]:
    phases = list(dict.fromkeys(each.phase for each in days))
    return {
        phase: _PHASE_COLOURS[index % len(_PHASE_COLOURS)] for index, phase in enumerate(phases)
    }


@dataclass(frozen=True, slots=True)
class _Look:
    """What stands on which day, and the colour of each phase."""

    held: dict[date, TreatmentDay]
    shut: dict[date, ClosedDay]
    colours: dict[str, str]


def _month(year_month: tuple[int, int], left: float, top: float, look: _Look) -> Element:
    year, month = year_month
    parts: list[Node] = [text(left, top + 12, f"{month_name(month)} {year}", LARGE, bold=True)]
    for column, word in enumerate(_WEEKDAYS):
        x = left + (column + 0.5) * _CELL_WIDTH
        parts.append(text(x, top + 28, word, SMALL, "middle", fill=palette.SOFT_INK))
    weeks = calendar.Calendar().monthdatescalendar(year, month)
    for row, week in enumerate(weeks):
        for column, day in enumerate(week):
            if day.month != month:
                continue
            x, y = left + column * _CELL_WIDTH, top + _HEADER + row * _CELL_HEIGHT
            held = look.held.get(day)
            if held is not None:
                parts.append(_treatment(held, x, y, look.colours[held.phase]))
            else:
                parts.append(_plain(day, x, y, look.shut.get(day)))
    return group(parts)


def _treatment(each: TreatmentDay, x: float, y: float, colour: str) -> Element:
    last = each.first_number + each.sessions - 1
    numbers = str(each.first_number) if each.sessions == 1 else f"{each.first_number}–{last}"
    size = NORMAL if text_width(numbers, NORMAL) < _CELL_WIDTH - 4 else TINY
    box = rect(x + 1, y + 1, _CELL_WIDTH - 2, _CELL_HEIGHT - 2, rx=2, fill=colour, class_="session")
    words = f"{each.day.isoformat()}: {each.phase}, session {numbers}"
    white = palette.PAPER
    return hint(
        group(
            [
                box,
                text(x + 4, y + 8.5, str(each.day.day), TINY, fill=white),
                text(
                    x + _CELL_WIDTH / 2 + 2, y + 19, numbers, size, "middle", bold=True, fill=white
                ),
            ]
        ),
        words,
    )


def _plain(day: date, x: float, y: float, closed: ClosedDay | None) -> Element:
    weekend = day.weekday() >= 5
    box = rect(
        x + 1,
        y + 1,
        _CELL_WIDTH - 2,
        _CELL_HEIGHT - 2,
        rx=2,
        fill=palette.WASH if weekend else palette.PAPER,
        stroke=palette.HAIRLINE,
        stroke_width=0.6,
    )
    parts: list[Node] = [box, text(x + 4, y + 8.5, str(day.day), TINY, fill=palette.FAINT_INK)]
    if closed is None:
        return group(parts)
    parts += _closed_sign(closed.reason, x, y)
    return hint(group(parts), f"{day.isoformat()}: {closed.name or closed.reason.value}")


def _closed_sign(reason: Closed, x: float, y: float) -> list[Node]:
    """A holiday has a frame and an H; a busy day is crossed out once."""
    if reason is Closed.HOLIDAY:
        frame = rect(
            x + 1.5,
            y + 1.5,
            _CELL_WIDTH - 3,
            _CELL_HEIGHT - 3,
            rx=2,
            fill="none",
            stroke=palette.INK,
            stroke_width=1.1,
        )
        middle = x + _CELL_WIDTH / 2 + 2
        return [frame, text(middle, y + 19, "H", NORMAL, "middle", bold=True)]
    slash = line(x + 6, y + _CELL_HEIGHT - 5, x + _CELL_WIDTH - 6, y + 9, stroke=palette.SOFT_INK)
    return [slash]


def _legend(
    days: Sequence[TreatmentDay],
    closed: Sequence[ClosedDay],
    colours: dict[str, str],
    top: float,
) -> tuple[Element, float]:
    """Phases with their sessions and dates, then the signs and the names of closed days."""
    parts: list[Node] = []
    y = top
    for phase, members in groupby(days, key=lambda each: each.phase):
        held = list(members)
        total = sum(each.sessions for each in held)
        words = (
            f"{phase}: {total} session{'' if total == 1 else 's'}, "
            f"{held[0].day.isoformat()} to {held[-1].day.isoformat()}"
        )
        parts.append(rect(0, y, 14, 10, rx=2, fill=colours[phase]))
        parts.append(text(20, y + 9, words, NORMAL))
        y += 18
    x, y = 0.0, y + 6
    for reason in Closed:
        if any(each.reason is reason for each in closed):
            parts += [
                rect(x, y - 3, _CELL_WIDTH, _CELL_HEIGHT - 6, fill="none", stroke=palette.HAIRLINE),
                *_closed_sign(reason, x, y - 6),
                text(x + _CELL_WIDTH + 6, y + 10, reason.value, NORMAL),
            ]
            x += _CELL_WIDTH + 24 + text_width(reason.value, NORMAL)
    y += 24 if x else 0
    notes = [f"{each.day.isoformat()} {each.name}" for each in closed if each.name][:_MOST_NOTES]
    for index, note in enumerate(notes):
        column, row = index % 2, index // 2
        words = shorten(note, _WIDTH / 2 - 10, SMALL)
        parts.append(
            text(column * _WIDTH / 2, y + 10 + row * 15, words, SMALL, fill=palette.SOFT_INK)
        )
    y += 15 * ((len(notes) + 1) // 2)
    return group(parts), y + 6


def _in_words(days: Sequence[TreatmentDay], shut: dict[date, ClosedDay]) -> str:
    total = sum(each.sessions for each in days)
    words = [
        f"{total} sessions on {len(days)} days from {days[0].day.isoformat()} "
        f"to {days[-1].day.isoformat()}."
    ]
    for phase, members in groupby(days, key=lambda each: each.phase):
        held = list(members)
        words.append(f"{phase}: {sum(each.sessions for each in held)} sessions.")
    if shut:
        words.append(f"{len(shut)} days between them are closed.")
    return " ".join(words)
