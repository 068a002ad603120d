"""Arrays for the browser: a small JSON header and the numbers behind it, in one binary answer.

Layout: the four bytes "EUB1", the length of the header as a little-endian uint32, the header as
UTF-8 JSON padded with spaces, then the arrays. Each array begins at a multiple of eight bytes, so
that the browser can lay a typed array over it without copying. Numbers are little-endian.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError

MAGIC = b"EUB1"
MEDIA_TYPE = "application/octet-stream"
_ALIGNED = 8
_TYPES = {"float32": "<f4", "float16": "<f2", "uint32": "<u4", "uint8": "|u1", "int8": "|i1"}


def packed(meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """One binary answer; arrays must be float16, float32, int8, uint8 or uint32."""
    parts: list[bytes] = []
    table: dict[str, dict[str, Any]] = {}
    offset = 0
    for name, array in arrays.items():
        kind = array.dtype.name
        if kind not in _TYPES:
            raise TypeError(f"array {name!r} is {kind}, which the browser's reader does not know")
        raw = np.ascontiguousarray(array, dtype=_TYPES[kind]).tobytes()
        table[name] = {"type": kind, "shape": list(array.shape), "offset": offset}
        padded = raw + b"\0" * (-len(raw) % _ALIGNED)
        parts.append(padded)
        offset += len(padded)
    header = json.dumps({"meta": dict(meta), "arrays": table}, allow_nan=False).encode()
    header += b" " * (-(len(header) + 8) % _ALIGNED)
    return b"".join([MAGIC, len(header).to_bytes(4, "little"), header, *parts])


def unpacked(content: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What `packed` was given: the meta data and the arrays."""
    if content[:4] != MAGIC:
        raise InputError("answer of the bench", "it does not begin as one", "Ask for it again")
    length = int.from_bytes(content[4:8], "little")
    header = json.loads(content[8 : 8 + length])
    body = 8 + length
    arrays = {}
    for name, row in header["arrays"].items():
        kind = np.dtype(_TYPES[row["type"]])
        count = int(np.prod(row["shape"], dtype=int))
        flat = np.frombuffer(content, kind, count, body + row["offset"])
        arrays[name] = flat.reshape(row["shape"])
    return header["meta"], arrays
