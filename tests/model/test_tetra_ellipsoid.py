"""The field on tetrahedra against OpenMEEG's boundary elements, where no closed form exists."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.poses import FloatArray, Pose
from euthymia.model.coil.catalogue import coil
from euthymia.model.field.conductivity import standard_conductivities
from euthymia.model.field.tetra.solver import TetraSolver
from euthymia.model.head.volume import Tissue
from euthymia.model.mesh.sphere import SPHERE_FRAME, icosphere, shell_mesh
from euthymia.model.mesh.tetra import TetraMesh

AXES = np.array([0.85, 1.10, 0.95])
SHELLS = ((80.0, Tissue.GREY), (86.0, Tissue.SKULL), (92.0, Tissue.SCALP))
SPLITS = 8  # 642 vertices a surface


def boundary_element_field(
    points: FloatArray, positions: FloatArray, moments: FloatArray
) -> FloatArray:
    """E at the points by reciprocity: minus the coil's dipoles times OpenMEEG's lead field."""
    om = pytest.importorskip("openmeeg")
    directions, triangles = icosphere(SPLITS)
    surfaces = [(radius * 1e-3 * directions * AXES, triangles) for radius, _ in SHELLS]
    table = standard_conductivities().table()
    geometry = om.make_nested_geometry(surfaces, [float(table[tissue]) for _, tissue in SHELLS])
    # plain quadrature: the adaptive one takes many times longer and changes nothing here
    quick = om.Integrator(3, 0, 0.005)
    inverse = om.HeadMat(geometry, quick)
    inverse.invert()
    sources = np.concatenate(
        [np.column_stack([points * 1e-3, np.tile(e, (len(points), 1))]) for e in np.eye(3)]
    )
    size = np.linalg.norm(moments, axis=1)
    matrix = om.Matrix(np.asfortranarray(sources))
    sensors = om.Sensors(
        [str(number) for number in range(len(size))],
        np.asfortranarray(positions * 1e-3), np.asfortranarray(moments / size[:, None]),
        np.ones(len(size)), np.zeros(len(size)),
    )  # fmt: skip
    lead = om.GainMEG(
        inverse,
        om.DipSourceMat(geometry, matrix, quick, "Brain"),
        om.Head2MEGMat(geometry, sensors),
        om.DipSource2MEGMat(matrix, sensors),
    ).array()
    return np.asarray(-1e6 * (size @ lead).reshape(3, -1).T)


@pytest.mark.slow
def test_an_ellipsoid_agrees_with_boundary_elements() -> None:
    figure8 = coil("magstim-70mm-fig8").lumped(8.0)
    pose = Pose.facing([0, 0, 92 * 0.95 + 4], [0, 0, -1], [0, 1, 0], SPHERE_FRAME)
    dipoles = pose.to_world(figure8.positions_mm), figure8.moments_m2 @ pose.rotation.T
    direction = np.random.default_rng(0).normal(size=(60, 3))
    points = 70.0 * AXES * direction / np.linalg.norm(direction, axis=1, keepdims=True)
    expected = boundary_element_field(points, *dipoles)
    ball = shell_mesh(SHELLS, 5.0)
    mesh = TetraMesh(ball.nodes_mm * AXES, ball.tets, ball.tissue, ball.frame)
    solver = TetraSolver.prepare(mesh)
    found = solver.field(solver.at(points), *dipoles)
    assert np.linalg.norm(found - expected) / np.linalg.norm(expected) < 0.009
