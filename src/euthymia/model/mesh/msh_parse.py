"""The raw content of Gmsh files of versions 2.2 and 4.1, text and binary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.core.poses import FloatArray

TETRAHEDRON, TETRAHEDRON_10 = 4, 11

_NODES_OF = {1: 2, 2: 3, 3: 4, 4: 4, 5: 8, 6: 6, 7: 5, 8: 3, 9: 6, 10: 9, 11: 10, 15: 1}
"""Nodes of each element type that a head mesh may hold."""

_INT, _LONG, _DOUBLE = np.dtype("<i4"), np.dtype("<u8"), np.dtype("<f8")


class BrokenMshError(ValueError):
    """The file does not hold what its format promises; the text says what."""


@dataclass(frozen=True, eq=False)
class RawMsh:
    """nodes (n, 3); tets (m, 4) rows of nodes; tags (m,) volume number of each tetrahedron."""

    nodes: FloatArray
    tets: NDArray[np.int64]
    tags: NDArray[np.int64]


class _Cursor:
    """A place in the bytes of a file, read on in numbers of one type, text or binary."""

    def __init__(self, data: bytes, binary: bool) -> None:
        self.data, self.at, self.binary = data, 0, binary

    def section(self, name: str) -> None:
        """Go to the first number of a section."""
        found = self.data.find(b"$" + name.encode())
        if found < 0:
            raise BrokenMshError(f"it has no section ${name}")
        end = self.data.find(b"\n", found)
        self.at = end + 1
        if not self.binary:
            close = self.data.find(b"$End" + name.encode(), self.at)
            if close < 0:
                raise BrokenMshError(f"its section ${name} does not end")
            self._words = self.data[self.at : close].split()
            self._word = 0

    def take(self, dtype: np.dtype[np.generic], count: int) -> NDArray[np.generic]:
        """The next numbers."""
        if count < 0:
            raise BrokenMshError("it announces a negative count")
        if self.binary:
            end = self.at + count * dtype.itemsize
            if end > len(self.data):
                raise BrokenMshError("it is cut short")
            out = np.frombuffer(self.data, dtype, count, self.at)
            self.at = end
            return out
        words = self._words[self._word : self._word + count]
        if len(words) < count:
            raise BrokenMshError("it is cut short")
        self._word += count
        try:
            return np.array(words).astype(float).astype(dtype)
        except ValueError:
            raise BrokenMshError("a number cannot be read") from None

    def ints(self, count: int) -> list[int]:
        """The next 4-byte integers."""
        return [int(value) for value in self.take(_INT, count)]

    def longs(self, count: int) -> list[int]:
        """The next 8-byte integers."""
        return [int(value) for value in self.take(_LONG, count)]

    def line_int(self) -> int:
        """An integer that is text on a line of its own, also in binary files of version 2."""
        if not self.binary:
            return self.ints(1)[0]
        end = self.data.find(b"\n", self.at)
        try:
            value = int(self.data[self.at : end])
        except ValueError:
            raise BrokenMshError("a count cannot be read") from None
        self.at = end + 1
        return value


def parse_msh(data: bytes) -> RawMsh:
    """Nodes and tetrahedra of a file's bytes; `BrokenMshError` says what is wrong with it."""
    head = data[:400].split(b"\n", 2)
    if len(head) < 3 or head[0].strip() != b"$MeshFormat":
        raise BrokenMshError("it does not begin with $MeshFormat")
    try:
        version, kind, _ = head[1].split()[:3]
        binary = int(kind) == 1
    except ValueError:
        raise BrokenMshError("its format line cannot be read") from None
    if binary:
        start = data.find(b"\n", data.find(b"\n") + 1) + 1
        if data[start : start + 4] != b"\x01\x00\x00\x00":
            raise BrokenMshError("its numbers are big-endian")
    cursor = _Cursor(data, binary)
    if version.startswith(b"2"):
        return _version_2(cursor)
    if version == b"4.1":
        return _version_4(cursor)
    raise BrokenMshError(f"its version is {version.decode(errors='replace')}, not 2.2 or 4.1")


def _version_2(cursor: _Cursor) -> RawMsh:
    cursor.section("Nodes")
    count = cursor.line_int()
    if cursor.binary:
        rows = cursor.take(np.dtype([("n", "<i4"), ("x", "<f8", 3)]), count)
        numbers, nodes = rows["n"].astype(np.int64), rows["x"].astype(float)  # type: ignore[call-overload]
    else:
        table = cursor.take(_DOUBLE, 4 * count).reshape(-1, 4)
        numbers, nodes = table[:, 0].astype(np.int64), table[:, 1:].astype(float)
    cursor.section("Elements")
    count = cursor.line_int()
    tets, tags = _elements_2_binary(cursor, count) if cursor.binary else _elements_2(cursor, count)
    return RawMsh(nodes, _rows_of(numbers, tets), tags)


_Elements = tuple[NDArray[np.int64], NDArray[np.int64]]


def _elements_2(cursor: _Cursor, count: int) -> _Elements:
    words = cursor.take(np.dtype("<i8"), len(cursor._words) - cursor._word)
    starts = np.empty(count, dtype=np.int64)
    flat = words.tolist()
    at = 0
    for element in range(count):
        starts[element] = at
        if at + 3 > len(flat):
            raise BrokenMshError("it is cut short")
        at += 3 + flat[at + 2] + _nodes_of(flat[at + 1])
    if at > len(flat):
        raise BrokenMshError("it is cut short")
    table = np.asarray(words, dtype=np.int64)
    kind = table[starts + 1] if count else np.empty(0, dtype=np.int64)
    solid = starts[(kind == TETRAHEDRON) | (kind == TETRAHEDRON_10)]
    tags = table[solid + 3] if len(solid) else np.empty(0, dtype=np.int64)
    first = solid + 3 + (table[solid + 2] if len(solid) else 0)
    return table[first[:, None] + np.arange(4)] if len(solid) else np.empty((0, 4), int), tags


def _elements_2_binary(cursor: _Cursor, count: int) -> _Elements:
    tets, tags, done = [], [], 0
    while done < count:
        kind, follow, n_tags = cursor.ints(3)
        if follow <= 0 or not 0 <= n_tags < 100:
            raise BrokenMshError("an element block cannot be read")
        width = 1 + n_tags + _nodes_of(kind)
        block = cursor.take(_INT, follow * width).reshape(follow, width).astype(np.int64)
        done += follow
        if kind in (TETRAHEDRON, TETRAHEDRON_10):
            tags.append(block[:, 1] if n_tags else np.zeros(follow, dtype=np.int64))
            tets.append(block[:, 1 + n_tags : 5 + n_tags])
    return _joined(tets, tags)


def _version_4(cursor: _Cursor) -> RawMsh:
    physical = _entities(cursor) if b"$Entities" in cursor.data else {}
    cursor.section("Nodes")
    blocks = cursor.longs(4)[0]
    numbers, places = [], []
    for _ in range(blocks):
        dimension, _, parametric = cursor.ints(3)
        count = cursor.longs(1)[0]
        numbers.append(cursor.take(_LONG, count).astype(np.int64))
        width = 3 + (dimension if parametric else 0)
        places.append(cursor.take(_DOUBLE, count * width).reshape(-1, width)[:, :3])
    cursor.section("Elements")
    blocks = cursor.longs(4)[0]
    tets, tags = [], []
    for _ in range(blocks):
        dimension, entity, kind = cursor.ints(3)
        count = cursor.longs(1)[0]
        width = 1 + _nodes_of(kind)
        block = cursor.take(_LONG, count * width).reshape(-1, width).astype(np.int64)
        if kind in (TETRAHEDRON, TETRAHEDRON_10):
            tets.append(block[:, 1:5])
            tags.append(np.full(count, physical.get((dimension, entity), entity)))
    if not places:
        raise BrokenMshError("it holds no nodes")
    nodes = np.concatenate(places).astype(float)
    joined, labels = _joined(tets, tags)
    return RawMsh(nodes, _rows_of(np.concatenate(numbers), joined), labels)


def _entities(cursor: _Cursor) -> dict[tuple[int, int], int]:
    """(dimension, entity) to the first physical tag."""
    cursor.section("Entities")
    counts = cursor.longs(4)
    physical = {}
    for dimension, count in enumerate(counts):
        for _ in range(count):
            entity = cursor.ints(1)[0]
            cursor.take(_DOUBLE, 3 if dimension == 0 else 6)
            tags = cursor.ints(cursor.longs(1)[0])
            if tags:
                physical[dimension, entity] = tags[0]
            if dimension > 0:
                cursor.ints(cursor.longs(1)[0])
    return physical


def _nodes_of(kind: int) -> int:
    if kind not in _NODES_OF:
        raise BrokenMshError(f"it holds elements of the unknown type {kind}")
    return _NODES_OF[kind]


def _joined(tets: list[NDArray[np.int64]], tags: list[NDArray[np.int64]]) -> _Elements:
    if not tets:
        return np.empty((0, 4), dtype=np.int64), np.empty(0, dtype=np.int64)
    return np.concatenate(tets), np.concatenate(tags)


def _rows_of(numbers: NDArray[np.int64], tets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of the node table in place of node numbers."""
    order = np.argsort(numbers, kind="stable")
    if len(numbers) == 0 or len(tets) == 0:
        raise BrokenMshError("it holds no tetrahedra")
    at = np.minimum(np.searchsorted(numbers[order], tets), len(numbers) - 1)
    rows = order[at]
    if (numbers[rows] != tets).any():
        raise BrokenMshError("an element names a node that is not there")
    return np.asarray(rows)
