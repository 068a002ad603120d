"""The field on tetrahedra against the closed form of the layered sphere, and its invariants."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from euthymia.core.poses import FloatArray, Pose
from euthymia.model.coil.catalogue import coil
from euthymia.model.field.sphere import sphere_field
from euthymia.model.field.tetra.solver import TetraSolver
from euthymia.model.mesh.sphere import FIVE_SHELLS_MM, SPHERE_FRAME, shell_mesh

pytest.importorskip("pypardiso")
pytestmark = pytest.mark.xdist_group("tetra")  # one worker prepares the sphere for all

FIGURE8 = coil("magstim-70mm-fig8")
ABOVE = Pose.facing([0, 0, 96], [0, 0, -1], [0, 1, 0], SPHERE_FRAME)


@cache
def prepared(edge_mm: float) -> TetraSolver:
    return TetraSolver.prepare(shell_mesh(FIVE_SHELLS_MM, edge_mm), backend="direct-double")


def dipoles(pose: Pose = ABOVE) -> tuple[FloatArray, FloatArray]:
    return pose.to_world(FIGURE8.positions_mm), FIGURE8.moments_m2 @ pose.rotation.T


def on_sphere(radius_mm: float, count: int = 1500) -> FloatArray:
    direction = np.random.default_rng(0).normal(size=(count, 3))
    return np.asarray(radius_mm * direction / np.linalg.norm(direction, axis=1, keepdims=True))


def relative_error(found: FloatArray, exact: FloatArray) -> float:
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))


def test_the_error_falls_with_the_edge_at_second_order() -> None:
    points = on_sphere(74.0)
    exact = sphere_field(points, *dipoles())
    errors = {}
    for edge_mm in (12.0, 6.0):
        solver = prepared(edge_mm)
        errors[edge_mm] = relative_error(solver.field(solver.at(points), *dipoles()), exact)
    assert errors[6.0] < 0.004
    assert errors[12.0] / errors[6.0] > 3.0
