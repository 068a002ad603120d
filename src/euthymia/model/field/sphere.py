"""The layered sphere: the closed-form field, and the same sphere as a label volume.

In a conductor with spherical symmetry the induced field does not depend on the conductivities.
By reciprocity with the magnetometer formula of Sarvas (1987) the field of a dipole outside is
known in closed form (Heller and van Hulsteren 1992). It is the oracle of the field engine.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from euthymia.core.poses import FloatArray, Frame
from euthymia.model.field.dipoles import MU0_OVER_4PI, UNIT_RATE_A_PER_S
from euthymia.model.head.volume import LabelVolume, Tissue

LAYERS_MM = ((80.0, Tissue.GREY), (83.0, Tissue.CSF), (89.0, Tissue.SKULL), (95.0, Tissue.SCALP))
"""Outer radius of each layer and its tissue, from the inside."""


def sphere_field(
    points_mm: FloatArray, positions_mm: FloatArray, moments_m2: FloatArray
) -> FloatArray:
    """E at (n, 3) points inside a sphere around the origin, for 1 A/us in the coil, (n, 3) V/m.

    positions_mm, moments_m2: (m, 3) dipoles, all outside the sphere, moments per ampere.
    """
    out = np.empty((len(points_mm), 3))
    _closed_form(
        np.ascontiguousarray(points_mm, dtype=float) * 1e-3,
        np.ascontiguousarray(positions_mm, dtype=float) * 1e-3,
        np.ascontiguousarray(moments_m2, dtype=float),
        out,
    )
    return np.asarray(out * (-MU0_OVER_4PI * UNIT_RATE_A_PER_S))


@njit(parallel=True, cache=True)
def _closed_form(points, positions, moments, out):  # type: ignore[no-untyped-def]
    for n in prange(points.shape[0]):
        px, py, pz = points[n, 0], points[n, 1], points[n, 2]
        ex = ey = ez = 0.0
        for k in range(positions.shape[0]):
            rx, ry, rz = positions[k, 0], positions[k, 1], positions[k, 2]
            mx, my, mz = moments[k, 0], moments[k, 1], moments[k, 2]
            ax, ay, az = rx - px, ry - py, rz - pz
            length = math.sqrt(ax * ax + ay * ay + az * az)
            radius = math.sqrt(rx * rx + ry * ry + rz * rz)
            a_r0 = ax * rx + ay * ry + az * rz
            f = length * (radius * length + radius * radius - (px * rx + py * ry + pz * rz))
            on_r0 = length * length / radius + a_r0 / length + 2 * length + 2 * radius
            on_p = length + 2 * radius + a_r0 / length
            slope = on_r0 * (rx * mx + ry * my + rz * mz) - on_p * (px * mx + py * my + pz * mz)
            ex += (f * (py * mz - pz * my) - slope * (py * rz - pz * ry)) / (f * f)
            ey += (f * (pz * mx - px * mz) - slope * (pz * rx - px * rz)) / (f * f)
            ez += (f * (px * my - py * mx) - slope * (px * ry - py * rx)) / (f * f)
        out[n, 0], out[n, 1], out[n, 2] = ex, ey, ez


def layered_sphere(spacing_mm: float = 1.0, centre_mm: float = 0.0) -> LabelVolume:
    """The four-layer sphere of `LAYERS_MM` as labels, voxel centres decide.

    `centre_mm` shifts the sphere against the grid along every axis (a sphere centred on a voxel
    is the luckiest case of all).
    """
    reach = int(np.ceil((LAYERS_MM[-1][0] + 2.0) / spacing_mm))
    axis = np.arange(-reach, reach + 1) * spacing_mm
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij", sparse=True)
    radius = np.sqrt((x - centre_mm) ** 2 + (y - centre_mm) ** 2 + (z - centre_mm) ** 2)
    labels = np.zeros(radius.shape, dtype=np.uint8)
    for outer, tissue in reversed(LAYERS_MM):
        labels[radius <= outer] = tissue
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = axis[0] - centre_mm
    return LabelVolume(labels, affine, Frame("layered-sphere"))
