"""Anisotropic conductivity: a stretched sphere with the matching tensor is the sphere again."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from euthymia.core.errors import InputError
from euthymia.core.poses import Pose
from euthymia.model.coil.catalogue import coil
from euthymia.model.field.conductivity import standard_conductivities
from euthymia.model.field.dipoles import vector_potential_rate
from euthymia.model.field.sphere import sphere_field
from euthymia.model.field.tetra.assembly import element_conductivity
from euthymia.model.field.tetra.recovery import FieldAt
from euthymia.model.field.tetra.solver import TetraSolver
from euthymia.model.field.tetra.tensors import DiffusionTensors, anisotropic_conductivity
from euthymia.model.head.volume import Tissue
from euthymia.model.mesh.sphere import FIVE_SHELLS_MM, SPHERE_FRAME, shell_mesh
from euthymia.model.mesh.tetra import TetraMesh

pytestmark = pytest.mark.xdist_group("tetra")

SIX = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
STRETCH = np.array([[1.3, 0.2, 0.0], [0.0, 0.8, -0.1], [0.1, 0.0, 1.1]])


def test_a_stretched_sphere_with_the_matching_tensors_has_the_stretched_exact_field() -> None:
    # y = S x carries the equation over with sigma' = S sigma S^T / det S and A' = S^-T A.
    mesh = shell_mesh(FIVE_SHELLS_MM, 8.0)
    stretched = TetraMesh(mesh.nodes_mm @ STRETCH.T, mesh.tets, mesh.tissue, mesh.frame)
    plain = element_conductivity(mesh, standard_conductivities())
    full = STRETCH @ STRETCH.T / np.linalg.det(STRETCH)
    sigma = plain[:, None] * np.array([full[i, j] for i, j in SIX])
    solver = TetraSolver.prepare(stretched, sigma)
    back = np.linalg.inv(STRETCH)
    figure8 = coil("magstim-70mm-fig8")
    pose = Pose.facing([0, 0, 96], [0, 0, -1], [0, 1, 0], SPHERE_FRAME)
    dipoles = pose.to_world(figure8.positions_mm), figure8.moments_m2 @ pose.rotation.T
    direction = np.random.default_rng(0).normal(size=(1500, 3))
    places = 74.0 * direction / np.linalg.norm(direction, axis=1, keepdims=True)
    at = solver.at(places @ STRETCH.T)
    needed = vector_potential_rate(solver.sources.points_mm @ back.T, *dipoles) @ back
    phi = solver.solve_many(solver.rhs(needed))
    found = at.field(phi, vector_potential_rate(places, *dipoles) @ back)
    exact = sphere_field(places, *dipoles) @ back
    assert np.linalg.norm(found - exact) / np.linalg.norm(exact) < 0.02


def test_a_tensor_that_is_the_same_in_all_directions_changes_nothing() -> None:
    mesh = shell_mesh(FIVE_SHELLS_MM, 14.0)
    sigma = element_conductivity(mesh, standard_conductivities())
    six = np.zeros((len(sigma), 6))
    six[:, :3] = sigma[:, None]
    one, other = TetraSolver.prepare(mesh, sigma), TetraSolver.prepare(mesh, six)
    assert abs(one.matrix - other.matrix).max() < 1e-12 * abs(one.matrix).max()
    assert abs(one.sources.matrix - other.sources.matrix).max() < 1e-12
    assert not other.uneven.any()


def brain_image(tensor: np.ndarray, path: Path, affine: np.ndarray) -> Path:  # type: ignore[type-arg]
    order = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    data = np.tile(np.array([tensor[i, j] for i, j in order], dtype=np.float32), (20, 20, 20, 1))
    nib.save(nib.Nifti1Image(data, affine), path)
    return path


AFFINE = np.array([[-10.0, 0, 0, 95], [0, 10, 0, -95], [0, 0, 10, -95], [0, 0, 0, 1]])


def test_the_mapping_keeps_the_geometric_mean_and_the_fibre_direction(tmp_path: Path) -> None:
    mesh = shell_mesh(FIVE_SHELLS_MM, 20.0)
    tensor = np.diag([0.4, 1.6, 0.4]) * 1e-3
    path = brain_image(tensor, tmp_path / "dti.nii.gz", AFFINE)
    sigma, share = anisotropic_conductivity(
        mesh, standard_conductivities(), DiffusionTensors.load(path), (Tissue.WHITE,)
    )
    white = sigma[mesh.tissue == Tissue.WHITE]
    assert share == 1.0
    assert np.allclose(np.cbrt(white[:, :3].prod(axis=1)), 0.126)
    assert np.allclose(white[:, 1] / white[:, 0], 4.0, rtol=1e-5)
    grey = sigma[mesh.tissue == Tissue.GREY]
    assert np.allclose(grey, [0.275, 0.275, 0.275, 0, 0, 0])


def test_axes_of_the_voxels_are_turned_into_those_of_the_world(tmp_path: Path) -> None:
    tensor = np.array([[2.0, 0.5, 0], [0.5, 1, 0], [0, 0, 1]])
    path = brain_image(tensor, tmp_path / "dti.nii.gz", AFFINE)
    voxel = DiffusionTensors.load(path, "voxel").at(np.zeros((1, 3)))[0]
    assert voxel[0, 1] == pytest.approx(-0.5)  # the first axis runs to the left
    fsl = DiffusionTensors.load(path, "fsl").at(np.zeros((1, 3)))[0]
    assert fsl[0, 1] == pytest.approx(-0.5)  # negative determinant: as stored
    positive = brain_image(tensor, tmp_path / "p.nii.gz", np.diag([10.0, 10, 10, 1]))
    assert DiffusionTensors.load(positive, "fsl").at(np.zeros((1, 3)))[0, 0, 1] == pytest.approx(
        -0.5
    )


def test_an_extreme_tensor_is_limited_and_a_broken_one_left_out(tmp_path: Path) -> None:
    mesh = shell_mesh(FIVE_SHELLS_MM, 20.0)
    thin = brain_image(np.diag([1.0, 1e-3, 1e-3]), tmp_path / "thin.nii.gz", AFFINE)
    sigma, _ = anisotropic_conductivity(
        mesh, standard_conductivities(), DiffusionTensors.load(thin)
    )
    white = sigma[mesh.tissue == Tissue.WHITE]
    assert np.allclose(white[:, 0] / white[:, 1], 10.0, rtol=1e-5)
    broken = brain_image(np.diag([1.0, -1, 1]), tmp_path / "broken.nii.gz", AFFINE)
    with pytest.raises(InputError, match="none of them lies in the brain"):
        anisotropic_conductivity(mesh, standard_conductivities(), DiffusionTensors.load(broken))
    scalar = tmp_path / "scalar.nii.gz"
    nib.save(nib.Nifti1Image(np.zeros((3, 3, 3), dtype=np.float32), np.eye(4)), scalar)
    with pytest.raises(InputError, match="six volumes"):
        DiffusionTensors.load(scalar)


def test_conductivities_that_are_not_positive_are_refused() -> None:
    mesh = shell_mesh(FIVE_SHELLS_MM, 20.0)
    with pytest.raises(InputError, match="not positive"):
        element_conductivity(mesh, np.zeros(len(mesh.tets)))
    with pytest.raises(InputError, match="does not fit"):
        element_conductivity(mesh, np.ones(3))


def test_quadratic_potentials_are_recovered_where_the_tissue_is_uneven() -> None:
    mesh = shell_mesh(FIVE_SHELLS_MM, 8.0)
    direction = np.random.default_rng(2).normal(size=(50, 3))
    points = 74.0 * direction / np.linalg.norm(direction, axis=1, keepdims=True)
    at = FieldAt.of(mesh, points, uneven=np.ones(len(mesh.tets), dtype=bool))
    x = mesh.nodes_mm * 1e-3
    phi = x[:, 0] ** 2 + 3 * x[:, 1] * x[:, 2] - x[:, 2]
    p = points * 1e-3
    slope = np.column_stack([2 * p[:, 0], 3 * p[:, 2], 3 * p[:, 1] - 1])
    assert np.abs(at.field(phi, np.zeros_like(points)) + slope).max() < 0.005
