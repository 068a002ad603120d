"""The days on which the invented clinic treats, counted forwards and backwards."""

from __future__ import annotations

from datetime import date, timedelta

from euthymia.plan.course.public_holidays import PublicHolidays


class OpenDays:
    """Five days a week without public holidays; today is one of them, whatever day it is.

    On a Saturday or Sunday the five days are those that end with it, so that a clinic that is
    filled on such a day has something to show.
    """

    def __init__(self, today: date, country: str | None = None) -> None:
        self.today = today
        last = max(today.weekday(), 4)
        self.weekdays = frozenset(range(last - 4, last + 1))
        self.country = country
        self._holidays = PublicHolidays(country) if country else None
        self._known: dict[date, bool] = {}

    def is_open(self, day: date) -> bool:
        known = self._known.get(day)
        if known is None:
            known = self._known[day] = self._look_up(day)
        return known

    def _look_up(self, day: date) -> bool:
        if day == self.today:
            return True
        closed = self._holidays is not None and self._holidays.name_on(day) is not None
        return day.weekday() in self.weekdays and not closed

    def after(self, day: date, count: int = 1) -> date:
        """The open day that comes `count` open days after a day; negative counts go back."""
        step = timedelta(days=1 if count > 0 else -1)
        left = abs(count)
        while left:
            day += step
            left -= self.is_open(day)
        return day

    def at_or_before(self, day: date) -> date:
        """The day itself, or the last open one before it."""
        return day if self.is_open(day) else self.after(day, -1)

    def at_or_after(self, day: date) -> date:
        """The day itself, or the next open one."""
        return day if self.is_open(day) else self.after(day)
