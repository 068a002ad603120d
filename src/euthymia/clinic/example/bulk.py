"""Charts as lines in bulk: the same bytes as the ledger writes, without checking each again.

The ledger reads every line back before it counts (`chart.envelope.seal`), and every fact is
validated three times on its way. For a million entries of our own making that is minutes of work;
a test proves on a sample that the lines are byte by byte those of the slow way, and that they
verify. Nothing but invented patients goes this way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from euthymia.chart.envelope import NO_LINE_BEFORE, sha256
from euthymia.clinic.example.book import Noted


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart, and what an index of lines needs to know of it."""

    seq: int
    id: str
    at: datetime
    author_name: str
    author_role: str
    kind: str
    data: bytes
    sha256: str


def lines(noted: Sequence[Noted]) -> Iterator[Line]:
    """The lines of a chart, each chained to the one before."""
    before = NO_LINE_BEFORE
    for seq, each in enumerate(noted, start=1):
        fields: dict[str, Any] = {
            "seq": seq,
            "id": each.id,
            "at": each.at.isoformat(),
            "author": {"name": each.author.name, "role": each.author.role},
            "kind": each.fact.kind,
            "reason": each.reason,
            "body": each.fact.model_dump(mode="json", exclude={"kind"}),
            "prev": before,
        }
        fields["hash"] = sha256(_canonical(fields))
        data = _canonical(fields)
        before = sha256(data)
        yield Line(
            seq,
            each.id,
            each.at,
            each.author.name,
            each.author.role,
            each.fact.kind,
            data,
            before,
        )


_ENCODER = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
)


def _canonical(value: dict[str, Any]) -> bytes:
    return _ENCODER.encode(value).encode()
