"""The safety tables of stimulation, and how they are looked up.

Published tables have a few rates and intensities; no interpolation was ever published. Between
rows or columns the next higher one is taken, which is the stricter; below 1 Hz counts as 1 Hz;
above the last row or column is outside the table. A cell with ">" is the longest train that was
tested: a longer one is beyond the tested range, not shown to be unsafe.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cache

from euthymia.core.references import Citation
from euthymia.plan.protocol.datafiles import NO_EXTRAS, read_table
from euthymia.plan.protocol.exact import show


class Verdict(StrEnum):
    """What a train-duration table says of a train."""

    WITHIN = "within"
    BEYOND_TESTED = "beyond tested range"
    EXCEEDS = "exceeds"
    OUTSIDE = "outside table"


@dataclass(frozen=True, slots=True)
class Cell:
    """One limit in seconds; `longest_tested` for the cells written with ">"."""

    seconds: Fraction
    longest_tested: bool

    @classmethod
    def read(cls, text: str) -> Cell:
        return cls(Fraction(text.removeprefix(">")), text.startswith(">"))

    @property
    def text(self) -> str:
        return f"{'longest tested ' if self.longest_tested else ''}{show(self.seconds)} s"


@dataclass(frozen=True, slots=True)
class TrainRuling:
    """What a table says of one train: the verdict, and the cell that it was taken from."""

    table: TrainTable
    verdict: Verdict
    cell: Cell
    rate_hz: float
    intensity_pct: float

    @property
    def limit_text(self) -> str:
        return f"{self.cell.text} at {self.rate_hz:g} Hz and {self.intensity_pct:g} %"


@dataclass(frozen=True, slots=True)
class TrainTable:
    """A table of the longest safe train by rate (rows) and intensity (columns).

    Rates in Hz, intensities in % of the EMG rMT of the hand, limits in seconds as printed.
    `pulses` are the same limits as printed in pulses, where the source has them.
    """

    id: str
    title: str
    rates_hz: tuple[float, ...]
    intensities_pct: tuple[float, ...]
    limits_s: tuple[tuple[str, ...], ...]
    source: Citation
    pulses: tuple[tuple[str, ...], ...] = ()
    more_sources: tuple[Citation, ...] = ()

    __pydantic_config__ = NO_EXTRAS

    def __post_init__(self) -> None:
        _check_shape(self.id, self.limits_s, self.rates_hz, self.intensities_pct)

    def cell(self, row: int, column: int) -> Cell:
        return Cell.read(self.limits_s[row][column])

    def rule(self, duration_s: Fraction, rate_hz: Fraction, intensity_pct: float) -> TrainRuling:
        """What the table says of a train of that nominal length, rate and intensity."""
        row, row_outside = _next_higher(self.rates_hz, rate_hz)
        column, column_outside = _next_higher(self.intensities_pct, intensity_pct)
        cell = self.cell(row, column)
        verdict = _verdict(cell, duration_s, outside=row_outside or column_outside)
        return TrainRuling(self, verdict, cell, self.rates_hz[row], self.intensities_pct[column])


class Spacing(StrEnum):
    """What the interval table says of an inter-train interval."""

    SAFE = "safe"
    INSUFFICIENT = "insufficient data"
    UNSAFE = "unsafe"
    OUTSIDE = "outside table"


@dataclass(frozen=True, slots=True)
class IntervalRuling:
    """What the interval table says: the verdict, the cell's words, and where it was taken from."""

    table: IntervalTable
    verdict: Spacing
    words: str
    interval_ms: float
    intensity_pct: float


@dataclass(frozen=True, slots=True)
class IntervalTable:
    """A table of inter-train intervals (rows, ms, descending) by intensity (columns, % MT)."""

    id: str
    title: str
    intervals_ms: tuple[float, ...]
    intensities_pct: tuple[float, ...]
    cells: tuple[tuple[str, ...], ...]
    max_trains: int
    max_rate_hz: float
    source: Citation
    more_sources: tuple[Citation, ...] = ()

    __pydantic_config__ = NO_EXTRAS

    def __post_init__(self) -> None:
        _check_shape(self.id, self.cells, self.intervals_ms, self.intensities_pct)

    @property
    def safe_from_s(self) -> Fraction:
        """The shortest interval with a safe cell, in seconds."""
        return Fraction(self.intervals_ms[0]) / 1000

    def rule(self, interval_s: Fraction, rate_hz: Fraction, intensity_pct: float) -> IntervalRuling:
        """What the table says of an off-time between trains of that rate and intensity."""
        ms = interval_s * 1000
        # Between two rows the shorter interval is taken, which is the stricter.
        row = next((i for i, tested in enumerate(self.intervals_ms) if ms >= tested), -1)
        column, outside = _next_higher(self.intensities_pct, intensity_pct)
        words = self.cells[row][column]
        verdict = Spacing(words.split(":")[0])
        if verdict is not Spacing.UNSAFE and (outside or rate_hz > self.max_rate_hz):
            verdict = Spacing.OUTSIDE
        return IntervalRuling(
            self, verdict, words, self.intervals_ms[row], self.intensities_pct[column]
        )


@dataclass(frozen=True, slots=True)
class _TableFile:
    train_duration: tuple[TrainTable, ...]
    interval: tuple[IntervalTable, ...]

    __pydantic_config__ = NO_EXTRAS


@cache
def _tables() -> _TableFile:
    return read_table("tables.toml", _TableFile)


def train_tables() -> tuple[TrainTable, ...]:
    """The train-duration tables: S1 (consensus) and S2 (25 % shorter)."""
    return _tables().train_duration


def interval_table() -> IntervalTable:
    """The inter-train interval table, S3."""
    return _tables().interval[0]


def _verdict(cell: Cell, duration_s: Fraction, *, outside: bool) -> Verdict:
    if duration_s <= cell.seconds:
        return Verdict.OUTSIDE if outside else Verdict.WITHIN
    if cell.longest_tested:
        return Verdict.OUTSIDE if outside else Verdict.BEYOND_TESTED
    # Beyond the table's edge limits only get shorter: what exceeds the edge exceeds.
    return Verdict.EXCEEDS


def _next_higher(steps: Sequence[float], value: Fraction | float) -> tuple[int, bool]:
    """Index of the first step that is not below the value; the last one, and True, beyond it."""
    index = bisect_left(steps, value)
    return (index, False) if index < len(steps) else (len(steps) - 1, True)


def _check_shape(
    table: str, cells: Sequence[Sequence[str]], rows: Sequence[float], columns: Sequence[float]
) -> None:
    if len(cells) != len(rows) or any(len(row) != len(columns) for row in cells):
        raise ValueError(f"table {table} does not have {len(rows)} rows of {len(columns)} cells")
