"""One line of a chart: what every entry carries, and the one way to write it as bytes.

A line is the canonical JSON of an envelope: keys sorted, no spaces, UTF-8 without escapes that
JSON does not demand, numbers as Python's `json` writes them, neither NaN nor infinity. `hash` is
the SHA-256 of the same JSON without its `hash`; `prev` is the SHA-256 of the whole line before
(without its newline), and 64 zeros on the first line. So each line vouches for itself and for all
lines before it, and anyone can check the chain with a JSON reader and SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NoReturn

from euthymia.core.errors import InputError

NO_LINE_BEFORE = "0" * 64
"""`prev` of the first line."""

LINE_START = b'{"at":"'
"""How every line begins: `at` is the first key in sorted order."""

_ENCODER = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
)

_FIELDS = {"seq", "id", "at", "author", "kind", "reason", "body", "prev", "hash"}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Author:
    """The person who made an entry, and in which role."""

    name: str
    role: str

    def __post_init__(self) -> None:
        if not (self.name.strip() and self.role.strip()):
            raise InputError(
                "author of an entry", "the name or the role is empty", "Give both of them"
            )


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it has a place in a chart.

    `id` is a UUID in its usual lower-case spelling, chosen by the caller, so that an entry sent
    twice is recognised. `at` is the author's local time with its offset from UTC.
    """

    id: str
    at: datetime
    author: Author
    kind: str
    body: Mapping[str, Any]
    reason: str = ""

    def __post_init__(self) -> None:
        if not _is_uuid(self.id):
            raise InputError(
                f"entry id {self.id!r}", "it is not a UUID", "Give a new UUID for each entry"
            )
        if self.at.utcoffset() is None:
            raise InputError(
                f"entry {self.id}",
                f"its time {self.at.isoformat()} has no time zone",
                "Give the local time with its offset from UTC",
            )
        if not self.kind:
            raise InputError(f"entry {self.id}", "it has no kind", "Say what the entry records")


@dataclass(frozen=True, slots=True)
class Envelope:
    """An entry in its place in a chart. `seq` counts from 1 and is also the number of its line."""

    seq: int
    id: str
    at: datetime
    author: Author
    kind: str
    reason: str
    body: Mapping[str, Any]
    prev: str
    hash: str

    @property
    def line(self) -> bytes:
        """The bytes of its line, without the newline."""
        return canonical_json({**_content(self), "hash": self.hash})

    @property
    def line_sha256(self) -> str:
        """What the next line carries as `prev`."""
        return sha256(self.line)

    @property
    def content_sha256(self) -> str:
        """What its own `hash` must be."""
        return sha256(canonical_json(_content(self)))


def sha256(data: bytes) -> str:
    """The SHA-256 of bytes as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def canonical_json(value: object) -> bytes:
    """The one spelling of a JSON value that is hashed and written.

    Raises InputError for what has no such spelling: NaN, infinity, broken Unicode, other types.
    """
    try:
        return _ENCODER.encode(value).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            "content of an entry",
            f"it cannot be written as JSON ({error})",
            "Give texts, finite numbers, lists and dictionaries only",
        ) from None


def seal(draft: Draft, seq: int, prev: str) -> Envelope:
    """Put a draft in its place: number `seq`, after the line whose SHA-256 is `prev`."""
    unsealed = Envelope(
        seq, draft.id, draft.at, draft.author, draft.kind, draft.reason, draft.body, prev, ""
    )
    sealed = replace(unsealed, hash=unsealed.content_sha256)
    # What is returned is what a reader will find; a tuple or a number as a key would change.
    read_back = parse_line(sealed.line)
    if read_back != sealed:
        raise InputError(
            f"entry {draft.id}",
            "it would not read back as it was given",
            "Give plain JSON: texts as dictionary keys, and lists",
        )
    return read_back


def parse_line(line: bytes) -> Envelope | None:
    """The envelope that a line spells, its hashes unchecked, or None if it is no envelope.

    Raises UnicodeDecodeError if the line is not UTF-8, json.JSONDecodeError if it is not JSON.
    """
    fields = read_json(line.decode("utf-8"))
    if not isinstance(fields, dict) or set(fields) != _FIELDS:
        return None
    author, at = fields["author"], _aware_time(fields["at"])
    plain = (
        type(fields["seq"]) is int
        and all(isinstance(fields[key], str) for key in ("id", "kind", "reason", "prev", "hash"))
        and isinstance(fields["body"], dict)
        and isinstance(author, dict)
        and set(author) == {"name", "role"}
        and all(isinstance(value, str) and value.strip() for value in author.values())
    )
    if not plain or at is None or not fields["kind"] or not _is_uuid(fields["id"]):
        return None
    if not (_SHA256.fullmatch(fields["prev"]) and _SHA256.fullmatch(fields["hash"])):
        return None
    return Envelope(**{**fields, "at": at, "author": Author(**author)})


def read_json(text: str) -> object:
    """Strict JSON: no NaN or infinity; whatever cannot be read is a json.JSONDecodeError."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        # Constants, numbers of thousands of digits and endless nesting have errors of their own.
        raise json.JSONDecodeError(str(error), text, 0) from None


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _content(envelope: Envelope) -> dict[str, Any]:
    return {
        "seq": envelope.seq,
        "id": envelope.id,
        "at": envelope.at.isoformat(),
        "author": {"name": envelope.author.name, "role": envelope.author.role},
        "kind": envelope.kind,
        "reason": envelope.reason,
        "body": dict(envelope.body),
        "prev": envelope.prev,
    }


def _aware_time(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.utcoffset() is not None and at.isoformat() == text else None


def _is_uuid(text: str) -> bool:
    return _UUID.fullmatch(text) is not None
