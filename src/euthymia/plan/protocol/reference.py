"""The catalogue and the limits as Markdown, for the reference documentation.

Rendered from the same data that the checks apply, so the two cannot drift apart. What was
recalled and not read in its source is marked "unverified".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from euthymia.core.references import Bibliography, Citation
from euthymia.plan.protocol.catalogue import (
    CatalogueEntry,
    PublishedBlock,
    catalogue,
    clearances,
)
from euthymia.plan.protocol.courses import CourseRule, courses
from euthymia.plan.protocol.exact import exact, show
from euthymia.plan.protocol.limits import TrainTable, interval_table, train_tables
from euthymia.plan.protocol.policy import default_policy
from euthymia.plan.protocol.stimulators import Stimulator, stimulators


def catalogue_markdown() -> str:
    """The protocols, their published lengths, courses and clearances, with all sources."""
    parts = [
        "# Protocol catalogue",
        "Values that are not published, or were not read in their source, are shown as “–”.",
        "## Protocols",
        *_protocol_tables(),
        "## Published session lengths",
        "Each length comes out exactly in the convention beside it.",
        _table(_LENGTH_HEAD, _length_rows()),
        "## Courses",
        _table(_COURSE_HEAD, (_course_row(rule) for rule in courses())),
        "## US clearances",
        _table(_CLEARANCE_HEAD, _clearance_rows()),
        "## References",
        _references(_catalogue_citations()),
    ]
    return "\n\n".join(parts) + "\n"


def limits_markdown() -> str:
    """The safety tables, their rule of look-up, the check's policy and the stimulators."""
    policy = default_policy()
    parts = [
        "# Limits of stimulation",
        "## Train-duration tables",
        "Between rows or columns the next higher one holds; below 1 Hz counts as 1 Hz; above the "
        "last row or column is outside the table. “>” is the longest train that was tested: a "
        "longer one is beyond the tested range, not shown to be unsafe. Theta bursts are not "
        "tabulated.",
        *(_train_table(table) for table in train_tables()),
        "## Inter-train interval",
        _interval_table(),
        "## Catalogue protocols against the tables",
        _table(["Protocol", *(table.id for table in train_tables())], _verdict_rows()),
        "## What the check does",
        _table(["Rule", "Cleared protocol", "Any other", "Source"], _policy_rows()),
        f"Soft caps: {policy.caps.pulses_per_session:,} pulses a session, "
        f"{policy.caps.pulses_per_day:,} a day; {_cite(policy.caps.source)}.",
        "## Stimulators",
        _table(_STIMULATOR_HEAD, (_stimulator_row(each) for each in stimulators())),
        "## References",
        _references(_limit_citations()),
    ]
    return "\n\n".join(parts) + "\n"


_LENGTH_HEAD = ["Protocol", "Seconds", "Shown as", "Counted", "Interval counted from", "Source"]
_COURSE_HEAD = ["Course", "Sessions", "Phases", "A day", "Least gap", "Extension", "Source"]
_CLEARANCE_HEAD = ["Number", "Device", "Indication", "Date", "Number source", "Date source"]
_STIMULATOR_HEAD = [
    "Stimulator",
    "Waveforms",
    "Highest rate (Hz) at output (% MSO)",
    "Within a burst",
    "Mean power",
    "Source",
]


def _protocol_tables() -> Iterator[str]:
    for each in catalogue():
        also = f" ({', '.join(each.also)})" if each.also else ""
        yield f"### {each.id}: {each.title}{also}"
        yield _table(["", ""], _entry_rows(each))


def _entry_rows(entry: CatalogueEntry) -> Iterator[list[str]]:
    sources = entry.sources
    yield ["Indication", f"{entry.indication}, {entry.status.value}"]
    if entry.clearances:
        yield ["Clearances", f"{', '.join(entry.clearances)}; {_cite(sources.regulatory)}"]
    for number, block in enumerate(entry.blocks, start=1):
        label = f"Block {number}" if len(entry.blocks) > 1 else "Stimulation"
        yield [label, f"{_block_text(block)}; {_cite(sources.timing)}"]
        yield ["Intensity", f"{_intensity_text(block)}; {_cite(sources.intensity)}"]
        yield ["Site", f"{block.side.value} {block.region}; {_cite(sources.target)}"]
    yield ["Coil", entry.coil]
    yield ["Pulses a session", f"{entry.pulses:,}" if entry.pulses else "–"]
    rule = entry.course_rule
    yield ["Course", f"{rule.title}; {_cite(rule.source)}" if rule else "–"]
    if entry.missing:
        yield ["Not known", "; ".join(entry.missing)]
    for note in entry.notes:
        yield ["Note", note]


def _block_text(block: PublishedBlock) -> str:
    if block.rate_hz is None or block.bursts_per_train is None:
        rate = f"{block.rate_hz:g} Hz" if block.rate_hz else "rate –"
        pulses = f", {block.pulses:,} pulses" if block.pulses else ""
        return f"{rate}{pulses}, trains –"
    train = block.train()
    inner = train.burst.rate_hz
    rate = (
        f"{show(inner)} Hz bursts at {show(train.rate_hz)} Hz" if inner else f"{block.rate_hz:g} Hz"
    )
    if block.trains == 1:
        return f"{rate}, one train of {show(train.nominal_s)} s"
    off = f"{block.iti_s:g} s off" if block.iti_s else "interval –"
    if block.iti_range_s:
        off = f"{block.iti_range_s[0]:g} to {block.iti_range_s[1]:g} s off"
    return f"{rate}, {show(train.nominal_s)} s on, {off}, {block.trains or '–'} trains"


def _intensity_text(block: PublishedBlock) -> str:
    if block.intensity_range_pct:
        low, high = block.intensity_range_pct
        return f"{low:g} to {high:g} % of {block.intensity_of.label}"
    if block.intensity_pct is None:
        return "–"
    return f"{block.intensity_pct:g} % of {block.intensity_of.label}"


def _length_rows() -> Iterator[list[str]]:
    for each in catalogue():
        for length in each.durations:
            counted = length.counted or each.blocks[0].counted
            seconds = show(exact(length.seconds, "duration"))
            shown = length.display or "–"
            yield [
                each.id, seconds, shown, length.convention.value, counted.value,
                _cite(length.source),
            ]  # fmt: skip


def _course_row(rule: CourseRule) -> list[str]:
    phases = "; ".join(
        f"{phase.name} {phase.sessions}"
        + (f" ({', '.join(map(str, phase.sessions_per_week))} a week)" if phase.weeks else "")
        for phase in rule.phases
    )
    sessions = f"{rule.sessions_total}" + (f" to {rule.sessions_max}" if rule.sessions_max else "")
    extension = "–"
    if rule.extension:
        more = rule.extension
        extension = f"+{more.sessions} after {more.after_session}: {more.condition}"
        extension += f"; {_cite(more.source)}"
    gap = f"{rule.min_gap_min} min" if rule.min_gap_min else "–"
    return [
        rule.title, sessions, phases, str(rule.sessions_per_day), gap, extension,
        _cite(rule.source),
    ]  # fmt: skip


def _clearance_rows() -> Iterator[list[str]]:
    for each in clearances():
        number = ", ".join((each.number, *each.also))
        sources = [_cite(each.number_source), _cite(each.date_source)]
        yield [number, each.device, each.indication, each.date, *sources]


def _train_table(table: TrainTable) -> str:
    head = ["Hz \\ % MT", *(f"{percent:g}" for percent in table.intensities_pct)]
    rows = [
        [f"{rate:g}", *cells] for rate, cells in zip(table.rates_hz, table.limits_s, strict=True)
    ]
    return f"### {table.id}: {table.title}\n\n{_table(head, rows)}\n\n{_cite(table.source)}"


def _interval_table() -> str:
    table = interval_table()
    head = ["Interval (ms) \\ % MT", *(f"{percent:g}" for percent in table.intensities_pct)]
    rows = [[f"{ms:g}", *cells] for ms, cells in zip(table.intervals_ms, table.cells, strict=True)]
    sources = "; ".join(_cite(source) for source in (table.source, *table.more_sources))
    return f"### {table.id}: {table.title}\n\n{_table(head, rows)}\n\n{sources}"


def _verdict_rows() -> Iterator[list[str]]:
    for each in catalogue():
        if not each.buildable:
            continue
        for block in each.build().blocks:
            if block.train.is_theta_burst:
                yield [each.id, *("not tabulated" for _ in train_tables())]
                continue
            train, percent = block.train, block.intensity.percent
            rulings = [
                table.rule(train.nominal_s, train.rate_hz, percent) for table in train_tables()
            ]
            yield [each.id, *(f"{r.verdict.value} ({r.limit_text})" for r in rulings)]


def _policy_rows() -> Iterator[list[str]]:
    policy = default_policy()
    rules = {
        "Exceeds a table": policy.exceeding_a_table,
        "Outside a table": policy.outside_a_table,
    }
    for name, grade in rules.items():
        yield [name, grade.cleared.label, grade.not_cleared.label, _cite(grade.source)]


def _stimulator_row(each: Stimulator) -> list[str]:
    rates = ", ".join(f"{rate:g} at {output:g}" for output, rate in each.max_rates) or "–"
    if each.max_within_burst_hz:
        burst = f"{each.max_within_burst_hz:g} Hz"
    else:
        burst = "as for trains" if each.bursts_follow_rates else "–"
    power = f"{each.mean_power_w:g} W" if each.mean_power_w else "–"
    sources = "; ".join(_cite(source) for source in each.sources) or "–"
    return [each.name, ", ".join(each.waveforms), rates, burst, power, sources]


def _catalogue_citations() -> Iterator[Citation]:
    for each in catalogue():
        yield from (cited for _, cited in each.sources.groups())
        yield from (length.source for length in each.durations)
    for rule in courses():
        yield from rule.citations
    for record in clearances():
        yield from (record.number_source, record.date_source)


def _limit_citations() -> Iterator[Citation]:
    policy = default_policy()
    for table in train_tables():
        yield from (table.source, *table.more_sources)
    yield from (interval_table().source, *interval_table().more_sources)
    for rule in (policy.caps, policy.exceeding_a_table, policy.outside_a_table):
        yield rule.source
    for each in stimulators():
        yield from each.sources


def _references(citations: Iterable[Citation]) -> str:
    listed = sorted({reference.text for _, reference in Bibliography.of(citations)})
    return "\n".join(f"- {text}" for text in listed)


def _cite(citation: Citation) -> str:
    flag = "" if citation.tag.verified else " unverified"
    return f"{citation.short}{flag}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row(head), _row(["---"] * len(head))]
    lines.extend(_row(row) for row in rows)
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
