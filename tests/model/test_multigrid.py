"""The multigrid solver against a direct sparse solve, and its building blocks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.linalg import spsolve

from euthymia.model.field import elements
from euthymia.model.field.multigrid import Hierarchy, solve

SPACING_MM = np.array([1.0, 2.0, 1.5])


def random_tensors(shape: tuple[int, int, int], contrast: float = 100.0) -> np.ndarray:  # type: ignore[type-arg]
    """Symmetric positive tensors in a lumpy blob, empty in the outermost cells."""
    draw = np.random.default_rng(5)
    tensors = np.zeros((*shape, 6), dtype=np.float32)
    for cell in np.ndindex(*shape):
        place = (np.array(cell) + 0.5) / shape - 0.5
        if np.linalg.norm(place) < 0.38:
            root = draw.normal(size=(3, 3))
            matrix = (root @ root.T + np.eye(3)) * contrast ** draw.uniform(0, 1)
            tensors[cell] = [matrix[a, b] for a, b in elements.PAIRS]
    return tensors


def dense_operator(tensors: np.ndarray) -> sparse.csr_array:  # type: ignore[type-arg]
    """The stiffness matrix assembled the plain way, cell by cell."""
    nx, ny, nz = tensors.shape[:3]
    stiffness = elements.unit_stiffness(SPACING_MM)
    strides = np.array([(ny + 1) * (nz + 1), nz + 1, 1])
    rows, columns, values = [], [], []
    for cell in np.argwhere(tensors[..., 0] > 0):
        nodes = (cell + elements.CORNERS) @ strides
        local = np.tensordot(tensors[tuple(cell)].astype(float), stiffness, axes=1)
        rows.append(np.repeat(nodes, 8))
        columns.append(np.tile(nodes, 8))
        values.append(local.ravel())
    size = (nx + 1) * (ny + 1) * (nz + 1)
    return sparse.csr_array(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), (size, size)
    )


def test_linear_potentials_have_the_energy_of_a_brick() -> None:
    stiffness = elements.unit_stiffness(SPACING_MM)
    h = SPACING_MM * 1e-3
    for slot, (a, b) in enumerate(elements.PAIRS):
        first, second = (elements.CORNERS[:, axis] * h[axis] for axis in (a, b))
        energy = first @ stiffness[slot] @ second
        # For a mixed component the symmetrised product counts the pair (a, b) once each way.
        assert energy == pytest.approx(np.prod(h), rel=1e-12)


def test_constants_are_in_the_null_space_of_every_level() -> None:
    hierarchy = Hierarchy.build(random_tensors((16, 16, 16)), SPACING_MM)
    for level in hierarchy.levels:
        assert np.abs(level.stencil.sum(axis=0)).max() < 1e-5 * level.stencil[13].max()


def test_the_parents_elements_are_the_galerkin_product_of_the_children() -> None:
    tensors = random_tensors((4, 4, 4), contrast=3.0)
    tensors[1:3, 1:3, 1:3, :3] += 1.0
    stiffness, weights = elements.unit_stiffness(SPACING_MM), elements.prolongation()
    expected = np.zeros((8, 8))
    for child in range(8):
        local = np.tensordot(
            tensors[tuple(elements.CORNERS[child])].astype(float), stiffness, axes=1
        )
        expected += weights[child].T @ local @ weights[child]
    found = elements.parent_elements_of_tensors(tensors, SPACING_MM)[0, 0, 0]
    assert np.allclose(found, expected[np.tril_indices(8)], rtol=1e-5, atol=1e-9)


def test_the_solution_is_that_of_a_direct_solver() -> None:
    tensors = random_tensors((16, 16, 16))
    hierarchy = Hierarchy.build(tensors, SPACING_MM)
    fine = hierarchy.levels[0]
    b = np.zeros(fine.shape)
    draw = np.random.default_rng(6).normal(size=len(fine.nodes))
    b.ravel()[fine.nodes] = draw - draw.mean()
    found, convergence = solve(hierarchy, fine.vector(b), 1e-8)
    matrix = dense_operator(tensors)[fine.nodes][:, fine.nodes].tocsc()
    # One node held at zero makes the operator regular; then compare without the mean.
    direct = np.append(0.0, spsolve(matrix[1:, 1:], b.ravel()[fine.nodes][1:]))
    inside = fine.box(found).ravel()[fine.nodes]
    assert np.allclose(inside, direct - direct.mean(), atol=1e-4 * np.abs(direct).max())
    assert convergence.relative_residual <= 1e-8


def test_the_number_of_iterations_hardly_grows_with_the_grid() -> None:
    iterations = []
    for cells in (16, 32):
        shape = (cells, cells, cells)
        tensors = np.zeros((*shape, 6), dtype=np.float32)
        tensors[2:-2, 2:-2, 2:-2, :3] = 1.0
        tensors[2:-2, 2:-2, cells // 2 : cells // 2 + 2, :3] = 0.01
        hierarchy = Hierarchy.build(tensors, np.ones(3))
        fine = hierarchy.levels[0]
        b = np.zeros(fine.shape)
        b[4, 4, 4], b[-5, -5, -5] = 1.0, -1.0
        iterations.append(solve(hierarchy, fine.vector(b), 1e-6)[1].iterations)
    assert max(iterations) <= 25
    assert iterations[1] <= 2 * iterations[0]


def test_a_zero_right_side_has_the_zero_solution() -> None:
    hierarchy = Hierarchy.build(random_tensors((16, 16, 16)), SPACING_MM)
    fine = hierarchy.levels[0]
    found, convergence = solve(hierarchy, fine.vector(np.zeros(fine.shape)))
    assert not found.any()
    assert convergence.iterations == 0
