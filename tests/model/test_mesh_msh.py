"""Gmsh files: round trips, the files of other programs, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.core.errors import InputError
from euthymia.core.poses import Frame
from euthymia.model.head.volume import Tissue
from euthymia.model.mesh.msh import read_msh, write_msh
from euthymia.model.mesh.tetra import TetraMesh

FRAME = Frame("test")
KINDS = [("2.2", True), ("2.2", False), ("4.1", True), ("4.1", False)]


def random_mesh(seed: int, count: int) -> TetraMesh:
    draw = np.random.default_rng(seed)
    nodes = draw.uniform(-80, 80, (4 * count, 3))
    tets = np.arange(4 * count).reshape(-1, 4)
    return TetraMesh(nodes, tets, draw.integers(1, 7, count), FRAME)


@pytest.mark.parametrize(("version", "binary"), KINDS)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 30))
def test_a_mesh_comes_back_as_it_was(
    version: str, binary: bool, seed: int, count: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mesh = random_mesh(seed, count)
    path = tmp_path_factory.mktemp("msh") / "head.msh"
    write_msh(path, mesh, version, binary)
    found = read_msh(path, FRAME).mesh
    order = np.argsort(mesh.tissue, kind="stable") if version == "4.1" else slice(None)
    assert (found.nodes_mm == mesh.nodes_mm).all()
    assert (found.tets == mesh.tets[order]).all()
    assert (found.tissue == mesh.tissue[order]).all()


TEXT_2 = """$MeshFormat
2.2 0 8
$EndMeshFormat
$PhysicalNames
1
3 1 "white"
$EndPhysicalNames
$Nodes
5
10 0 0 0
20 50 0 0
30 0 50 0
40 0 0 50
50 50 50 50
$EndNodes
$Elements
4
1 15 2 1 1 10
2 2 2 1005 1005 10 20 30
3 4 2 8 8 10 20 30 40
4 4 3 9 9 0 20 30 40 50
$EndElements
"""


def test_surfaces_and_points_are_left_out_and_finer_tissues_keep_their_conductivity(
    tmp_path: Path,
) -> None:
    path = tmp_path / "other.msh"
    path.write_text(TEXT_2)
    head = read_msh(path)
    assert head.tags.tolist() == [8, 9]
    assert head.own_s_per_m.tolist() == [0.025, 0.6]
    assert head.mesh.volumes_mm3[0] == pytest.approx(50**3 / 6)
    assert head.mesh.frame.id.startswith("image:")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: "", "empty"),
        (lambda text: "solid stl\n" + text, r"does not begin with \$MeshFormat"),
        (lambda text: text.replace("2.2 0 8", "1.0 0 8"), "version is 1.0"),
        (lambda text: text.replace("2.2 0 8", "hello"), "format line"),
        (lambda text: text.replace("50 50 50 50\n", ""), "cut short"),
        (lambda text: text[: text.index("$EndElements") - 10], "does not end"),
        (lambda text: text.replace("30 40 50", "30 40 99"), "node that is not there"),
        (lambda text: text.replace("4 2 8 8", "4 2 77 77"), "unknown volume tags"),
        (lambda text: text.replace("3 4 2 8", "3 44 2 8"), "unknown type 44"),
        (lambda text: text.replace("50", "0.05").replace("0.05 0.05 0.05 0.05", "50 .05 .05 .05"),
         "cut short|not there|no head in millimetres"),
        (lambda text: text.replace("20 50 0 0", "20 nan 0 0"), "no head in millimetres"),
        (lambda text: text.replace("20 50 0 0", "20 x 0 0"), "number cannot be read"),
        (lambda text: text.replace("20 50 0 0", "20 0 25 0"), "flat"),
        (lambda text: text[: text.index("$Elements")], r"no section \$Elements"),
    ],
)  # fmt: skip
def test_a_strange_file_is_refused_in_one_sentence(change, says: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "strange.msh"
    path.write_text(change(TEXT_2))
    with pytest.raises(InputError, match=says) as refused:
        read_msh(path)
    assert str(path) in str(refused.value)


@settings(max_examples=60, deadline=None)
@given(cut=st.floats(0, 0.999), kind=st.sampled_from(KINDS))
def test_a_file_cut_short_never_passes_and_never_crashes(
    cut: float, kind: tuple[str, bool], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("msh") / "cut.msh"
    write_msh(path, random_mesh(0, 20), *kind)
    whole = path.read_bytes()
    end = whole.rindex(b"$EndElements") - 2
    path.write_bytes(whole[: int(cut * end)])
    with pytest.raises(InputError):
        read_msh(path)


def test_every_tissue_survives(tmp_path: Path) -> None:
    tissues = [t for t in Tissue if t is not Tissue.AIR]
    draw = np.random.default_rng(1).uniform(-80, 80, (4 * len(tissues), 3))
    mesh = TetraMesh(draw, np.arange(len(draw)).reshape(-1, 4), np.array(tissues), FRAME)
    write_msh(tmp_path / "all.msh", mesh)
    assert (read_msh(tmp_path / "all.msh").mesh.tissue == mesh.tissue).all()
