"""The medication history as a timeline: one bar a trial, as high as the dose, with its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from euthymia.core.errors import InputError
from euthymia.report import palette
from euthymia.report.figures.trials import Span, Tone, TrialBar, spans_of
from euthymia.report.scales import DateScale, stretches_of
from euthymia.report.svg import (
    NORMAL,
    SMALL,
    Element,
    Node,
    Picture,
    arrow_head,
    element,
    group,
    hint,
    line,
    rect,
    shorten,
    slug,
    text,
    text_width,
)

_WIDTH = 720.0
_LEFT, _RIGHT = 132.0, 186.0
_TOP = 34.0
_ROW, _BAR = 42.0, 28.0
_UNKNOWN_LENGTH = timedelta(days=28)


_DARK_TONES = (Tone.COUNTS, Tone.ADDED, Tone.HELPED, Tone.UNKNOWN)
"""Those on which white letters read better."""


def draw(
    trials: Sequence[TrialBar],
    on: date,
    onset: date | None = None,
    name: str = "medication-timeline",
) -> str:
    """The timeline as SVG, with the episode's onset and the day of the assessment `on`.

    Refuses an empty list and a day after `on`.
    """
    if not trials:
        raise InputError(
            "medication timeline", "there is no trial to draw", "Record the trials first"
        )
    _refuse_after(trials, onset, on)
    bottom = _TOP + _ROW * len(trials)
    scale = _scale(trials, onset, on)
    content: list[Node] = [scale.draw(bottom + 4, _TOP - 4, about=6)]
    content += _episode(scale, onset, on, bottom)
    for index, trial in enumerate(trials):
        row = _Row(trial, scale, on, _TOP + _ROW * index, f"{slug(name)}-{index}")
        content.append(row.draw())
    return Picture(
        name,
        _WIDTH,
        bottom + 46,
        "Medication history",
        _in_words(trials, onset, on),
        (*content, _legend(trials, bottom + 38)),
    ).render()


def _refuse_after(trials: Sequence[TrialBar], onset: date | None, on: date) -> None:
    for trial in trials:
        for day in (trial.start, trial.end, *(step.start for step in trial.steps)):
            if day is not None and day > on:
                raise InputError(
                    f"trial of {trial.agent}",
                    f"{day.isoformat()} lies after the day of the drawing, {on.isoformat()}",
                    "Correct the date",
                )
    if onset is not None and onset > on:
        raise InputError(
            "onset of the episode",
            f"{onset.isoformat()} lies after the day of the drawing, {on.isoformat()}",
            "Correct the date",
        )


def _scale(trials: Sequence[TrialBar], onset: date | None, on: date) -> DateScale:
    """The time axis; long times without any treatment are left out, before the episode only."""
    spans = [(onset or on, on)]
    for trial in trials:
        drawn = spans_of(trial, on)
        if drawn:
            first, last = drawn[0].start, drawn[-1].end
            spans.append(
                (
                    first - _UNKNOWN_LENGTH if trial.start is None else first,
                    last if trial.end or trial.ongoing else min(last + _UNKNOWN_LENGTH, on),
                )
            )
    return DateScale(stretches_of(spans), _LEFT, _WIDTH - _RIGHT)


def _episode(scale: DateScale, onset: date | None, on: date, bottom: float) -> list[Node]:
    parts: list[Node] = []
    if onset is not None:
        x = scale(onset)
        parts.append(rect(x, _TOP - 4, scale(on) - x, bottom - _TOP + 8, fill="#fff7e8"))
        parts.append(line(x, _TOP - 14, x, bottom + 4, stroke=palette.VERMILION, stroke_width=1.4))
        words = f"episode began {onset.isoformat()}"
        anchor = "start" if x + text_width(words, SMALL) < scale(on) - 70 else "end"
        shift = 4 if anchor == "start" else -4
        parts.append(
            text(x + shift, _TOP - 12, words, SMALL, anchor=anchor, fill=palette.VERMILION)
        )
    x = scale(on)
    parts.append(line(x, _TOP - 14, x, bottom + 4, stroke=palette.INK, stroke_width=1))
    parts.append(text(x + 4, _TOP - 12, f"assessed {on.isoformat()}", SMALL))
    return parts


@dataclass(frozen=True, slots=True)
class _Row:
    """One trial on the picture: its bar on the time axis, its name and its verdict."""

    trial: TrialBar
    scale: DateScale
    on: date
    top: float
    name: str

    @property
    def base(self) -> float:
        return self.top + _ROW - 8

    @property
    def reference_mg(self) -> float | None:
        """The dose that fills the row; None when no dose is known."""
        doses = [step.dose_mg for step in self.trial.steps if step.dose_mg]
        return max([*doses, (self.trial.minimum_mg or 0.0) * 1.25]) if doses else None

    def height(self, dose: float | None) -> float:
        """A known dose in proportion to the row's largest; an unknown one at half height."""
        reference = self.reference_mg
        return _BAR * 0.5 if not dose or not reference else max(3.0, _BAR * dose / reference)

    def draw(self) -> Element:
        trial, base = self.trial, self.base
        parts: list[Node] = [
            line(_LEFT, base, _WIDTH - _RIGHT, base, stroke=palette.HAIRLINE),
            *self._name(),
            *self._bar(),
        ]
        x, room = _WIDTH - _RIGHT + 14, _RIGHT - 28
        verdict = shorten(trial.verdict, room, NORMAL * 1.06)
        detail = shorten(trial.detail, room, SMALL)
        parts.append(rect(x, base - 20, 8, 14, fill=trial.tone.value))
        parts.append(text(x + 14, base - 12, verdict, NORMAL, bold=True))
        parts.append(text(x + 14, base + 2, detail, SMALL, fill=palette.SOFT_INK))
        return hint(group(parts), f"{trial.agent}: {trial.verdict}. {trial.detail}".strip())

    def _name(self) -> list[Node]:
        """The treatment's name; what it is added to goes below it where both do not fit."""
        room, x, y = _LEFT - 16, _LEFT - 10, self.base - 6
        agent, plus, added_to = self.trial.agent.partition(" + ")
        if not plus or text_width(self.trial.agent, NORMAL * 1.06) <= room:
            whole = shorten(self.trial.agent, room, NORMAL * 1.06)
            return [text(x, y, whole, NORMAL, "end", bold=True)]
        below = shorten(f"+ {added_to}", room, SMALL)
        return [
            text(x, y - 7, shorten(agent, room, NORMAL * 1.06), NORMAL, "end", bold=True),
            text(x, y + 7, below, SMALL, "end", fill=palette.SOFT_INK),
        ]

    def _bar(self) -> list[Node]:
        """The dose steps with faded ends where a date is unknown, and the lowest adequate dose."""
        spans = spans_of(self.trial, self.on)
        if not spans:
            x = (self.scale.start + self.scale.end) / 2
            soft = palette.SOFT_INK
            return [
                text(
                    x,
                    self.base - 7,
                    "dates unknown",
                    SMALL,
                    "middle",
                    fill=soft,
                    font_style="italic",
                )
            ]
        parts: list[Node] = []
        for span in spans:
            parts += self._span(span)
        if not any(self._roomy(span) for span in spans):
            parts += self._label_beside(spans[-1].end)
        parts += self._ends(spans)
        if self.trial.minimum_mg is not None and self.reference_mg is not None:
            y = self.base - self.height(self.trial.minimum_mg)
            x1, x2 = self.scale(spans[0].start) - 2, self.scale(spans[-1].end) + 2
            parts.append(line(x1, y, x2, y, stroke_dasharray="3 2", stroke_width=1))
        return parts

    def _span(self, span: Span) -> list[Node]:
        trial, base = self.trial, self.base
        x, right = self.scale(span.start), self.scale(span.end)
        width, height = max(right - x, 1.5), self.height(span.dose_mg)
        low = trial.minimum_mg is not None and (span.dose_mg or 0.0) < trial.minimum_mg
        opacity = 0.45 if low or span.dose_mg is None else 0.92
        bar = rect(
            x,
            base - height,
            width,
            height,
            fill=trial.tone.value,
            fill_opacity=opacity,
            stroke=trial.tone.value,
            stroke_width=0.75,
            stroke_dasharray="2 2" if span.dose_mg is None and not span.given else None,
            class_="dose",
        )
        parts: list[Node] = [hint(bar, span.text)]
        if self._roomy(span):
            inside = height >= 14
            y = self._clear_of_minimum(base - height / 2) + 3.8 if inside else base - height - 2.5
            light = inside and opacity > 0.8 and trial.tone in _DARK_TONES
            fill = palette.PAPER if light else palette.INK
            parts.append(text(x + width / 2, y, span.words, SMALL, "middle", fill=fill))
        return parts

    def _roomy(self, span: Span) -> bool:
        """Whether the dose can be written on its bar."""
        room = self.scale(span.end) - self.scale(span.start)
        return room > text_width(span.words, SMALL) + 4

    def _clear_of_minimum(self, middle: float) -> float:
        """A height for the dose's words that the dashed line does not cross."""
        if self.trial.minimum_mg is None:
            return middle
        dashed = self.base - self.height(self.trial.minimum_mg)
        if abs(dashed - middle) > 8:
            return middle
        return dashed + 8 if self.base - dashed > 16 else dashed - 8

    def _label_beside(self, last: date) -> list[Node]:
        """The largest dose, right of a trial that is too short to hold it."""
        doses = [step.dose_mg for step in self.trial.steps if step.dose_mg]
        if not doses:
            return []
        faded = self.trial.end is None and not self.trial.ongoing
        x = self.scale(last + _UNKNOWN_LENGTH if faded else last) + 5
        words = f"{max(doses):g} mg"
        if x + text_width(words, SMALL) > self.scale.end + 8:
            return []
        return [text(x, self.base - 3, words, SMALL)]

    def _ends(self, spans: tuple[Span, ...]) -> list[Node]:
        """An arrow on what goes on, a fading stretch with a question mark on what is unknown."""
        first, last = spans[0], spans[-1]
        parts: list[Node] = []
        if self.trial.start is None:
            left = max(first.start - _UNKNOWN_LENGTH, self.scale.first)
            parts += self._fade(left, first.start, first.dose_mg, rising=True)
        if self.trial.ongoing:
            x, y = self.scale(last.end) + 9, self.base - self.height(last.dose_mg) / 2
            parts.append(arrow_head(x, y, 0, 8, fill=self.trial.tone.value))
        elif self.trial.end is None:
            right = min(last.end + _UNKNOWN_LENGTH, self.on)
            parts += self._fade(last.end, right, last.dose_mg, rising=False)
        return parts

    def _fade(self, start: date, end: date, dose: float | None, *, rising: bool) -> list[Node]:
        left, right = self.scale(start), self.scale(end)
        if right - left < 1:
            return []
        fill, name = self.trial.tone.value, f"{self.name}-{'in' if rising else 'out'}"
        near, far = (0.0, 0.45) if rising else (0.45, 0.0)
        gradient = element(
            "linearGradient",
            element("stop", offset="0", stop_color=fill, stop_opacity=near),
            element("stop", offset="1", stop_color=fill, stop_opacity=far),
            id=name,
        )
        height = self.height(dose)
        shape = rect(left, self.base - height, right - left, height, fill=f"url(#{name})")
        middle = (left + right) / 2
        mark = text(middle, self.base - height / 2 + 4, "?", NORMAL, "middle", bold=True)
        return [element("defs", gradient), shape, mark]


def _legend(trials: Sequence[TrialBar], y: float) -> Element:
    parts: list[Node] = []
    x = _LEFT
    if any(trial.minimum_mg is not None and trial.steps for trial in trials):
        parts.append(line(x, y - 3, x + 18, y - 3, stroke=palette.INK, stroke_dasharray="3 2"))
        words = "lowest adequate dose"
        parts.append(text(x + 23, y, words, SMALL, fill=palette.SOFT_INK))
        x += 38 + text_width(words, SMALL)
    words = "height: daily dose; pale: too low or unknown; ?: date unknown"
    parts.append(text(x, y, words, SMALL, fill=palette.SOFT_INK))
    return group(parts)


def _in_words(trials: Sequence[TrialBar], onset: date | None, on: date) -> str:
    lines = [f"{len(trials)} medication trials up to {on.isoformat()}."]
    if onset is not None:
        lines.append(f"The episode began on {onset.isoformat()}.")
    for trial in trials:
        start = trial.start.isoformat() if trial.start else "an unknown day"
        end = trial.end.isoformat() if trial.end else "an unknown day"
        span = f"since {start}" if trial.ongoing else f"{start} to {end}"
        lines.append(f"{trial.agent}, {span}: {trial.verdict}.")
    return " ".join(lines)
