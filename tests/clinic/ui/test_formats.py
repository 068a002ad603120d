"""How numbers and times are written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils import timezone

from euthymia.clinic.ui import formats


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"middle": 0.52, "low": 0.49, "high": 0.55, "share": True}, "52 % (49 to 55)"),
        ({"middle": 98.44, "low": 91, "high": 104.2, "unit": "V/m", "digits": 1},
         "98.4 V/m (91.0 to 104.2)"),
        ({"middle": -1.6, "low": -3, "high": 0.2, "digits": 1}, "−1.6 (−3.0 to 0.2)"),
        ({"middle": 12, "low": None, "high": 14}, "12 (range not known)"),
        ({"middle": None, "low": 1, "high": 2}, "not known"),
        ({"middle": float("nan"), "low": 1, "high": 2}, "not known"),
    ],
)  # fmt: skip
def test_an_interval_says_its_bounds_or_that_they_are_not_known(
    arguments: dict[str, Any], expected: str
) -> None:
    assert formats.interval(**arguments).replace("\u00a0", " ") == expected


def test_minus_zero_is_zero_and_thousands_are_parted() -> None:
    assert formats.number(-0.2) == "0"
    assert formats.number(1234567) == "1,234,567"


@pytest.mark.parametrize("value", [None, float("inf"), "many", True])
def test_what_is_no_number_is_not_known(value: Any) -> None:
    assert formats.number(value) == formats.percent(value) == "not known"
    assert formats.quantity(value, "mm") == "not known"


def test_times_are_written_in_the_sites_zone() -> None:
    late = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)
    with timezone.override("Europe/Berlin"):
        assert formats.moment(late).replace("\u00a0", " ") == "29 Nov 2026, 00:30"
        assert formats.weekday(late).replace("\u00a0", " ") == "Sun 29 Nov"


def test_a_day_has_no_time_and_nothing_is_not_known() -> None:
    assert formats.moment(date(2026, 11, 3)).replace("\u00a0", " ") == "3 Nov 2026"
    assert formats.day(None) == formats.clock(None) == formats.weekday(None) == "not known"
