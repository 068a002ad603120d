"""A patient's own scores in plain words and one small picture each; missing ones look missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from euthymia.assess.scales.score import ScaleResult
from euthymia.chart.chart import Chart
from euthymia.chart.follow_inputs import course_days, scored
from euthymia.clinic.portal.figures import rounded
from euthymia.clinic.portal.wordings import plain_name
from euthymia.clinic.ui import formats
from euthymia.clinic.ui.pictures import checked_svg
from euthymia.follow.trajectory import ScaleCourse, Trajectory, trajectory, weekly
from euthymia.report import palette
from euthymia.report.svg import Node, Picture, circle, group, hint, line, polyline, rect, text

_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 340.0, 30.0, 326.0, 16.0, 150.0


@dataclass(frozen=True, slots=True)
class Progress:
    """One scale as its patient reads it."""

    name: str
    title: str
    sentences: tuple[str, ...]
    picture: SafeString | None
    rows: tuple[tuple[date, str], ...]


def progress_of(chart: Chart, on: date) -> tuple[Progress, ...]:
    """Every scale that the patient has filled in, the most often filled first."""
    results = [result for result in scored(chart, on) if result.scale.rater == "patient"]
    days = course_days(chart, on)
    begun = days[-1][0] if days else None
    whole = trajectory(results, begun, on)
    courses = sorted(whole.courses, key=lambda course: -len(course.results))
    return tuple(_progress(course, _gaps(whole, course), on) for course in courses)


def _gaps(whole: Trajectory, course: ScaleCourse) -> tuple[tuple[date, date], ...]:
    """Where a weekly score of this scale did not come."""
    found = {gap for row in whole.lines if row.scale == course.scale for gap in row.gaps}
    return tuple(sorted(found))


def _progress(course: ScaleCourse, gaps: tuple[tuple[date, date], ...], on: date) -> Progress:
    known = [result for result in course.results if result.total is not None]
    return Progress(
        name=plain_name(course.latest.scale),
        title=course.latest.scale.title,
        sentences=tuple(_sentences(course, len(gaps))),
        picture=_draw(course, gaps, on) if len(known) > 1 else None,
        rows=tuple((result.score.on, _score(result)) for result in reversed(course.results)),
    )


def _score(result: ScaleResult) -> str:
    """ "14 of 27", or "10 to 16 of 27" where an item was left out."""
    shown = f"{result.low:g}"
    if result.total is None:
        shown = _("%(low)s to %(high)s") % {"low": shown, "high": f"{result.high:g}"}
    return _("%(score)s of %(most)s") % {"score": shown, "most": f"{result.scale.high:g}"}


def _sentences(course: ScaleCourse, gaps: int) -> list[str]:
    latest, scale = course.latest, course.latest.scale
    better = _("A lower number is better.") if scale.worse == "high" else _(
        "A higher number is better."
    )  # fmt: skip
    said = [
        _("Your last score was %(score)s, on %(day)s.")
        % {"score": _score(latest), "day": formats.day(latest.score.on)},
        better,
    ]
    baseline, change = course.baseline, course.latest_change
    if baseline is not None and change is not None:
        said.append(
            _("Before the treatment it was %(score)s, on %(day)s.")
            % {"score": _score(baseline), "day": formats.day(baseline.score.on)}
        )
        said += _judged(course)
    elif len(course.results) > 1:
        first = course.results[0]
        said.append(
            _("Your first score was %(score)s, on %(day)s.")
            % {"score": _score(first), "day": formats.day(first.score.on)}
        )
    if gaps:
        said.append(
            ngettext(
                "Once an answer did not come. The line is broken there.",
                "%(count)d times an answer did not come. The line is broken there.",
                gaps,
            )
            % {"count": gaps}
        )
    return said


def _judged(course: ScaleCourse) -> list[str]:
    """What the change means, by the scale's own cited rules; nothing where they are silent."""
    change = course.latest_change
    assert change is not None  # asked by the caller
    if course.deteriorated:
        return [_("It is worse than before. Please talk with us, soon.")]
    said = []
    if change.remission:
        said.append(_("You now have few or no signs. Doctors call that remission."))
    elif change.response:
        said.append(_("At least half of it is gone. Doctors call that a response."))
    elif change.important:
        said.append(_("That is a change that people feel."))
    elif change.important is False:
        said.append(_("So far there is no clear change."))
    if change.improvement_pct is not None and change.improvement_pct > 0 and not change.remission:
        said.append(_("It has come down by %s %%.") % rounded(change.improvement_pct))
    return said


def _draw(course: ScaleCourse, gaps: Sequence[tuple[date, date]], on: date) -> SafeString:
    scale = course.latest.scale
    first = course.results[0].score.on
    last = max(on, first + timedelta(days=14))

    def x(day: date) -> float:
        return _LEFT + (day - first) / (last - first) * (_RIGHT - _LEFT)

    def y(value: float) -> float:
        return _BOTTOM - (value - scale.low) / (scale.high - scale.low) * (_BOTTOM - _TOP)

    parts: list[Node] = [_grid_line(y(value), f"{value:g}") for value in (scale.low, scale.high)]
    for start, end in gaps:
        block = rect(x(start), _TOP, max(x(end) - x(start), 2), _BOTTOM - _TOP, fill=palette.WASH)
        parts.append(hint(block, _("no answer")))
        if x(end) - x(start) > 56:
            middle = (x(start) + x(end)) / 2
            parts.append(text(middle, _TOP + 14, _("no answer"), 11, "middle",
                              fill=palette.SOFT_INK))  # fmt: skip
    if course.baseline is not None and course.baseline.total is not None:
        level = y(course.baseline.total)
        parts.append(line(_LEFT, level, _RIGHT, level, stroke=palette.GREY, stroke_dasharray="4 4"))
        parts.append(text(_RIGHT, level - 5, _("before"), 11, "end", fill=palette.SOFT_INK))
    known = [result for result in course.results if result.total is not None]
    broken = {start for start, _end in gaps}
    for earlier, later in pairwise(known):
        if earlier.score.on not in broken:
            apart = later.score.on - earlier.score.on
            loose = apart > timedelta(days=weekly().due_every_days)
            ends = [(x(r.score.on), y(r.low)) for r in (earlier, later)]
            parts.append(
                polyline(ends, stroke=palette.BLUE, stroke_width=1.2 if loose else 2,
                         stroke_dasharray="2 5" if loose else None)
            )  # fmt: skip
    for result in course.results:
        words = f"{formats.day(result.score.on)}: {_score(result)}"
        if result.total is None:
            place = x(result.score.on)
            parts.append(hint(line(place, y(result.low), place, y(result.high),
                                   stroke=palette.GREY, stroke_width=4), words))  # fmt: skip
        else:
            dot = circle(x(result.score.on), y(result.low), 4.5, fill=palette.BLUE)
            parts.append(hint(dot, words))
    parts.append(text(_LEFT, _BOTTOM + 18, formats.day(first), 11, fill=palette.SOFT_INK))
    parts.append(text(_RIGHT, _BOTTOM + 18, formats.day(last), 11, "end", fill=palette.SOFT_INK))
    said = "; ".join(f"{formats.day(r.score.on)}: {_score(r)}" for r in course.results)
    title = _("%s over time") % scale.name
    return checked_svg(
        Picture(f"own-{scale.id}", _WIDTH, _BOTTOM + 28, title, said, tuple(parts)).render()
    )


def _grid_line(level: float, words: str) -> Node:
    return group(
        [
            line(_LEFT, level, _RIGHT, level, stroke=palette.HAIRLINE),
            text(_LEFT - 6, level + 4, words, 11, "end", fill=palette.SOFT_INK),
        ]
    )
