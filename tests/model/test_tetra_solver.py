"""The field on tetrahedra against the closed form of the layered sphere, and its invariants."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from euthymia.core.poses import FloatArray, Pose
from euthymia.model.coil.catalogue import coil
from euthymia.model.field.conductivity import standard_conductivities
from euthymia.model.field.dipoles import magnetic_field, vector_potential_rate
from euthymia.model.field.sphere import sphere_field
from euthymia.model.field.tetra.assembly import gradients
from euthymia.model.field.tetra.solver import TetraSolver
from euthymia.model.field.tetra.sources import Sources
from euthymia.model.head.volume import Tissue
from euthymia.model.mesh.sphere import FIVE_SHELLS_MM, SPHERE_FRAME, shell_mesh
from euthymia.model.mesh.tetra import TetraMesh

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


def test_the_field_has_no_radial_part_and_vanishes_at_the_centre() -> None:
    solver, points = prepared(6.0), on_sphere(74.0)
    found = solver.field(solver.at(points), *dipoles())
    radial = np.einsum("ij,ij->i", found, points) / 74.0
    assert np.linalg.norm(radial) < 0.005 * np.linalg.norm(found)
    centre = solver.field(solver.at(np.zeros((1, 3))), *dipoles())
    assert np.linalg.norm(centre) < 0.01 * np.linalg.norm(found, axis=1).max()


def test_the_conductivities_of_concentric_shells_do_not_matter() -> None:
    points = on_sphere(74.0)
    other = standard_conductivities().with_values({Tissue.SKULL: 0.5, Tissue.CSF: 0.2})
    changed = TetraSolver.prepare(prepared(8.0).mesh, other, backend="multigrid")
    found = prepared(8.0).field(prepared(8.0).at(points), *dipoles())
    assert relative_error(changed.field(changed.at(points), *dipoles()), found) < 0.005


def test_the_field_is_linear_in_the_current_and_the_sum_of_its_coils() -> None:
    solver, points = prepared(12.0), on_sphere(74.0, 50)
    at, (positions, moments) = solver.at(points), dipoles()
    whole = solver.field(at, positions, moments)
    assert relative_error(solver.field(at, positions, 3 * moments), 3 * whole) < 1e-6
    half = len(positions) // 2
    parts = solver.field(at, positions[:half], moments[:half])
    parts = parts + solver.field(at, positions[half:], moments[half:])
    assert relative_error(parts, whole) < 1e-4  # dA/dt is summed in single precision


def test_reciprocity_the_current_of_a_source_at_the_point_tells_the_field_of_the_coil() -> None:
    # A current dipole e at p drives J = -sigma grad(psi); the magnetic field of e and J together,
    # summed over the elements, gives E . e of the coil as -m . B: no step of this is the solver's
    # right side.
    solver = prepared(8.0)
    mesh, point, e = solver.mesh, np.array([[8.0, -5.0, 72.0]]), np.array([0.6, 0.8, 0.0])
    at = solver.at(point)
    psi = solver.solve_many(at.gradient.T @ e)
    slope = np.einsum("eik,ei->ek", gradients(mesh), psi[mesh.tets])
    current = -(solver.sigma * mesh.volumes_mm3 * 1e-9)[:, None] * slope
    few = FIGURE8.lumped(12.0)
    positions, moments = ABOVE.to_world(few.positions_mm), few.moments_m2 @ ABOVE.rotation.T
    places = np.concatenate([mesh.centroids_mm, point]) * 1e-3
    total = 0.0
    for position, moment in zip(positions * 1e-3, moments, strict=True):
        offset = position - places
        field = np.cross(np.concatenate([current, e[None]]), offset)
        total += moment @ (field / np.linalg.norm(offset, axis=1)[:, None] ** 3).sum(axis=0)
    assert solver.field(at, positions, moments)[0] @ e == pytest.approx(
        -total * 1e-7 * 1e6, rel=0.015
    )


def test_the_curl_of_the_field_is_minus_the_rate_of_b() -> None:
    point, step = np.array([10.0, -5.0, 72.0]), 1.0
    sides = np.concatenate([point + np.eye(3) * step, point - np.eye(3) * step])
    solver = prepared(6.0)
    values = solver.field(solver.at(sides), *dipoles())
    slope = (values[:3] - values[3:]) / (2 * step * 1e-3)
    curl = [slope[1, 2] - slope[2, 1], slope[2, 0] - slope[0, 2], slope[0, 1] - slope[1, 0]]
    rate = magnetic_field(point[None], *dipoles())[0] * 1e6
    assert np.linalg.norm(np.array(curl) + rate) < 0.02 * np.linalg.norm(rate)


def test_head_and_coil_may_turn_together() -> None:
    solver, points = prepared(12.0), on_sphere(74.0, 200)
    angle = 0.7
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    turn = turn @ np.array([[1.0, 0, 0], [0, 0.6, -0.8], [0, 0.8, 0.6]])
    shift = np.array([30.0, -12.0, 5.0])
    turned = TetraSolver.prepare(solver.mesh.moved(turn, shift), backend="direct-double")
    positions, moments = dipoles()
    here = solver.field(solver.at(points), positions, moments)
    there = turned.field(
        turned.at(points @ turn.T + shift), positions @ turn.T + shift, moments @ turn.T
    )
    assert relative_error(there @ turn, here) < 1e-4


def jump_of_current(edge_mm: float) -> float:
    """Relative difference of sigma E . n on both sides of a border in an ellipsoid.

    Weighed with smooth functions: flat faces make the normal part at single points noisy.
    """
    axes = np.array([0.7, 1.2, 0.95])
    ball = shell_mesh(((60.0, Tissue.GREY), (92.0, Tissue.CSF)), edge_mm)
    mesh = TetraMesh(ball.nodes_mm * axes, ball.tets, ball.tissue, ball.frame)
    solver = TetraSolver.prepare(mesh, backend="direct-double")
    points = on_sphere(60.0, 600)
    points = points[points[:, 2] > 0] * axes
    normal = points / axes**2
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    weights = np.column_stack([normal[:, 0], normal[:, 1], normal[:, 0] * normal[:, 1]])
    table = standard_conductivities().table()
    inside, outside = (
        table[tissue]
        * weights.T
        @ np.einsum("ij,ij->i", solver.field(solver.at(points, tissue), *dipoles()), normal)
        for tissue in (Tissue.GREY, Tissue.CSF)
    )
    return relative_error(outside, inside)


def test_the_current_across_a_border_is_conserved_ever_better() -> None:
    # E itself jumps by a factor of six there.
    coarse, fine = jump_of_current(10.0), jump_of_current(6.0)
    assert fine < 0.15
    assert fine < 0.7 * coarse


def test_the_multigrid_and_the_factorisation_agree() -> None:
    one, points = prepared(8.0), on_sphere(74.0, 300)
    other = TetraSolver.prepare(one.mesh, backend="multigrid")
    rhs = one.rhs(vector_potential_rate(one.sources.points_mm, *dipoles()))
    both = np.column_stack([rhs, rhs[::-1]])
    differences = other.solve_many(both) - one.solve_many(both)
    assert np.ptp(differences, axis=0).max() < 1e-4 * np.ptp(one.solve_many(both), axis=0).max()
    single = TetraSolver.prepare(one.mesh, backend="direct")
    exact = one.field(one.at(points), *dipoles())
    assert relative_error(single.field(single.at(points), *dipoles()), exact) < 5e-4


def test_the_surface_and_the_volume_form_of_the_right_side_agree() -> None:
    errors = {}
    for edge_mm in (12.0, 6.0):
        surface = prepared(edge_mm)
        volume = Sources.of(surface.mesh, surface.sigma, over_volume=True)
        one = surface.rhs(vector_potential_rate(surface.sources.points_mm, *dipoles()))
        other = volume.right_side(vector_potential_rate(volume.points_mm, *dipoles()))
        points = on_sphere(74.0, 300)
        at = surface.at(points)
        slopes = [at.gradient @ surface.solve_many(b) for b in (one, other)]
        errors[edge_mm] = relative_error(slopes[1], slopes[0])
        assert len(surface.sources.points_mm) < len(volume.points_mm)
    assert errors[6.0] < 0.01
    assert errors[6.0] < errors[12.0]


def test_two_bodies_that_do_not_touch_are_solved_side_by_side() -> None:
    ball = prepared(12.0).mesh
    away = ball.moved(np.eye(3), [300.0, 0, 0])
    both = TetraMesh(
        np.concatenate([ball.nodes_mm, away.nodes_mm]),
        np.concatenate([ball.tets, away.tets + len(ball.nodes_mm)]),
        np.concatenate([ball.tissue, away.tissue]), ball.frame,
    )  # fmt: skip
    points = on_sphere(74.0, 100)
    alone = prepared(12.0).field(prepared(12.0).at(points), *dipoles())
    for backend in ("direct-double", "multigrid"):
        solver = TetraSolver.prepare(both, backend=backend)
        assert relative_error(solver.field(solver.at(points), *dipoles()), alone) < 1e-3


def test_linear_and_harmonic_potentials_are_recovered_exactly_inside_one_tissue() -> None:
    mesh, points = prepared(8.0).mesh, on_sphere(74.0, 200)
    x = mesh.nodes_mm * 1e-3
    at = prepared(8.0).at(points)
    flat = at.field(x @ np.array([1.0, -2.0, 0.5]) + 7.0, np.zeros_like(points))
    assert np.abs(flat + np.array([1.0, -2.0, 0.5])).max() < 1e-9
    saddle = at.field(x[:, 0] * x[:, 2], np.zeros_like(points))
    slope = np.column_stack([points[:, 2], 0 * points[:, 0], points[:, 0]]) * 1e-3
    assert np.abs(saddle + slope).max() < 1e-3 * np.abs(slope).max()


def test_a_point_outside_the_tissue_asked_for_says_so() -> None:
    at = prepared(8.0).at(np.array([[0, 0, 74.0], [0, 0, 60.0]]), Tissue.GREY)
    assert at.tissue.tolist() == [Tissue.GREY, Tissue.GREY]
    assert at.depth[0] >= 0 > at.depth[1]
