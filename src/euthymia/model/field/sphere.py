"""The layered sphere: the closed-form field, and the same sphere as a label volume.

In a conductor with spherical symmetry the induced field does not depend on the conductivities.
By reciprocity with the magnetometer formula of Sarvas (1987) the field of a dipole outside is
known in closed form (Heller and van Hulsteren 1992). It is the oracle of the field engine.
"""

from __future__ import annotations

import numpy as np

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
    p = np.asarray(points_mm, dtype=float) * 1e-3
    total = np.zeros_like(p)
    for r0, m in zip(np.asarray(positions_mm) * 1e-3, moments_m2, strict=True):
        a = r0 - p
        length = np.linalg.norm(a, axis=1)
        radius = float(np.linalg.norm(r0))
        a_r0 = a @ r0
        f = length * (radius * length + radius**2 - p @ r0)
        on_r0 = length**2 / radius + a_r0 / length + 2 * length + 2 * radius
        on_p = length + 2 * radius + a_r0 / length
        gradient = on_r0[:, None] * r0 - on_p[:, None] * p
        total += (f[:, None] * np.cross(p, m) - (gradient @ m)[:, None] * np.cross(p, r0)) / (
            f[:, None] ** 2
        )
    return np.asarray(total * (-MU0_OVER_4PI * UNIT_RATE_A_PER_S))


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
