"""Safety: what the screen found, under the labels and under the guidelines."""

from __future__ import annotations

from collections.abc import Sequence

from euthymia.assess.safety.screen import clearance
from euthymia.core.findings import Finding
from euthymia.report.blocks import Block, Callout, Paragraph
from euthymia.report.document import Section
from euthymia.report.sections.words import conclusion, graver, sentence, tally


def safety_section(findings: Sequence[Finding]) -> Section:
    """The section on the safety screen, from all of its findings."""
    severity, words = conclusion(findings)
    blocks: list[Block] = [Callout(sentence(words), (_counted(findings),), severity)]
    cleared = clearance(findings)
    if not cleared.agree:
        blocks.append(
            Paragraph(
                (
                    "Device labels and guidelines disagree here. By the labels the gravest finding "
                    f"is {cleared.label.label}, by the guidelines {cleared.guideline.label}; both "
                    "are listed, and the clinician decides.",
                )
            )
        )
    none = "Every question of the screen was answered, and no answer raises a concern."
    blocks += graver(findings, none)
    return Section("Safety", tuple(blocks))


def _counted(findings: Sequence[Finding]) -> str:
    return f"Findings of the screen: {tally(findings)}." if findings else "The screen is complete."
