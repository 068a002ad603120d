"""The page for the talk in which patient and doctor decide together."""

from __future__ import annotations

from pathlib import Path

from euthymia.assess.burden.burden import burden_of
from euthymia.assess.medication.episode import tally_failures
from euthymia.assess.staging.judged import JudgedHistory
from euthymia.report.document import Document
from euthymia.report.html import to_html
from euthymia.report.pdf import to_pdf
from euthymia.report.sections.burden import burden_section
from euthymia.report.sections.closing import sources_section
from euthymia.report.sections.plan_facts import software
from euthymia.report.writing import explained, write_whole

_MARK = "SYNTHETIC PATIENT"
_FOOTER = "For the talk between patient and doctor; it decides nothing by itself."


def talk_document(judged: JudgedHistory, subject: str, *, synthetic: bool) -> Document:
    """The burden of a history beside what TMS brings and does not bring, in plain words."""
    burden = burden_of(judged.trials, judged.episode, judged.on)
    failures = tally_failures(judged.trials, judged.episode)
    return Document(
        title="Deciding together",
        subject=subject,
        on=judged.on,
        software=software(),
        sections=(burden_section(burden, failures.low), sources_section()),
        mark=_MARK if synthetic else "",
        footer=_FOOTER,
    )


def write_document(document: Document, path: Path) -> None:
    """Write a document as PDF or as HTML, by the ending of the file; whole or not at all."""
    pdf = path.suffix.casefold() == ".pdf"
    data = to_pdf(document) if pdf else to_html(document).encode("utf-8")
    with explained(path.parent):
        write_whole(path, data)
