"""Conversions between scales, always as a span: two scales do not measure quite the same.

The tables stand in `data/crosswalks.toml`. They were made for groups; for one patient a converted
score is a rough guide, and every result says so through its span.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from scipy.stats import norm

from euthymia.assess.data_files import Row, Span, load_table
from euthymia.assess.scales.scale_rules import find_scale
from euthymia.core.errors import InputError
from euthymia.core.quantities import Estimate
from euthymia.core.references import Citation

_COVERAGE = 0.95


class _Family(Row):
    text: str
    source: Citation
    quirks: tuple[str, ...]
    row: tuple[dict[str, Span], ...]


class TScores(Row):
    """A table of T scores, one for each score of a scale from `first` on."""

    text: str
    source: Citation
    first: int
    t_score: tuple[float, ...]
    error_sd: float | None = None
    error_source: Citation | None = None


@dataclass(frozen=True, slots=True)
class Converted:
    """The scores of another scale that stand for the same severity, both ends included."""

    scale: str
    low: float
    high: float
    source: Citation

    @property
    def text(self) -> str:
        """ "HAM-D17 14 to 15"."""
        span = f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"
        return f"{find_scale(self.scale).name} {span}"


@cache
def _family() -> _Family:
    return _Family.model_validate(load_table("crosswalks.toml")["ids_family"])


def convertible() -> tuple[str, ...]:
    """The scales that convert into each other."""
    return tuple(_family().row[0])


def convert(scale: str, score: float, into: str) -> Converted:
    """The span of another scale for a score; refuses scales outside the table, and wrong scores."""
    source, target = find_scale(scale), find_scale(into)
    for asked in (source, target):
        if asked.id not in convertible():
            raise InputError(
                f"conversion of {source.name} into {target.name}",
                f"no table for {asked.name} is on record",
                f"Use one of {', '.join(convertible())}",
            )
    fitting = [row[target.id] for row in _family().row if _holds(row[source.id], score)]
    if not fitting:
        raise InputError(
            source.name,
            f"a score of {score:g} is not possible",
            f"Give a whole number from {source.low:g} to {source.high:g}",
        )
    low = min(span.low for span in fitting if span.low is not None)
    high = max(span.high for span in fitting if span.high is not None)
    return Converted(target.id, low, high, _family().source)


def _holds(span: Span, score: float) -> bool:
    return span.low is not None and span.high is not None and span.low <= score <= span.high


@cache
def t_tables() -> dict[str, TScores]:
    """The tables of PROMIS Depression T scores, by the scale they start from."""
    tables = load_table("crosswalks.toml")
    return {
        str(table["from"]): TScores.model_validate({k: v for k, v in table.items() if k != "from"})
        for table in (tables["promis_t"], tables["phq9_promis_t"])
    }


def promis_t(scale: str, score: float) -> Estimate:
    """The PROMIS Depression T score of a raw score or of a PHQ-9.

    From the PHQ-9 it is a conversion and carries the interval of its error; from the raw score of
    the PROMIS form it is that form's own scoring, for which the table states no error.
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
    if table.error_sd is None:
        return Estimate(value, "T", how="the form's own scoring", source=table.source)
    reach = float(norm.ppf(0.5 + _COVERAGE / 2)) * table.error_sd
    how = "error of the conversion"
    return Estimate(value, "T", value - reach, value + reach, _COVERAGE, how, table.source)
