"""The rating scales as data: range, scoring, bands, response, remission, change, licence."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Literal

from pydantic import model_validator

from euthymia.assess.data_files import Row, load_table
from euthymia.core.errors import InputError
from euthymia.core.references import Citation


class ScoreBand(Row):
    """A named part of a scale's range; both ends belong to it."""

    label: str
    low: int
    high: int


class BandSet(Row):
    """Bands that cover the whole range, from one source."""

    name: str
    source: Citation
    band: tuple[ScoreBand, ...]

    def label_of(self, total: float) -> str:
        """The band of a total; a total between two whole bands belongs to the lower."""
        return [band for band in self.band if band.low <= total][-1].label


class Percent(Row):
    pct: float
    source: Citation


class Beside(Row):
    """A condition on another scale of the same visit."""

    scale: str
    at_most: float


class AtMost(Row):
    """A limit from above, sometimes together with a condition on another scale."""

    at_most: float
    beside: Beside | None = None
    source: Citation


class AtLeast(Row):
    at_least: float
    source: Citation


class Change(Row):
    """A change that matters: in points, or in per cent of the first score.

    Where a span is published, a change below `points` does not reach it, one from `points_high` up
    does, and one between them is left open.
    """

    points: float | None = None
    points_high: float | None = None
    pct_of_baseline: float | None = None
    source: Citation

    def points_from(self, baseline: float) -> tuple[float, float]:
        """The lowest and the highest change in points that a baseline asks for."""
        if self.points is not None:
            return self.points, self.points_high or self.points
        needed = (self.pct_of_baseline or 0.0) / 100 * baseline
        return needed, needed


class Outcome(Row):
    """A further named outcome by per cent of improvement, such as a partial response."""

    text: str
    pct_at_least: float
    pct_below: float | None = None
    beside: Beside | None = None
    source: Citation


class Missing(Row):
    """How the scale's own manual treats unanswered items.

    Up to `up_to` of them are replaced by the mean of the others; with more there is no score.
    """

    up_to: int
    source: Citation


class Cluster(Row):
    name: str
    items: tuple[int, ...]
    at_least: int


class ClusterRule(Row):
    """A diagnosis by groups of items: in each group enough answers from a score up."""

    text: str
    answer_at_least: int
    cluster: tuple[Cluster, ...]
    source: Citation


class Level(Row):
    """A level that any positive one of its items reaches."""

    level: int
    items: tuple[int, ...]


class Skip(Row):
    """Items that are not asked unless item `unless` was answered above zero."""

    unless: int
    items: tuple[int, ...]


class Cutoff(Row):
    text: str
    source: Citation
    at_least: float | None = None
    at_most: float | None = None

    @property
    def limit(self) -> str:
        return (
            f"at least {self.at_least:g}"
            if self.at_least is not None
            else f"at most {self.at_most:g}"
        )


class SuicideItem(Row):
    """The items on suicide, and the answer from which one of them opens a safety task."""

    items: tuple[int, ...]
    at_least: int
    source: Citation


class Domain(Row):
    name: str
    items: tuple[int, ...]


class Licence(Row):
    text: str
    source: Citation


class Rescale(Row):
    """A raw sum turned into per cent of its range."""

    from_low: float
    from_high: float


class Scale(Row):
    """One rating scale. Item numbers count from 1."""

    id: str
    name: str
    title: str
    rater: Literal["patient", "clinician"]
    low: float
    high: float
    whole: bool = True
    worse: Literal["high", "low"] = "high"
    scoring: Literal["sum", "domains", "levels", "total"]
    item_min: int = 0
    item_max: tuple[int, ...] = ()
    stem: str = ""
    options: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    domains: tuple[Domain, ...] = ()
    levels: tuple[Level, ...] = ()
    skips: tuple[Skip, ...] = ()
    missing: Missing | None = None
    alternatives: tuple[tuple[int, int], ...] = ()
    multiplier: float = 1
    rescale: Rescale | None = None
    bands: tuple[BandSet, ...] = ()
    response: Percent | None = None
    remission: AtMost | None = None
    relapse: AtLeast | None = None
    important_change: Change | None = None
    reliable_change: Change | None = None
    group_difference: Change | None = None
    outcomes: tuple[Outcome, ...] = ()
    clusters: ClusterRule | None = None
    cutoffs: tuple[Cutoff, ...] = ()
    suicide: SuicideItem | None = None
    source: Citation
    licence: Licence

    @model_validator(mode="after")
    def _covered(self) -> Scale:
        for bands in self.bands:
            edges = [(band.low, band.high) for band in bands.band]
            gaps = any(later[0] != earlier[1] + 1 for earlier, later in pairwise(edges))
            if gaps or edges[0][0] != self.low or edges[-1][1] != self.high:
                raise ValueError(f"{self.name}: the bands {bands.name!r} do not cover the range")
        if self.anchors and len(self.anchors) != self.high - self.low + 1:
            raise ValueError(f"{self.name}: one anchor is needed for each score")
        if self.items and len(self.items) != len(self.item_max):
            raise ValueError(f"{self.name}: one text is needed for each item")
        return self

    @property
    def from_zero(self) -> bool:
        """Whether per cent of improvement mean something: worse is higher, and none is zero."""
        return self.worse == "high" and self.low == 0


@cache
def _scales() -> dict[str, Scale]:
    rows = [Scale.model_validate(row) for row in load_table("scales.toml")["scale"]]
    found = {row.id: row for row in rows}
    if len(found) != len(rows):
        raise ValueError("scales.toml holds a scale twice")
    return found


def all_scales() -> tuple[Scale, ...]:
    """Every scale, in the order of its file."""
    return tuple(_scales().values())


def find_scale(key: str) -> Scale:
    """The scale of that id or name ("phq9", "PHQ-9"); refuses an unknown one."""
    plain = key.casefold().strip()
    for scale in all_scales():
        if plain in (scale.id, scale.name.casefold()):
            return scale
    known = ", ".join(_scales())
    raise InputError(f"scale {key!r}", "it is not known", f"Use one of {known}")
