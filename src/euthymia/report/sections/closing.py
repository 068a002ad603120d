"""The end of a plan: every finding, the sources, how it was computed, and who signs."""

from __future__ import annotations

from collections.abc import Sequence

from euthymia.core.findings import Finding, by_severity
from euthymia.report.blocks import (
    Block,
    Content,
    Paragraph,
    Signatures,
    Sources,
    Strong,
    Table,
    content,
)
from euthymia.report.document import Section
from euthymia.report.sections.words import ALL_FINDINGS, sentence, tally

STATEMENT = (
    "This is decision support and a record. It never fires a stimulator by itself, and it does not "
    "replace the judgement of the treating psychiatrist, who answers for the treatment."
)


def findings_section(parts: Sequence[tuple[str, Sequence[Finding]]]) -> Section:
    """Every finding of every part of the plan in one table, gravest first."""
    origin = {id(finding): part for part, findings in parts for finding in findings}
    everything = by_severity(finding for _, findings in parts for finding in findings)
    rows = tuple(_row(finding, origin[id(finding)]) for finding in everything)
    blocks: list[Block] = [Paragraph((f"Together: {tally(everything)}.",))]
    if rows:
        blocks.append(
            Table(
                "Every finding of the plan, gravest first",
                ("Severity", "Part", "Finding"),
                rows,
                shares=(1.2, 1.1, 7),
            )
        )
    return Section(ALL_FINDINGS, tuple(blocks))


def _row(finding: Finding, part: str) -> tuple[Content, ...]:
    details = [
        f"{name}: {words}"
        for name, words in (
            ("found", finding.found),
            ("limit", finding.limit),
            ("nearest allowed", finding.nearest_allowed),
        )
        if words
    ]
    told = f"{finding.subject}: {sentence(finding.message)}"
    if finding.subject.endswith("?"):
        told = sentence(finding.message)
    behind = f" ({'; '.join(details)})" if details else ""
    return ((Strong(finding.severity.label),), (part,), content(told, finding.source, behind))


def sources_section() -> Section:
    """The numbered list of sources, with the meaning of the verification tags."""
    lead = (
        "Every fact taken from the literature stands with the number of its source. One that is "
        "marked as unverified was recalled, and is still to be checked against that source."
    )
    return Section("Sources", (Paragraph((lead,)), Sources()))


def signature_section() -> Section:
    """What this document is and is not, and room to sign."""
    roles = ("Treating psychiatrist", "Operator or medical physicist")
    return Section("Statement and signature", (Paragraph((STATEMENT,)), Signatures(roles)))
