"""The side of a casing that may touch the head, as points, from what a file tells of the coil."""

from __future__ import annotations

import numpy as np

from euthymia.core.poses import FloatArray
from euthymia.model.coil.winding import CASING_RIM_MM

_CELL_MM = 6.0
_MOST_POINTS = 4000


def face_from_sources(positions_mm: FloatArray) -> FloatArray:
    """(n, 3) face points of a coil known only by its dipoles or wires.

    Files put the casing's face at z = 0. A coil that reaches beyond it is bent around the head:
    its face is then taken through its own foremost parts. Around all of it stands a rim.
    """
    cells = np.floor(positions_mm[:, :2] / _CELL_MM).astype(int)
    columns, group = np.unique(cells, axis=0, return_inverse=True)
    top = np.full(len(columns), -np.inf)
    np.maximum.at(top, group.reshape(-1), positions_mm[:, 2])
    middles = (columns + 0.5) * _CELL_MM
    height = np.maximum(top, 0.0)
    inner = np.column_stack([middles, height])
    shifts = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]]) * (_CELL_MM / 2 + CASING_RIM_MM)
    rim = [np.column_stack([middles + shift, height]) for shift in shifts]
    return np.asarray(np.unique(np.round(np.concatenate([inner, *rim]), 3), axis=0))


def thinned(points_mm: FloatArray, cell_mm: float = 4.0, enough: int = 0) -> FloatArray:
    """One of the points in each cell, or all where they are not more than `enough`."""
    points = np.asarray(points_mm, dtype=float)
    if len(points) <= enough:
        return points
    while True:
        _, first = np.unique(np.floor(points / cell_mm).astype(int), axis=0, return_index=True)
        if len(first) <= _MOST_POINTS:
            return np.asarray(points[np.sort(first)])
        cell_mm *= 1.3
