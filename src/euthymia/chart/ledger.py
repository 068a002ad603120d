"""The file of a chart: JSON Lines, append-only, hash-chained, safe against kills and neighbours.

What `append` promises: when it returns, the entry is on the disk; when it raises, the file is as
it was; when it is killed, the file holds the entry whole, or not at all, or a torn beginning of
it, which the next append sets aside in `<file>.torn-<n>`. Two appends at once follow each other.
Nothing in this file ever rewrites or removes a whole entry.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from euthymia.chart.envelope import NO_LINE_BEFORE, Draft, Envelope, seal
from euthymia.chart.locking import FileLock
from euthymia.chart.verification import Anchor, Prefix, Verification, verify_bytes
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity

_KNOWN: dict[Path, Prefix] = {}
_KNOWN_AT_MOST = 4
# What this process has verified before, so that the thousandth train of a course is as quick to
# write as the first. It is no second truth: a prefix counts only if the file's bytes have its hash.

Check = Callable[[tuple[Envelope, ...]], None]
"""Raises if the last of these entries must not follow the others."""


def verify(path: Path, anchor: Anchor | None = None) -> Verification:
    """Check a chart file; all its damage is in the result, with the tails set aside earlier.

    `anchor` is a place in this chart that was noted elsewhere (see `Verification.head`).
    Raises InputError only if there is no file to read.
    """
    checked = verify_bytes(_read_whole(path), anchor)
    return replace(checked, findings=(*checked.findings, *_set_aside_findings(path)))


def read(path: Path) -> tuple[Envelope, ...]:
    """All whole entries of a chart; refuses to go past a broken place.

    A torn tail is no broken place: its entry was never confirmed to anyone. `verify` reports it.
    """
    return _verified(path, _read_whole(path)).entries


def append(path: Path, draft: Draft, *, new: bool = False, check: Check | None = None) -> Envelope:
    """Write one entry at the end of a chart and return it; on the disk when this returns.

    `new` makes the chart; it must not hold entries yet. `check` sees all entries with the new one
    last, under the lock, and may raise to refuse it; it must not open the chart itself.
    Raises InputError if the chart is broken, if the entry's id stands in it already, or if the
    file cannot be opened; OSError if the disk fails. Either way the file is as it was.
    """
    if new:
        # Refuse a bad first entry before there is a file.
        _sealed(draft, (), check)
    descriptor = _open(path, os.O_RDWR | os.O_APPEND | (os.O_CREAT if new else 0))
    try:
        with FileLock(descriptor, str(path), exclusive=True):
            return _append_locked(path, descriptor, draft, new, check)
    finally:
        os.close(descriptor)


def _append_locked(
    path: Path, descriptor: int, draft: Draft, new: bool, check: Check | None
) -> Envelope:
    state = _verified(path, _read_all(descriptor))
    if new and state.entries:
        raise InputError(
            str(path), "it already holds a chart", "Choose another folder for a new chart"
        )
    _refuse_repeated(path, draft, state.entries)
    entry = _sealed(draft, state.entries, check)
    if state.torn:
        _set_aside(path, descriptor, state.torn)
    before = os.fstat(descriptor).st_size
    try:
        _write_all(descriptor, (b"\n" if state.lacks_newline else b"") + entry.line + b"\n")
        os.fsync(descriptor)
        if not state.entries:
            sync_folder(path.parent)
    except BaseException:
        # A full disk or an interrupt: what was begun must not look like an entry later on.
        os.ftruncate(descriptor, before)
        raise
    return entry


def _verified(path: Path, data: bytes) -> Verification:
    """The verification of a chart's content, refused if broken, quick if only its end is new."""
    name = path.absolute()
    state = require_unbroken(path, verify_bytes(data, known=_KNOWN.pop(name, None)))
    if (prefix := Prefix.of(data, state)) is not None:
        _KNOWN[name] = prefix
    for oldest in list(_KNOWN)[:-_KNOWN_AT_MOST]:
        _KNOWN.pop(oldest, None)
    return state


def _sealed(draft: Draft, before: tuple[Envelope, ...], check: Check | None) -> Envelope:
    prev = before[-1].line_sha256 if before else NO_LINE_BEFORE
    entry = seal(draft, len(before) + 1, prev)
    if check is not None:
        check((*before, entry))
    return entry


def require_unbroken(path: Path, state: Verification) -> Verification:
    """Return the verification of a chart that is not broken; refuse a broken one in a sentence."""
    if state.broken is None:
        return state
    whole = len(state.entries)
    raise InputError(
        str(path),
        f"the chart is broken at line {state.broken.line}: {state.broken.problem}",
        f"Restore the file from a backup; {_count(whole)} before that line",
    )


def _count(whole: int) -> str:
    if whole == 1:
        return "1 entry is intact"
    return f"{whole or 'no'} entries are intact"


def _refuse_repeated(path: Path, draft: Draft, entries: tuple[Envelope, ...]) -> None:
    for entry in entries:
        if entry.id == draft.id:
            raise InputError(
                str(path),
                f"entry {draft.id} stands in it already, on line {entry.seq}",
                "Do not send an entry twice; give a new entry a new id",
            )


def _set_aside(path: Path, descriptor: int, torn: bytes) -> None:
    """Keep the torn tail in a file of its own, then cut it off. In this order: never neither."""
    if not any(kept.read_bytes() == torn for kept in _torn_files(path)):
        _write_new(_next_torn_file(path), torn)
        sync_folder(path.parent)
    os.ftruncate(descriptor, os.fstat(descriptor).st_size - len(torn))
    os.fsync(descriptor)


def _torn_files(path: Path) -> list[Path]:
    found = path.parent.glob(f"{_glob_escaped(path.name)}.torn-*")
    return sorted(found, key=lambda kept: (len(kept.name), kept.name))


def _next_torn_file(path: Path) -> Path:
    number = 1
    while (candidate := path.with_name(f"{path.name}.torn-{number}")).exists():
        number += 1
    return candidate


def _set_aside_findings(path: Path) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            "chart.set-aside",
            Severity.CAUTION,
            kept.name,
            "An entry that was not written to its end was set aside in this file; "
            "record its content again if it is missing",
            found=f"{kept.stat().st_size} bytes",
        )
        for kept in _torn_files(path)
    )


def _glob_escaped(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _open(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | getattr(os, "O_BINARY", 0), 0o600)
    except FileNotFoundError:
        raise InputError(
            str(path), "there is no such chart", "Give the path of a chart.jsonl that exists"
        ) from None
    except IsADirectoryError:
        raise InputError(
            str(path), "this is a folder, not a chart", "Name the chart.jsonl in it"
        ) from None
    except OSError as error:
        raise InputError(
            str(path),
            f"it cannot be opened ({error.strerror})",
            "Check that you may read and write it",
        ) from None


def _read_whole(path: Path) -> bytes:
    if path.is_dir():
        raise InputError(str(path), "this is a folder, not a chart", "Name the chart.jsonl in it")
    descriptor = _open(path, os.O_RDONLY)
    try:
        # Shared, so that an append under way is not mistaken for a torn one.
        with FileLock(descriptor, str(path), exclusive=False):
            return _read_all(descriptor)
    finally:
        os.close(descriptor)


def _read_all(descriptor: int) -> bytes:
    os.lseek(descriptor, 0, os.SEEK_SET)
    parts: list[bytes] = []
    while part := os.read(descriptor, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _write_new(path: Path, data: bytes) -> None:
    descriptor = os.open(
        path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
    )
    try:
        _write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make a new file's name durable. Windows does this by itself and opens no folders."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
