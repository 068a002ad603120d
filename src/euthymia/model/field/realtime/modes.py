"""The few hundred incident fields that carry every coil at every placement.

Every winding is a sum of loops. So many loops of all sizes are laid around the scalp at random,
their fields sampled inside the head, and the leading singular vectors of all these samples taken:
the modes. Each is then made by dipoles on a surface around the head (a least-squares fit with a
small ridge), so that its potential is known everywhere; what the fit leaves changes the mode a
little, which does no harm, as the samples of a mode are those of its dipoles.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.core.poses import FloatArray
from euthymia.model.field.realtime.kernels import (
    FIELD_SCALE,
    POTENTIAL_SCALE,
    loop_fields,
    unit_dipole_fields,
    unit_dipole_potentials,
)
from euthymia.model.field.realtime.surroundings import Surroundings

Float32Array = NDArray[np.float32]

LOOPS = 4000
"""Enough that a few hundred modes do not change with the draw."""

_CORNERS = 24
_NEAREST_MM = 8.0
_RIDGE = 1e-10
_POINTS_AT_ONCE = 3000


@dataclass(frozen=True, eq=False)
class IncidentModes:
    """Incident fields as weighted dipoles around the head.

    coefficients: (k, n) moment of each of the surroundings' dipoles in each mode, 1e-6 m2 for
    1 A. samples: (3 m, n) dB/dt at the sample points, T/s, times the samples' weights.
    training: (n, l) amplitudes of the training loops, each of unit size in the samples.
    """

    surroundings: Surroundings
    coefficients: FloatArray
    samples: FloatArray
    training: FloatArray

    @classmethod
    def of(
        cls, surroundings: Surroundings, count: int, seed: int = 0, loops: int = LOOPS
    ) -> IncidentModes:
        """The `count` leading modes of so many random loops."""
        draw = np.random.default_rng(seed)
        fields = _loop_samples(surroundings, loops, draw)
        leading = _leading(fields, count, draw)
        axes = surroundings.dipole_axes
        dipoles = np.empty((len(surroundings.samples_mm), 3, len(axes)))
        unit_dipole_fields(surroundings.samples_mm, surroundings.dipoles_mm, axes, dipoles)
        dipoles *= FIELD_SCALE * surroundings.weights[:, None, None]
        matrix = dipoles.reshape(-1, len(axes))
        gram = matrix.T @ matrix
        gram[np.diag_indices_from(gram)] += _RIDGE * np.trace(gram)
        coefficients = np.linalg.solve(gram, matrix.T @ leading)
        samples = matrix @ coefficients
        scale = np.linalg.norm(samples, axis=0)
        coefficients, samples = coefficients / scale, samples / scale
        q, r = np.linalg.qr(samples)
        training = np.linalg.solve(r, q.T @ fields)
        return cls(surroundings, coefficients, samples, training)

    @property
    def count(self) -> int:
        return int(self.coefficients.shape[1])

    def potentials(self, points_mm: FloatArray) -> Float32Array:
        """(p, 3, n) dA/dt of every mode at (p, 3) points, V/m."""
        out = np.empty((len(points_mm), 3, self.count), dtype=np.float32)
        weights = (self.coefficients * POTENTIAL_SCALE).astype(np.float32)
        outer = self.surroundings
        block = np.empty((_POINTS_AT_ONCE, 3, len(outer.dipoles_mm)), dtype=np.float32)
        for start in range(0, len(points_mm), _POINTS_AT_ONCE):
            points = points_mm[start : start + _POINTS_AT_ONCE]
            part = block[: len(points)]
            unit_dipole_potentials(points, outer.dipoles_mm, outer.dipole_axes, part)
            np.matmul(
                part.reshape(-1, part.shape[2]), weights,
                out=out[start : start + len(points)].reshape(-1, self.count),
            )  # fmt: skip
        return out


def _loop_samples(surroundings: Surroundings, count: int, draw: np.random.Generator) -> FloatArray:
    """(3 m, l) weighted samples of random loops around the scalp, each scaled to unit size."""
    middles, steps = random_loops(surroundings, count, draw)
    fields = np.empty((count, len(surroundings.samples_mm), 3))
    loop_fields(surroundings.samples_mm, middles, steps, fields)
    fields *= surroundings.weights[:, None]
    flat = fields.reshape(count, -1).T
    return np.asarray(flat / np.linalg.norm(flat, axis=0))


def random_loops(
    surroundings: Surroundings, count: int, draw: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Middles and vectors of the sides, (l, corners, 3) mm, of loops such as windings consist of.

    Radii of 8 to 60 mm, up to 45 mm aside of a scalp point, about tangential, at least 8 mm off.
    """
    place = draw.integers(len(surroundings.scalp_mm), size=count)
    normal = surroundings.scalp_normals[place]
    turn = tangent_frames(normal, draw.uniform(0, 2 * math.pi, count))
    angle = 2 * math.pi * np.arange(_CORNERS) / _CORNERS
    radius = draw.uniform(8.0, 60.0, count)[:, None]
    aside = draw.uniform(-45.0, 45.0, count)[:, None]
    tilt = np.tan(np.radians(draw.normal(0.0, 12.0, (2, count, 1))))
    x, y = aside + radius * np.cos(angle), radius * np.sin(angle)
    local = np.stack([x, y, tilt[0] * x + tilt[1] * y], axis=-1)
    height = draw.uniform(9.0, 30.0, count)
    corners = np.einsum("lij,lcj->lci", turn, local)
    corners += (surroundings.scalp_mm[place] + height[:, None] * normal)[:, None]
    extra = draw.exponential(5.0, count)
    for _ in range(8):
        distance = surroundings.outside.at(corners.reshape(-1, 3)).reshape(count, -1)
        missing = np.maximum(0.0, _NEAREST_MM - distance.min(axis=1))
        corners += (missing[:, None] * normal)[:, None]
    corners += (extra[:, None] * normal)[:, None]
    after = np.roll(corners, -1, axis=1)
    return (corners + after) / 2, after - corners


def tangent_frames(outward: FloatArray, angle: FloatArray) -> FloatArray:
    """(n, 3, 3) rotations whose z axes point inwards, turned about them by (n,) radians."""
    z = -outward
    helper = np.where(np.abs(z[:, :1]) < 0.9, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    x = np.cross(helper, z)
    x /= np.linalg.norm(x, axis=1)[:, None]
    y = np.cross(z, x)
    c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
    return np.stack([c * x + s * y, -s * x + c * y, z], axis=2)


def _leading(samples: FloatArray, count: int, draw: np.random.Generator) -> FloatArray:
    """(3 m, count) leading left singular vectors by subspace iteration (Halko et al. 2011)."""
    width = min(count + 40, *samples.shape)
    basis = samples @ draw.normal(size=(samples.shape[1], width))
    for _ in range(2):
        basis, _ = np.linalg.qr(samples @ (samples.T @ basis))
    small, _, _ = np.linalg.svd(basis.T @ samples, full_matrices=False)
    return np.asarray(basis @ small[:, :count])
