"""The rules of the staging instruments, as read from `data/staging.toml`."""

from __future__ import annotations

from functools import cache

from euthymia.assess.data_files import Row, Span, load_table
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.trial import EpisodeSeverity
from euthymia.core.references import Citation


class DurationRow(Row):
    """A category of the duration of an episode, up to and including a number of months."""

    label: str
    points: int
    up_to_months: int | None = None


class SeverityRow(Row):
    """A category of severity; `psychotic` None: psychosis makes no difference to it."""

    label: str
    severity: EpisodeSeverity
    points: int
    psychotic: bool | None = None


class CountRow(Row):
    """A category of a count, from `low` to `high`, both within it; `high` None: and more."""

    label: str
    low: int
    points: int
    high: int | None = None


class UsedPoints(Row):
    not_used: int
    used: int


class Band(Row):
    label: str
    low: int
    high: int


class Threshold(Row):
    at_least: float
    text: str
    source: Citation


class MaudsleyRules(Row):
    """Points and bands of the Maudsley Staging Method."""

    name: str
    out_of: int
    not_applicable: str
    duration: tuple[DurationRow, ...]
    severity: tuple[SeverityRow, ...]
    failures: tuple[CountRow, ...]
    augmentation: UsedPoints
    ect: UsedPoints
    band: tuple[Band, ...]
    cutoff: tuple[Threshold, ...]
    source: Citation

    def failures_row(self, count: int) -> CountRow:
        """The category of a number of failures; there is none for 0."""
        return next(
            row
            for row in self.failures
            if row.low <= count and (row.high is None or count <= row.high)
        )

    def band_of(self, points: float) -> str:
        return next(band.label for band in self.band if band.low <= points <= band.high)


class ThaseRushRules(Row):
    name: str
    stages: tuple[str, ...]
    open_reading: str
    source: Citation


class MghRules(Row):
    name: str
    per_failure: float
    per_optimisation: float
    per_augmentation: float
    ect: float
    open_reading: str
    threshold: Threshold
    source: Citation


class EuropeanStage(Row):
    label: str
    failures: int
    weeks: Span | None = None


class EuropeanRules(Row):
    name: str
    stage: tuple[EuropeanStage, ...]
    stages_source: Citation
    chronic_months: int
    source: Citation


class AthfRules(Row):
    name: str
    source: Citation


class Definition(Row):
    """A definition of resistance by the number of failures, and of classes they come from."""

    id: str
    name: str
    instrument: Instrument
    failures: int
    classes: int
    text: str
    source: Citation
    also: tuple[Citation, ...] = ()


class Fact(Row):
    """Something known of the instruments, shown beside the rules; nothing is computed from it."""

    id: str
    text: str
    source: Citation


class StagingRules(Row):
    maudsley: MaudsleyRules
    thase_rush: ThaseRushRules
    mgh_s: MghRules
    european: EuropeanRules
    athf_sf: AthfRules
    definition: tuple[Definition, ...]
    fact: tuple[Fact, ...]


@cache
def staging_rules() -> StagingRules:
    """All staging rules of the data file."""
    return StagingRules.model_validate(load_table("staging.toml"))


def definition_of(key: str) -> Definition:
    """The definition of that id ("trd", "trd-classes", "kim")."""
    return next(row for row in staging_rules().definition if row.id == key)
