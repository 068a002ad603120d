"""Conversions between scales, always as a span: two scales do not measure quite the same.

The tables stand in `data/crosswalks.toml`. They were made for groups; for one patient a converted
score is a rough guide, and every result says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

from pydantic import Field

from euthymia.assess.data_files import Row, Span, load_table
from euthymia.assess.scales.scale_rules import Change, find_scale
from euthymia.core.errors import InputError
from euthymia.core.quantities import Estimate
from euthymia.core.references import Citation

_COVERAGE = 0.95


class _Family(Row):
    text: str
    source: Citation
    quirks: tuple[str, ...]
    row: tuple[dict[str, Span], ...]


class TBand(Row):
    """A named part of the T scores, up to and without `below`."""

    label: str
    below: float | None = None


class TScores(Row):
    """A table of T scores, one for each score of a scale from `first` on.

    `standard_error` has one value for each T score; `error_sd` is one for all of them.
    """

    text: str
    source: Citation
    scale: str = Field(alias="from")
    first: int
    t_score: tuple[float, ...]
    standard_error: tuple[float, ...] = ()
    error_sd: float | None = None
    error_source: Citation | None = None
    bands: tuple[TBand, ...] = ()
    bands_source: Citation | None = None
    important_change: Change | None = None

    def band_of(self, t_score: float) -> str:
        """The severity that a T score stands for; empty where no bands are on record."""
        fitting = [band.label for band in self.bands if band.below is None or t_score < band.below]
        return fitting[0] if fitting else ""


class Pair(Row):
    """A score of the first scale and the span of the second that stands for it."""

    score: float = Field(alias="from")
    low: float
    high: float


class Anchors(Row):
    """A link of two scales of which only some pairs are printed, in rising order."""

    id: str
    text: str
    scales: tuple[str, str]
    pairs: tuple[Pair, ...]
    change_pairs: tuple[Pair, ...] = ()
    note: str = ""
    source: Citation


class Link(Row):
    """Single scores of several scales that stand for the same severity."""

    id: str
    text: str
    scores: dict[str, Span]
    source: Citation


class ChangeLink(Row):
    """A change on a scale that goes with a clinical judgement."""

    id: str
    text: str
    scale: str
    points: float
    source: Citation


class Elsewhere(Row):
    """A table that is published and not on record here."""

    id: str
    text: str
    scales: tuple[str, ...]
    source: Citation


class Crosswalks(Row):
    """Everything of `data/crosswalks.toml`."""

    caveat: str
    ids_family: _Family
    promis_t: TScores
    phq9_promis_t: TScores
    anchors: tuple[Anchors, ...]
    link: tuple[Link, ...]
    change_link: tuple[ChangeLink, ...]
    elsewhere: tuple[Elsewhere, ...]


@dataclass(frozen=True, slots=True)
class Converted:
    """The scores of another scale that stand for the same severity, both ends included.

    `caveat` says how far that may be trusted for one patient; it belongs to every showing.
    """

    scale: str
    low: float
    high: float
    source: Citation
    caveat: str

    @property
    def text(self) -> str:
        """ "HAM-D17 14 to 15 (a rough guide: ...)"."""
        span = f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"
        return f"{find_scale(self.scale).name} {span} ({self.caveat})"


@cache
def crosswalks() -> Crosswalks:
    """All conversions on record."""
    return Crosswalks.model_validate(load_table("crosswalks.toml"))


def convertible() -> tuple[str, ...]:
    """The scales of the family that convert into each other."""
    return tuple(crosswalks().ids_family.row[0])


def convert(scale: str, score: float, into: str) -> Converted:
    """The span of another scale for a score; refuses scales without a table, and wrong scores."""
    source, target = find_scale(scale).id, find_scale(into).id
    _refuse_score(source, score)
    if source in convertible() and target in convertible():
        return _in_family(source, score, target)
    for anchors in crosswalks().anchors:
        if {source, target} == set(anchors.scales):
            low, high = _between(anchors, source, score, target)
            return Converted(target, low, high, anchors.source, crosswalks().caveat)
    raise _no_table(source, target)


def _refuse_score(scale: str, score: float) -> None:
    found = find_scale(scale)
    if not (found.low <= score <= found.high and float(score).is_integer()):
        raise InputError(
            found.name,
            f"a score of {score:g} is not possible",
            f"Give a whole number from {found.low:g} to {found.high:g}",
        )


def _no_table(source: str, target: str) -> InputError:
    names = [find_scale(scale).name for scale in (source, target)]
    published = [row for row in crosswalks().elsewhere if {source, target} <= set(row.scales)]
    known = ", ".join(find_scale(scale).name for scale in convertible())
    remedy = f"Convert within {known}, or between HAM-D17 and MADRS"
    if published:
        remedy = f"Look it up in {published[0].source.reference.text}"
    return InputError(
        f"conversion of {names[0]} into {names[1]}", "no table for this pair is on record", remedy
    )


def _in_family(source: str, score: float, target: str) -> Converted:
    family = crosswalks().ids_family
    fitting = [row[target] for row in family.row if _holds(row[source], score)]
    low = min(span.low for span in fitting if span.low is not None)
    high = max(span.high for span in fitting if span.high is not None)
    return Converted(target, low, high, family.source, crosswalks().caveat)


def _between(anchors: Anchors, source: str, score: float, target: str) -> tuple[float, float]:
    """From the nearest printed pair below to the nearest above; the scale's ends beyond them."""
    forward = source == anchors.scales[0]
    known = [
        ((pair.score, pair.score), (pair.low, pair.high))
        if forward
        else ((pair.low, pair.high), (pair.score, pair.score))
        for pair in anchors.pairs
    ]
    scale = find_scale(target)
    lower = [there[0] for here, there in known if here[0] <= score]
    upper = [there[1] for here, there in known if here[1] >= score]
    return max(lower, default=scale.low), min(upper, default=scale.high)


def _holds(span: Span, score: float) -> bool:
    return span.low is not None and span.high is not None and span.low <= score <= span.high


def t_tables() -> dict[str, TScores]:
    """The tables of PROMIS Depression T scores, by the scale they start from."""
    known = crosswalks()
    return {table.scale: table for table in (known.promis_t, known.phq9_promis_t)}


def promis_t(scale: str, score: float) -> Estimate:
    """The PROMIS Depression T score of a raw score or of a PHQ-9, with its 95 % interval.

    From the PHQ-9 it carries the error of the conversion; from the raw score of the PROMIS form
    the standard error of measurement.
    """
    found = find_scale(scale)
    table = t_tables().get(found.id)
    if table is None:
        names = " or ".join(find_scale(key).name for key in t_tables())
        raise InputError(found.name, "it has no table of T scores", f"Use {names}")
    place = score - table.first
    if place not in range(len(table.t_score)):
        last = table.first + len(table.t_score) - 1
        raise InputError(
            found.name, f"a score of {score:g} is not possible", f"Give {table.first} to {last}"
        )
    value = table.t_score[int(place)]
    own = bool(table.standard_error)
    error = table.standard_error[int(place)] if own else table.error_sd
    assert error is not None  # one of the two stands with every table
    reach = NormalDist().inv_cdf(0.5 + _COVERAGE / 2) * error
    how = "standard error of measurement" if own else "error of the conversion"
    return Estimate(value, "T", value - reach, value + reach, _COVERAGE, how, table.source)
