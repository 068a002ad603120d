"""Small charts for the tests of the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

from euthymia.chart.envelope import NO_LINE_BEFORE, Author, Draft, seal
from euthymia.chart.ledger import append

AUTHOR = Author("Mira Lindqvist", "psychiatrist")
START = datetime(2026, 9, 1, 9, 30, tzinfo=timezone(timedelta(hours=-5)))


def draft(number: int, note: str = "ein Vermerk, größer als ASCII: 漢字") -> Draft:
    return Draft(
        id=str(UUID(int=number)),
        at=START + timedelta(minutes=number),
        author=AUTHOR,
        kind="note",
        body={"note": note, "value": number / 7, "list": [1, None, True]},
        reason="",
    )


def make_chart(path: Path, entries: int) -> bytes:
    for number in range(1, entries + 1):
        append(path, draft(number), new=number == 1)
    return path.read_bytes()


def chained(count: int, bodies: list[dict[str, object]] | None = None) -> bytes:
    """The bytes of a chart of `count` entries, made without a file."""
    lines, prev = [], NO_LINE_BEFORE
    for number in range(1, count + 1):
        given_draft = draft(number)
        if bodies:
            given_draft = Draft(given_draft.id, given_draft.at, AUTHOR, "note", bodies[number - 1])
        entry = seal(given_draft, number, prev)
        lines.append(entry.line + b"\n")
        prev = entry.line_sha256
    return b"".join(lines)


THREE = chained(3)
