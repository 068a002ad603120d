"""Hours of a week and busy times: when a clinic is open, and when a patient can come.

All times are wall-clock times of the clinic's time zone; a day's hours end on the same day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time

from euthymia.core.errors import InputError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAY_TITLES = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)

_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True, order=True)
class Hours:
    """A stretch of one day, from `start` up to `end`."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise InputError(
                f"hours {self.text}", "they carry a time zone", "Give wall-clock times of the site"
            )
        if not self.start < self.end:
            raise InputError(
                f"hours {self.text}",
                "the end is not after the start",
                "Give a stretch within one day, such as 08:00-17:00",
            )

    @classmethod
    def parse(cls, text: str) -> Hours:
        """The hours written as "08:00-17:00"."""
        matched = _HOURS.fullmatch(text.strip())
        try:
            if matched is None:
                raise ValueError(text)
            numbers = [int(part) for part in matched.groups()]
            return cls(time(numbers[0], numbers[1]), time(numbers[2], numbers[3]))
        except InputError:
            raise
        except ValueError:
            raise InputError(
                f"hours {text!r}", "they are not of the form 08:00-17:00", "Write them so"
            ) from None

    @property
    def text(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True)
class WeekHours:
    """The hours of each weekday, Monday first; a day without hours has an empty tuple."""

    days: tuple[tuple[Hours, ...], ...]

    def __post_init__(self) -> None:
        if len(self.days) != len(WEEKDAYS):
            raise InputError(
                "hours of the week", f"{len(self.days)} days are given", "Give seven, Monday first"
            )
        object.__setattr__(self, "days", tuple(_joined(hours) for hours in self.days))

    @classmethod
    def of(cls, hours: Mapping[str, Iterable[str]]) -> WeekHours:
        """From `{"mon": ["08:00-12:00", "13:00-17:00"], ...}`; days left out have no hours."""
        unknown = set(hours) - set(WEEKDAYS)
        if unknown:
            raise InputError(
                "hours of the week",
                f"{', '.join(sorted(unknown))} is no weekday",
                f"Use {', '.join(WEEKDAYS)}",
            )
        return cls(
            tuple(tuple(Hours.parse(text) for text in hours.get(day, ())) for day in WEEKDAYS)
        )

    @classmethod
    def on(cls, days: Iterable[str], *hours: str) -> WeekHours:
        """The same hours on each of the named days: `WeekHours.on(WEEKDAYS[:5], "08:00-17:00")`."""
        return cls.of(dict.fromkeys(days, hours))

    @classmethod
    def always(cls) -> WeekHours:
        """Every hour of every day (to 23:59)."""
        return cls.on(WEEKDAYS, "00:00-23:59")

    def on_date(self, day: date) -> tuple[Hours, ...]:
        """The hours of that date's weekday, in order, not overlapping."""
        return self.days[day.weekday()]


@dataclass(frozen=True, slots=True)
class Busy:
    """Dates, or hours on these dates, that are taken: a trip, a clinic's closing days."""

    first: date
    last: date
    reason: str = ""
    hours: Hours | None = None

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise InputError(
                f"busy dates from {self.first} to {self.last}",
                "the last is before the first",
                "Give the first date first",
            )

    @classmethod
    def on(cls, day: date, reason: str = "", hours: Hours | None = None) -> Busy:
        """One busy date."""
        return cls(day, day, reason, hours)

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Availability:
    """When a patient can come: free hours of each weekday, less the busy dates."""

    hours: WeekHours = field(default_factory=WeekHours.always)
    busy: tuple[Busy, ...] = ()


def _joined(hours: Iterable[Hours]) -> tuple[Hours, ...]:
    """The hours in order, touching and overlapping ones made one."""
    joined: list[Hours] = []
    for stretch in sorted(hours):
        if joined and stretch.start <= joined[-1].end:
            joined[-1] = Hours(joined[-1].start, max(joined[-1].end, stretch.end))
        else:
            joined.append(stretch)
    return tuple(joined)
