"""The words of told histories, as their data files hold them, made ready for finding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from pydantic import Field

from euthymia.assess.data_files import Row, load_table
from euthymia.assess.medication.trial import Response
from euthymia.core.references import Citation

Pattern = re.Pattern[str]


class Phrase(Row):
    """Words that say one value of one field of a trial."""

    field: str
    value: str
    words: tuple[str, ...]


class Conventions(Row):
    """How rough statements of time are read; months and days are from and to, both included."""

    source: Citation
    about_share: float
    about_units: int
    early_months: tuple[int, int]
    middle_months: tuple[int, int]
    late_months: tuple[int, int]
    early_days: tuple[int, int]
    middle_days: tuple[int, int]
    late_days: tuple[int, int]
    spring: tuple[int, int]
    summer: tuple[int, int]
    autumn: tuple[int, int]
    winter: tuple[int, int]
    quarter_months: int


class PercentBand(Row):
    """The response that an improvement below that many per cent means."""

    value: Response
    below: float


class _Fillers(Row):
    words: frozenset[str]


class _Turned(Row):
    words: tuple[str, ...]
    fields: frozenset[str]


class _Uncounted(Row):
    words: tuple[str, ...]


class HistoryWords(Row):
    """The whole file."""

    reading: Conventions
    percent: tuple[PercentBand, ...]
    percent_source: Citation
    phrase: tuple[Phrase, ...]
    turned: _Turned
    fillers: _Fillers
    uncounted: _Uncounted
    episode: dict[str, tuple[str, ...]]


class SideEffect(Row):
    """A side effect by the name under which it is counted; `tms` names what TMS has in common."""

    id: str
    name: str
    words: tuple[str, ...]
    tms: str = ""


class _SideEffects(Row):
    source: Citation
    effect: tuple[SideEffect, ...] = Field(min_length=1)


@cache
def history_words() -> HistoryWords:
    """The words and conventions of told histories."""
    return HistoryWords.model_validate(load_table("history_words.toml"))


@cache
def side_effects() -> tuple[SideEffect, ...]:
    """Every side effect that has a name of its own."""
    return _SideEffects.model_validate(load_table("side_effects.toml")).effect


@cache
def side_effect_source() -> Citation:
    """Where the grouping of side effects comes from."""
    return _SideEffects.model_validate(load_table("side_effects.toml")).source


@cache
def _effect_by_word() -> dict[str, SideEffect]:
    return {word: effect for effect in side_effects() for word in (*effect.words, effect.name)}


def side_effect_of(told: str) -> SideEffect | None:
    """The side effect that a told one is counted under, or None where it stands for itself."""
    plain = " ".join(told.casefold().split())
    found = _effect_by_word().get(plain)
    if found is not None:
        return found
    inside = [word for word in _effect_by_word() if re.search(rf"\b{re.escape(word)}\b", plain)]
    return _effect_by_word()[max(inside, key=len)] if inside else None


def pattern_of(words: Iterable[str]) -> Pattern:
    """A pattern that finds any of the words, the longest first, whole and in any spacing."""
    listed = sorted(words, key=len, reverse=True)
    spelt = (r"\s+".join(map(re.escape, word.split())) for word in listed)
    return re.compile(rf"(?<!\w)(?:{'|'.join(spelt)})(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Saying:
    """A phrase with its pattern."""

    field: str
    value: str
    pattern: Pattern


@cache
def sayings() -> tuple[Saying, ...]:
    """Every phrase in the order of the file."""
    return tuple(
        Saying(row.field, row.value, pattern_of(row.words)) for row in history_words().phrase
    )


@cache
def turned_pattern() -> Pattern:
    """A word at the end of a text, at most two words back, that turns round what follows it."""
    words = pattern_of(history_words().turned.words).pattern
    return re.compile(rf"{words}(?:\s+\w+){{0,2}}\s*$", re.IGNORECASE)


@cache
def uncounted_pattern() -> Pattern:
    """Any word for something that was tried and that no rule on resistance counts."""
    return pattern_of(history_words().uncounted.words)


@cache
def effect_pattern() -> Pattern:
    """Any word for a side effect."""
    return pattern_of(_effect_by_word())


@cache
def episode_pattern(name: str) -> Pattern:
    """The words of one row of the episode's table."""
    return pattern_of(history_words().episode[name])


def response_of_percent(better_pct: float) -> Response:
    """What an improvement in per cent means as a response."""
    bands = history_words().percent
    return next((band.value for band in bands if better_pct < band.below), bands[-1].value)
