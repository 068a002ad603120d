"""Targets on the cortex as sets of its points: a point, a sphere, a patch, an atlas region."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.field.realtime.engine import RealTimeHead, RealTimeRegion
from euthymia.model.head.surface.meshes import TriangleSurface

POINT_RADIUS_MM = 5.0
FARTHEST_MM = 15.0


def point_region(
    head: RealTimeHead, point_mm: ArrayLike, radius_mm: float = POINT_RADIUS_MM
) -> RealTimeRegion:
    """The cortex within a few millimetres of its place nearest to a point."""
    nearest, _ = nearest_point(head, point_mm)
    return head.sphere(head.points_mm[nearest], radius_mm)


def nearest_point(head: RealTimeHead, point_mm: ArrayLike) -> tuple[int, float]:
    """The point of the cortex nearest to a place, and how far it is; refuses one far away."""
    place = np.asarray(point_mm, dtype=float)
    if place.shape != (3,) or not np.isfinite(place).all():
        raise InputError("target", "it is not three finite numbers", "Give x, y, z in millimetres")
    away = np.linalg.norm(head.points_mm - place, axis=1)
    index = int(away.argmin())
    if away[index] > FARTHEST_MM:
        x, y, z = place.tolist()
        raise InputError(
            f"target at {x:.0f}, {y:.0f}, {z:.0f} mm",
            f"the nearest cortex is {away[index]:.0f} mm away",
            "Check the coordinates and the frame they are in",
        )
    return index, float(away[index])


def patch_region(
    head: RealTimeHead, surface: TriangleSurface, point_mm: ArrayLike, radius_mm: float
) -> RealTimeRegion:
    """The cortex within a way along its surface; `surface` has the head's points as vertices."""
    if surface.vertices_mm.shape != head.points_mm.shape or not np.allclose(
        surface.vertices_mm, head.points_mm, atol=1e-3
    ):
        raise InputError(
            "surface", "its vertices are not the points of this head", "Give its own surface"
        )
    start, _ = nearest_point(head, point_mm)
    a, b = surface.faces[:, [0, 1, 2]].ravel(), surface.faces[:, [1, 2, 0]].ravel()
    length = np.linalg.norm(surface.vertices_mm[a] - surface.vertices_mm[b], axis=1)
    count = len(surface.vertices_mm)
    graph = scipy.sparse.coo_array((length, (a, b)), shape=(count, count)).tocsr()
    graph = graph.maximum(graph.T)
    way = scipy.sparse.csgraph.dijkstra(
        graph, directed=False, indices=np.array(start), limit=radius_mm
    )
    return head.region(np.flatnonzero(np.isfinite(way)))


def mask_region(head: RealTimeHead, mask: NDArray[np.bool_], affine: FloatArray) -> RealTimeRegion:
    """The cortex in an atlas region: points whose voxel of a mask is set."""
    inverse = np.linalg.inv(affine)
    voxels = np.rint(head.points_mm @ inverse[:3, :3].T + inverse[:3, 3]).astype(int)
    inside = ((voxels >= 0) & (voxels < mask.shape)).all(axis=1)
    chosen = np.zeros(len(voxels), dtype=bool)
    chosen[inside] = mask[tuple(voxels[inside].T)]
    if not chosen.any():
        raise InputError(
            "atlas region",
            "no cortex lies in it",
            "Check that the image is in the space of this head",
        )
    return head.region(np.flatnonzero(chosen))


def rest_of(head: RealTimeHead, region: RealTimeRegion, count: int = 1500) -> RealTimeRegion:
    """About `count` points evenly over the cortex outside a region, for focality."""
    others = np.ones(len(head.points_mm), dtype=bool)
    others[region.indices] = False
    chosen = np.flatnonzero(others)
    if len(chosen) == 0:
        raise InputError("region", "it is the whole cortex", "Give a smaller one")
    return head.region(chosen[:: max(1, len(chosen) // count)])
