"""A layered sphere as tetrahedra that follow the shells exactly: the oracle's own mesh."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from euthymia.core.poses import FloatArray, Frame
from euthymia.model.head.volume import Tissue
from euthymia.model.mesh.tetra import TetraMesh

Shells = Sequence[tuple[float, Tissue]]

FIVE_SHELLS_MM: Shells = (
    (70.0, Tissue.WHITE),
    (78.0, Tissue.GREY),
    (80.0, Tissue.CSF),
    (86.0, Tissue.SKULL),
    (92.0, Tissue.SCALP),
)
"""Outer radius of each shell of the usual test sphere and its tissue, from the inside."""

SPHERE_FRAME = Frame("layered-sphere")


def shell_mesh(
    shells: Shells, edge_mm: float, layers: Sequence[int] | None = None, core_layers: int = 0
) -> TetraMesh:
    """The sphere as shells of prisms, each cut into three tetrahedra, around a coarse core.

    edge_mm: mean edge of the triangles on the outermost shell. layers: how many sheets of prisms
    fill each shell but the innermost; by default as many as keep the elements about as thick as
    half their width. core_layers: sheets of the innermost shell, thicker towards the centre.
    """
    directions, triangles = icosphere(_splits(edge_mm, shells[-1][0]))
    counts = layers or [
        max(1, round((outer - inner) / (0.6 * edge_mm)))
        for (inner, _), (outer, _) in pairwise(shells)
    ]
    radii, tissues = _core(shells[0], edge_mm, core_layers)
    for (inner, _), (outer, tissue), count in zip(shells, shells[1:], counts, strict=False):
        radii += np.linspace(inner, outer, count + 1)[1:].tolist()
        tissues += [tissue] * count
    nodes = [np.zeros((1, 3))] + [radius * directions for radius in radii]
    count, n = len(radii), len(directions)
    first = np.column_stack([np.zeros(len(triangles), dtype=np.int64), triangles + 1])
    tets = [first]
    labels = [np.full(len(first), int(shells[0][1]))]
    for sheet in range(count - 1):
        prisms = _prisms(triangles + 1 + sheet * n, n)
        tets.append(prisms)
        labels.append(np.full(len(prisms), int(tissues[sheet])))
    return TetraMesh.compact(
        np.concatenate(nodes), np.concatenate(tets), np.concatenate(labels), SPHERE_FRAME
    )


def _splits(edge_mm: float, radius_mm: float) -> int:
    # 20 f^2 nearly equilateral triangles cover the sphere
    area = 4 * np.pi * radius_mm**2 / 20
    return max(2, round(float(np.sqrt(area / (np.sqrt(3) / 4 * edge_mm**2)))))


def _core(
    core: tuple[float, Tissue], edge_mm: float, count: int
) -> tuple[list[float], list[Tissue]]:
    """Radii of the sheets of the innermost shell, ever thicker towards the centre."""
    radius, tissue = core
    sheets = count or max(4, round(np.log(6.0) * radius / (4.0 * edge_mm)))
    depth = np.linspace(0.0, 1.0, sheets + 1)[::-1]
    inner = 0.12
    radii = radius * (1.0 - (1.0 - inner) * depth**1.7)
    return radii.tolist(), [tissue] * sheets


def _prisms(below: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """(3 t, 4) tetrahedra of the prisms over (t, 3) triangles; `n` leads to the sheet above.

    Corners are sorted, so that two prisms cut the side they share along the same diagonal.
    """
    a, b, c = np.sort(below, axis=1).T
    return np.concatenate(
        [
            np.column_stack([a, b, c, c + n]),
            np.column_stack([a, b, b + n, c + n]),
            np.column_stack([a, a + n, b + n, c + n]),
        ]
    )


def icosphere(splits: int) -> tuple[FloatArray, NDArray[np.int64]]:
    """Unit vectors (10 splits^2 + 2, 3), and triangles (20 splits^2, 3) that turn outwards."""
    golden = (1 + 5**0.5) / 2
    corners = np.array(
        [[s * a, t * b, 0.0] for a, b in ((1.0, golden),) for s in (-1, 1) for t in (-1, 1)]
    )
    corners = np.concatenate([corners, corners[:, [2, 0, 1]], corners[:, [1, 2, 0]]])
    corners /= np.linalg.norm(corners[0])
    nearest = np.sort(np.linalg.norm(corners[:, None] - corners[None], axis=2), axis=1)[0, 1]
    near = np.abs(np.linalg.norm(corners[:, None] - corners[None], axis=2) - nearest) < 1e-6
    faces = [
        (i, j, k)
        for i in range(12)
        for j in range(i + 1, 12)
        for k in range(j + 1, 12)
        if near[i, j] and near[j, k] and near[i, k]
    ]
    steps = [(i, j) for i in range(splits + 1) for j in range(splits + 1 - i)]
    place = {step: number for number, step in enumerate(steps)}
    weights = np.array([(splits - i - j, i, j) for i, j in steps]) / splits
    small = [
        (place[i, j], place[i + 1, j], place[i, j + 1]) for i, j in steps if i + j < splits
    ] + [
        (place[i + 1, j], place[i + 1, j + 1], place[i, j + 1])
        for i, j in steps
        if i + j < splits - 1
    ]
    points = np.concatenate([_arc_points(corners[list(face)], weights) for face in faces])
    keys, inverse = np.unique(np.round(points * 1e7).astype(np.int64), axis=0, return_inverse=True)
    first = np.zeros(len(keys), dtype=np.int64)
    first[inverse.reshape(-1)[::-1]] = np.arange(len(points))[::-1]
    triangles = np.concatenate([np.array(small) + f * len(steps) for f in range(len(faces))])
    vertices, numbers = points[first], inverse.reshape(-1)[triangles]
    inwards = np.linalg.det(vertices[numbers]) < 0
    numbers[inwards] = numbers[inwards, ::-1]
    return vertices, numbers


def _arc_points(corners: FloatArray, weights: FloatArray) -> FloatArray:
    """Points spread over a spherical triangle by angle, which keeps their triangles alike."""
    angle = float(np.arccos(corners[0] @ corners[1]))
    spread = np.sin(angle * weights) @ corners
    return np.asarray(spread / np.linalg.norm(spread, axis=1, keepdims=True))
