"""The instruments that judge a trial, each with its own rule of adequacy.

The rules stand in `data/instruments.toml`.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from pydantic import Field

from euthymia.assess.data_files import Row, Span, load_table
from euthymia.assess.medication.trial import Response
from euthymia.core.references import Citation


class Instrument(StrEnum):
    """A published way of judging treatment trials."""

    ATRQ = "atrq"
    ATHF_SF = "athf_sf"
    MAUDSLEY = "maudsley"
    MGH_S = "mgh_s"
    THASE_RUSH = "thase_rush"
    EUROPEAN = "european"
    KIM = "kim"

    @property
    def rule(self) -> InstrumentRule:
        return _rules()[self]


class InstrumentRule(Row):
    """What makes a trial adequate for one instrument. A span with two ends: left open in between.

    `sessions` counts treatments given by session, by agent id with underscores; an instrument that
    has none asks only whether such a treatment was used.
    """

    id: Instrument
    name: str
    dose_list: str
    antidepressant_days: Span
    augmentation_days: Span
    failure_below_pct: float
    confirms_adherence: bool
    sessions: dict[str, Span] = Field(default_factory=dict)
    source: Citation
    augmentation_source: Citation | None = None


class RuleText(Row):
    """A rule in words, with its source."""

    text: str
    source: Citation


class ResponseText(RuleText):
    """What a recorded response means. short: how much better that is; empty for the others."""

    id: Response
    short: str = ""


class OverlapRule(RuleText):
    """When two drugs that share days were taken together, and when one merely replaced the other.

    Up to `change_over_up_to_days` they were changed over, from `together_from_days` on they were
    taken together; in between it is left open.
    """

    change_over_up_to_days: int
    together_from_days: int


class _Tables(Row):
    instrument: tuple[InstrumentRule, ...]
    response: tuple[ResponseText, ...]
    intolerance: RuleText
    overlap: OverlapRule


@cache
def _tables() -> _Tables:
    return _Tables.model_validate(load_table("instruments.toml"))


@cache
def _rules() -> dict[Instrument, InstrumentRule]:
    rules = {row.id: row for row in _tables().instrument}
    if set(rules) != set(Instrument) or len(rules) != len(_tables().instrument):
        raise ValueError("instruments.toml lacks or repeats an instrument")
    return rules


def response_text(response: Response) -> ResponseText:
    """What a recorded response means, in words."""
    return next(row for row in _tables().response if row.id is response)


def intolerance_text() -> RuleText:
    """How a trial is read that was stopped because of side effects."""
    return _tables().intolerance


def overlap_rule() -> OverlapRule:
    """How days that two drugs share are read."""
    return _tables().overlap
