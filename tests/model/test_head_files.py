"""Parts of heads in files: round trips of surfaces and labels, and a second reader for each."""

from __future__ import annotations

import struct
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from euthymia.core.errors import InputError
from euthymia.core.poses import Frame
from euthymia.model.head.files.gifti import read_gifti, write_gifti
from euthymia.model.head.files.labels import LabelScheme, label_scheme, read_labels, write_labels
from euthymia.model.head.files.nifti_bytes import label_bytes
from euthymia.model.head.files.stl import read_stl, write_stl
from euthymia.model.head.surface.meshes import TriangleSurface, signed_volume_mm3
from euthymia.model.head.volume import LabelVolume, Tissue
from model.head_samples import scalp, sphere

whole_points = hnp.arrays(
    np.float32, st.tuples(st.integers(4, 30), st.just(3)), elements=st.floats(-200, 200, width=32)
)


@st.composite
def surfaces(draw: st.DrawFn) -> TriangleSurface:
    points = draw(whole_points)
    index = st.integers(0, len(points) - 1)
    faces = draw(st.lists(st.tuples(index, index, index), min_size=1, max_size=20))
    return TriangleSurface.of(points.astype(float), np.array(faces))


@given(surfaces())
@settings(max_examples=40)
def test_a_surface_goes_through_gifti_unchanged(
    tmp_path_factory: pytest.TempPathFactory, surface: TriangleSurface
) -> None:
    path = tmp_path_factory.mktemp("gifti") / "one.surf.gii"
    write_gifti(surface, path)
    again = read_gifti(path)
    assert again.space == "scanner"
    assert np.array_equal(again.surface.vertices_mm, surface.vertices_mm)
    assert np.array_equal(again.surface.faces, surface.faces)


def test_a_second_reader_finds_points_triangles_and_outward_normals(tmp_path: Path) -> None:
    surface = scalp().surface
    write_gifti(surface, tmp_path / "scalp.surf.gii")
    points, triangles, normals = (
        array.data for array in nib.load(tmp_path / "scalp.surf.gii").darrays
    )
    assert np.abs(points - surface.vertices_mm).max() < 1e-5
    assert signed_volume_mm3(points.astype(float), triangles) > 0
    outward = points / np.linalg.norm(points, axis=1, keepdims=True)
    assert (np.sum(outward * normals, axis=1) > 0.9).all()
    system = nib.load(tmp_path / "scalp.surf.gii").darrays[0].coordsys
    assert (system.dataspace, system.xformspace) == (1, 1)
    assert np.array_equal(system.xform, np.eye(4))


def test_a_transform_to_the_scanner_is_applied_and_other_spaces_are_named(tmp_path: Path) -> None:
    surface = scalp().surface
    for dataspace, target, expected, moved in ((0, 1, "scanner", 7.0), (4, 4, "mni152", 0.0)):
        write_gifti(surface, tmp_path / "s.surf.gii")
        image = nib.load(tmp_path / "s.surf.gii")
        matrix = np.eye(4)
        matrix[0, 3] = 7.0
        image.darrays[0].coordsys = nib.gifti.GiftiCoordSystem(dataspace, target, matrix)
        (tmp_path / "s.surf.gii").write_bytes(image.to_bytes())
        found = read_gifti(tmp_path / "s.surf.gii")
        assert found.space == expected
        gap = found.surface.vertices_mm - surface.vertices_mm
        assert np.abs(gap - (moved, 0, 0)).max() < 1e-4


def test_what_is_no_surface_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.surf.gii"
    path.write_text("no XML")
    with pytest.raises(InputError, match="cannot be read as GIfTI"):
        read_gifti(path)
    overlay = nib.gifti.GiftiImage(
        darrays=[nib.gifti.GiftiDataArray(np.ones(4, np.float32), intent="NIFTI_INTENT_SHAPE")]
    )
    path.write_bytes(overlay.to_bytes())
    with pytest.raises(InputError, match="0 sets of points"):
        read_gifti(path)


@given(surfaces())
@settings(max_examples=40)
def test_every_triangle_goes_through_stl_unchanged(
    tmp_path_factory: pytest.TempPathFactory, surface: TriangleSurface
) -> None:
    path = tmp_path_factory.mktemp("stl") / "one.stl"
    write_stl(surface, path)
    again = read_stl(path)
    corners = surface.vertices_mm[surface.faces]
    assert np.array_equal(again.vertices_mm[again.faces], corners)


def test_the_bytes_of_an_stl_file_are_those_of_its_definition(tmp_path: Path) -> None:
    surface = scalp().surface
    path = tmp_path / "scalp.stl"
    write_stl(surface, path)
    content = path.read_bytes()
    assert len(content) == 84 + 50 * len(surface.faces)
    assert not content.startswith(b"solid")
    assert struct.unpack_from("<I", content, 80)[0] == len(surface.faces)
    row = struct.unpack_from("<12fH", content, 84 + 50 * 17)
    corners = np.array(row[3:12]).reshape(3, 3)
    assert np.abs(corners - surface.vertices_mm[surface.faces[17]]).max() < 1e-5
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    assert np.abs(np.array(row[:3]) - normal / np.linalg.norm(normal)).max() < 1e-3
    again = read_stl(path)
    assert signed_volume_mm3(again.vertices_mm, again.faces) > 0
    assert len(again.vertices_mm) == len(surface.vertices_mm)


def test_a_text_stl_is_read_and_a_broken_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "one.stl"
    path.write_text(
        "solid one\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 10 0 0\nvertex 0 10 0\n"
        "endloop\nendfacet\nendsolid one\n"
    )
    assert len(read_stl(path).faces) == 1
    for content in (b"x" * 200, b"solid only", struct.pack("<80xI", 3) + b"\0" * 60):
        path.write_bytes(content)
        with pytest.raises(InputError):
            read_stl(path)


# --- labels of other programs -------------------------------------------------------------------


def written(path: Path, values: np.ndarray, affine: np.ndarray) -> Path:
    path.write_bytes(label_bytes(values, affine))
    return path


@given(st.integers(0, 5), st.booleans())
@settings(max_examples=6, deadline=None)
def test_labels_go_through_the_numbers_of_simnibs_unchanged(
    tmp_path_factory: pytest.TempPathFactory, turn: int, mirrored: bool
) -> None:
    scheme = label_scheme("simnibs")
    volume = sphere()
    order = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))[turn]
    image = nib.Nifti1Image(write_labels(volume, scheme), volume.affine)
    turned = image.as_reoriented(np.column_stack([order, (1, -1 if mirrored else 1, 1)]))
    path = tmp_path_factory.mktemp("labels") / "final_tissues.nii.gz"
    again = read_labels(written(path, np.asarray(turned.dataobj), turned.affine), scheme)
    assert np.array_equal(again.volume.labels, volume.labels)
    assert np.abs(again.volume.affine - volume.affine).max() < 1e-3


def test_every_number_of_simnibs_is_read_as_its_tissue() -> None:
    tissue = label_scheme("simnibs").tissue_of()
    assert [tissue[value] for value in range(11)] == [
        Tissue.AIR,
        Tissue.WHITE,
        Tissue.GREY,
        Tissue.CSF,
        Tissue.SKULL,
        Tissue.SCALP,
        Tissue.EYES,
        Tissue.SKULL,
        Tissue.SPONGY,
        Tissue.CSF,
        Tissue.SCALP,
    ]
    assert label_scheme("euthymia").tissue_of() == {int(tissue): tissue for tissue in Tissue}


def test_what_a_scheme_does_not_know_or_a_head_lacks_is_refused(tmp_path: Path) -> None:
    volume = sphere()
    scheme = label_scheme("simnibs")
    strange = np.where(volume.labels == Tissue.GREY, 42, volume.labels)
    with pytest.raises(InputError, match=r"does not know: \[42\]"):
        read_labels(written(tmp_path / "a.nii.gz", strange, volume.affine), scheme)
    brain = np.where(volume.labels <= Tissue.GREY, volume.labels, 0)
    path = written(tmp_path / "b.nii.gz", brain, volume.affine)
    with pytest.raises(InputError, match="no cerebrospinal fluid, no skull, no scalp"):
        read_labels(path, scheme)
    assert read_labels(path, scheme, whole_head=False).counts[2] == (brain == 2).sum()
    with pytest.raises(InputError, match="not whole-numbered"):
        half = volume.labels.astype(np.float32) + 0.5
        read_labels(written(tmp_path / "c.nii.gz", half, volume.affine), scheme)


def test_a_scheme_of_ones_own_is_read_and_checked(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    rows = [(0, "air"), (10, "white"), (20, "grey"), (30, "csf"), (40, "skull"), (50, "scalp")]
    own.write_text(
        'title = "Mine"\n'
        + "".join(f'[[label]]\nvalue = {v}\nname = "n"\ntissue = "{t}"\n' for v, t in rows)
    )
    scheme = label_scheme(str(own))
    volume = sphere()
    values = write_labels(volume, scheme)
    assert set(np.unique(values)) == {0, 10, 20, 30, 40, 50}
    again = read_labels(written(tmp_path / "mine.nii.gz", values, volume.affine), scheme)
    assert np.array_equal(again.volume.labels, volume.labels)
    own.write_text(own.read_text() + '[[label]]\nvalue = 50\nname = "n"\ntissue = "air"\n')
    with pytest.raises(InputError, match=r"\[50\] a meaning twice"):
        label_scheme(str(own))
    own.write_text('title = "Mine"\n[[label]]\nvalue = 1\nname = "n"\ntissue = "bone"\n')
    with pytest.raises(InputError, match=r"label.0.tissue"):
        label_scheme(str(own))
    with pytest.raises(InputError, match="not one that is known here"):
        label_scheme("spm")


def test_a_tissue_without_a_number_cannot_be_written() -> None:
    eyes = np.zeros((3, 3, 3), dtype=np.uint8)
    eyes[1, 1, 1] = Tissue.EYES
    scheme = LabelScheme.model_validate(
        {"title": "few", "label": [{"value": 0, "name": "a", "tissue": "air"}]}
    )
    with pytest.raises(InputError, match="no number for eyes"):
        write_labels(LabelVolume(eyes, np.eye(4), Frame("x")), scheme)


def test_the_same_labels_are_the_same_bytes_without_a_name_in_them() -> None:
    volume = sphere()
    content = label_bytes(volume.labels, volume.affine)
    assert content == label_bytes(volume.labels, volume.affine)
    # Byte 3 of gzip tells of a name (8) or a remark (16); bytes 4 to 7 are the time.
    assert content[3] == 0
    assert content[4:8] == b"\0\0\0\0"
