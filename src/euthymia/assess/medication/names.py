"""Finding an agent by a name as a person writes it.

Case, accents, hyphens, salts and the words for tablets do not matter. The words for slow release
(XR, SR, retard) lead to that formulation where the catalogue has it. A name that is misspelt or
that stands for several agents is never guessed: it is refused with the names that may be meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache

from euthymia.assess.medication.catalogue import Agent, all_agents, catalogue
from euthymia.core.errors import InputError

_ALIKE = 0.72
_LONG_ENOUGH = 4
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class NameMatch:
    """What a name leads to: one agent, several that it may stand for, or the nearest names.

    `agent` is set where the name is clear; otherwise `choices` are agents of which one is meant,
    and `near` names that look like it.
    """

    agent: Agent | None = None
    choices: tuple[Agent, ...] = ()
    near: tuple[str, ...] = ()


def find_agent(name: str) -> Agent:
    """The agent of that generic or brand name; refuses an unclear one with what may be meant."""
    match = match_name(name)
    if match.agent is not None:
        return match.agent
    subject = f"drug {name!r}"
    if match.choices:
        listed = ", ".join(agent.name for agent in match.choices[:_SHOWN])
        more = " and others" if len(match.choices) > _SHOWN else ""
        raise InputError(
            subject, "it may stand for several", f"Say which one is meant: {listed}{more}"
        )
    near = " or ".join(match.near)
    meant = f"Did you mean {near}? Otherwise" if near else "Check the spelling, or"
    raise InputError(subject, "it is not in the catalogue", f"{meant} give its generic name")


def lookup_agent(name: str) -> Agent | None:
    """The agent of that name, or None where it is unknown or stands for several."""
    return match_name(name).agent


def nearest_names(name: str, count: int = 3) -> tuple[str, ...]:
    """Names of the catalogue that look like `name`, best first, each agent once."""
    said, known = plain(name), _by_name()
    begun = [key for key in known if len(said) >= _LONG_ENOUGH and key.startswith(said)]
    close = get_close_matches(said, list(known), n=count * 2, cutoff=_ALIKE)
    return tuple(dict.fromkeys(known[key].name for key in (*begun, *close)))[:count]


@lru_cache(maxsize=4096)  # every instrument asks for the same few names
def match_name(name: str) -> NameMatch:
    """What a name leads to, clear or not."""
    said = plain(name)
    if said in _by_name():
        return NameMatch(agent=_by_name()[said])
    if said in _ambiguous():
        return NameMatch(choices=_ambiguous()[said])
    words = catalogue().words
    # The words for tablets go first: what is left may be a name of its own, with salt and release.
    bare = " ".join(word for word in said.split() if word not in words.forms)
    if bare in _by_name():
        return NameMatch(agent=_by_name()[bare])
    bare, slow = _without(bare, words.extended_release)
    bare, quick = _without(bare, words.immediate_release)
    agent = _by_name().get(bare)
    if agent is None:
        bare = " ".join(word for word in bare.split() if word not in words.salts)
        agent = _by_name().get(bare)
    if agent is None:
        return NameMatch(choices=_ambiguous().get(bare, ()), near=nearest_names(name))
    return _formulation(agent, slow=slow, quick=quick)


def _formulation(agent: Agent, *, slow: bool, quick: bool) -> NameMatch:
    """The formulation that is meant by a word for slow or quick release."""
    if not slow or quick:
        return NameMatch(agent=agent)
    kin = [other for other in all_agents() if other.molecule == agent.molecule]
    released = tuple(other for other in kin if other.extended_release)
    if len(released) > 1:
        return NameMatch(choices=released)
    return NameMatch(agent=released[0] if released else agent)


def _without(name: str, words: Iterable[str]) -> tuple[str, bool]:
    """The name without those words at its end, and whether there was one."""
    for word in words:
        if name.endswith(f" {word}"):
            return name.removesuffix(word).strip(), True
    return name, False


def plain(name: str) -> str:
    """A name in the one spelling in which names are compared."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[\s\-./®™'’()\[\]]+", " ", bare).strip()


@cache
def _by_name() -> dict[str, Agent]:
    names: dict[str, Agent] = {}
    for agent in all_agents():
        for name in (agent.id, agent.name, *agent.brands):
            known = names.setdefault(plain(name), agent)
            if known is not agent:
                raise ValueError(f"the name {name!r} stands for {known.id} and for {agent.id}")
    return names


@cache
def _ambiguous() -> dict[str, tuple[Agent, ...]]:
    found = {}
    for row in catalogue().ambiguous:
        members = tuple(agent for agent in all_agents() if agent.drug_class == row.drug_class)
        found.update(dict.fromkeys(map(plain, row.names), members))
    return found


def known_names() -> frozenset[str]:
    """Every name that leads to an agent or to a choice of agents, in the spelling of `plain`."""
    return frozenset(_by_name()) | frozenset(_ambiguous())
