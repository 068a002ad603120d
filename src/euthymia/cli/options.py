"""Options that several commands share, and how the words given to them are read."""

from __future__ import annotations

import math
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from euthymia.core.errors import InputError

JsonFlag = Annotated[
    bool, typer.Option("--json", help="Print JSON on standard output, and nothing else there.")
]

CaseFolder = Annotated[
    Path,
    typer.Argument(
        metavar="CASE", help="Folder of the case: it holds chart.jsonl.", show_default=False
    ),
]

ChartPlace = Annotated[
    Path,
    typer.Argument(
        metavar="CASE|FILE", help="Folder of a case, or a chart file.", show_default=False
    ),
]

OnDay = Annotated[
    str | None,
    typer.Option(
        "--on",
        metavar="DATE",
        help="Day for which it is worked out; entries made later do not count (default: today; "
        "for a synthetic patient the day of its last entry).",
        show_default=False,
    ),
]

HeadName = Annotated[
    str,
    typer.Option(
        "--head",
        metavar="HEAD",
        help="`default`, a head's folder, tissue labels (NIfTI), or a T1 to build one from.",
    ),
]


def today() -> date:
    """Today's date where this computer stands."""
    return now().date()


def now() -> datetime:
    """The local time with its offset from UTC, to the second."""
    return datetime.now().astimezone().replace(microsecond=0)


def day_of(text: str, option: str = "--on") -> date:
    """The date that an option names."""
    try:
        # Only the one spelling that nobody reads as month and day exchanged.
        if len(text) != len("2026-01-31"):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{option} {text!r}", "it is not a date", "Write it as year-month-day: 2026-01-31"
        ) from None


def positive(value: float, option: str, unit: str) -> float:
    """A number from an option that must be finite and above zero."""
    if not 0.0 < value < float("inf"):
        raise InputError(
            f"{option} {value:g}", "it is not a number above zero", f"Give it in {unit}"
        )
    return value


def numbers(text: str, count: int, option: str) -> list[float]:
    """So many finite numbers from an option, as "1,2,3"."""
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if len(found) != count or not all(map(math.isfinite, found)):
        raise InputError(
            f"{option} {text!r}", f"it is not {count} numbers", "Separate them by commas"
        )
    return found
