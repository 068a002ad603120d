"""The clinic as the calendar sees it: time zone, opening hours, holidays, and chair times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from euthymia.core.errors import InputError
from euthymia.plan.course.hours import WEEKDAYS, Busy, WeekHours
from euthymia.plan.course.public_holidays import PublicHolidays

OFFICE_HOURS = WeekHours.on(WEEKDAYS[:5], "08:00-17:00")


@dataclass(frozen=True, slots=True)
class Site:
    """Where and when a clinic treats.

    timezone: an IANA name ("America/New_York").
    setup_minutes: chair time before stimulation begins, each session.
    first_setup_minutes: the same for the first session, which needs the motor threshold.
    grid_minutes: appointments begin on multiples of this after midnight.
    """

    timezone: str
    hours: WeekHours = OFFICE_HOURS
    holidays: PublicHolidays | None = None
    closed: tuple[Busy, ...] = ()
    setup_minutes: int = 10
    first_setup_minutes: int = 40
    grid_minutes: int = 5

    def __post_init__(self) -> None:
        zone_of(self.timezone)
        if self.setup_minutes < 0 or self.first_setup_minutes < 0:
            raise InputError("setup time", "it is negative", "Give minutes, 0 or more")
        if not 1 <= self.grid_minutes <= 60:
            raise InputError(
                "appointment grid",
                f"{self.grid_minutes} min is outside 1 to 60",
                "Give minutes, for example 5",
            )

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.timezone)

    def closed_reason(self, day: date) -> str | None:
        """Why the whole of that date is closed, apart from weekly hours; None if it is not."""
        name = self.holidays.name_on(day) if self.holidays else None
        if name:
            return name
        return next(
            (
                busy.reason or "the clinic is closed"
                for busy in self.closed
                if busy.hours is None and busy.covers(day)
            ),
            None,
        )


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that IANA name; refuses one that the system does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f"time zone {name!r}",
            "the system does not know it",
            "Use an IANA name such as America/New_York",
        ) from None
