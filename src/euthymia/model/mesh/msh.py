"""Head meshes as Gmsh `.msh` files: read (2.2 and 4.1, text and binary) and written."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError, require_file
from euthymia.core.poses import FloatArray, Frame
from euthymia.core.references import Citation
from euthymia.model.head.volume import Tissue
from euthymia.model.mesh.msh_parse import BrokenMshError, parse_msh
from euthymia.model.mesh.tetra import TetraMesh

_REMEDY = "Export the head mesh again as Gmsh 2.2 or 4.1, with one volume tag for each tissue"
_SMALLEST_HEAD_MM, _LARGEST_HEAD_MM = 20.0, 2000.0
_TETRAHEDRON = 4


@dataclass(frozen=True, slots=True)
class VolumeTag:
    """What a volume number of a head mesh stands for."""

    number: int
    name: str
    tissue: Tissue
    s_per_m: float | None


@dataclass(frozen=True, eq=False)
class MshHead:
    """A mesh from a file, with what the file knows beyond our tissues.

    tags: (m,) volume numbers. own_s_per_m: (m,) conductivity that a tag brings, S/m, NaN where
    the tissue's own holds.
    """

    mesh: TetraMesh
    tags: NDArray[np.int64]
    own_s_per_m: FloatArray


@cache
def volume_tags() -> Mapping[int, VolumeTag]:
    """The volume numbers that are understood."""
    out = {}
    for number, row in _table()["tags"].items():
        known = next(
            Tissue[name.upper()] for name in row["tissue"] if name.upper() in Tissue.__members__
        )
        out[int(number)] = VolumeTag(int(number), row["name"], known, row.get("s_per_m"))
    return out


def volume_tag_source() -> Citation:
    """Where the numbering comes from."""
    return Citation(**_table()["source"])


def _table() -> dict:  # type: ignore[type-arg]
    text = (files("euthymia.model.mesh") / "data" / "msh_tags.toml").read_text("utf-8")
    return tomllib.loads(text)


def read_msh(path: Path, frame: Frame | None = None) -> MshHead:
    """The tetrahedra of a file in millimetres; its frame is that of its own content unless given.

    Triangles, lines and points in the file are left out, and so is the curvature of second-order
    elements. Refused in one sentence: other formats, damaged files, unknown tissues, other units.
    """
    require_file(path, "a Gmsh .msh file")
    data = path.read_bytes()
    try:
        raw = parse_msh(data)
    except BrokenMshError as problem:
        raise InputError(str(path), str(problem), _REMEDY) from None
    known = volume_tags()
    strange = sorted(set(np.unique(raw.tags).tolist()) - set(known))
    if strange:
        understood = ", ".join(f"{tag.number} {tag.name}" for tag in known.values())
        raise InputError(
            str(path), f"it holds unknown volume tags {strange[:8]}", f"Use {understood}"
        )
    extent = float(np.ptp(raw.nodes, axis=0).max()) if np.isfinite(raw.nodes).all() else np.nan
    if not _SMALLEST_HEAD_MM <= extent <= _LARGEST_HEAD_MM:
        raise InputError(
            str(path), f"it is {extent:.3g} units across, which is no head in millimetres",
            "Export it in millimetres",
        )  # fmt: skip
    used, tets = np.unique(raw.tets, return_inverse=True)
    tissue = np.zeros(len(raw.tags), dtype=np.uint8)
    own = np.full(len(raw.tags), np.nan)
    for tag in known.values():
        here = raw.tags == tag.number
        tissue[here] = int(tag.tissue)
        if tag.s_per_m is not None:
            own[here] = tag.s_per_m
    digest = hashlib.sha256(data).hexdigest()
    frame = frame or Frame.of_image(digest, path.name)
    try:
        mesh = TetraMesh(raw.nodes[used], tets.reshape(-1, 4).astype(np.int32), tissue, frame)
    except InputError as problem:
        raise InputError(str(path), problem.problem, _REMEDY) from None
    return MshHead(mesh, raw.tags, own)


def write_msh(path: Path, mesh: TetraMesh, version: str = "2.2", binary: bool = True) -> None:
    """Write the mesh; the volume tags are the numbers of our tissues."""
    writer = {"2.2": _text_2, "4.1": _text_4}.get(version)
    if writer is None:
        raise InputError("mesh file", f"version {version} is not written", "Ask for 2.2 or 4.1")
    numbers = _file_numbers(mesh)
    kind = f"$MeshFormat\n{version} {int(binary)} 8\n".encode()
    kind += (np.array([1], dtype="<i4").tobytes() + b"\n") if binary else b""
    path.write_bytes(kind + b"$EndMeshFormat\n" + writer(mesh, numbers, binary))


def _file_numbers(mesh: TetraMesh) -> NDArray[np.int64]:
    table = np.zeros(256, dtype=np.int64)
    for tag in reversed(list(volume_tags().values())):
        table[int(tag.tissue)] = tag.number
    return table[mesh.tissue]


def _lines(rows: NDArray[np.int64]) -> bytes:
    return "\n".join(" ".join(map(str, row)) for row in rows.tolist()).encode() + b"\n"


def _text_2(mesh: TetraMesh, tags: NDArray[np.int64], binary: bool) -> bytes:
    n, m = len(mesh.nodes_mm), len(mesh.tets)
    head = np.tile([_TETRAHEDRON, 2], (m, 1))
    rows = np.column_stack([np.arange(1, m + 1), head, tags, tags, mesh.tets.astype(int) + 1])
    if binary:
        nodes = np.empty(n, dtype=np.dtype([("n", "<i4"), ("x", "<f8", 3)]))
        nodes["n"], nodes["x"] = np.arange(1, n + 1), mesh.nodes_mm
        node_bytes = nodes.tobytes() + b"\n"
        block = np.array([_TETRAHEDRON, m, 2], dtype="<i4").tobytes()
        element_bytes = block + rows[:, [0, 3, 4, 5, 6, 7, 8]].astype("<i4").tobytes() + b"\n"
    else:
        node_bytes = _node_lines(mesh.nodes_mm, numbered=True)
        element_bytes = _lines(rows)
    return b"".join(
        [
            f"$Nodes\n{n}\n".encode(), node_bytes, b"$EndNodes\n",
            f"$Elements\n{m}\n".encode(), element_bytes, b"$EndElements\n",
        ]
    )  # fmt: skip


def _node_lines(nodes: FloatArray, numbered: bool) -> bytes:
    lines = [" ".join(repr(value) for value in row) for row in nodes.tolist()]
    if numbered:
        lines = [f"{number} {line}" for number, line in enumerate(lines, 1)]
    return "\n".join(lines).encode() + b"\n"


def _text_4(mesh: TetraMesh, tags: NDArray[np.int64], binary: bool) -> bytes:
    """One volume entity a tissue; all nodes belong to the first."""
    n, m = len(mesh.nodes_mm), len(mesh.tets)
    kinds = np.unique(tags)
    low, high = mesh.nodes_mm.min(axis=0), mesh.nodes_mm.max(axis=0)

    def ints(*values: int) -> bytes:
        return np.array(values, "<i4").tobytes() if binary else _lines(np.array([values]))

    def longs(*values: int) -> bytes:
        return np.array(values, "<u8").tobytes() if binary else _lines(np.array([values]))

    def doubles(rows: FloatArray) -> bytes:
        return rows.astype("<f8").tobytes() if binary else _node_lines(rows, numbered=False)

    out = [b"$Entities\n", longs(0, 0, 0, len(kinds))]
    box = np.concatenate([low, high])[None]
    for kind in kinds.tolist():
        out += [ints(kind), doubles(box), longs(1), ints(kind), longs(0)]
    out += [b"\n$EndEntities\n$Nodes\n", longs(1, n, 1, n), ints(3, int(kinds[0]), 0), longs(n)]
    numbers = np.arange(1, n + 1)
    out += [numbers.astype("<u8").tobytes() if binary else _lines(numbers[:, None])]
    out += [doubles(mesh.nodes_mm), b"\n$EndNodes\n$Elements\n", longs(len(kinds), m, 1, m)]
    rows = np.column_stack([np.arange(1, m + 1), mesh.tets.astype(int) + 1])
    order = np.argsort(tags, kind="stable")
    rows[:, 0] = np.arange(1, m + 1)
    for kind in kinds.tolist():
        here = order[tags[order] == kind]
        out += [ints(3, kind, _TETRAHEDRON), longs(len(here))]
        out += [rows[here].astype("<u8").tobytes() if binary else _lines(rows[here])]
    return b"".join([*out, b"\n$EndElements\n"])
