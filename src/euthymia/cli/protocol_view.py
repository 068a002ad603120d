"""Protocols on the screen: the catalogue, and one of them in full."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from euthymia.cli.findings import sourced
from euthymia.cli.output import Cell, bullets, facts, section, show, table, title
from euthymia.cli.plain import Data
from euthymia.cli.protocol_data import entry_data, timing_data
from euthymia.cli.protocol_files import NamedProtocol
from euthymia.plan.protocol.algebra import Duration, Protocol
from euthymia.plan.protocol.catalogue import CatalogueEntry, Counted, Status, catalogue
from euthymia.plan.protocol.exact import show as shown

_COUNTED_FROM = {
    Counted.NOMINAL: "train's nominal end",
    Counted.AFTER_LAST_PULSE: "last pulse",
}
_STATUS_STYLES = {Status.CLEARED: "green", Status.PUBLISHED: "", Status.RESEARCH: "yellow"}


def catalogue_data() -> Data:
    """Every entry; `timing` is null where it is not published whole."""
    return {
        "protocols": [
            {
                **entry_data(entry),
                "timing": timing_data(entry.build()) if entry.buildable else None,
            }
            for entry in catalogue()
        ]
    }


def show_catalogue() -> None:
    """Print the catalogue: a table for each indication."""
    show(title("Protocols", "one session each; cleared is by the US FDA"))
    entries = catalogue()
    for indication in dict.fromkeys(entry.indication for entry in entries):
        rows = [_row(entry) for entry in entries if entry.indication == indication]
        columns = ("id", "what it is", "status", "pulses", "min")
        show(section(indication, table(columns, rows, numeric=(3, 4), whole=(0, 2))))
    if any(not entry.buildable for entry in entries):
        told = "`euthymia protocol show ID` says what is missing"
        show(Text(f"\nmin -: not published whole, so it cannot be given as it stands; {told}.",
                  style="dim"))  # fmt: skip


def show_protocol(found: NamedProtocol) -> None:
    """Print one protocol in full."""
    entry = found.entry
    if entry is None:
        show(title(found.name, "a protocol file"))
    else:
        show(title(entry.id, entry.title), facts(_facts(entry)))
    if found.protocol is not None:
        show(section("Blocks", bullets(block.text for block in found.protocol.blocks)))
        show(section("Length of a session", facts(_lengths(found.protocol, entry))))
    if entry is None:
        return
    if entry.missing:
        lacking = [Text(each, style="yellow") for each in entry.missing]
        show(section("Not published, or not read", bullets(lacking)))
    if entry.course_rule:
        rule = entry.course_rule
        weeks = f", {rule.weeks} weeks" if rule.weeks else ""
        told = f"{rule.title}: {rule.sessions_total} sessions{weeks} ({rule.id})"
        show(section("Course", sourced(told, rule.source)))
    if entry.clearance_records:
        cleared = [sourced(each.text, each.number_source) for each in entry.clearance_records]
        show(section("Clearances", bullets(cleared)))
    if entry.notes:
        show(section("Notes", bullets(entry.notes)))
    cited = [(name, source.short) for name, source in entry.sources.groups()]
    show(section("Sources", facts(cited)))


def _row(entry: CatalogueEntry) -> tuple[Cell, ...]:
    status = Text(entry.status.value, style=_STATUS_STYLES[entry.status])
    pulses, minutes = f"{entry.pulses:,}" if entry.pulses else "-", "-"
    if entry.buildable:
        protocol = entry.build()
        pulses = f"{protocol.pulse_count:,}"
        minutes = f"{float(protocol.duration_s()) / 60:.1f}"
    return entry.id, entry.title, status, pulses, minutes


def _facts(entry: CatalogueEntry) -> Iterator[tuple[str, Cell]]:
    if entry.also:
        yield "also called", ", ".join(entry.also)
    yield "for", entry.indication
    yield "status", Text(entry.status.value, style=_STATUS_STYLES[entry.status])
    yield "coil class", entry.coil


def _lengths(protocol: Protocol, entry: CatalogueEntry | None) -> Iterator[tuple[str, Cell]]:
    yield "pulses", f"{protocol.pulse_count:,} in {protocol.train_count} trains"
    for convention in Duration:
        seconds = protocol.duration_s(convention)
        yield convention.value, f"{shown(seconds)} s ({float(seconds) / 60:.2f} min)"
    yield "on a console", protocol.clock
    for published in entry.durations if entry else ():
        same = entry is not None and entry.published_length(published)
        told = f"{published.seconds:g} s, {published.convention.value}"
        if published.counted is not None:
            told += f", interval counted from the {_COUNTED_FROM[published.counted]}"
        told += "; comes out exactly" if same else "; does not come out"
        yield "published", sourced(told, published.source)
