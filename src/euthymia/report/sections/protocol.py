"""Protocol: what is given in a session, drawn and in numbers, and how it stands to the limits."""

from __future__ import annotations

from collections.abc import Sequence

from euthymia.core.findings import Finding
from euthymia.plan.protocol.algebra import Block as ProtocolBlock
from euthymia.plan.protocol.algebra import Duration, Protocol
from euthymia.plan.protocol.catalogue import CatalogueEntry
from euthymia.plan.protocol.exact import show
from euthymia.report.blocks import (
    Block,
    Content,
    Facts,
    Figure,
    Paragraph,
    Table,
    content,
)
from euthymia.report.document import Section
from euthymia.report.figures import protocol as drawing
from euthymia.report.sections.words import count, graver, sentence


def protocol_section(
    protocol: Protocol, findings: Sequence[Finding], entry: CatalogueEntry | None = None
) -> Section:
    """The section on the protocol, with all findings of its check."""
    caption = (
        "The session, its first train and its first pulses, each enlarged from the one above. "
        "Every pulse stands at its exact time."
    )
    blocks: list[Block] = []
    if entry is not None:
        blocks.append(_entry(entry))
    blocks.append(_parameters(protocol, entry))
    blocks.append(_lengths(protocol))
    blocks.append(Figure.of(drawing.draw_all(protocol), (caption,)))
    if entry is not None and entry.notes:
        blocks += [Paragraph((sentence(note),), quiet=True) for note in entry.notes]
    blocks += graver(findings, "The check of the protocol found nothing.")
    return Section("Protocol", tuple(blocks))


def _entry(entry: CatalogueEntry) -> Facts:
    rows: list[tuple[str, Content]] = [
        ("protocol", content(f"{entry.title} ({entry.id})", entry.sources.timing)),
        ("for", content(f"{entry.indication}; {entry.status.value}", entry.sources.regulatory)),
    ]
    for record in entry.clearance_records:
        # Number and date are cited apart; where both rest on the same fact, once is enough.
        dated = record.date_source if record.date_source != record.number_source else None
        rows.append(("US clearance", content(record.text, record.number_source, dated)))
    rows.append(("coil", (entry.coil,)))
    rows += [("chosen, not published", (words,)) for words in entry.chosen]
    return Facts(tuple(rows))


def _parameters(protocol: Protocol, entry: CatalogueEntry | None) -> Table:
    sources = entry.sources if entry is not None else None
    rows = []
    for block in protocol.blocks:
        rows.append(
            (
                content(block.site.text, sources.target if sources else None),
                content(_rate(block), sources.timing if sources else None),
                (_train(block),),
                (_interval(block),),
                (f"{block.train_count}",),
                (f"{block.pulse_count:,}",),
                content(block.intensity.text, sources.intensity if sources else None),
            )
        )
    return Table(
        "Parameters of a session",
        ("Site", "Rate", "Train", "Interval", "Trains", "Pulses", "Intensity"),
        tuple(rows),
        numeric=(4, 5),
        shares=(1.4, 1.2, 1.3, 2, 0.8, 0.8, 1.5),
        unbroken=True,
    )


def _rate(block: ProtocolBlock) -> str:
    train = block.train
    if train.burst.rate_hz is None:
        return f"{show(train.rate_hz)} Hz"
    inner = show(train.burst.rate_hz)
    return f"{train.burst.pulse_count} pulses at {inner} Hz, repeated at {show(train.rate_hz)} Hz"


def _train(block: ProtocolBlock) -> str:
    return f"{show(block.train.nominal_s)} s, {block.train.pulse_count} pulses"


def _interval(block: ProtocolBlock) -> str:
    return block.interval.text(block.train) if block.interval is not None else "one train"


def _lengths(protocol: Protocol) -> Facts:
    rows: list[tuple[str, Content]] = [
        ("pulses", (f"{count(protocol.pulse_count, 'pulse')} in a session",))
    ]
    for convention in Duration:
        seconds = protocol.duration_s(convention)
        words = f"{show(seconds)} s = {show(seconds / 60, 2)} min"
        rows.append((f"length {convention.value}", (words,)))
    return Facts(tuple(rows))
