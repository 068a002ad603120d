"""The catalogue: protocols as cleared and as published, each field group with its source.

An entry says what the literature says and no more. Where a train, an interval or an intensity is
not published (or was not read), the entry cannot be built and says what is missing; `complete`
lets a person supply it, and the entry remembers what was chosen rather than published.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import cache

from euthymia.core.errors import InputError
from euthymia.core.references import Citation
from euthymia.plan.protocol.algebra import Block, Duration, Protocol
from euthymia.plan.protocol.courses import CourseRule, course
from euthymia.plan.protocol.datafiles import NO_EXTRAS, read_table
from euthymia.plan.protocol.dosing import Intensity, Side, Site, Threshold
from euthymia.plan.protocol.exact import exact
from euthymia.plan.protocol.intervals import InterTrainInterval, OffTime, OnsetToOnset
from euthymia.plan.protocol.pulses import Burst, Train


class Status(StrEnum):
    """How far a protocol is established; clearances are those of the US FDA."""

    CLEARED = "cleared"
    PUBLISHED = "published"
    RESEARCH = "research"


class Counted(StrEnum):
    """From where a published inter-train interval is counted."""

    NOMINAL = "nominal"
    """From the nominal end of the train: "4 s on, 26 s off" is a grid of 30 s."""
    AFTER_LAST_PULSE = "after last pulse"
    """From the last pulse, as most consoles wait."""


@dataclass(frozen=True, slots=True)
class Clearance:
    """One US clearance; number and date are cited apart."""

    number: str
    device: str
    indication: str
    date: str
    number_source: Citation
    date_source: Citation
    also: tuple[str, ...] = ()

    __pydantic_config__ = NO_EXTRAS

    @property
    def text(self) -> str:
        return f"{self.number} ({self.device}, {self.indication}, {self.date})"


@dataclass(frozen=True, slots=True)
class PublishedBlock:
    """A block as published; None where a value is not.

    Rates in Hz, `iti_s` in seconds, intensities in percent of `intensity_of`. `rate_hz` is the
    rate of bursts, which are single pulses unless `pulses_per_burst` says otherwise. `pulses` is
    the published number of the block, where the trains are not.
    """

    side: Side
    region: str
    rate_hz: float | None = None
    pulses_per_burst: int = 1
    within_burst_hz: float | None = None
    bursts_per_train: int | None = None
    trains: int | None = None
    iti_s: float | None = None
    iti_range_s: tuple[float, float] | None = None
    counted: Counted = Counted.NOMINAL
    intensity_pct: float | None = None
    intensity_range_pct: tuple[float, float] | None = None
    intensity_of: Threshold = Threshold.RMT_HAND
    pulses: int | None = None

    __pydantic_config__ = NO_EXTRAS

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the values without which the block cannot be built."""
        needed = ["rate_hz", "bursts_per_train", "trains", "intensity_pct"]
        if self.pulses_per_burst > 1:
            needed.append("within_burst_hz")
        if self.trains != 1:
            needed.append("iti_s")
        return tuple(name for name in needed if getattr(self, name) is None)

    def train(self) -> Train:
        """The train of a block that has one; see `missing`."""
        assert self.rate_hz is not None and self.bursts_per_train is not None
        burst = Burst.single()
        if self.within_burst_hz is not None:
            burst = Burst.of(self.pulses_per_burst, self.within_burst_hz)
        return burst.train(self.bursts_per_train, self.rate_hz)

    def interval(self, counted: Counted | None = None) -> InterTrainInterval | None:
        """The inter-train interval, in the block's own reading or the one given."""
        if self.iti_s is None:
            return None
        if (counted or self.counted) is Counted.AFTER_LAST_PULSE:
            return OffTime.of(self.iti_s)
        return OnsetToOnset.nominal(self.train(), self.iti_s)

    def build(self, counted: Counted | None, intensity_pct: float | None) -> Block:
        """The block as a value of the algebra; nothing may be missing."""
        percent = self.intensity_pct if intensity_pct is None else intensity_pct
        assert percent is not None and self.trains is not None
        return Block(
            self.train(),
            self.trains,
            self.interval(counted),
            Site(self.side, self.region),
            Intensity(percent, self.intensity_of),
        )


_WORDS = {
    "rate_hz": "rate",
    "bursts_per_train": "pulses or bursts in a train",
    "within_burst_hz": "rate within a burst",
    "trains": "number of trains",
    "iti_s": "inter-train interval",
    "intensity_pct": "intensity",
}


@dataclass(frozen=True, slots=True)
class PublishedDuration:
    """A published session length and the convention in which it comes out exactly."""

    seconds: float
    convention: Duration
    source: Citation
    counted: Counted | None = None
    display: str = ""

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class Sources:
    """The citation, and so the verification tag, of each group of an entry's fields."""

    timing: Citation
    intensity: Citation
    target: Citation
    regulatory: Citation

    __pydantic_config__ = NO_EXTRAS

    def groups(self) -> tuple[tuple[str, Citation], ...]:
        """Each group's name with its citation."""
        return tuple((field.name, getattr(self, field.name)) for field in fields(self))


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One protocol of the catalogue, with everything published about it."""

    id: str
    title: str
    indication: str
    status: Status
    coil: str
    blocks: tuple[PublishedBlock, ...]
    sources: Sources
    course: str | None = None
    pulses: int | None = None
    also: tuple[str, ...] = ()
    clearances: tuple[str, ...] = ()
    durations: tuple[PublishedDuration, ...] = ()
    notes: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()

    __pydantic_config__ = NO_EXTRAS

    @property
    def cleared(self) -> bool:
        return self.status is Status.CLEARED

    @property
    def course_rule(self) -> CourseRule | None:
        """The published schedule of its course; None where there is none."""
        return course(self.course) if self.course else None

    @property
    def clearance_records(self) -> tuple[Clearance, ...]:
        return tuple(clearance(number) for number in self.clearances)

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not published, a phrase a block: "block 2: number of trains (trains)"."""
        return tuple(
            f"block {number}: {', '.join(f'{_WORDS[name]} ({name})' for name in block.missing)}"
            for number, block in enumerate(self.blocks, start=1)
            if block.missing
        )

    @property
    def buildable(self) -> bool:
        return not self.missing

    @property
    def unverified(self) -> tuple[tuple[str, Citation], ...]:
        """The field groups whose source was recalled, not read."""
        groups = list(self.sources.groups())
        if self.course_rule:
            groups.append(("course", self.course_rule.source))
        return tuple((name, cited) for name, cited in groups if not cited.tag.verified)

    def build(
        self, *, counted: Counted | None = None, intensity_pct: float | None = None
    ) -> Protocol:
        """The protocol as a value of the algebra.

        `counted` reads the interval otherwise than the entry does; `intensity_pct` sets all
        blocks to another percentage. Refuses an entry of which something is not published.
        """
        if self.missing:
            raise InputError(
                f"protocol {self.id}",
                f"not all of it is published or was read, {'; '.join(self.missing)}",
                "Supply these values yourself, or choose another protocol",
            )
        return Protocol(tuple(block.build(counted, intensity_pct) for block in self.blocks))

    def complete(self, block: int, **values: float) -> CatalogueEntry:
        """A copy with unpublished values of a block (counted from 1) chosen by a person.

        Only what is missing can be supplied; a published value is not changed here.
        """
        if not 1 <= block <= len(self.blocks):
            raise InputError(f"protocol {self.id}", f"it has no block {block}", "Count from 1")
        old = self.blocks[block - 1]
        for name in values:
            if name not in old.missing:
                raise InputError(
                    f"protocol {self.id}, block {block}",
                    f"{name} is not among its missing values",
                    f"Missing are: {', '.join(old.missing) or 'none'}",
                )
        new = replace(old, **values)  # type: ignore[arg-type] # names checked just above
        blocks = (*self.blocks[: block - 1], new, *self.blocks[block:])
        chosen = tuple(f"block {block}: {name} = {value:g}" for name, value in values.items())
        return replace(self, blocks=blocks, chosen=self.chosen + chosen)

    def published_length(self, duration: PublishedDuration) -> bool:
        """Whether the built protocol has that published length exactly."""
        protocol = self.build(counted=duration.counted)
        wanted = exact(duration.seconds, "published duration")
        return protocol.duration_s(duration.convention) == wanted


@dataclass(frozen=True, slots=True)
class _CatalogueFile:
    protocol: tuple[CatalogueEntry, ...]

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class _ClearanceFile:
    clearance: tuple[Clearance, ...]

    __pydantic_config__ = NO_EXTRAS


@cache
def catalogue() -> tuple[CatalogueEntry, ...]:
    """Every protocol of the catalogue, in the order of the data file."""
    found = read_table("catalogue.toml", _CatalogueFile).protocol
    if len({each.id for each in found}) != len(found):
        raise ValueError("a protocol id stands twice in catalogue.toml")
    return found


@cache
def clearances() -> tuple[Clearance, ...]:
    """Every US clearance known here, in the order of the data file."""
    return read_table("clearances.toml", _ClearanceFile).clearance


def entry(protocol_id: str) -> CatalogueEntry:
    """The catalogue entry of that id; upper and lower case do not matter."""
    for each in catalogue():
        if each.id.casefold() == protocol_id.casefold():
            return each
    ids = [each.id for each in catalogue()]
    close = difflib.get_close_matches(protocol_id, ids, n=3, cutoff=0.4)
    raise InputError(
        f"protocol {protocol_id!r}",
        "it is not in the catalogue",
        f"Choose one of: {', '.join(close or ids)}",
    )


def clearance(number: str) -> Clearance:
    """The clearance of that number."""
    for each in clearances():
        if number == each.number or number in each.also:
            return each
    raise InputError(f"clearance {number!r}", "it is not known here", "Add it to clearances.toml")
