"""Reading days, spans of days and durations in anybody's words: "spring 2021", "about 6 weeks"."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from euthymia.assess.medication.told.words import history_words
from euthymia.assess.medication.trial import DayBounds

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR_MONTHS = len(_MONTHS)
_LEAP_CYCLE_YEARS = 4
_WEEK_DAYS = 7

MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?:19|20)\d\d"
_ROUGH = r"(?:early|beginning\s+of|start\s+of|mid(?:dle)?(?:\s+of)?|late|end\s+of)"
_WORDS = "half an?|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_LONG_UNIT = r"(?:days?|weeks?|wks?|months?|mos?|mths?|years?|yrs?)"
_FIGURE = r"\d+(?:[.,]\d+)?"
LENGTH = (
    rf"(?:(?P<low>{_FIGURE})\s*(?:(?:-|–|to)\s*(?P<high>{_FIGURE})\s*)?-?"
    rf"(?P<unit>{_LONG_UNIT}|d|w|y)|(?P<word>{_WORDS})\s+(?P<wordunit>{_LONG_UNIT}))\b"
)
_AGO = rf"(?:{_FIGURE}\s*|(?:{_WORDS})\s+){_LONG_UNIT}\s+ago"
MOMENT = "|".join(
    (
        rf"{_YEAR}-\d\d-\d\d",
        rf"\d{{1,2}}[./]\d{{1,2}}[./](?:{_YEAR}|\d\d)",
        rf"{_ROUGH}[\s-]+(?:{MONTH}\s+)?{_YEAR}",
        rf"\d{{1,2}}(?:st|nd|rd|th)?\s+{MONTH},?\s+{_YEAR}",
        rf"{MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+{_YEAR}",
        rf"{MONTH},?\s*(?:{_YEAR}|['’]\d\d)",
        rf"(?:spring|summer|autumn|fall|winter)(?:\s+of)?\s+{_YEAR}",
        rf"q[1-4][\s/-]*{_YEAR}",
        rf"(?:0?[1-9]|1[0-2])[/.]{_YEAR}",
        rf"{_YEAR}[-/.](?:0[1-9]|1[0-2])(?!\d)",
        _AGO,
        rf"{_YEAR}",
        r"today|last\s+year|last\s+month|this\s+year",
    )
)
ABOUT = r"(?:about|around|approx(?:imately)?\.?|roughly|circa|ca\.?|c\.|~|≈)"


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a statement about one day leaves possible, both ends included."""

    first: date
    last: date

    @property
    def bounds(self) -> DayBounds:
        return DayBounds(self.first, self.last)

    @property
    def exact(self) -> date | None:
        return self.first if self.first == self.last else None

    @property
    def text(self) -> str:
        if self.exact:
            return self.first.isoformat()
        return f"{self.first.isoformat()} to {self.last.isoformat()}"

    def widened(self) -> Period:
        """For "about": as long again on either side."""
        length = self.last - self.first + timedelta(days=1)
        return Period(self.first - length, self.last + length)


@dataclass(frozen=True, slots=True)
class Duration:
    """A told length of time, in days; None: open on that side."""

    least: int | None
    most: int | None

    @property
    def text(self) -> str:
        if self.most is None:
            return f"at least {self.least} days"
        if not self.least:
            return f"at most {self.most} days"
        same = self.least == self.most
        return f"{self.least} days" if same else f"{self.least} to {self.most} days"


def moment(text: str, on: date) -> Period | None:
    """The days that a statement like "spring 2021" or "03/2020" may mean; None: not readable."""
    said = " ".join(text.casefold().replace(",", " ").split())
    for read in (_iso, _numeric, _ago, _relative, _rough, _day_month, _season, _month_year):
        try:
            found = read(said, on)
        except ValueError:  # a 31st of April, a month 13
            return None
        if found is not None:
            return found
    return None


def _iso(said: str, on: date) -> Period | None:
    if not re.fullmatch(rf"{_YEAR}-\d\d-\d\d", said):
        return None
    day = date.fromisoformat(said)
    return Period(day, day)


def _numeric(said: str, on: date) -> Period | None:
    """Day and month in figures; where both orders are possible, both are kept."""
    found = re.fullmatch(rf"(\d{{1,2}})([./])(\d{{1,2}})[./]({_YEAR}|\d\d)", said)
    if not found:
        return None
    one, other, year = int(found[1]), int(found[3]), _year(found[4], on)
    orders = [(other, one)] if found[2] == "." else [(one, other), (other, one)]
    days = [date(year, m, d) for m, d in orders if m <= _YEAR_MONTHS]
    if not days:
        raise ValueError("no such month")
    return Period(min(days), max(days))


def _year(text: str, on: date) -> int:
    """A year of four figures, or of two, which then lies in the last hundred years."""
    year = int(text.lstrip("'’"))
    if year >= 100:
        return year
    century = on.year // 100 * 100
    return century + year if century + year <= on.year else century - 100 + year


def _ago(said: str, on: date) -> Period | None:
    found = re.fullmatch(rf"({_FIGURE}|{_WORDS})\s*({_LONG_UNIT})\s+ago", said)
    if not found:
        return None
    length = duration(found[1], None, found[2], about=True)
    least, most = length.least or 0, length.most or 0
    return Period(on - timedelta(days=most), on - timedelta(days=least))


def _relative(said: str, on: date) -> Period | None:
    if said == "today":
        return Period(on, on)
    if said in ("last year", "this year"):
        year = on.year - (said == "last year")
        return _clipped(Period(date(year, 1, 1), date(year, 12, 31)), on)
    if said == "last month":
        last = on.replace(day=1) - timedelta(days=1)
        return Period(last.replace(day=1), last)
    return None


def _clipped(period: Period, on: date) -> Period:
    return Period(period.first, max(min(period.last, on), period.first))


def _rough(said: str, on: date) -> Period | None:
    """ "early 2020", "mid March 2021"."""
    found = re.fullmatch(rf"({_ROUGH})[\s-]+(?:({MONTH})\s+)?({_YEAR})", said)
    if not found:
        return None
    rules, year = history_words().reading, int(found[3])
    word = found[1]
    if word.startswith("mid"):
        months, days = rules.middle_months, rules.middle_days
    elif word.startswith(("late", "end")):
        months, days = rules.late_months, rules.late_days
    else:
        months, days = rules.early_months, rules.early_days
    if found[2] is None:
        return Period(date(year, months[0], 1), _month_end(year, months[1]))
    month = _month(found[2])
    return Period(date(year, month, days[0]), min(date(year, month, 1) + timedelta(days[1] - 1),
                                                  _month_end(year, month)))  # fmt: skip


def _day_month(said: str, on: date) -> Period | None:
    day = r"(\d{1,2})(?:st|nd|rd|th)?"
    found = re.fullmatch(rf"{day}\s+({MONTH})\s+({_YEAR})", said)
    if found:
        exact = date(int(found[3]), _month(found[2]), int(found[1]))
        return Period(exact, exact)
    found = re.fullmatch(rf"({MONTH})\s+{day}\s+({_YEAR})", said)
    if not found:
        return None
    exact = date(int(found[3]), _month(found[1]), int(found[2]))
    return Period(exact, exact)


def _season(said: str, on: date) -> Period | None:
    names = "spring|summer|autumn|fall|winter|q[1-4]"
    found = re.fullmatch(rf"({names})(?:\s+of)?[\s/-]*({_YEAR})", said)
    if not found:
        return None
    name, year, rules = found[1], int(found[2]), history_words().reading
    if name.startswith("q"):
        last = int(name[1]) * rules.quarter_months
        return Period(date(year, last - rules.quarter_months + 1, 1), _month_end(year, last))
    first, last = getattr(rules, "autumn" if name == "fall" else name)
    if first > last:  # a winter: the one that begins in that year, and the one that ends in it
        return Period(date(year - 1, first, 1), _month_end(year + 1, last))
    return Period(date(year, first, 1), _month_end(year, last))


def _month_year(said: str, on: date) -> Period | None:
    found = re.fullmatch(rf"({MONTH})\s*({_YEAR}|['’]\d\d)", said)
    if found:
        year, month = _year(found[2], on), _month(found[1])
    elif found := re.fullmatch(rf"(\d{{1,2}})[/.]({_YEAR})", said):
        year, month = int(found[2]), int(found[1])
    elif found := re.fullmatch(rf"({_YEAR})[-/.](\d\d)", said):
        year, month = int(found[1]), int(found[2])
    elif re.fullmatch(_YEAR, said):
        return Period(date(int(said), 1, 1), date(int(said), 12, 31))
    else:
        return None
    return Period(date(year, month, 1), _month_end(year, month))


def _month(text: str) -> int:
    return _MONTHS.index(text[:3].casefold()) + 1


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


_NUMBERS = ("zero", *_WORDS.split("|")[2:])


def number(text: str) -> float:
    """A number in figures or as a word; "half a" is a half."""
    said = text.casefold().strip()
    if said.startswith("half"):
        return 0.5
    if said in ("a", "an"):
        return 1
    return float(_NUMBERS.index(said)) if said in _NUMBERS else float(said.replace(",", "."))


def duration(low: str, high: str | None, unit: str, *, about: bool = False) -> Duration:
    """A told length of time in days; a month has 28 to 31 of them, as the calendar may have it."""
    first, second = number(low), number(high or low)
    if about:
        rules = history_words().reading
        first -= max(rules.about_units, first * rules.about_share)
        second += max(rules.about_units, second * rules.about_share)
    return Duration(max(_days(first, unit)[0], 1), _days(second, unit)[1])


def _days(count: float, unit: str) -> tuple[int, int]:
    letter = unit.casefold()
    if letter.startswith("d"):
        return int(count), int(count)
    if letter.startswith("w"):
        return int(count * _WEEK_DAYS), int(count * _WEEK_DAYS)
    months = count * (_YEAR_MONTHS if letter.startswith("y") else 1)
    whole = int(months)
    least, most = _month_days(max(whole, 0))
    if months != whole:
        above = _month_days(whole + 1)
        part = months - whole
        least += int(part * (above[0] - least))
        most += -int(-part * (above[1] - most))
    return least, most


@cache
def _month_days(months: int) -> tuple[int, int]:
    """The fewest and the most days of that many months in a row."""
    if months <= 0:
        return 0, 0
    starts = [
        date(2000 + year, month, 1)
        for year in range(_LEAP_CYCLE_YEARS)
        for month in range(1, _YEAR_MONTHS + 1)
    ]
    lengths = [(_months_on(start, months) - start).days for start in starts]
    return min(lengths), max(lengths)


def _months_on(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, _YEAR_MONTHS)
    return date(first.year + years, month + 1, 1)
