"""A prior-authorisation letter as plain text, for forms and portals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap

from euthymia.report.letter.values import EntryRef, Letter

_WIDTH = 88


def letter_text(letter: Letter, *, ledger_head: str) -> str:
    """The letter as lines of text; the chart entries stand in brackets after each sentence."""
    return "\n".join(_lines(letter, ledger_head)) + "\n"


def _lines(letter: Letter, ledger_head: str) -> Iterator[str]:
    yield "REQUEST FOR PRIOR AUTHORISATION: TRANSCRANIAL MAGNETIC STIMULATION"
    if letter.synthetic:
        yield "SYNTHETIC PATIENT: nobody like this exists"
    if not letter.ready:
        yield "DRAFT: not to be sent as it stands"
    yield ""
    for name, text in (
        ("From", letter.letterhead.clinic),
        ("Physician", letter.letterhead.physician),
        ("To", letter.payer.rule.payer),
        ("Patient", letter.patient),
        ("Date", letter.on.isoformat()),
        ("Rule", f"{letter.payer.rule.name}, {letter.payer.rule.dates}"),
    ):
        if text:
            yield f"{name + ':':<11}{text}"
    for part in letter.parts:
        yield from _titled(part.title)
        for statement in part.statements:
            yield from _wrapped(f"{statement.text} {_refs(statement.refs)}")
    if letter.trials:
        yield from _titled("Every treatment on record")
        for row in letter.trials:
            told = f"{row.treatment}: {row.dates}; {row.dose}; {row.outcome}. {_refs(row.refs)}"
            yield from _wrapped(told)
    if letter.criteria:
        yield from _titled(f"Criteria of {letter.payer.rule.name} that the chart shows to be met")
        for criterion in letter.criteria:
            shown = criterion.shown
            yield from _wrapped(f"{criterion.asked}: {shown.text}. {_refs(shown.refs)}")
    yield from _titled("Chart entries referred to")
    for entry in letter.entries:
        kind = entry.fact.kind.replace("_", " ")
        made = entry.at.date().isoformat()
        yield f"[{entry.seq}] {entry.id}  {made}  {kind}, {entry.author.name}"
    yield f"Last entry of the chart: {ledger_head}"
    yield from ("", "Signature of the treating psychiatrist, date: ______________________________")
    yield from _open(letter)


def _open(letter: Letter) -> Iterator[str]:
    if not (letter.unmet or letter.tasks or letter.safety_tasks):
        return
    yield from _titled("For the clinic only: what is open (not part of the letter)")
    for text in letter.safety_tasks:
        yield from _wrapped(f"- {text}")
    for text in letter.unmet:
        yield from _wrapped(f"- NOT MET: {text}")
    for task in letter.tasks:
        yield from _wrapped(f"- {task.sentence}")


def _titled(title: str) -> tuple[str, ...]:
    return ("", title.upper(), "")


def _wrapped(text: str) -> list[str]:
    return wrap(text, _WIDTH, subsequent_indent="  ")


def _refs(refs: Iterable[EntryRef]) -> str:
    return "[" + ", ".join(str(ref.number) for ref in refs) + "]"
