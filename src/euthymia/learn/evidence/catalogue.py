"""The published trials, pooled estimates and registries, read from the cited data files."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from euthymia.core.errors import InputError
from euthymia.core.references import Citation
from euthymia.learn.evidence.effects import Effect, Measure, TwoByTwo, from_interval


class Row(BaseModel):
    """A row of a data file: frozen, and refusing fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Design(StrEnum):
    """What a trial compared TMS with."""

    SHAM = "sham"
    ACTIVE = "active"
    DOSE = "dose"
    OPEN = "open"

    @property
    def words(self) -> str:
        return {
            Design.SHAM: "masked, against sham",
            Design.ACTIVE: "against another treatment, not masked",
            Design.DOSE: "two ways of TMS against each other",
            Design.OPEN: "no comparison",
        }[self]


class Result(StrEnum):
    """What the main analysis of a trial found for its first arm against its last."""

    BETTER = "better"
    NO_DIFFERENCE = "no difference"
    NOT_COMPARED = "not compared"


class Arm(Row):
    """One arm of a trial; `n` is the number analysed, None where it is not at hand."""

    name: str
    n: int | None = Field(None, gt=0)


class Outcome(Row):
    """How many of each arm had an outcome: counts, or only the shares that were printed."""

    kind: str
    scale: str | None = None
    week: int | None = Field(None, gt=0)
    counts: tuple[int, ...] | None = None
    printed: tuple[float, ...] | None = None
    main: bool
    source: Citation

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.counts is None) == (self.printed is None):
            raise ValueError(f"{self.kind}: give counts or printed shares, and one of them only")
        return self


class Trial(Row):
    """A published trial with its arms and outcomes; a null result counts as much as any other."""

    id: str
    name: str
    year: int
    indication: str
    design: Design
    what: str
    result: Result
    arms: tuple[Arm, ...] = Field(min_length=1)
    source: Citation
    note: str = ""
    outcomes: tuple[Outcome, ...]

    @model_validator(mode="after")
    def _counts_fit_the_arms(self) -> Self:
        for outcome in self.outcomes:
            values = outcome.counts if outcome.counts is not None else outcome.printed
            if values is None or len(values) != len(self.arms):
                raise ValueError(f"{self.id}: {outcome.kind} does not have one value an arm")
            for count, arm in zip(outcome.counts or (), self.arms, strict=False):
                if arm.n is None or not 0 <= count <= arm.n:
                    raise ValueError(f"{self.id}: {count} of {arm.n} in arm {arm.name} cannot be")
        return self

    @property
    def patients(self) -> int | None:
        """All patients analysed; None where an arm's number is not at hand."""
        sizes = [arm.n for arm in self.arms]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    def table(self, kind: str, *, main_only: bool = True) -> TwoByTwo | None:
        """The first against the last arm for an outcome, where its counts are at hand."""
        for outcome in self.outcomes:
            if outcome.kind != kind or outcome.counts is None or (main_only and not outcome.main):
                continue
            first, last = self.arms[0], self.arms[-1]
            if len(self.arms) < 2 or first.n is None or last.n is None:
                continue
            return TwoByTwo(self.name, outcome.counts[0], first.n, outcome.counts[-1], last.n)
        return None

    def citations(self) -> Iterator[Citation]:
        yield self.source
        for outcome in self.outcomes:
            yield outcome.source


class PublishedPooled(Row):
    """What a published meta-analysis found, as printed."""

    id: str
    what: str
    measure: Measure
    value: float
    low: float | None = None
    high: float | None = None
    studies: int | None = None
    patients: int | None = None
    treated_share: float | None = Field(None, ge=0, le=1)
    control_share: float | None = Field(None, ge=0, le=1)
    number_needed: int | None = None
    z: float | None = None
    months: int | None = None
    source: Citation

    @property
    def effect(self) -> Effect | None:
        """The effect behind the printed interval; None where no interval was printed."""
        if self.low is None or self.high is None:
            return None
        return from_interval(self.id, self.measure, self.value, self.low, self.high)


class RegistryResult(Row):
    """One share that a registry reports, or the span it gives over scales and samples."""

    kind: str
    scale: str
    share: float | None = Field(None, ge=0, le=1)
    low: float | None = Field(None, ge=0, le=1)
    high: float | None = Field(None, ge=0, le=1)

    @property
    def text(self) -> str:
        if self.share is not None:
            return f"{self.share:.1%}"
        return f"{self.low:.0%} to {self.high:.0%}" if self.low and self.high else "not given"


class PublishedRegistry(Row):
    """What a registry of ordinary care reports."""

    id: str
    name: str
    patients: int
    source: Citation
    results: tuple[RegistryResult, ...]


class Strength(StrEnum):
    """How firmly a claim stands, from the designs behind it."""

    ESTABLISHED = "established"
    LIKELY = "likely"
    MIXED = "mixed"
    WEAK = "weak"
    NOT_SHOWN = "not shown"

    @property
    def words(self) -> str:
        return {
            Strength.ESTABLISHED: "several masked trials and their sum agree",
            Strength.LIKELY: "good trials or large registries point one way, with gaps",
            Strength.MIXED: "good studies disagree",
            Strength.WEAK: "small, open or indirect studies only",
            Strength.NOT_SHOWN: "looked for and not found, or never tested",
        }[self]


class Claim(Row):
    """A sentence often heard about TMS, what is known of it, and how firmly."""

    id: str
    said: str
    known: str
    numbers: str = ""
    against: str = ""
    strength: Strength
    sources: tuple[Citation, ...] = Field(min_length=1)


_Row = TypeVar("_Row", Trial, PublishedPooled)


def trials(indication: str | None = None, design: Design | None = None) -> tuple[Trial, ...]:
    """The trials, oldest first, of an indication and a design if given."""
    found = [
        trial
        for trial in _all_trials()
        if (indication is None or trial.indication == indication)
        and (design is None or trial.design is design)
    ]
    return tuple(sorted(found, key=lambda trial: (trial.year, trial.name)))


def trial(id_: str) -> Trial:
    """The trial of that id."""
    return _by_id(_all_trials(), id_, "trial")


def tables(kind: str, indication: str = "depression") -> tuple[TwoByTwo, ...]:
    """Active against sham for an outcome, of every masked trial whose counts are at hand.

    Null trials are among them. The main analysis of each trial counts once; of several arms the
    first is taken against sham.
    """
    known = (trial.table(kind) for trial in trials(indication, Design.SHAM))
    return tuple(table for table in known if table is not None)


@cache
def published_pooled() -> tuple[PublishedPooled, ...]:
    return tuple(PublishedPooled.model_validate(row) for row in _rows("pooled.toml", "pooled"))


def pooled_estimate(id_: str) -> PublishedPooled:
    """The published pooled estimate of that id."""
    return _by_id(published_pooled(), id_, "pooled estimate")


@cache
def registries() -> tuple[PublishedRegistry, ...]:
    return tuple(
        PublishedRegistry.model_validate(row) for row in _rows("registries.toml", "registry")
    )


@cache
def claims() -> tuple[Claim, ...]:
    return tuple(Claim.model_validate(row) for row in _rows("claims.toml", "claim"))


@cache
def _all_trials() -> tuple[Trial, ...]:
    return tuple(Trial.model_validate(row) for row in _rows("trials.toml", "trial"))


def _rows(name: str, key: str) -> list[dict[str, Any]]:
    text = (files("euthymia.learn.evidence") / "data" / name).read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)[key]
    return rows


def _by_id(rows: tuple[_Row, ...], id_: str, what: str) -> _Row:
    for row in rows:
        if row.id == id_:
            return row
    names = ", ".join(row.id for row in rows)
    raise InputError(f"{what} {id_!r}", "there is none of that name", f"Use one of {names}")
