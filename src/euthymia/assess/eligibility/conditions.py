"""What TMS is considered for, as data: scales, targets, protocols and evidence of each condition.

The rows stand in `data/conditions.toml`. Nothing else in the house knows one condition from
another; a new one is a new row.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Self

from pydantic import model_validator

from euthymia.assess.data_files import Row, load_table
from euthymia.assess.eligibility.label import Diagnosis
from euthymia.assess.scales.scale_rules import Scale, find_scale
from euthymia.core.references import Citation


class Evidence(StrEnum):
    """How far the use of TMS is supported."""

    CLEARED = "cleared"
    CONTROLLED = "controlled"
    SMALL = "small"
    NONE = "none"

    @property
    def label(self) -> str:
        return _WORDS[self]


_WORDS = {
    Evidence.CLEARED: "cleared for a device",
    Evidence.CONTROLLED: "controlled trials, no clearance",
    Evidence.SMALL: "small trials only",
    Evidence.NONE: "no evidence on record",
}


class TreatedCondition(Row):
    """One condition: how it is measured, where and how it is treated, and what supports that.

    `plan_name` is what the protocol catalogue calls it; None where it has no protocol.
    """

    diagnosis: Diagnosis
    name: str
    plan_name: str | None = None
    scales: tuple[str, ...]
    protocols: tuple[str, ...]
    targets: tuple[str, ...]
    target: str = ""
    target_source: Citation | None = None
    grade: Evidence
    evidence: str
    source: Citation
    preparation: str

    @model_validator(mode="after")
    def _known(self) -> Self:
        for scale in self.scales:
            find_scale(scale)
        if self.protocols and self.plan_name is None:
            raise ValueError(f"{self.name}: protocols need the name that their catalogue uses")
        return self

    @property
    def outcome_scale(self) -> Scale | None:
        """The scale that outcome is judged by; None where none is on record."""
        return find_scale(self.scales[0]) if self.scales else None

    @property
    def sentence(self) -> str:
        """What supports it, and by what it is measured."""
        names = ", ".join(find_scale(scale).name for scale in self.scales)
        measured = f"; measured by {names}" if names else "; no scale for it is on record here"
        return f"{self.name}: {self.grade.label}: {self.evidence}{measured}"


@cache
def conditions() -> tuple[TreatedCondition, ...]:
    """Every condition, in the order of the file."""
    table = load_table("conditions.toml")["condition"]
    rows = tuple(TreatedCondition.model_validate(row) for row in table)
    if {row.diagnosis for row in rows} != set(Diagnosis) or len(rows) != len(Diagnosis):
        raise ValueError("conditions.toml needs each diagnosis exactly once")
    return rows


def condition_of(diagnosis: Diagnosis) -> TreatedCondition:
    """What is on record of that diagnosis."""
    return next(row for row in conditions() if row.diagnosis is diagnosis)
