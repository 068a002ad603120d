"""A prior-authorisation letter as a document: for PDF and HTML."""

from __future__ import annotations

from collections.abc import Iterator

from euthymia.core.findings import Severity
from euthymia.report.blocks import (
    Block,
    Callout,
    Code,
    Facts,
    Paragraph,
    Referenced,
    Signatures,
    Sources,
    Statements,
    Table,
    content,
)
from euthymia.report.document import Document, Section
from euthymia.report.letter.values import Letter, Statement, verified
from euthymia.report.sections.plan_facts import software
from euthymia.report.sections.words import count

MARGIN = (
    "At the right of each sentence stand the entries of the patient's chart that it rests on: the "
    "number of the entry and the end of its id. The list at the end names each of them."
)
SIGNED = (
    "I have read every sentence of this letter against the chart, and I vouch for it. The entries "
    "are kept in an append-only record; copies go with this letter on request."
)


def letter_document(letter: Letter, *, ledger_head: str) -> Document:
    """The letter with its list of entries, and for a draft the page of what is open.

    ledger_head: the hash of the chart's last entry, which binds the letter to the chart.
    """
    marks = ["SYNTHETIC PATIENT"] if letter.synthetic else []
    marks += [] if letter.ready else ["DRAFT"]
    return Document(
        title="Request for prior authorisation of TMS",
        subject=letter.patient,
        on=letter.on,
        software=software(),
        sections=tuple(_sections(letter, ledger_head)),
        mark=" · ".join(marks),
        footer=f"{letter.patient}, request for prior authorisation: to be signed by the treating "
        "psychiatrist.",
    )


def _sections(letter: Letter, ledger_head: str) -> Iterator[Section]:
    head = tuple(_head(letter))
    first, *others = letter.parts
    yield Section(first.title, (*head, _statements(first.statements)))
    for part in others:
        blocks: list[Block] = [_statements(part.statements)]
        if part.title == "Treatment so far" and letter.trials:
            blocks.append(_trials(letter))
        yield Section(part.title, tuple(blocks))
    if letter.trials and "Treatment so far" not in {part.title for part in letter.parts}:
        yield Section("Treatment so far", (_trials(letter),))
    yield _criteria(letter)
    yield Section("Signature", (Paragraph((SIGNED,)), Signatures(("Treating psychiatrist",))))
    yield Section("Chart entries referred to", (_entries(letter, ledger_head),))
    yield Section("Sources", (Sources(),))
    # Last, and on a page of its own, so that it can be left out of what is sent.
    if letter.unmet or letter.tasks or letter.safety_tasks:
        yield _open(letter)


def _head(letter: Letter) -> Iterator[Block]:
    rows = [
        ("From", letter.letterhead.clinic),
        ("Physician", letter.letterhead.physician),
        ("To", letter.payer.rule.payer),
        ("Patient", f"{letter.patient} (name and member number are added by the clinic)"),
        ("Rule", f"{letter.payer.rule.name}, {letter.payer.rule.dates}"),
    ]
    yield Facts(tuple((name, (text,)) for name, text in rows if text))
    if not letter.ready:
        yield Callout(
            "A draft: not to be sent as it stands.",
            (f"{_why_draft(letter)}. The page on what is open says who does what.",),
            Severity.CAUTION,
        )
    yield Paragraph((MARGIN,), quiet=True)


def _why_draft(letter: Letter) -> str:
    parts = []
    if letter.unmet:
        parts.append(f"{count(len(letter.unmet), 'criterion', 'criteria')} not met")
    if letter.open_conditions:
        number = letter.open_conditions
        parts.append(f"{count(number, 'criterion', 'criteria')} left open by the chart")
    if letter.safety_tasks:
        parts.append(f"{count(len(letter.safety_tasks), 'safety task')} open")
    if letter.payer.in_force is not True:
        parts.append("the dates of the payer's rule are not on record")
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]


def _statements(statements: tuple[Statement, ...]) -> Statements:
    rows = (
        Referenced(content(row.text, verified(row.source)), tuple(ref.short for ref in row.refs))
        for row in statements
    )
    return Statements(tuple(rows))


def _trials(letter: Letter) -> Table:
    rows = tuple(
        (
            (row.treatment,),
            (row.dates,),
            (row.dose,),
            (row.outcome,),
            (Code(", ".join(str(ref.number) for ref in row.refs)),),
        )
        for row in letter.trials
    )
    header = ("Treatment", "Taken", "Dose", "Outcome", "Chart")
    return Table("Every treatment on record", header, rows, shares=(2.2, 2.1, 2.2, 2, 0.8))


def _criteria(letter: Letter) -> Section:
    rule = letter.payer.rule
    rows = tuple(
        (
            (criterion.asked,),
            content(criterion.shown.text, verified(criterion.shown.source)),
            (Code(", ".join(str(ref.number) for ref in criterion.shown.refs)),),
        )
        for criterion in letter.criteria
    )
    if not rows:
        words = f"The chart shows none of the criteria of {rule.name} to be met."
        return Section("The payer's criteria", (Paragraph((words,), quiet=True),))
    caption = f"Criteria of {rule.name}, {rule.dates}, that the chart shows to be met"
    table = Table(caption, ("Asked", "Shown", "Chart"), rows, shares=(2.4, 4, 1.2))
    return Section("The payer's criteria", (table,))


def _entries(letter: Letter, ledger_head: str) -> Table:
    rows = tuple(
        (
            (str(entry.seq),),
            (Code(entry.id),),
            (entry.at.date().isoformat(),),
            (entry.author.name,),
            (entry.fact.kind.replace("_", " "),),
        )
        for entry in letter.entries
    )
    header = ("No.", "Id", "Made on", "By", "Records")
    caption = f"Entries of the chart, whose last entry has the hash {ledger_head[:16]}…"
    return Table(caption, header, rows, numeric=(0,), shares=(0.5, 4, 1.2, 2.6, 2.6))


def _open(letter: Letter) -> Section:
    blocks: list[Block] = [
        Paragraph(("For the clinic only: this page does not go to the payer.",), quiet=True)
    ]
    if letter.safety_tasks:
        told = (" ".join(f"{text}." for text in letter.safety_tasks),)
        blocks.append(Callout("First: the patient's safety.", told, Severity.STOP))
    if letter.unmet:
        blocks.append(
            Callout(
                "Not met: no paper mends this.", ("; ".join(letter.unmet) + ".",), Severity.STOP
            )
        )
    if letter.tasks:
        rows = tuple(
            ((task.who,), (task.what,), content(task.why), content(task.rule, task.source))
            for task in letter.tasks
        )
        header = ("Who", "What", "Why", "Rule")
        blocks.append(Table("What is open", header, rows, shares=(1.1, 3, 2.6, 2)))
    return Section("What is open (not part of the letter)", tuple(blocks), new_page=True)
