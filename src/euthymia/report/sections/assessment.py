"""The assessment as sections: resistance, symptoms and indication, safety."""

from __future__ import annotations

from collections.abc import Sequence

from euthymia.assess.assessment import Assessment
from euthymia.assess.eligibility.payers import PayerResult
from euthymia.assess.scales.score import ScaleResult
from euthymia.report.blocks import Block, Paragraph, Strong, Table, content
from euthymia.report.document import Section
from euthymia.report.sections.resistance import resistance_section
from euthymia.report.sections.safety import safety_section
from euthymia.report.sections.words import graver, sentence


def assessment_sections(assessment: Assessment) -> tuple[Section, Section, Section]:
    """What the assessment found, in the order in which a plan tells it."""
    resistance = resistance_section(
        assessment.trials,
        assessment.maudsley,
        assessment.episode,
        assessment.on,
        others=(*assessment.definitions, *assessment.other_stages),
        together=assessment.together,
    )
    return resistance, indication_section(assessment), safety_section(assessment.safety)


def indication_section(assessment: Assessment) -> Section:
    """How severe the symptoms are, and how the treatment stands to labels and payers."""
    blocks: list[Block] = []
    status = assessment.eligibility
    if status is not None:
        blocks.append(Paragraph(content(Strong(sentence(status.sentence)), status.source)))
    else:
        blocks.append(Paragraph(("No diagnosis is recorded, so no label status is worked out.",)))
    if assessment.condition is not None:
        told = content(sentence(assessment.condition.sentence), assessment.condition.source)
        blocks.append(Paragraph(told))
    if assessment.scales:
        blocks.append(_scales(assessment.scales))
        findings = tuple(f for result in assessment.scales for f in result.findings)
        blocks += graver(findings, "") if findings else ()
    else:
        blocks.append(Paragraph(("No rating scale is recorded.",)))
    if assessment.payers:
        blocks.append(_payers(assessment.payers))
    return Section("Symptoms and indication", tuple(blocks))


def _scales(scales: Sequence[ScaleResult]) -> Table:
    rows = tuple(
        ((result.score.on.isoformat(),), content(sentence(result.sentence), result.scale.source))
        for result in scales
    )
    return Table("Rating scales", ("Date", "Score"), rows, shares=(1, 5), unbroken=True)


def _payers(payers: Sequence[PayerResult]) -> Table:
    rows = []
    for result in payers:
        told = sentence(result.sentence.removeprefix(f"{result.rule.name}: "))
        rows.append(((result.rule.name,), content(told, result.rule.source)))
    return Table(
        "Payer rules in the USA, as far as the record settles them",
        ("Rule", "Result"),
        tuple(rows),
        shares=(1, 2),
        unbroken=True,
    )
