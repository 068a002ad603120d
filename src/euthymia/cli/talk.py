"""The page for the talk with the patient, written to a file."""

from __future__ import annotations

from pathlib import Path

from euthymia.assess.staging.judged import JudgedHistory
from euthymia.core.errors import InputError
from euthymia.report.talk_document import talk_document, write_document


def write_talk(path: Path, judged: JudgedHistory, subject: str, *, synthetic: bool) -> None:
    """Write the page as PDF or HTML, by the ending of the file."""
    if path.suffix.casefold() not in (".pdf", ".html"):
        raise InputError(
            f"--talk {path}", "it ends neither in .pdf nor in .html", "Choose one of the two"
        )
    write_document(talk_document(judged, subject, synthetic=synthetic), path)
