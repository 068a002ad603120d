"""Whether a chart is what was written: a check of its bytes, line by line.

The chain proves that no line was changed, moved, taken out of the middle or put in. It cannot
prove that whole lines at the end were not cut off, nor that someone did not write the whole file
anew; for that, keep an `Anchor` elsewhere (a signed plan, a printed report, a second system) and
hand it in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from euthymia.chart.envelope import (
    LINE_START,
    NO_LINE_BEFORE,
    Envelope,
    parse_line,
    sha256,
)
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity


class Damage(StrEnum):
    """What is wrong with a chart at the first place that is not as it was written."""

    NOT_UTF8 = "not UTF-8"
    NOT_JSON = "not JSON"
    NOT_AN_ENTRY = "not an entry"
    EDITED = "edited"
    REMOVED = "removed"
    REORDERED = "reordered"
    WRONG_HASH = "wrong hash of the line before"
    REPEATED = "repeated"
    REWRITTEN = "rewritten"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place in a chart that was noted elsewhere: the number of a line, and its SHA-256."""

    seq: int
    line_sha256: str

    def __post_init__(self) -> None:
        if self.seq < 1:
            raise InputError("anchor of a chart", f"there is no entry {self.seq}", "Count from 1")


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a chart is not what was written. `line` counts from 1."""

    line: int
    damage: Damage
    problem: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What is left of a chart, and what is wrong with it.

    entries: all whole entries before the first broken place.
    broken: that place; None if there is none.
    torn: the bytes after the last newline that are the beginning of an entry and no more.
    lacks_newline: the last entry is whole and valid, only its newline is missing.
    findings: all of this as findings, the gravest kind being STOP.
    """

    entries: tuple[Envelope, ...]
    broken: Break | None = None
    torn: bytes = b""
    lacks_newline: bool = False
    findings: tuple[Finding, ...] = ()

    @property
    def intact(self) -> bool:
        """True if every byte belongs to a whole entry in an unbroken chain."""
        return self.broken is None and not self.torn

    @property
    def head(self) -> Anchor | None:
        """The last whole entry, to be noted elsewhere."""
        return anchor_of(self.entries[-1]) if self.entries else None


def anchor_of(entry: Envelope) -> Anchor:
    """The place of an entry, to be noted elsewhere."""
    return Anchor(entry.seq, entry.line_sha256)


@dataclass(frozen=True, slots=True)
class Prefix:
    """Whole lines at the beginning of a chart that were verified before, known by their hash."""

    length: int
    sha256: str
    entries: tuple[Envelope, ...]

    @classmethod
    def of(cls, data: bytes, verification: Verification) -> Prefix | None:
        """What of a chart's content need not be verified again; None if there is no such part."""
        if verification.broken is not None or verification.lacks_newline:
            return None
        length = len(data) - len(verification.torn)
        return cls(length, sha256(data[:length]), verification.entries)

    def begins(self, data: bytes) -> bool:
        """True if the content begins with exactly these lines."""
        return len(data) >= self.length and sha256(data[: self.length]) == self.sha256


_NOTHING = Prefix(0, sha256(b""), ())


def verify_bytes(
    data: bytes, anchor: Anchor | None = None, known: Prefix | None = None
) -> Verification:
    """Check the content of a chart file; stops at the first broken place, never raises.

    A tail without a newline is judged with care, because a program killed while it wrote leaves
    one. A whole, valid entry counts as an entry (only the newline was lost). The beginning of an
    entry is torn: reported, and set aside at the next append. Anything else (a complete JSON value
    that is not the next entry, or bytes that no append can have left) is damage.

    `known` spares the work on lines verified before, if the content still begins with them.
    """
    known = known if known is not None and known.begins(data) else _NOTHING
    *lines, tail = data[known.length :].split(b"\n")
    chain = _Chain(known.entries)
    broken = next((b for at in range(len(lines)) if (b := chain.take(lines, at))), None)
    torn, lacks_newline = b"", False
    if tail and broken is None:
        broken = chain.take([tail], 0)
        lacks_newline = broken is None
        if broken is not None and _is_beginning_of_entry(tail):
            torn, broken = tail, None
    entries = chain.entries
    if broken is None:
        broken = _check_anchor(entries, anchor)
        entries = entries if broken is None else entries[: broken.line - 1]
    findings = _findings(entries, broken, torn, lacks_newline)
    return Verification(tuple(entries), broken, torn, lacks_newline, findings)


class _Chain:
    """The whole entries so far, and with them what the next line has to say."""

    def __init__(self, entries: tuple[Envelope, ...]) -> None:
        self.entries = list(entries)
        self._ids = {entry.id for entry in entries}
        self._prev = entries[-1].line_sha256 if entries else NO_LINE_BEFORE

    def take(self, lines: list[bytes], at: int) -> Break | None:
        """Add the entry on `lines[at]`, or say what is wrong with it."""
        number = len(self.entries) + 1
        found = _entry_on(lines[at], number)
        if isinstance(found, Break):
            return found
        if found.seq != number:
            return _misplaced(found.seq, number, lines[at + 1 :])
        if found.prev != self._prev:
            problem = "the hash it gives of the line before is not that line's"
            return Break(number, Damage.WRONG_HASH, problem)
        if found.id in self._ids:
            problem = f"the id {found.id} stands on an earlier line, too"
            return Break(number, Damage.REPEATED, problem)
        self.entries.append(found)
        self._ids.add(found.id)
        self._prev = sha256(lines[at])
        return None


def _entry_on(line: bytes, number: int) -> Envelope | Break:
    """The entry on a line, if it is whole and as it was written."""
    try:
        entry = parse_line(line)
    except UnicodeDecodeError:
        return Break(number, Damage.NOT_UTF8, "it is not UTF-8 text")
    except json.JSONDecodeError:
        return Break(number, Damage.NOT_JSON, "it is not JSON")
    if entry is None:
        return Break(number, Damage.NOT_AN_ENTRY, "it is JSON, but not an entry of a chart")
    if not _is_as_written(entry, line):
        problem = "it was edited (its own hash does not match its content)"
        return Break(number, Damage.EDITED, problem)
    return entry


def _is_as_written(entry: Envelope, line: bytes) -> bool:
    try:
        return entry.line == line and entry.content_sha256 == entry.hash
    except InputError:
        # It parsed, but has no canonical spelling (1e999 reads as infinity): never our own line.
        return False


def _misplaced(seq: int, number: int, later: list[bytes]) -> Break:
    """Entry `seq` stands where `number` belongs: moved about, or is something missing?"""
    if seq < number or any(_seq_of(line) == number for line in later):
        return Break(number, Damage.REORDERED, f"entry {seq} stands where entry {number} belongs")
    last = seq - 1
    missing = f"entry {number} is" if last == number else f"entries {number} to {last} are"
    return Break(number, Damage.REMOVED, f"{missing} missing before entry {seq}")


def _seq_of(line: bytes) -> int | None:
    try:
        entry = parse_line(line)
    except ValueError:
        return None
    return entry.seq if entry else None


def _is_beginning_of_entry(tail: bytes) -> bool:
    """True for what a killed append can leave: part of a line, perhaps with zeros after it."""
    written = tail.rstrip(b"\0")
    if not (written.startswith(LINE_START) or LINE_START.startswith(written)):
        return False
    try:
        json.JSONDecoder().raw_decode(written.decode("utf-8", errors="replace"))
    except (ValueError, RecursionError):
        return True
    # A whole JSON value: a part of a line never is one, since its last brace comes last.
    return False


def _check_anchor(entries: list[Envelope], anchor: Anchor | None) -> Break | None:
    if anchor is None:
        return None
    if anchor.seq > len(entries):
        return Break(
            len(entries) + 1,
            Damage.REMOVED,
            f"the chart ends here, although entry {anchor.seq} was once written",
        )
    if anchor_of(entries[anchor.seq - 1]) != anchor:
        return Break(anchor.seq, Damage.REWRITTEN, "it is not the entry that was noted elsewhere")
    return None


def _findings(
    entries: list[Envelope], broken: Break | None, torn: bytes, lacks_newline: bool
) -> tuple[Finding, ...]:
    found: list[Finding] = []
    if broken is not None:
        found.append(
            Finding(
                "chart.broken",
                Severity.STOP,
                f"line {broken.line}",
                f"The chart is broken here: {broken.problem}",
                found=broken.damage.value,
                nearest_allowed=f"the {len(entries)} whole entries before it",
            )
        )
    if torn:
        found.append(
            Finding(
                "chart.torn",
                Severity.CAUTION,
                f"line {len(entries) + 1}",
                "The last entry was not written to its end; the next entry written to this chart "
                "sets the torn part aside in a file of its own",
                found=f"{len(torn)} bytes",
            )
        )
    if lacks_newline:
        found.append(
            Finding(
                "chart.lacks-newline",
                Severity.NOTE,
                f"line {len(entries)}",
                "The last entry is whole and valid, only its end of line is missing",
            )
        )
    return (*found, *_clock_findings(entries))


def _clock_findings(entries: list[Envelope]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            "chart.time-goes-back",
            Severity.CAUTION,
            f"entry {later.seq}",
            "Its time lies before that of the entry written before it",
            found=later.at.isoformat(),
            limit=earlier.at.isoformat(),
        )
        for earlier, later in pairwise(entries)
        if later.at < earlier.at
    )
