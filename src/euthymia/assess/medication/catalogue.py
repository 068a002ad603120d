"""The catalogue of agents: names, classes, doses and where each fact comes from.

The facts stand in `data/agents.toml`. `find_agent` resolves a generic or brand name as a person
writes it, and refuses a name it does not know with the nearest ones.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from enum import StrEnum
from functools import cache

from pydantic import Field

from euthymia.assess.data_files import Row, Span, load_table
from euthymia.core.errors import InputError
from euthymia.core.references import Citation


class AgentKind(StrEnum):
    """What an agent is in the treatment of depression."""

    ANTIDEPRESSANT = "antidepressant"
    AUGMENTER = "augmenter"
    ESKETAMINE = "esketamine"
    ECT = "ect"
    TMS = "tms"
    PSYCHOTHERAPY = "psychotherapy"
    OTHER = "other"


class Agent(Row):
    """One agent or treatment. Doses in mg per day; what is not known is None or missing."""

    id: str
    name: str
    kind: AgentKind
    drug_class: str = Field(alias="class")
    molecule_id: str | None = Field(default=None, alias="molecule")
    brands: tuple[str, ...] = ()
    atc: str | None = None
    usual: Span | None = None
    extreme: Span | None = None
    minimum: dict[str, Span] = Field(default_factory=dict)
    level: str = ""
    note: str = ""
    class_source: Citation | None = None
    atc_source: Citation | None = None
    minimum_source: Citation | None = None

    @property
    def molecule(self) -> str:
        """What two formulations of the same drug have in common: they count as one agent."""
        return self.molecule_id or self.id

    @property
    def is_drug(self) -> bool:
        """Whether it is a substance, not a procedure or a talking treatment."""
        procedure = self.kind in (AgentKind.ECT, AgentKind.TMS, AgentKind.PSYCHOTHERAPY)
        return not procedure and self.drug_class != "neuromodulation"


class Columns(Row):
    """Where each column of the catalogue comes from, unless an agent says otherwise."""

    usual: Citation
    extreme: Citation
    brands: Citation
    atc: Citation
    drug_class: Citation = Field(alias="class")
    minimum: dict[str, Citation]


class MinimumDose(Row):
    """The least adequate dose, in mg per day, and the sources it was settled from.

    Below `mg_per_day.low` a dose is too low on every reading; from `mg_per_day.high` it is adequate
    on every reading; in between the sources differ.
    """

    mg_per_day: Span
    sources: tuple[Citation, ...]
    why: str


class _Catalogue(Row):
    columns: Columns
    agent: tuple[Agent, ...]


@cache
def _catalogue() -> _Catalogue:
    return _Catalogue.model_validate(load_table("agents.toml"))


def all_agents() -> tuple[Agent, ...]:
    """Every agent of the catalogue, in the order of its file."""
    return _catalogue().agent


def columns() -> Columns:
    """The sources of the catalogue's columns."""
    return _catalogue().columns


@cache
def _by_name() -> dict[str, Agent]:
    names: dict[str, Agent] = {}
    for agent in all_agents():
        for name in (agent.id, agent.name, *agent.brands):
            known = names.setdefault(_plain(name), agent)
            if known is not agent:
                raise ValueError(f"the name {name!r} stands for {known.id} and for {agent.id}")
    return names


def _plain(name: str) -> str:
    """Case, spaces, hyphens and dots do not tell two drugs apart."""
    return re.sub(r"[\s\-./®™]+", " ", name.casefold()).strip()


def find_agent(name: str) -> Agent:
    """The agent of that generic or brand name; refuses an unknown one with the nearest names."""
    agent = lookup_agent(name)
    if agent is not None:
        return agent
    near = nearest_names(name)
    meant = f"Did you mean {' or '.join(near)}? Otherwise" if near else "Check the spelling, or"
    raise InputError(
        f"drug {name!r}", "it is not in the catalogue", f"{meant} give its generic name"
    )


def lookup_agent(name: str) -> Agent | None:
    """The agent of that name, or None where the catalogue does not hold it."""
    return _by_name().get(_plain(name))


def nearest_names(name: str, count: int = 3) -> tuple[str, ...]:
    """Names of the catalogue that look like `name`, best first, each agent once."""
    close = get_close_matches(_plain(name), list(_by_name()), n=count * 2, cutoff=0.75)
    found = dict.fromkeys(_by_name()[match].name for match in close)
    return tuple(found)[:count]


def minimum_dose(agent: Agent, dose_list: str) -> MinimumDose | None:
    """The least adequate dose of an agent on an instrument's list; None where none is on record.

    The instrument's own minimum holds where it is at least as strict as the usual range. Where it
    is laxer, doses between the two are left open, because the instruments' lists are not verified
    and the usual range is. Without an entry of its own, the lower end of the usual range holds.
    """
    own = agent.minimum.get(dose_list)
    usual = agent.usual.low if agent.usual else None
    if own is None or own.low is None or own.high is None:
        if usual is None:
            return None
        return MinimumDose(
            mg_per_day=Span(low=usual, high=usual),
            sources=(columns().usual,),
            why="the lower end of the usual range",
        )
    source = agent.minimum_source or columns().minimum[dose_list]
    if usual is None or own.high >= usual:
        return MinimumDose(mg_per_day=own, sources=(source,), why="the listed minimum")
    return MinimumDose(
        mg_per_day=Span(low=own.low, high=usual),
        sources=(source, columns().usual),
        why="the listed minimum lies below the usual range; doses between are left open",
    )
