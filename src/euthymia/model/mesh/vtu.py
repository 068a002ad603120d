"""Triangles or tetrahedra with values, as a VTK file (`.vtu`) for ParaView and its like."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.core.poses import FloatArray

_CELL_TYPES = {3: 5, 4: 10}
_NAMES = {"f4": "Float32", "f8": "Float64", "i4": "Int32", "i8": "Int64", "u1": "UInt8"}


def write_vtu(
    path: Path,
    points_mm: FloatArray,
    cells: NDArray[np.integer[Any]],
    point_values: Mapping[str, NDArray[Any]],
    cell_values: Mapping[str, NDArray[Any]],
) -> None:
    """Write (n, 3) points and (m, 3) triangles or (m, 4) tetrahedra with named values.

    Values are (n,) or (n, 3) at points, (m,) or (m, 3) in cells; NaN stays NaN.
    """
    count, corners = cells.shape
    offsets = corners * np.arange(1, count + 1, dtype=np.int64)
    kinds = np.full(count, _CELL_TYPES[corners], dtype=np.uint8)
    lines = [
        '<?xml version="1.0"?>',
        '<VTKFile type="UnstructuredGrid" version="1.0" byte_order="LittleEndian" '
        'header_type="UInt64">',
        "<UnstructuredGrid>",
        f'<Piece NumberOfPoints="{len(points_mm)}" NumberOfCells="{count}">',
        f"<Points>{_array('Points', np.asarray(points_mm, dtype=float))}</Points>",
        "<Cells>",
        _array("connectivity", cells.astype(np.int64).reshape(-1)),
        _array("offsets", offsets),
        _array("types", kinds),
        "</Cells>",
        "<PointData>",
        *(_array(name, values) for name, values in point_values.items()),
        "</PointData>",
        "<CellData>",
        *(_array(name, values) for name, values in cell_values.items()),
        "</CellData>",
        "</Piece></UnstructuredGrid></VTKFile>",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


def _array(name: str, values: NDArray[Any]) -> str:
    flat = np.ascontiguousarray(values)
    flat = flat.astype(flat.dtype.newbyteorder("<"))
    raw = flat.tobytes()
    # In binary form the length in bytes goes before the data, both in one base64 text.
    text = base64.b64encode(np.array([len(raw)], dtype="<u8").tobytes() + raw).decode()
    components = 1 if flat.ndim == 1 else flat.shape[1]
    return (
        f'<DataArray type="{_NAMES[flat.dtype.str[1:]]}" Name="{name}" '
        f'NumberOfComponents="{components}" format="binary">{text}</DataArray>'
    )
