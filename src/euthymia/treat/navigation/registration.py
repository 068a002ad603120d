"""The head registered to the camera: fiducials first, then points on the scalp, with the error.

Fiducials give the rigid transform of least squares (Kabsch). Points touched on the scalp refine it
by iterated closest points (Besl and McKay 1992), here to the surface's tangent planes, starting
from the fiducials. The error that
matters is not the residual at the fiducials but the expected error at the target: it follows from
the fiducials' scatter and their arrangement (Fitzpatrick 1998).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray

_LEAST_SPREAD_MM = 20.0
_MOST_ROUNDS = 60
_STILL_MM = 1e-3
_KEPT = 0.9
_NEIGHBOURS = 10


@dataclass(frozen=True, eq=False)
class Rigid:
    """A rotation (3, 3) and a shift (3,) in millimetres, from camera to head coordinates."""

    rotation: FloatArray
    shift_mm: FloatArray

    def apply(self, points_mm: FloatArray) -> FloatArray:
        """(n, 3) camera points as (n, 3) head points."""
        return np.asarray(points_mm @ self.rotation.T + self.shift_mm)

    def after(self, first: Rigid) -> Rigid:
        """The transform that does `first`, then this one."""
        return Rigid(self.rotation @ first.rotation, self.rotation @ first.shift_mm + self.shift_mm)


@dataclass(frozen=True, eq=False)
class Registration:
    """A transform from camera to head, and how good it is.

    fiducial_rms_mm: residual at the fiducials. surface_rms_mm: residual of the scalp points, None
    without any. fiducial_error_mm: how exactly one fiducial was touched, from the residual.
    """

    transform: Rigid
    fiducials_mm: FloatArray
    fiducial_rms_mm: float
    fiducial_error_mm: float
    surface_rms_mm: float | None = None

    def target_error_mm(self, target_mm: FloatArray) -> float:
        """Expected (root mean square) error at a point of the head, from the fiducials alone."""
        return self.fiducial_error_mm * error_factor(self.fiducials_mm, target_mm)


def kabsch(camera_mm: FloatArray, head_mm: FloatArray) -> Rigid:
    """The rigid transform of least squares that carries (n, 3) points onto (n, 3) others."""
    middle_camera, middle_head = camera_mm.mean(axis=0), head_mm.mean(axis=0)
    u, _, vt = np.linalg.svd((camera_mm - middle_camera).T @ (head_mm - middle_head))
    # Without this the best fit of noisy or flat points can be a mirror image.
    proper = np.diag([1.0, 1.0, np.sign(np.linalg.det(vt.T @ u.T))])
    rotation = vt.T @ proper @ u.T
    return Rigid(rotation, middle_head - rotation @ middle_camera)


def by_fiducials(camera_mm: FloatArray, head_mm: FloatArray) -> Registration:
    """Register at least three fiducials, touched in the order in which they are listed."""
    camera, head = _points(camera_mm, "touched fiducials"), _points(head_mm, "fiducials")
    if camera.shape != head.shape or len(head) < 3:
        raise InputError(
            "fiducials",
            f"{len(camera)} are touched and {len(head)} are known",
            "Touch at least three, in the order of the list",
        )
    if _spread_mm(head) < _LEAST_SPREAD_MM:
        raise InputError(
            "fiducials", "they lie on one line or close together", "Choose others, far apart"
        )
    transform = kabsch(camera, head)
    rms = _rms(np.linalg.norm(transform.apply(camera) - head, axis=1))
    # E[residual^2] = (1 - 2/N) E[touching error^2] (Sibson 1979; Fitzpatrick 1998). With three
    # fiducials this is what is left of nine numbers after six were fitted.
    touching = rms / math.sqrt(1.0 - 2.0 / len(head))
    return Registration(transform, head, rms, touching)


def refined_by_scalp(
    start: Registration, touched_mm: FloatArray, scalp_mm: FloatArray
) -> Registration:
    """Refine a registration with (n, 3) points touched on the scalp.

    scalp_mm: (m, 3) vertices of the scalp's surface. In each round the worst tenth of the points
    is left out: hair and slips of the pointer.
    """
    touched, scalp = _points(touched_mm, "scalp points"), _points(scalp_mm, "scalp")
    if len(touched) < 10:
        raise InputError("scalp points", f"{len(touched)} are too few", "Touch at least 10")
    tree = cKDTree(scalp)
    normals = _normals(scalp, tree)
    transform = start.transform
    for _ in range(_MOST_ROUNDS):
        moved = transform.apply(touched)
        away, nearest = _to_surface(moved, scalp, normals, tree)
        kept = np.abs(away) <= np.quantile(np.abs(away), _KEPT)
        step = _towards_planes(moved[kept], normals[nearest[kept]], away[kept])
        transform = step.after(transform)
        if np.abs(step.apply(moved) - moved).max() < _STILL_MM:
            break
    away, _ = _to_surface(transform.apply(touched), scalp, normals, tree)
    kept = np.abs(away) <= np.quantile(np.abs(away), _KEPT)
    return Registration(
        transform,
        start.fiducials_mm,
        start.fiducial_rms_mm,
        start.fiducial_error_mm,
        _rms(away[kept]),
    )


def _to_surface(
    points_mm: FloatArray, scalp_mm: FloatArray, normals: FloatArray, tree: cKDTree
) -> tuple[FloatArray, NDArray[np.int64]]:
    """(n,) signed distance of points from the surface's tangent plane, and the nearest vertices."""
    nearest = np.asarray(tree.query(points_mm)[1])
    away = np.einsum("ni,ni->n", points_mm - scalp_mm[nearest], normals[nearest])
    return away, nearest


def _normals(scalp_mm: FloatArray, tree: cKDTree) -> FloatArray:
    """(m, 3) unit normals of the surface at its vertices, from their neighbours; any sign."""
    around = scalp_mm[np.asarray(tree.query(scalp_mm, _NEIGHBOURS)[1])]
    centred = around - around.mean(axis=1, keepdims=True)
    _, vectors = np.linalg.eigh(np.einsum("mki,mkj->mij", centred, centred))
    return np.asarray(vectors[:, :, 0])


def _towards_planes(points_mm: FloatArray, normals: FloatArray, away: FloatArray) -> Rigid:
    """The small motion that brings points closest to their tangent planes (least squares).

    It slides along the surface freely, which is why it needs so few rounds. Turning is about the
    points' middle, so that the equations are well conditioned.
    """
    middle = points_mm.mean(axis=0)
    equations = np.column_stack([np.cross(points_mm - middle, normals), normals])
    solution, *_ = np.linalg.lstsq(equations, -away, rcond=None)
    turn = Rotation.from_rotvec(solution[:3]).as_matrix()
    return Rigid(turn, middle - turn @ middle + solution[3:])


def error_factor(fiducials_mm: FloatArray, target_mm: FloatArray) -> float:
    """Expected error at the target for a touching error of 1 mm.

    TRE^2 = FLE^2 / N * (1 + 1/3 * sum over the principal axes of d_k^2 / f_k^2), d_k the target's
    and f_k the fiducials' rms distance from axis k (Fitzpatrick, West and Maurer 1998).
    """
    centred = fiducials_mm - fiducials_mm.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=True)
    place = np.asarray(target_mm, dtype=float) - fiducials_mm.mean(axis=0)
    total = 0.0
    for axis in axes:
        target2 = float(place @ place - (place @ axis) ** 2)
        fiducial2 = float(np.mean(np.sum(centred**2, axis=1) - (centred @ axis) ** 2))
        total += target2 / fiducial2
    return math.sqrt((1.0 + total / 3.0) / len(fiducials_mm))


def _points(points_mm: FloatArray, what: str) -> FloatArray:
    points = np.asarray(points_mm, dtype=float)
    if points.ndim != 2 or points.shape[1] != 3 or not np.isfinite(points).all():
        raise InputError(what, "they are not finite triples", "Give x, y, z in millimetres")
    return points


def _spread_mm(points_mm: FloatArray) -> float:
    """The second largest extent (twice the standard deviation) of a cloud of points."""
    values = np.linalg.svd(points_mm - points_mm.mean(axis=0), compute_uv=False)
    return 2.0 * float(values[1]) / math.sqrt(len(points_mm))


def _rms(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(np.asarray(values) ** 2)))
