"""When a treatment was taken, from the days, spans and durations that a line names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from euthymia.assess.medication.told.dates import (
    ABOUT,
    LENGTH,
    MOMENT,
    MONTH,
    Duration,
    Period,
    duration,
    moment,
)
from euthymia.assess.medication.told.doses import FoundDose
from euthymia.assess.medication.told.scan import Scan
from euthymia.assess.medication.trial import DayBounds, DoseStep, ToldDose
from euthymia.core.errors import InputError

_NOW = r"(?:now|present|today|ongoing|current(?:ly)?|date)"
_TO = r"\s*(?:-|–|—|->|→|to|until|till|through|thru|and)\s*"
_RANGE = re.compile(
    rf"(?<![\w.])(?:(?:from|between|since|in)\s+)?(?P<about>{ABOUT}\s*)?"
    rf"(?P<first>{MOMENT}|{MONTH}){_TO}(?:{ABOUT}\s*)?(?P<last>{MOMENT}|{_NOW})(?![\w])",
    re.IGNORECASE,
)
_SINCE = re.compile(
    rf"(?<!\w)(?P<word>since|from|started(?:\s+in|\s+on)?|began(?:\s+in|\s+on)?|begun(?:\s+in|\s+on)?"
    rf"|start(?:ing)?(?:\s+in|\s+on)?|onset)[\s:]*(?P<about>{ABOUT}\s*)?(?P<first>{MOMENT})(?!\w)",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    rf"(?<!\w)(?P<word>until|till|up\s+to|through|stopped(?:\s+in|\s+on)?|ended(?:\s+in|\s+on)?|"
    rf"discontinued(?:\s+in|\s+on)?)\s+(?P<about>{ABOUT}\s*)?(?P<last>{MOMENT})(?!\w)",
    re.IGNORECASE,
)
_SINGLE = re.compile(
    rf"(?<![\w.])(?:(?:in|during|on|sometime\s+in)\s+)?(?P<about>{ABOUT}\s*)?(?P<day>{MOMENT})(?!\w)",
    re.IGNORECASE,
)
_LENGTH = re.compile(
    r"(?<![\w.])(?:(?:for|x|×|over|lasted|lasting)\s*)?(?P<bound>at\s+least|more\s+than|over|>=|≥|>|"
    rf"at\s+most|less\s+than|under|up\s+to|only|<=|≤|<)?\s*(?P<about>{ABOUT}\s*)?"
    rf"{LENGTH}\.?(?!\s*(?:ago|later|afterwards?)\b)",
    re.IGNORECASE,
)
_AFTERWARDS = re.compile(r"\b(?:relaps|recur)\w*[^,;]*$", re.IGNORECASE)
"""What came once it was over: a time after such words is not how long it was taken."""
_LIKE_A_DATE = re.compile(r"(?<![\d.])\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d{1,2}-\d{1,2}")


@dataclass(frozen=True, slots=True)
class Span:
    """A statement about time at one place of the line; `inside`: it was taken some time in it."""

    position: int
    begins: Period | None
    ends: Period | None
    inside: bool = False
    ongoing: bool = False


@dataclass(frozen=True, slots=True)
class TimeFacts:
    """When it was taken: exact days where they were told, bounds otherwise."""

    start: date | None = None
    end: date | None = None
    start_between: DayBounds | None = None
    end_between: DayBounds | None = None
    ongoing: bool = False
    spans: tuple[Span, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Length:
    """A told duration at one place of the line."""

    position: int
    duration: Duration


def take_times(scan: Scan, on: date) -> TimeFacts:
    """Take every day and span of the line, and join them into one first and one last day."""
    spans = sorted(
        [*_ranges(scan, on), *_sinces(scan, on), *_untils(scan, on), *_singles(scan, on)],
        key=lambda one: one.position,
    )
    for match in scan.all(_LIKE_A_DATE):
        raise InputError(
            f"the date {match[0]!r}", "there is no such day", "Correct it, as in 2021-03-14"
        )
    if not spans:
        return TimeFacts()
    if len(spans) == 1 and spans[0].inside:
        return _sometime(spans[0], on)
    begins = [span.begins for span in spans if span.begins]
    ends = [span.ends for span in spans if span.ends]
    ongoing = any(span.ongoing for span in spans)
    first = min(begins, key=lambda period: period.first, default=None)
    last = max(ends, key=lambda period: period.last, default=None)
    if last is None and not ongoing and len(spans) > 1:
        last = spans[-1].begins
        last = None if last is None else Period(last.first, on)
    return _facts(first, last, ongoing=ongoing, on=on, spans=tuple(spans))


def _facts(
    first: Period | None,
    last: Period | None,
    *,
    ongoing: bool,
    on: date,
    spans: tuple[Span, ...],
) -> TimeFacts:
    begun = _until_today(first, on)
    ended = None if ongoing else _until_today(last, on)
    return TimeFacts(
        start=begun.exact if begun else None,
        end=ended.exact if ended else None,
        start_between=begun.bounds if begun and not begun.exact else None,
        end_between=ended.bounds if ended and not ended.exact else None,
        ongoing=ongoing,
        spans=spans,
    )


def _sometime(span: Span, on: date) -> TimeFacts:
    """ "in 2021": it was taken on some day of that time, perhaps before and after it, too."""
    assert span.begins is not None  # a single span has one
    period = _until_today(span.begins, on) or span.begins
    return TimeFacts(
        start_between=DayBounds(None, period.last),
        end_between=DayBounds(period.first, None),
        spans=(span,),
    )


def _until_today(period: Period | None, on: date) -> Period | None:
    """Nothing told lies ahead; a time that lies wholly ahead stays, and is refused later."""
    if period is None or period.last <= on or period.first > on:
        return period
    return Period(period.first, on)


def _ranges(scan: Scan, on: date) -> list[Span]:
    found = []
    for match in scan.all(_RANGE):
        said_last = match["last"].casefold()
        now = re.fullmatch(_NOW, said_last, re.IGNORECASE) is not None
        last = Period(on, on) if now else moment(match["last"], on)
        first = _first_moment(match["first"], match["last"], on)
        if first is None or last is None:
            continue
        if match["about"]:
            first, last = first.widened(), last if now else last.widened()
        if first.first > last.last:
            raise InputError(
                f"the time {match[0].strip()!r}",
                "it ends before it begins",
                "Exchange or correct the two dates",
            )
        scan.take(match, _range_text(first, last, now=now))
        found.append(Span(match.start(), first, None if now else last, ongoing=now))
    return found


def _first_moment(first: str, last: str, on: date) -> Period | None:
    """A month without a year takes the year of the end of the span."""
    if not re.fullmatch(MONTH, first, re.IGNORECASE):
        return moment(first, on)
    year = re.search(r"(?:19|20)\d\d|['’]\d\d", last)
    return moment(f"{first} {year[0]}", on) if year else None


def _range_text(first: Period, last: Period, *, now: bool) -> str:
    return f"begun {first.text}, " + ("still taken" if now else f"last taken {last.text}")


def _sinces(scan: Scan, on: date) -> list[Span]:
    found = []
    for match in scan.all(_SINCE):
        first = moment(match["first"], on)
        if first is None:
            continue
        first = first.widened() if match["about"] else first
        ongoing = match["word"].casefold() == "since"
        scan.take(match, f"begun {first.text}")
        found.append(Span(match.start(), first, None, ongoing=ongoing))
    return found


def _untils(scan: Scan, on: date) -> list[Span]:
    found = []
    for match in scan.all(_UNTIL):
        last = moment(match["last"], on)
        if last is None:
            continue
        last = last.widened() if match["about"] else last
        scan.take(match, f"last taken {last.text}")
        found.append(Span(match.start(), None, last))
    return found


def _singles(scan: Scan, on: date) -> list[Span]:
    found = []
    for match in scan.all(_SINGLE):
        day = moment(match["day"], on)
        if day is None:
            continue
        day = day.widened() if match["about"] else day
        scan.take(match, f"taken some time in {day.text}")
        found.append(Span(match.start(), day, None, inside=True))
    return found


def take_lengths(scan: Scan) -> tuple[Length, ...]:
    """Take every duration of the line; what is said of the time after it is left."""
    found = []
    for match in scan.all(_LENGTH):
        if _AFTERWARDS.search(scan.text[: match.start()]):
            continue
        low, unit = match["low"] or match["word"], match["unit"] or match["wordunit"]
        length = duration(low, match["high"], unit, about=bool(match["about"]))
        bound = " ".join((match["bound"] or "").casefold().split())
        if bound.startswith(("at least", "more", "over", ">", "≥")):
            length = replace(length, most=None)
        elif bound and bound != "only":
            length = replace(length, least=None)
        scan.take(match, f"taken for {length.text}")
        found.append(Length(match.start(), length))
    return tuple(found)


def join_doses(
    doses: Sequence[FoundDose], times: TimeFacts, lengths: Sequence[Length]
) -> tuple[tuple[DoseStep, ...], tuple[ToldDose, ...], Duration | None]:
    """Doses with the days or durations that belong to them, and the length of the whole trial.

    One duration is that of the whole. As many durations (or days) as doses, each after its dose,
    belong to the doses. Gives exact steps where everything is exact, told doses otherwise.
    """
    told = [dose for found in doses for dose in found.doses]
    whole = lengths[0].duration if len(lengths) == 1 else None
    if len(doses) == len(told) == len(lengths) > 1 and _alternate(doses, lengths):
        told = [
            replace(dose, least_days=length.duration.least, most_days=length.duration.most)
            for dose, length in zip(told, lengths, strict=True)
        ]
    elif len(lengths) > 1:
        raise InputError(
            "this line",
            "it names several durations, and not one after each dose",
            "Write each dose with its duration, or the duration of the whole once",
        )
    loose = len(times.spans) > 1 and any(span.inside for span in times.spans)
    if len(doses) == len(told) == len(times.spans) > 1 and _alternate(doses, times.spans):
        loose = False
        told = [
            replace(dose, begins=span.begins.bounds if span.begins else None)
            for dose, span in zip(told, times.spans, strict=True)
        ]
    if loose:
        raise InputError(
            "this line",
            "it names several times, and not one after each dose",
            "Write a line for each course, or one span such as Mar-Sep 2021",
        )
    step = _exact_step(told, times)
    if step is not None:
        return (step,), (), whole
    return (), tuple(told), whole


def _alternate(doses: Sequence[FoundDose], others: Sequence[Span | Length]) -> bool:
    """Whether after each dose, and before the next, stands one of the others."""
    pairs = zip(doses, others, strict=True)
    places = [place for dose, other in pairs for place in (dose.position, other.position)]
    return all(one < following for one, following in pairwise(places))


def _exact_step(told: Sequence[ToldDose], times: TimeFacts) -> DoseStep | None:
    """One exact dose from an exact first day on is a dose step."""
    if len(told) != 1 or times.start is None or told[0].low_mg_per_day is None:
        return None
    dose = told[0]
    plain = ToldDose(dose.low_mg_per_day, dose.low_mg_per_day)
    return DoseStep(times.start, None, dose.low_mg_per_day) if dose == plain else None
