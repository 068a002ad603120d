"""Reading doses in anybody's words: "50->150 mg", "2 x 75 mg", "up to 300 mg/day"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from euthymia.assess.medication.told.scan import Scan
from euthymia.assess.medication.trial import ToldDose
from euthymia.core.errors import InputError

_NUMBER = r"\d+(?:[.,]\d+)?"
_UNIT = r"(?P<unit>mg|milligrams?|mcg|µg|μg|ug|micrograms?|g|grams?)(?![a-z])"
_PER_DAY = r"(?:\s*(?:/|per\s+|a\s+)\s*(?:d|day|24\s*h)\b)?"
_OFTEN = (
    r"(?:[\s,]*(?P<often>b\.?i\.?d\.?|t\.?i\.?d\.?|q\.?i\.?d\.?|twice\s+(?:a\s+day|daily|per\s+day)|"
    r"three\s+times\s+(?:a\s+day|daily|per\s+day)|four\s+times\s+(?:a\s+day|daily|per\s+day)|"
    r"once\s+(?:a\s+day|daily|per\s+day)|daily|q\.?d\.?|o\.?d\.?|qhs|q\.?h\.?s\.?|nocte|"
    r"at\s+night|every\s+(?:day|morning|night)|mane)(?!\w))?"
)
_ARROW = r"\s*(?:->|→|=>|⇒|>|–>|then|titrated\s+to|increased\s+to|raised\s+to|up\s+to)\s*"
_TO = r"\s*(?:-|–|—|to|or)\s*"

_NO_TIME = r"(?![\d.,]*\s*-?\s*(?:d|w|y|m|mos?|mths?|days?|wks?|weeks?|months?|yrs?|years?)\b)"
_LADDER = re.compile(
    rf"(?P<first>{_NUMBER})\s*(?:mg|mcg|µg|μg|g)?(?P<rest>(?:{_ARROW}{_NUMBER}{_NO_TIME}\s*"
    rf"(?:mg|mcg|µg|μg|g(?![a-z]))?)+)(?:\s*{_UNIT})?{_PER_DAY}{_OFTEN}",
    re.IGNORECASE,
)
_TIMES = re.compile(
    rf"(?P<count>[1-9])\s*[x×*]\s*(?P<each>{_NUMBER})\s*{_UNIT}{_PER_DAY}", re.IGNORECASE
)
_BOUND = (
    r"(?P<bound>up\s+to|titrated\s+(?:up\s+)?to|increased\s+to|raised\s+to|max(?:imum)?(?:\s+dose)?"
    r"(?:\s+of)?|reached|at\s+least|minimum|min\.?|more\s+than|over|>=|≥|>|at\s+most|less\s+than|"
    r"under|below|<=|≤|<)"
)
_RANGE = re.compile(
    rf"(?:{_BOUND}\s*)?(?:(?:about|around|approx\.?|~|ca\.?)\s*)?(?P<low>{_NUMBER})\s*"
    rf"(?:(?:mg|mcg|µg)?{_TO}(?P<high>{_NUMBER}))?\s*{_UNIT}{_PER_DAY}{_OFTEN}",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(rf"(?<=[\s,;(\x00])-{_NUMBER}\s*(?:mg|mcg|g)\b", re.IGNORECASE)
_BARE = re.compile(
    rf"^[\x00\s()]*(?P<dose>{_NUMBER}(?:\s*(?:->|→|=>|⇒|–>)\s*{_NUMBER})*){_NO_TIME}"
    rf"(?:\s*p\.?o\.?(?!\w))?{_OFTEN}(?=\s*(?:[,;(@\x00]|$|[x×]\s*\d|for\s+\d))",
    re.IGNORECASE,
)
_MICRO = ("mcg", "µ", "μ", "ug", "microg")
_THOUSAND = 1000
_TIMES_A_DAY = {"b": 2, "twice": 2, "t": 3, "three": 3, "four": 4}


@dataclass(frozen=True, slots=True)
class FoundDose:
    """Doses that stand at one place of a line, in their order of time."""

    position: int
    doses: tuple[ToldDose, ...]


def take_doses(
    scan: Scan, others: tuple[int, int] = (0, 0), *, in_micrograms: bool = False
) -> tuple[FoundDose, ...]:
    """Take every dose of the line, from left to right, but for those in the part of `others`.

    in_micrograms: so a number without a unit is meant, because the drug is dosed in them.
    """
    hidden = scan.hide(*others)
    for match in scan.all(_NEGATIVE):
        raise InputError(
            f"the dose {match[0].strip()!r}",
            "it is below 0",
            "Give a dose above 0 mg per day, or leave it out if it is unknown",
        )
    found = [
        *_ladders(scan),
        *_multiples(scan),
        *_ranges(scan),
        *_bare(scan, in_micrograms=in_micrograms),
    ]
    scan.show(hidden)
    return tuple(sorted(found, key=lambda one: one.position))


def _ladders(scan: Scan) -> Iterator[FoundDose]:
    """Doses with arrows between them: each step may have held any dose up to the next."""
    for match in scan.all(_LADDER):
        unit = match["unit"] or _unit_inside(match["rest"]) or _unit_inside(match[0])
        if unit is None:
            continue
        numbers = [match["first"], *re.findall(_NUMBER, match["rest"])]
        factor = _factor(unit) * _often(match["often"])
        doses = [_number(text) * factor for text in numbers]
        scan.take(match, f"doses one after the other: {', '.join(f'{d:g}' for d in doses)} mg")
        yield FoundDose(match.start(), _steps(doses))


def _steps(doses: Sequence[float]) -> tuple[ToldDose, ...]:
    """Each dose but the last may have been anything up to the next."""
    told = [ToldDose(min(dose, after), max(dose, after)) for dose, after in pairwise(doses)]
    return (*told, ToldDose(doses[-1], doses[-1]))


def _unit_inside(text: str) -> str | None:
    found = re.search(r"(mg|mcg|µg|μg|g)(?![a-z])", text, re.IGNORECASE)
    return found[1] if found else None


def _multiples(scan: Scan) -> Iterator[FoundDose]:
    for match in scan.all(_TIMES):
        dose = int(match["count"]) * _number(match["each"]) * _factor(match["unit"])
        scan.take(match, f"{dose:g} mg a day")
        yield FoundDose(match.start(), (ToldDose(dose, dose),))


def _ranges(scan: Scan) -> Iterator[FoundDose]:
    for match in scan.all(_RANGE):
        factor = _factor(match["unit"]) * _often(match["often"])
        low = _number(match["low"]) * factor
        high = _number(match["high"]) * factor if match["high"] else low
        low, high = min(low, high), max(low, high)
        bound = " ".join((match["bound"] or "").casefold().split())
        doses, meaning = _bounded(bound, low, high)
        scan.take(match, meaning)
        yield FoundDose(match.start(), doses)


def _bare(scan: Scan, *, in_micrograms: bool) -> Iterator[FoundDose]:
    """Numbers by themselves right after the drug's name: "Lexapro 20, ...", "Zoloft 50->100"."""
    for match in scan.all(_BARE):
        factor = _often(match["often"]) / (_THOUSAND if in_micrograms else 1)
        doses = [_number(text) * factor for text in re.findall(_NUMBER, match["dose"])]
        shown = ", then ".join(f"{dose:g}" for dose in doses)
        scan.take(match, f"{shown} mg a day (no unit was written)")
        yield FoundDose(match.start("dose"), _steps(doses))


def _bounded(bound: str, low: float, high: float) -> tuple[tuple[ToldDose, ...], str]:
    """What "up to", "at least" or "at most" makes of a dose."""
    if bound.startswith(("at least", "min", "more", "over", ">", "≥")):
        return (ToldDose(low, None),), f"{low:g} mg a day or more"
    if bound.startswith(("at most", "less", "under", "below", "<", "≤")):
        return (ToldDose(None, high),), f"at most {high:g} mg a day"
    if bound:
        return (
            (ToldDose(None, high), ToldDose(low, high)),
            f"lower doses first, then {_span(low, high)} mg a day",
        )
    return (ToldDose(low, high),), f"{_span(low, high)} mg a day"


def _span(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _factor(unit: str) -> float:
    said = unit.casefold()
    if said.startswith(_MICRO):
        return 1 / _THOUSAND
    return 1 if said.startswith("mi") or said == "mg" else _THOUSAND


def _often(said: str | None) -> int:
    """How many such doses a day."""
    plain = re.sub(r"[.\s]+", " ", (said or "").casefold()).strip().replace(" ", "")
    if plain.startswith(("qid", "four")):
        return _TIMES_A_DAY["four"]
    if plain.startswith(("tid", "three")):
        return _TIMES_A_DAY["three"]
    return _TIMES_A_DAY["twice"] if plain.startswith(("bid", "twice")) else 1
