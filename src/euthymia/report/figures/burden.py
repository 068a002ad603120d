"""The burden as a picture: what was tried, what it brought, and the same question for TMS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.core.errors import InputError
from euthymia.report import palette
from euthymia.report.svg import (
    NORMAL,
    SMALL,
    Node,
    Picture,
    circle,
    hint,
    line,
    rect,
    shorten,
    text,
    text_width,
)

_WIDTH = 720.0
_NAME = 168.0
_ROW = 22.0
_HEAD = 30.0
_GAP = 18.0
_UNIT = 13.0
_RIGHT = 560.0
_BAR = 300.0

OUTCOMES = {
    "failed": ("did not help", palette.BLUE),
    "not_tolerated": ("not tolerated", palette.ORANGE),
    "helped": ("helped, at least for a time", palette.GREEN),
    "open": ("not known", palette.GREY),
}
"""The word and the colour of every outcome of a trial, in the order in which they are drawn."""


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class of treatment with the number of its trials by outcome, as in `OUTCOMES`."""

    name: str
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class EffectRow:
    """A side effect, the treatments that brought it, and what is to be said of TMS."""

    name: str
    agents: tuple[str, ...]
    with_tms: str
    spared: bool


@dataclass(frozen=True, slots=True)
class BenefitRow:
    """Of 100 people, how many with TMS and how many with the comparator; `null`: no difference."""

    name: str
    with_tms: float
    compared: float
    comparator: str
    null: bool


def draw(
    classes: Sequence[ClassRow],
    effects: Sequence[EffectRow],
    benefits: Sequence[BenefitRow],
    name: str = "burden",
) -> str:
    """The picture as SVG: trials by class, side effects, and what trials of TMS found.

    Refuses a history without any trial.
    """
    if not classes:
        raise InputError("burden", "there is no trial to draw", "Record the trials first")
    parts: list[Node] = []
    y = _classes(parts, classes, 0.0)
    y = _effects(parts, effects, y + _GAP)
    y = _benefits(parts, benefits, y + _GAP)
    return Picture(
        name,
        _WIDTH,
        y,
        "What treatment has cost so far, and what TMS brings",
        _in_words(classes, effects, benefits),
        tuple(parts),
    ).render()


def _heading(parts: list[Node], words: str, y: float, right: str = "") -> float:
    parts.append(text(0, y + 14, words, NORMAL, bold=True))
    if right:
        parts.append(text(_RIGHT, y + 14, right, NORMAL, bold=True))
    parts.append(line(0, y + 20, _WIDTH, y + 20, stroke=palette.HAIRLINE))
    return y + _HEAD


def _name(parts: list[Node], words: str, y: float) -> None:
    parts.append(text(0, y + 12, shorten(words, _NAME - 8, NORMAL), NORMAL))


def _classes(parts: list[Node], rows: Sequence[ClassRow], y: float) -> float:
    y = _heading(parts, "Treatments tried, one square each", y)
    for row in rows:
        _name(parts, row.name, y)
        x = _NAME
        told = []
        for outcome, (word, colour) in OUTCOMES.items():
            count = row.counts.get(outcome, 0)
            for _ in range(count):
                parts.append(hint(rect(x, y + 1, _UNIT, _UNIT, fill=colour), word))
                x += _UNIT + 3
            told += [f"{count} {word}"] if count else []
        parts.append(text(x + 8, y + 12, ", ".join(told), SMALL, fill=palette.SOFT_INK))
        y += _ROW
    return y


def _effects(parts: list[Node], rows: Sequence[EffectRow], y: float) -> float:
    y = _heading(parts, "Side effects borne, one dot a treatment", y, "and with TMS?")
    if not rows:
        parts.append(text(0, y + 12, "none is recorded", NORMAL, fill=palette.SOFT_INK))
        return y + _ROW
    for row in rows:
        _name(parts, row.name, y)
        x = _NAME + 5
        for agent in row.agents:
            parts.append(hint(circle(x, y + 8, 5, fill=palette.VERMILION), agent))
            x += _UNIT
        room = _RIGHT - x - 20
        listed = shorten(", ".join(row.agents), room, SMALL)
        parts.append(text(x + 6, y + 12, listed, SMALL, fill=palette.SOFT_INK))
        colour = palette.GREEN if row.spared else palette.INK
        said = shorten(row.with_tms, _WIDTH - _RIGHT, NORMAL)
        parts.append(text(_RIGHT, y + 12, said, NORMAL, fill=colour, bold=row.spared))
        y += _ROW
    return y


def _benefits(parts: list[Node], rows: Sequence[BenefitRow], y: float) -> float:
    y = _heading(parts, "Of 100 people in trials, how many got better", y)
    for row in rows:
        fill = palette.SOFT_INK if row.null else palette.INK
        parts.append(text(0, y + 12, shorten(row.name, _WIDTH, SMALL), SMALL, fill=fill))
        y += _ROW * 0.8
        for word, value, colour in (
            ("TMS", row.with_tms, palette.PURPLE),
            (row.comparator, row.compared, palette.GREY),
        ):
            room = _NAME - 12
            parts.append(text(room, y + 10, shorten(word, room, SMALL), SMALL, "end"))
            parts.append(rect(_NAME, y, _BAR, 12, fill=palette.WASH))
            parts.append(rect(_NAME, y, _BAR * value / 100, 12, fill=colour))
            parts.append(text(_NAME + _BAR + 8, y + 10, f"{value:g}", SMALL, bold=True))
            if row.null and word == "TMS":
                x = _NAME + _BAR + 14 + text_width("100", SMALL)
                parts.append(text(x, y + 10, "no difference", SMALL, bold=True))
            y += 15
        y += 7
    return y


def _in_words(
    classes: Sequence[ClassRow], effects: Sequence[EffectRow], benefits: Sequence[BenefitRow]
) -> str:
    told = []
    for row in classes:
        counts = [f"{n} {OUTCOMES[key][0]}" for key, n in row.counts.items() if n]
        told.append(f"{row.name}: {', '.join(counts)}.")
    told += [
        f"{row.name} with {', '.join(row.agents)}; with TMS: {row.with_tms}." for row in effects
    ]
    told += [
        f"{row.name}: {row.with_tms:g} of 100 with TMS, {row.compared:g} with {row.comparator}."
        for row in benefits
    ]
    return " ".join(told)
