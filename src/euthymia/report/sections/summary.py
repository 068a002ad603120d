"""The first page's box: what a psychiatrist must know in half a minute."""

from __future__ import annotations

from collections.abc import Sequence

from euthymia.core.findings import Finding, Severity, by_severity
from euthymia.report.blocks import Callout, Content, Facts, Headline, Inline, Strong
from euthymia.report.document import Section
from euthymia.report.sections.words import conclusion, sentence, tally

_MOST_NAMED = 4


def summary_section(facts: Sequence[tuple[str, Content]], findings: Sequence[Finding]) -> Section:
    """The summary: whether to go ahead, the gravest findings, and the plan in a few lines."""
    return Section("Summary", (Headline((_verdict(findings),), Facts(tuple(facts))),), False)


def _verdict(findings: Sequence[Finding]) -> Callout:
    severity, words = conclusion(findings)
    grave = [f for f in by_severity(findings) if f.severity is severity]
    parts: list[Inline] = []
    if severity > Severity.NOTE:
        for finding in grave[:_MOST_NAMED]:
            told = (
                finding.message
                if finding.subject.endswith("?")
                else (f"{finding.subject}: {finding.message}")
            )
            parts.append(sentence(told) + " ")
        if len(grave) > _MOST_NAMED:
            parts.append(f"And {len(grave) - _MOST_NAMED} more. ")
    parts.append(Strong(f"All findings: {tally(findings)}."))
    return Callout(sentence(words), tuple(parts), severity)
