"""What the browser draws of heads and coils."""

from __future__ import annotations

import numpy as np
import pytest

from clinic.bench.bench_samples import bench
from euthymia.clinic.bench.coil_shape import Part, coil_shape
from euthymia.clinic.bench.scene import coarse_faces, coil_bytes, scene_bytes
from euthymia.clinic.bench.wire import unpacked
from euthymia.core.store import Store
from euthymia.model.coil.catalogue import coil, coil_ids
from euthymia.model.coil.elements import WireCoil
from euthymia.plan.target.catalogue import targets


def test_the_drawn_cortex_has_the_engines_points_as_its_vertices() -> None:
    meta, arrays = unpacked(scene_bytes(bench(), Store(None)))
    assert np.allclose(arrays["cortex_vertices"], bench().engine.points_mm, atol=1e-4)
    count = len(arrays["cortex_vertices"])
    for name in ("cortex_faces", "cortex_coarse"):
        assert arrays[name].max() < count
    assert len(arrays["cortex_coarse"]) < 0.5 * len(arrays["cortex_faces"])
    assert arrays["cortex_depth"].shape == (count,)
    assert [row["id"] for row in meta["targets"]] == list(targets().coordinates)
    assert len(meta["electrodes"]) == len(arrays["electrodes"])
    assert meta["origin"] == "default"
    normals = arrays["cortex_normals"][:, :3].astype(float) / 127
    assert np.linalg.norm(normals, axis=1) == pytest.approx(1.0, abs=0.02)


def test_the_scene_is_kept_in_the_store(tmp_path) -> None:  # type: ignore[no-untyped-def]
    store = Store(tmp_path)
    first = scene_bytes(bench(), store)
    assert list(tmp_path.glob("bench-scene-*.npz"))
    assert scene_bytes(bench(), store) == first


def test_coarse_faces_lie_where_the_fine_ones_do() -> None:
    surface = bench().cortex
    faces = coarse_faces(surface, 6.0)
    a, b, c = (surface.vertices_mm[faces[:, k]] for k in range(3))
    edges = np.concatenate([np.linalg.norm(p - q, axis=1) for p, q in ((a, b), (b, c), (c, a))])
    assert np.percentile(edges, 99) < 2.5 * 6.0
    cross = np.cross(b - a, c - a)
    fine = np.cross(
        surface.vertices_mm[surface.faces[:, 1]] - surface.vertices_mm[surface.faces[:, 0]],
        surface.vertices_mm[surface.faces[:, 2]] - surface.vertices_mm[surface.faces[:, 0]],
    )
    area = 0.5 * np.linalg.norm(cross, axis=1).sum()
    assert 0.6 < area / (0.5 * np.linalg.norm(fine, axis=1).sum()) < 1.2
    facing = np.einsum("ij,ij->i", cross, surface.normals[faces[:, 0]])
    assert (facing > 0).mean() > 0.9


@pytest.mark.parametrize("key", coil_ids())
def test_every_coil_is_drawn_around_its_windings_with_the_handle_behind(key: str) -> None:
    shape = coil_shape(coil(key))
    drawn = {part: shape.vertices_mm[shape.parts == part] for part in Part}
    assert all(len(points) for points in drawn.values())
    face = coil(key).face_mm
    # the casing's face lies where the field's model and the clearance have it
    assert drawn[Part.CASING][:, 2].max() == pytest.approx(face[:, 2].max(), abs=2.0)
    assert drawn[Part.HANDLE][:, 1].min() < face[:, 1].min() - 50.0
    assert np.isfinite(shape.normals).all()
    assert shape.faces.max() < len(shape.vertices_mm)


def test_the_faces_of_a_casing_turn_outwards() -> None:
    shape = coil_shape(coil("magventure-c-b60"))
    wing = shape.faces[(shape.parts[shape.faces] == Part.CASING).all(axis=1)]
    side = wing[(shape.vertices_mm[wing][:, :, 0] > 0).all(axis=1)]
    a, b, c = (shape.vertices_mm[side[:, k]] for k in range(3))
    volume = np.einsum("ij,ij->i", a, np.cross(b, c)).sum()
    assert volume > 0


def test_a_coil_known_from_a_file_only_is_drawn_around_its_face() -> None:
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    ring = np.column_stack([40 * np.cos(angle), 40 * np.sin(angle), np.full(40, -8.0)])
    wire = WireCoil("ring", "Ring", "", "ring", ring, np.roll(ring, -1, axis=0) - ring)
    meta, arrays = unpacked(coil_bytes(wire))
    assert meta["id"] == "ring"
    assert set(np.unique(arrays["parts"])) == {Part.CASING, Part.HANDLE}
