"""Invented people: a name that says it is synthetic, and ways to reach nobody.

Telephone numbers are 555-0100 to 555-0199, which are kept free for fiction; e-mail addresses are
at example.org, which is kept free for examples (RFC 2606).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from euthymia.chart.patient_facts import Handedness, Sex
from euthymia.clinic.example.assumptions import assumptions, names

MARK = "synthetic"
"""The word with which every invented family name ends."""

_YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class Person:
    """An invented patient's identity, kept apart from the chart; `number` counts from 1."""

    number: int
    pseudonym: str
    given_name: str
    family_name: str
    birth_date: date
    sex: Sex
    handedness: Handedness
    phone: str
    email: str


def own_name(pseudonym: str) -> str:
    """How the chart names a patient as an author: as the patient's own pages do, never by name."""
    return f"patient {pseudonym}"


def person(number: int, digits: int, today: date, draw: Random) -> Person:
    """The person of that number; `digits` is how many the pseudonym counts with."""
    halves, people = names(), assumptions().people
    woman = draw.random() < people.women_share
    left = draw.random() < people.left_handed_share
    family = draw.choice(halves.first_halves) + draw.choice(halves.second_halves)
    pseudonym = f"SYN-{number:0{digits}d}"
    return Person(
        number=number,
        pseudonym=pseudonym,
        given_name=draw.choice(halves.women if woman else halves.men),
        family_name=f"{family} ({MARK})",
        birth_date=_born(today, draw),
        sex=Sex.FEMALE if woman else Sex.MALE,
        handedness=Handedness.LEFT if left else Handedness.RIGHT,
        phone=f"+1 {draw.choice(halves.area_codes)}-555-01{draw.randrange(100):02d}",
        email=f"{pseudonym.lower()}@example.org",
    )


def _born(today: date, draw: Random) -> date:
    people = assumptions().people
    age = draw.gauss(people.age_mean_years, people.age_sd_years)
    age = min(max(age, people.age_from_years + 1.0), people.age_to_years)
    return today - timedelta(days=round(age * _YEAR_DAYS))
