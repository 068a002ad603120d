"""The catalogue of agents: classes, doses, codes, and where each fact comes from.

The facts stand in `data/agents.toml`. `euthymia.assess.medication.names` finds an agent by a name
as a person writes it.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from pydantic import Field

from euthymia.assess.data_files import Row, Span, load_table
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
    """One agent or treatment. Doses in mg per day; what is not known is None or missing.

    `drug_class` is what the dose table prints. `family_name` joins classes that a rater may count
    as one, `mechanism_name` parts a class that a rater may count as two; without them the class
    holds. `rxnorm` is the identifier of the ingredient. `in_micrograms`: so its doses are written.
    """

    id: str
    name: str
    kind: AgentKind
    drug_class: str = Field(alias="class")
    family_name: str | None = Field(default=None, alias="family")
    mechanism_name: str | None = Field(default=None, alias="mechanism")
    extended_release: bool = False
    in_micrograms: bool = False
    molecule_id: str | None = Field(default=None, alias="molecule")
    brands: tuple[str, ...] = ()
    atc: str | None = None
    rxnorm: str | None = None
    usual: Span | None = None
    extreme: Span | None = None
    minimum: dict[str, Span] = Field(default_factory=dict)
    level: str = ""
    note: str = ""
    class_source: Citation | None = None
    atc_source: Citation | None = None
    rxnorm_source: Citation | None = None
    minimum_source: Citation | None = None

    @property
    def family(self) -> str:
        """The coarsest reading of its class."""
        return self.family_name or self.drug_class

    @property
    def mechanism(self) -> str:
        """The finest reading of its class."""
        return self.mechanism_name or self.drug_class

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
    rxnorm: Citation
    family: Citation
    mechanism: Citation
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


class AmbiguousName(Row):
    """Names that stand for a whole class of agents."""

    names: tuple[str, ...]
    drug_class: str = Field(alias="class")


class NameWords(Row):
    """Words of a name that do not tell two agents apart, or only their release."""

    salts: frozenset[str]
    forms: frozenset[str]
    extended_release: tuple[str, ...]
    immediate_release: tuple[str, ...]


class Catalogue(Row):
    """The whole file."""

    columns: Columns
    agent: tuple[Agent, ...]
    ambiguous: tuple[AmbiguousName, ...]
    words: NameWords


@cache
def catalogue() -> Catalogue:
    """The catalogue as its file holds it."""
    return Catalogue.model_validate(load_table("agents.toml"))


def all_agents() -> tuple[Agent, ...]:
    """Every agent of the catalogue, in the order of its file."""
    return catalogue().agent


def columns() -> Columns:
    """The sources of the catalogue's columns."""
    return catalogue().columns


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
