"""Values that many commands print, as plain dictionaries with stable keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from euthymia.core.findings import Finding, by_severity, worst
from euthymia.core.quantities import Estimate
from euthymia.core.references import Citation

Data = dict[str, Any]


def citation_data(citation: Citation | None) -> Data | None:
    """Where a number comes from, and how far that was verified."""
    if citation is None:
        return None
    reference = citation.reference
    return {
        "ref": citation.ref,
        "short": reference.short,
        "at": citation.at,
        "tag": citation.tag.value,
        "verified": citation.tag.verified,
        "note": citation.note,
        "link": reference.link,
    }


def finding_data(finding: Finding, part: str = "") -> Data:
    """One finding, with the part of the plan that made it where there is one."""
    named = {"part": part} if part else {}
    return {
        **named,
        "code": finding.code,
        "severity": finding.severity.label,
        "subject": finding.subject,
        "message": finding.message,
        "found": finding.found,
        "limit": finding.limit,
        "nearest_allowed": finding.nearest_allowed,
        "source": citation_data(finding.source),
    }


def findings_data(findings: Iterable[Finding]) -> list[Data]:
    """All findings, gravest first."""
    return [finding_data(finding) for finding in by_severity(findings)]


def gravest(findings: Iterable[Finding]) -> str | None:
    """The label of the gravest severity; None where there is no finding."""
    found = tuple(findings)
    return worst(found).label if found else None


def estimate_data(estimate: Estimate | None) -> Data | None:
    """A number with its unit and interval."""
    if estimate is None:
        return None
    return {
        "value": estimate.value,
        "unit": estimate.unit,
        "low": estimate.low,
        "high": estimate.high,
        "coverage": estimate.coverage if estimate.low is not None else None,
        "how": estimate.how,
        "source": citation_data(estimate.source),
    }
