"""Charts that were once written stay readable: a file of schema version 1, kept as it was written.

The file is not made again when the code changes. If this test fails, the change would make charts
on disk unreadable or change their meaning: raise the schema version and keep reading the old one.
"""

from __future__ import annotations

from pathlib import Path

from fact_samples import AT, AUTHOR, EVERY_KIND

from euthymia.chart import ledger
from euthymia.chart.chart import replay
from euthymia.chart.entries import entry_of

GOLDEN = Path(__file__).parent / "golden" / "every-kind-schema-1.jsonl"


def test_a_chart_of_schema_version_1_reads_as_it_was_meant() -> None:
    assert ledger.verify(GOLDEN).findings == ()
    entries = [entry_of(envelope) for envelope in ledger.read(GOLDEN)]
    assert {entry.author for entry in entries} == {AUTHOR}
    assert entries[0].at > AT
    for entry, meant in zip(entries, EVERY_KIND, strict=True):
        assert entry.fact.model_dump(mode="json") == meant.model_dump(mode="json")
    assert replay(entries).patient.fact.pseudonym == "SYN-1"


def test_the_last_hash_of_that_chart_is_the_one_noted_when_it_was_written() -> None:
    head = ledger.verify(GOLDEN).head
    assert head is not None
    assert head.line_sha256 == ("0099b9ebaeb08ccd9c51eadcc9d002d01498caa73f91c3064567925160903d3b")
