"""The registry's table: one row a course, pseudonymous, column by column, kept as Parquet.

The order of the rows means nothing. A missing value is NaN in a number and "" in a word; both are
counted wherever a summary uses the column, and never dropped silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError, MissingPartError, require_file

FloatArray = NDArray[np.float64]
WordArray = NDArray[np.str_]

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class CourseRow:
    """One course of one patient, without anything that names the patient.

    pseudonym: of the patient, the same in all their courses. age_years: at the start, in whole
    years. baseline, end: total of `scale` before and after; NaN where missing. sessions_planned,
    sessions_delivered: counts. kept_months, event: follow-up after the course (`FollowUp`); NaN and
    0 where there was none. synthetic: an invented patient.
    """

    pseudonym: str
    site: str
    operator: str
    protocol: str
    target: str
    indication: str
    stage: str
    scale: str
    sex: str
    age_years: float
    baseline: float
    end: float
    failed_trials: float
    sessions_planned: float
    sessions_delivered: float
    kept_months: float
    event: float
    synthetic: bool


_WORDS = tuple(f.name for f in fields(CourseRow) if f.type == "str")
_NUMBERS = tuple(f.name for f in fields(CourseRow) if f.type == "float")


@dataclass(frozen=True, eq=False)
class Courses:
    """Many courses as columns: `courses["baseline"]` is (n,) numbers, `courses["site"]` words."""

    columns: dict[str, NDArray[Any]]

    def __post_init__(self) -> None:
        lengths = {len(column) for column in self.columns.values()}
        missing = [name for name in _names() if name not in self.columns]
        if missing or len(lengths) > 1:
            raise InputError(
                "registry table",
                f"it lacks {', '.join(missing)}" if missing else "its columns differ in length",
                "Export the registry again",
            )

    def __len__(self) -> int:
        return len(self.columns["pseudonym"])

    def __getitem__(self, name: str) -> NDArray[Any]:
        try:
            return self.columns[name]
        except KeyError:
            raise InputError(
                f"column {name!r}", "the registry has none of that name", f"Use {_listed()}"
            ) from None

    def groups(self, name: str) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Each different word of a column with the mask of its rows; "" reads "not recorded"."""
        column = self[name]
        if column.dtype.kind not in "UO":
            raise InputError(f"column {name!r}", "it holds no names", "Use a column of words")
        words, codes = np.unique(column, return_inverse=True)
        for code, word in enumerate(words):
            yield str(word) or "not recorded", codes == code

    @classmethod
    def of(cls, rows: Iterable[CourseRow]) -> Courses:
        """The table of some rows; may be empty."""
        listed = list(rows)
        columns: dict[str, NDArray[Any]] = {}
        for name in _names():
            values = [getattr(row, name) for row in listed]
            if name in _WORDS:
                columns[name] = np.array(values, dtype=object if not values else np.str_)
            else:
                columns[name] = np.array(values, dtype=float if name in _NUMBERS else bool)
        return cls(columns)

    def where(self, kept: NDArray[np.bool_]) -> Courses:
        """The rows where the mask is true."""
        return Courses({name: column[kept] for name, column in self.columns.items()})

    @classmethod
    def joined(cls, parts: Sequence[Courses]) -> Courses:
        """Several tables one after another."""
        if not parts:
            return cls.of([])
        return cls(
            {name: np.concatenate([part.columns[name] for part in parts]) for name in _names()}
        )

    def save(self, path: Path) -> None:
        """Write as Parquet, with the version of the schema and no index."""
        arrow, parquet = _arrow()
        table = arrow.table({name: self.columns[name] for name in _names()})
        marked = table.replace_schema_metadata({"euthymia_registry": str(SCHEMA_VERSION)})
        parquet.write_table(marked, path, compression="zstd")

    @classmethod
    def load(cls, path: Path) -> Courses:
        """Read a Parquet file that `save` wrote; refuses what is not one."""
        require_file(path, "a registry table (Parquet)")
        arrow, parquet = _arrow()
        try:
            table = parquet.read_table(path)
        except arrow.ArrowException as problem:
            raise InputError(
                str(path), "it is not a Parquet file", "Give what `registry export` wrote"
            ) from problem
        version = (table.schema.metadata or {}).get(b"euthymia_registry", b"none").decode()
        if version != str(SCHEMA_VERSION):
            raise InputError(
                str(path),
                f"its schema has version {version}, this program reads {SCHEMA_VERSION}",
                "Export the registry again with this version",
            )
        columns = {}
        for name in _names():
            values = table.column(name).to_numpy(zero_copy_only=False)
            # Words come back as Python objects; as fixed-width text they compare a lot faster.
            columns[name] = values.astype(np.str_) if name in _WORDS else values
        return cls(columns)


def _names() -> tuple[str, ...]:
    return tuple(field.name for field in fields(CourseRow))


def _listed() -> str:
    return ", ".join(_names())


def _arrow() -> tuple[Any, Any]:
    """PyArrow, or a refusal that says how to install it."""
    try:
        import pyarrow  # noqa: PLC0415 - an optional part
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError as missing:
        raise MissingPartError(
            "registry as Parquet",
            "the package pyarrow is not installed",
            "Install it with: pip install 'euthymia[learn]'",
        ) from missing
    return pyarrow, pyarrow.parquet
