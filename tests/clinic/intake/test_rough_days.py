"""Days in anybody's words, read as the same day again when they are written out."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.assess.medication.trial import DayBounds
from euthymia.clinic.intake.rough_days import RoughDay, read_rough_day

ON = date(2026, 11, 28)
_DAYS = st.dates(date(1950, 1, 1), ON)


@pytest.mark.parametrize(
    ("said", "exact", "between"),
    [
        ("2021-03-14", date(2021, 3, 14), None),
        ("14 March 2021", date(2021, 3, 14), None),
        ("March 2021", None, (date(2021, 3, 1), date(2021, 3, 31))),
        ("spring 2021", None, (date(2021, 3, 1), date(2021, 5, 31))),
        ("2021", None, (date(2021, 1, 1), date(2021, 12, 31))),
        ("2021-03-01 to 2021-05-31", None, (date(2021, 3, 1), date(2021, 5, 31))),
        ("March to May 2021", None, None),
        ("March 2021 or May 2021", None, (date(2021, 3, 1), date(2021, 5, 31))),
        ("by March 2021", None, (None, date(2021, 3, 31))),
        ("from March 2021", None, (date(2021, 3, 1), None)),
        ("about March 2021", None, (date(2021, 1, 29), date(2021, 5, 1))),
        ("this year", None, (date(2026, 1, 1), ON)),
    ],
)
def test_a_day_is_read_as_exactly_as_it_is_said(
    said: str, exact: date | None, between: tuple[date | None, date | None] | None
) -> None:
    found = read_rough_day(said, ON)
    if exact is None and between is None:
        assert found is None
    else:
        assert found == RoughDay(exact, DayBounds(*between) if between else None)


@pytest.mark.parametrize(
    "said", ["31 April 2021", "when I was young", "May 2021 to March 2021", "to"]
)
def test_what_is_no_day_is_not_guessed(said: str) -> None:
    assert read_rough_day(said, ON) is None


@given(one=_DAYS, other=_DAYS, kind=st.sampled_from(["exact", "both", "by", "from"]))
def test_a_day_that_is_written_out_reads_as_itself(one: date, other: date, kind: str) -> None:
    first, last = min(one, other), max(one, other)
    day = {
        "exact": RoughDay(exact=first),
        "both": RoughDay(between=DayBounds(first, last)) if first < last else RoughDay(exact=first),
        "by": RoughDay(between=DayBounds(None, last)),
        "from": RoughDay(between=DayBounds(first, None)),
    }[kind]
    assert read_rough_day(day.text, ON) == day
