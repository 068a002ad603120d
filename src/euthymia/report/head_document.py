"""The quality report of a head model: one page to judge it by at a glance, as PDF and as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from euthymia.core.findings import Severity
from euthymia.model.head.quality import Verdict, volume_ranges
from euthymia.report.blocks import (
    Block,
    Callout,
    Content,
    Figure,
    FindingList,
    Paragraph,
    Sources,
    content,
)
from euthymia.report.blocks import Code as CodeWords
from euthymia.report.document import Document, Section
from euthymia.report.figures.headcheck import CheckScene, draw
from euthymia.report.sections.plan_facts import software

FOOTER = "Decision support: a person looks at every head model before it is used. No face is shown."

_ADVICE = {
    Verdict.USABLE: "Nothing speaks against this head. Look at the outlines all the same.",
    Verdict.LOOK_CLOSER: "A named clinician looks at the outlines and decides.",
    Verdict.DO_NOT_USE: "Build it again from a better image, or use the tape measure.",
}
_TITLE = {
    Verdict.USABLE: "Usable",
    Verdict.LOOK_CLOSER: "Look closer",
    Verdict.DO_NOT_USE: "Do not use",
}


@dataclass(frozen=True, eq=False)
class HeadReport:
    """What the report is made from.

    scene: the head, how good it is, and the image behind the outlines. on: the day of the report.
    versions: of the software that made the head.
    """

    scene: CheckScene
    on: date
    versions: Mapping[str, str]


def head_document(report: HeadReport) -> Document:
    """The quality report as a document, with its picture drawn (some seconds)."""
    head = report.scene.head
    return Document(
        title="Head model",
        subject=f"{head.title}, {head.id[:12]}",
        on=report.on,
        software=software(),
        sections=(Section("Can this head be used?", tuple(_blocks(report)), numbered=False),),
        footer=FOOTER,
    )


def _blocks(report: HeadReport) -> Iterator[Block]:
    """Everything in one section, so that it stays on one page: verdict, reasons, picture."""
    quality = report.scene.quality
    verdict = quality.verdict
    severity = None if verdict is Verdict.USABLE else verdict.severity
    yield Callout(f"{_TITLE[verdict]}. {_ADVICE[verdict]}", (), severity)
    shown = tuple(found for found in quality.findings if found.severity > Severity.NOTE)
    if shown:
        yield FindingList(shown)
    yield Figure.of(draw(report.scene), _caption())
    notes = [found.message for found in quality.findings if found.severity is Severity.NOTE]
    if notes:
        yield Paragraph(content(" ".join(notes)), quiet=True)
    yield Paragraph(_origin(report), quiet=True)
    yield Sources(brief=True)


def _caption() -> Content:
    return content(
        "Patient's left is left in coronal and axial slices. The bands hold about 95 of 100 adults",
        volume_ranges()[0].source,
        ". What lies in front of the ears and below the brow is left out: it would show a face.",
    )


def _origin(report: HeadReport) -> Content:
    head = report.scene.head
    versions = ", ".join(f"{name} {text}" for name, text in report.versions.items())
    return content(
        "Labels ",
        CodeWords(head.id[:40]),
        ", frame ",
        CodeWords(head.frame.id[:40]),
        f"; made with {versions}.",
    )
