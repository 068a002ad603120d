"""Tetrahedra against OpenMEEG's boundary elements on an ellipsoid, where no closed form exists.

    .venv/bin/python benchmarks/ellipsoid.py [SPLITS ...]

Three shells (80, 86, 92 mm) with axes x 0.85, 1.10, 0.95; a figure-8 coil 4 mm above the top; 60
points all around at 70 mm, stretched likewise. Both are refined, the boundary elements from 362 to
642 vertices a surface (6 and 8 splits), the tetrahedra from edges of 7 to 5 mm. Printed: relative
L2 difference of E, and the difference between the two sizes of each method. Needs `openmeeg`.
"""

from __future__ import annotations

import sys

import numpy as np
import scipy.linalg

from euthymia.core.poses import FloatArray, Pose
from euthymia.model.coil.catalogue import coil
from euthymia.model.field.conductivity import standard_conductivities
from euthymia.model.field.tetra.solver import TetraSolver
from euthymia.model.head.volume import Tissue
from euthymia.model.mesh.sphere import SPHERE_FRAME, icosphere, shell_mesh
from euthymia.model.mesh.tetra import TetraMesh

AXES = np.array([0.85, 1.10, 0.95])
SHELLS = ((80.0, Tissue.GREY), (86.0, Tissue.SKULL), (92.0, Tissue.SCALP))


def boundary_element_field(
    points: FloatArray, positions: FloatArray, moments: FloatArray, splits: int
) -> FloatArray:
    """E at the points by reciprocity: minus the coil's dipoles times OpenMEEG's lead field."""
    import openmeeg as om  # noqa: PLC0415 - an oracle, not a part of the project

    directions, triangles = icosphere(splits)
    surfaces = [(radius * 1e-3 * directions * AXES, triangles) for radius, _ in SHELLS]
    table = standard_conductivities().table()
    geometry = om.make_nested_geometry(surfaces, [float(table[tissue]) for _, tissue in SHELLS])
    # plain quadrature: the adaptive one takes many times longer and changes nothing here
    quick = om.Integrator(3, 0, 0.005)
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
    # OpenMEEG inverts in packed storage, slowly: its matrices are solved with LAPACK's own.
    inside = scipy.linalg.solve(
        om.Matrix(om.HeadMat(geometry, quick)).array(),
        om.DipSourceMat(geometry, matrix, quick, "Brain").array(),
    )
    lead = om.Head2MEGMat(geometry, sensors).array() @ inside
    lead += om.DipSource2MEGMat(matrix, sensors).array()
    return np.asarray(-1e6 * (size @ lead).reshape(3, -1).T)


def setting() -> tuple[FloatArray, tuple[FloatArray, FloatArray]]:
    """The points, and the dipoles of the coil: places and moments."""
    figure8 = coil("magstim-70mm-fig8").lumped(8.0)
    pose = Pose.facing([0, 0, 92 * 0.95 + 4], [0, 0, -1], [0, 1, 0], SPHERE_FRAME)
    direction = np.random.default_rng(0).normal(size=(60, 3))
    points = 70.0 * AXES * direction / np.linalg.norm(direction, axis=1, keepdims=True)
    dipoles = pose.to_world(figure8.positions_mm), figure8.moments_m2 @ pose.rotation.T
    return points, dipoles


def tetra_field(
    points: FloatArray, dipoles: tuple[FloatArray, FloatArray], edge_mm: float
) -> FloatArray:
    """E at the points by this project's finite elements."""
    ball = shell_mesh(SHELLS, edge_mm)
    mesh = TetraMesh(ball.nodes_mm * AXES, ball.tets, ball.tissue, ball.frame)
    solver = TetraSolver.prepare(mesh)
    return solver.field(solver.at(points), *dipoles)


def difference(one: FloatArray, other: FloatArray) -> float:
    """Relative L2."""
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


def main(splits: list[int]) -> None:
    """Print the differences."""
    points, dipoles = setting()
    tetra = {edge: tetra_field(points, dipoles, edge) for edge in (7.0, 5.0)}
    print(f"tetrahedra of 7 against 5 mm: {difference(tetra[7.0], tetra[5.0]):.2%}")
    boundary = [boundary_element_field(points, *dipoles, split) for split in splits]
    for split, field in zip(splits, boundary, strict=True):
        print(
            f"{10 * split**2 + 2} vertices a surface: 5 mm tetrahedra differ by "
            f"{difference(tetra[5.0], field):.2%}", flush=True,
        )  # fmt: skip
    if len(boundary) > 1:
        print(f"boundary elements among themselves: {difference(boundary[0], boundary[-1]):.2%}")


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [6, 8])
