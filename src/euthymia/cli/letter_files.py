"""The prior-authorisation letter as files, as JSON, and as a list of what is open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from euthymia.cli.assessing import assessed
from euthymia.cli.cases import CaseOn
from euthymia.cli.output import bullets, section, show, show_unbroken, title
from euthymia.cli.plain import Data, citation_data
from euthymia.report.files import file_name, write_all
from euthymia.report.html import to_html
from euthymia.report.letter.document import letter_document
from euthymia.report.letter.text import letter_text
from euthymia.report.letter.values import Letter, Letterhead
from euthymia.report.letter.write import prior_authorisation
from euthymia.report.pdf import to_pdf


def letter_of(opened: CaseOn, payer: str, clinic: str, physician: str) -> Letter:
    """The letter of an opened case for a payer."""
    head = Letterhead(clinic, physician)
    return prior_authorisation(opened.chart, assessed(opened), payer, head)


def write_letter(letter: Letter, opened: CaseOn, folder: Path) -> tuple[Path, ...]:
    """Write the letter into a folder as PDF, HTML and text; the paths of the files."""
    head = opened.head.line_sha256
    document = letter_document(letter, ledger_head=head)
    patient = file_name(letter.patient)
    stem = f"prior-authorisation-{patient}-{letter.payer.rule.id}-{letter.on.isoformat()}"
    return write_all(
        folder,
        {
            f"{stem}.pdf": to_pdf(document),
            f"{stem}.html": to_html(document).encode("utf-8"),
            f"{stem}.txt": letter_text(letter, ledger_head=head).encode("utf-8"),
        },
    )


def letter_data(letter: Letter, files: Sequence[Path]) -> Data:
    """The letter as plain data: statements with their entries, criteria, tasks."""
    return {
        "payer": letter.payer.rule.id,
        "on": letter.on.isoformat(),
        "ready": letter.ready,
        "statements": [
            {
                "text": statement.text,
                "entries": [{"number": ref.number, "id": ref.id} for ref in statement.refs],
                "source": citation_data(statement.source) if statement.source else None,
            }
            for statement in letter.statements
        ],
        "criteria": [
            {"asked": c.asked, "held": c.held, "why": c.reason.text, "missing": list(c.missing)}
            for c in letter.payer.conditions
        ],
        "unmet": list(letter.unmet),
        "safety_tasks": list(letter.safety_tasks),
        "tasks": [
            {"who": task.who, "what": task.what, "why": task.why, "rule": task.rule}
            for task in letter.tasks
        ],
        "files": [str(path) for path in files],
    }


def show_letter(letter: Letter, files: Sequence[Path]) -> None:
    """Print what the letter rests on, what is open, and where it was written."""
    state = "ready to be signed" if letter.ready else "a draft: not to be sent as it stands"
    show(title(f"Prior authorisation of {letter.patient} by {letter.payer.rule.name}", state))
    if letter.synthetic:
        show(Text("synthetic patient: nobody like this exists", style="magenta"))
    met = [f"{row.asked}: {row.shown.text}" for row in letter.criteria]
    for name, texts in (
        ("Safety first", letter.safety_tasks),
        ("Criteria met, from the chart", met),
        ("Criteria not met", letter.unmet),
        ("What is open", [task.sentence for task in letter.tasks]),
    ):
        if texts:
            show(section(name, bullets(texts)))
    show(Text(""))
    show_unbroken([("wrote", str(path)) for path in files])
