"""The rooms and people of the synthetic clinic: sites, chairs, stimulators, and who works there."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from euthymia.chart.envelope import Author

TIMES_MIN = tuple(minute for minute in range(8 * 60, 17 * 60, 30) if minute != 12 * 60)
"""When an appointment can begin, in minutes after midnight; noon is free."""

APPOINTMENT_MIN = 30


@dataclass(frozen=True, slots=True)
class Stimulator:
    """A device as the clinic names it; model and coil by their ids in the catalogues."""

    name: str
    model: str
    coil: str
    serial_number: str


@dataclass(frozen=True, slots=True)
class Chair:
    """A chair with its stimulator."""

    name: str
    stimulator: Stimulator


@dataclass(frozen=True, slots=True)
class Site:
    """One place of the clinic."""

    key: str
    name: str
    chairs: tuple[Chair, ...]


@dataclass(frozen=True, slots=True)
class Worker:
    """Someone who works there; `role` as the clinic's rights name it."""

    username: str
    name: str
    role: str

    @property
    def author(self) -> Author:
        return Author(self.name, self.role)


@dataclass(frozen=True, slots=True)
class Place:
    """When and where a patient comes: site, chair and time of day."""

    site: int
    chair: Chair
    minute: int


MODELS = (
    ("magventure-magpro-r30", "magventure-c-b60", "MagPro R30"),
    ("magventure-magpro-x100", "magventure-c-b60", "MagPro X100"),
    ("magstim-super-rapid2-240v", "magstim-70mm-fig8", "Super Rapid2"),
)

PSYCHIATRISTS = (
    Worker("hanna", "Hanna Okafor (synthetic)", "psychiatrist"),
    Worker("milan", "Milan Brandt (synthetic)", "psychiatrist"),
)
OPERATORS = (
    Worker("rosa", "Rosa Delgado (synthetic)", "operator"),
    Worker("tomas", "Tomas Lindqvist (synthetic)", "operator"),
    Worker("aiko", "Aiko Fujimoto (synthetic)", "operator"),
)
COORDINATOR = Worker("piet", "Piet Lindholm (synthetic)", "coordinator")
RESEARCHER = Worker("ines", "Ines Carvalho (synthetic)", "researcher")
ADMINISTRATOR = Worker("joan", "Joan Whitfield (synthetic)", "administrator")
WORKERS = (*PSYCHIATRISTS, *OPERATORS, COORDINATOR, RESEARCHER, ADMINISTRATOR)


def operator_at(place: Place) -> Worker:
    """Who sits at that chair at that time: the first site and the others have two people each."""
    pair = OPERATORS[:2] if place.site == 0 else OPERATORS[1:]
    return pair[place.minute // 60 % 2]


SITE_NAMES = ("Central", "Hillside", "Lakeside", "Woodside", "Seaside", "Parkside")


def site(index: int, chairs: int) -> Site:
    """The site of that index with so many chairs."""
    name = SITE_NAMES[index]
    return Site(
        key=name.lower(),
        name=f"{name} clinic (synthetic)",
        chairs=tuple(_chair(name, number) for number in range(1, chairs + 1)),
    )


def _chair(site_name: str, number: int) -> Chair:
    model, coil, title = MODELS[(number - 1) % len(MODELS)]
    serial = f"SYN-{site_name[:1]}{number:02d}"
    return Chair(f"Chair {number}", Stimulator(f"{title} ({serial})", model, coil, serial))


class Places:
    """Hands out times at chairs: each once to those in treatment, any to those who were there."""

    def __init__(self, sites: tuple[Site, ...], seed: int) -> None:
        self._sites = sites
        self._free = [
            Place(index, chair, minute)
            for index, each in enumerate(sites)
            for minute in TIMES_MIN
            for chair in each.chairs
        ]
        self._any = tuple(self._free)
        Random(f"{seed}/places").shuffle(self._free)

    def own(self, model: str | None = None) -> Place | None:
        """A place that nobody else has, at a stimulator of that model if one is named.

        None where the clinic is full.
        """
        for index in range(len(self._free) - 1, -1, -1):
            if model is None or self._free[index].chair.stimulator.model == model:
                return self._free.pop(index)
        return None

    def some(self, draw: Random) -> Place:
        """A place as someone had it in the past."""
        return draw.choice(self._any)
