"""What a check found: all of it, graded, with limit, nearest allowed value and source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from euthymia.core.references import Citation


class Severity(IntEnum):
    """How much a finding weighs. Ordered, so that the worst of several is their `max`."""

    NOTE = 0
    """Worth knowing; nothing to do."""
    CAUTION = 1
    """A person should weigh it."""
    ACKNOWLEDGE = 2
    """May go ahead only after a named clinician has acknowledged it."""
    STOP = 3
    """Must not go ahead as it stands."""

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of a check, complete enough to be shown and acted on by itself.

    `found`, `limit` and `nearest_allowed` are texts with their units, ready to be read;
    `code` names the rule for programs and stays stable between versions.
    """

    code: str
    severity: Severity
    subject: str
    message: str
    found: str = ""
    limit: str = ""
    nearest_allowed: str = ""
    source: Citation | None = None


def worst(findings: Iterable[Finding]) -> Severity:
    """The gravest severity among findings; `NOTE` when there are none."""
    return max((finding.severity for finding in findings), default=Severity.NOTE)


def by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, gravest first, otherwise in the order they were made."""
    return tuple(sorted(findings, key=lambda finding: -finding.severity))
