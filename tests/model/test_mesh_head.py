"""Tetrahedra from voxels: shape, borders, volumes, and that it never fails."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.core.errors import InputError
from euthymia.core.poses import Frame
from euthymia.model.field.sphere import layered_sphere
from euthymia.model.head.volume import LabelVolume, Tissue
from euthymia.model.mesh.head import MeshSize, mesh_head
from euthymia.model.mesh.quality import dihedrals_deg, quality
from euthymia.model.mesh.tetra import FACES, TetraMesh

SIZE = MeshSize(fine_mm=6.0, coarse_mm=12.0)


@cache
def sphere() -> TetraMesh:
    return mesh_head(layered_sphere(2.0, 0.6), SIZE)


def faces_of(mesh: TetraMesh) -> np.ndarray:  # type: ignore[type-arg]
    corners = np.sort(mesh.tets[:, FACES].reshape(-1, 3), axis=1)
    _, counts = np.unique(corners, axis=0, return_counts=True)
    return counts


def test_the_smallest_dihedral_angle_of_a_head_is_above_eight_degrees() -> None:
    assert quality(sphere()).smallest_dihedral_deg > 8.0


def test_every_face_belongs_to_one_or_two_tetrahedra() -> None:
    assert faces_of(sphere()).max() <= 2


def test_the_pieces_fill_the_space_without_overlap() -> None:
    # The outer surface encloses, by the divergence theorem, what the tetrahedra sum to.
    mesh = sphere()
    corners = mesh.tets[:, FACES].reshape(-1, 3)
    _, first, counts = np.unique(
        np.sort(corners, axis=1), axis=0, return_index=True, return_counts=True
    )
    outer = mesh.nodes_mm[corners[first[counts == 1]]]
    enclosed = np.linalg.det(outer).sum() / 6
    assert enclosed == pytest.approx(mesh.volumes_mm3.sum(), rel=1e-9)
    assert enclosed == pytest.approx(4 / 3 * np.pi * 95.0**3, rel=0.01)


def test_the_nodes_on_the_border_of_the_brain_lie_on_its_sphere() -> None:
    mesh = sphere()
    inner = np.unique(mesh.tets[mesh.tissue == Tissue.GREY])
    outer = np.unique(mesh.tets[mesh.tissue == Tissue.CSF])
    radius = np.linalg.norm(mesh.nodes_mm[np.intersect1d(inner, outer)], axis=1)
    assert abs(np.median(radius) - 80.0) < 0.3
    assert np.percentile(np.abs(radius - 80.0), 95) < 2.0  # a voxel, a third of an edge


def test_a_finer_mesh_has_volumes_nearer_to_the_truth() -> None:
    fine = mesh_head(layered_sphere(2.0, 0.6), MeshSize(4.0, 12.0))
    true = 4 / 3 * np.pi * (83.0**3 - 80.0**3) / 1000
    errors = [abs(mesh.volume_ml(Tissue.CSF) / true - 1) for mesh in (sphere(), fine)]
    assert errors[1] < errors[0]


def test_the_brain_is_meshed_finer_than_the_scalp() -> None:
    mesh = sphere()
    up = mesh.centroids_mm[:, 2] > 40
    fluid = np.median(mesh.volumes_mm3[up & (mesh.tissue == Tissue.CSF)])
    deep = np.median(mesh.volumes_mm3[np.linalg.norm(mesh.centroids_mm, axis=1) < 30])
    assert fluid < deep / 4


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.8, 1.0, 2.5]))
def test_noise_of_six_tissues_gives_a_mesh_that_fits_together(seed: int, spacing: float) -> None:
    labels = np.random.default_rng(seed).integers(0, 7, (5, 6, 7)).astype(np.uint8)
    labels = np.repeat(np.repeat(labels, 2, axis=0), 2, axis=1)
    volume = LabelVolume(labels, np.diag([spacing, -1.0, 1.2, 1.0]), Frame("noise"))
    mesh = mesh_head(volume, MeshSize(2.0, 4.0))
    assert faces_of(mesh).max() <= 2
    assert (mesh.volumes_mm3 > 0).all()
    assert dihedrals_deg(mesh.nodes_mm, mesh.tets)[:, 0].min() > 0.05


def test_a_volume_of_air_is_refused() -> None:
    empty = LabelVolume(np.zeros((4, 4, 4), dtype=np.uint8), np.eye(4), Frame("empty"))
    with pytest.raises(InputError, match="only air"):
        mesh_head(empty)


def test_the_same_labels_give_the_same_mesh() -> None:
    assert mesh_head(layered_sphere(2.0, 0.6), SIZE).sha256 == sphere().sha256
