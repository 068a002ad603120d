"""Hours, busy dates, holidays and sites: what they accept and what they refuse."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from euthymia.core.errors import InputError
from euthymia.plan.course import (
    WEEKDAYS,
    Availability,
    Busy,
    Choices,
    Hours,
    PublicHolidays,
    Site,
    WeekHours,
)
from euthymia.plan.course.rooms import dated_room, weekly_room


def test_hours_are_read_from_text() -> None:
    assert Hours.parse(" 8:00 - 17:30 ") == Hours(time(8), time(17, 30))


@pytest.mark.parametrize("text", ["8-17", "08:00", "25:00-26:00", "17:00-08:00", "08:00-08:00", ""])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        Hours.parse(text)


def test_overlapping_and_touching_hours_are_joined() -> None:
    week = WeekHours.of({"mon": ["13:00-15:00", "08:00-12:00", "11:00-13:00"]})
    assert week.on_date(date(2026, 5, 4)) == (Hours(time(8), time(15)),)
    assert week.on_date(date(2026, 5, 5)) == ()


def test_an_unknown_weekday_is_refused() -> None:
    with pytest.raises(InputError, match="is no weekday"):
        WeekHours.of({"monday": ["08:00-12:00"]})


def test_busy_dates_run_forwards() -> None:
    with pytest.raises(InputError, match="before the first"):
        Busy(date(2026, 5, 4), date(2026, 5, 1))


def test_holidays_follow_country_and_subdivision() -> None:
    corpus_christi = date(2026, 6, 4)
    assert PublicHolidays("DE", "BY").name_on(corpus_christi) == "Corpus Christi"
    assert PublicHolidays("DE", "HH").name_on(corpus_christi) is None


def test_a_holiday_observed_on_another_day_is_kept_on_that_day() -> None:
    assert PublicHolidays("US").name_on(date(2026, 7, 3)) == "Independence Day (observed)"


def test_a_site_may_work_on_named_holidays() -> None:
    columbus_day = date(2026, 10, 12)
    assert PublicHolidays("US").name_on(columbus_day) == "Columbus Day"
    assert PublicHolidays("US", open_on=("columbus",)).name_on(columbus_day) is None


@pytest.mark.parametrize(("country", "subdivision"), [("XX", None), ("US", "QQ")])
def test_unknown_countries_and_subdivisions_are_refused(
    country: str, subdivision: str | None
) -> None:
    with pytest.raises(InputError, match="country or subdivision is not known"):
        PublicHolidays(country, subdivision)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe"])
def test_unknown_time_zones_are_refused(zone: str) -> None:
    with pytest.raises(InputError, match="the system does not know it"):
        Site(zone)


def test_impossible_site_settings_are_refused() -> None:
    with pytest.raises(InputError, match="setup time"):
        Site("UTC", setup_minutes=-1)
    with pytest.raises(InputError, match="appointment grid"):
        Site("UTC", grid_minutes=0)


@pytest.mark.parametrize(
    "changes",
    [{"days_per_week": 8}, {"sessions_per_day": 0}, {"min_gap_min": -1}, {"sessions": 0}],
)
def test_impossible_choices_are_refused(changes: dict[str, int]) -> None:
    with pytest.raises(InputError):
        Choices(**changes)  # type: ignore[arg-type]


def test_room_is_what_both_have_less_the_busy_hours() -> None:
    day = date(2026, 5, 4)
    site = Site("UTC", WeekHours.on(WEEKDAYS[:5], "08:00-12:00", "13:00-17:00"))
    patient = Availability(
        WeekHours.on(WEEKDAYS, "09:00-16:00"),
        (Busy.on(day, "a meeting", Hours.parse("14:00-15:00")),),
    )

    def at(hour: int) -> datetime:
        return datetime(2026, 5, 4, hour, tzinfo=UTC)

    assert weekly_room(day, patient, site) == ((at(9), at(12)), (at(13), at(16)))
    assert dated_room(day, patient, site) == (
        (at(9), at(12)),
        (at(13), at(14)),
        (at(15), at(16)),
    )


def test_hours_on_the_day_clocks_go_back_are_read_to_the_safe_side() -> None:
    # 2026-11-01 in New York has 01:30 twice; free from 01:30 means from the second one
    day = date(2026, 11, 1)
    site = Site("America/New_York", WeekHours.always())
    patient = Availability(WeekHours.on(("sun",), "01:30-03:00"))
    assert weekly_room(day, patient, site) == (
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), datetime(2026, 11, 1, 8, 0, tzinfo=UTC)),
    )
