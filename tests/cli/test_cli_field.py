"""`euthymia field`: at points, in the brain, and what is refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from cli_samples import coarse_head, contents, run, write_coarse_head

from euthymia.cli.field_inputs import read_points
from euthymia.core.poses import Frame, Pose
from euthymia.model.coil.catalogue import coil
from euthymia.model.field.solver import HeadSolver
from euthymia.model.field.sphere import layered_sphere, sphere_field
from euthymia.model.head.volume import LabelVolume, Tissue
from euthymia.model.mesh.msh import write_msh
from euthymia.model.mesh.sphere import FIVE_SHELLS_MM, shell_mesh

COIL = "magventure-c-b60"
SPHERE = Frame("layered-sphere")


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_coarse_head(tmp_path_factory.mktemp("head"))


@pytest.fixture(scope="module")
def sphere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A layered sphere at 3 mm: labels without anything beside them."""
    path = tmp_path_factory.mktemp("sphere") / "sphere.nii.gz"
    layered_sphere(3.0).save(path)
    return path


def frame_of(labels: Path) -> str:
    return str(run("head", "show", labels, "--json").json["frame"])


def frame_of_labels(labels: Path) -> str:
    return LabelVolume.load(labels).frame.id


def write_pose(path: Path, frame: str, matrix: Any = None, **more: Any) -> Path:
    if matrix is None:
        # Over the top of the sphere, 4 mm above its skin, handle to the back.
        matrix = Pose.facing((0, 0, 99.0), (0, 0, -1), (0, 1, 0), SPHERE).matrix.tolist()
    path.write_text(json.dumps({"frame": frame, "axes": "RAS", "matrix_mm": matrix, **more}))
    return path


def test_the_field_at_points_of_a_sphere_is_the_analytic_one(sphere: Path, tmp_path: Path) -> None:
    """Labels, pose and points go through files and come out right, by a closed form."""
    pose = write_pose(tmp_path / "pose.json", frame_of(sphere))
    grid = [(x, y, z) for x in (-30, 0, 30) for y in (-30, 0, 30) for z in (30, 45, 60)]
    points = tmp_path / "p.csv"
    points.write_text("x_mm,y_mm,z_mm\n" + "".join(f"{x},{y},{z}\n" for x, y, z in grid))
    out = tmp_path / "field.csv"
    done = run("field", "--coil", COIL, "--pose", pose, "--head", sphere, "--points", points,
               "--didt", 80, "--out", out)  # fmt: skip
    assert done.code == 0
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert list(rows[0]) == ["x_mm", "y_mm", "z_mm", "ex", "ey", "ez", "e"]
    found = np.array([[float(row[k]) for k in ("ex", "ey", "ez")] for row in rows])
    size = np.array([float(row["e"]) for row in rows])
    assert np.allclose(np.linalg.norm(found, axis=1), size, rtol=1e-4)
    known = coil(COIL)
    at = Pose.from_json(json.loads(pose.read_text()))
    positions, moments = at.to_world(known.positions_mm), known.moments_m2 @ at.rotation.T
    # The voxel's field stands for the voxel's centre.
    volume = layered_sphere(3.0)
    centres = volume.to_world(np.rint(volume.to_voxel(np.array(grid, dtype=float))))
    wanted = 80 * sphere_field(centres, positions, moments)
    # At 3 mm the solver is off by about a tenth; a wrong axis, sign or scale by far more.
    assert np.linalg.norm(found - wanted) / np.linalg.norm(wanted) < 0.2


def test_the_field_at_a_point_is_that_inside_its_tissue(head: Path, tmp_path: Path) -> None:
    points = tmp_path / "p.csv"
    points.write_text("-40,40,30\n0,0,40\n-70.5,0.25,40\n")
    aimed = ("--coil", COIL, "--at", "F3", "--head", head, "--points", points, "--didt", 10)
    told = run("field", *aimed, "--json").json
    solver = HeadSolver.prepare(coarse_head().volume)
    field = solver.field(coil(COIL), Pose.from_json(told["pose"]))
    assert [point["tissue"] for point in told["points"]] == ["grey", "csf", "scalp"]
    for point in told["points"]:
        voxel = np.rint(solver.grid.volume.to_voxel(np.array([point["position_mm"]]))).astype(int)
        inside = field.inside(Tissue[point["tissue"].upper()], voxel)[0]
        assert np.allclose(point["field_v_per_m"], 10 * inside, rtol=1e-4)
    text = run("field", *aimed)
    assert text.out.splitlines()[0] == "x_mm,y_mm,z_mm,ex,ey,ez,e"
    assert len(text.out.splitlines()) == 4
    assert "-70.5,0.25,40.0," in text.out
    # What is to be known of the result does not get lost beside the file.
    assert "Its voxels are coarser" in " ".join(text.err.split())


def test_the_brain_is_written_on_the_heads_own_grid(head: Path, tmp_path: Path) -> None:
    image = tmp_path / "deep" / "e.nii.gz"
    done = run("field", "--coil", COIL, "--at", "fox-2013", "--head", head, "--nifti", image,
               "--didt", 200, "--json")  # fmt: skip
    told = done.json
    written = nib.load(image)
    labels = coarse_head().volume.labels
    values = np.asarray(written.dataobj)
    assert values.shape == labels.shape
    assert np.allclose(written.affine, coarse_head().volume.affine)
    assert (np.isfinite(values) == np.isin(labels, (Tissue.GREY, Tissue.WHITE))).all()
    peak = np.percentile(values[labels == Tissue.GREY], 99.9, method="hazen")
    assert told["grey_matter"]["peak_v_per_m"] == pytest.approx(peak, rel=1e-4)
    # The strongest place lies under the coil.
    strongest = coarse_head().volume.to_world(
        np.array([np.unravel_index(np.nanargmax(values), values.shape)])
    )[0]
    coil_at = np.array(told["pose"]["matrix_mm"])[:3, 3]
    assert np.linalg.norm(strongest - coil_at) < 45
    target = told["target"]
    # A mean of vectors is never longer than the mean of their lengths.
    assert 0 < target["field_v_per_m"] <= target["mean_strength_v_per_m"] <= peak
    assert [found["code"] for found in told["findings"]] == [
        "field.beyond-device", "head.labels-coarse",
    ]  # fmt: skip


def test_a_plan_gives_its_pose(head: Path, tmp_path: Path) -> None:
    told = run("field", "--coil", COIL, "--at", "Cz", "--head", head, "--json").json
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"placing": {"pose": told["pose"]}}))
    again = run("field", "--coil", COIL, "--pose", plan, "--head", head, "--json").json
    assert again["grey_matter"] == told["grey_matter"]


# --- poses that are none ------------------------------------------------------------------------

GOOD = Pose.facing((0, 0, 99.0), (0, 0, -1), (0, 1, 0), SPHERE).matrix


def _changed(change: Callable[[np.ndarray], None]) -> Any:
    matrix = np.array(GOOD)
    change(matrix)
    return matrix.tolist()


def _put(matrix: np.ndarray, place: tuple[int, int], value: float) -> None:
    matrix[place] = value


BAD_POSES = {
    "sheared": (_changed(lambda m: _put(m, (0, 1), 0.3)), "it is sheared or stretched"),
    "mirrored": (_changed(lambda m: np.negative(m[:3, 0], out=m[:3, 0])), "it is mirrored"),
    "metre-scaled": (_changed(lambda m: np.divide(m[:3], 1000, out=m[:3])), "it is scaled by"),
    "metres": (_changed(lambda m: np.divide(m[:3, 3], 1000, out=m[:3, 3])), "looks like metres"),
    "not a number": (_changed(lambda m: _put(m, (1, 1), float("nan"))), "NaN or infinity"),
    "text in it": ([["a"] * 4] * 4, "something that is not a number"),
    "three by three": ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], "Give 4 x 4 numbers"),
    "by columns": (np.array(GOOD).T.tolist(), "its last row is"),
    "far away": (_changed(lambda m: _put(m, (0, 3), 99000.0)), "from the origin"),
}


@pytest.mark.parametrize(("matrix", "said"), BAD_POSES.values(), ids=BAD_POSES.keys())
def test_a_pose_that_is_none_is_refused(
    matrix: Any, said: str, sphere: Path, tmp_path: Path
) -> None:
    pose = write_pose(tmp_path / "pose.json", frame_of(sphere), matrix)
    before = contents(tmp_path)
    out = tmp_path / "e.nii.gz"
    refusal = run("field", "--coil", COIL, "--pose", pose, "--head", sphere, "--nifti", out).refusal
    assert said in refusal
    assert str(pose) in refusal
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"frame": "mni152", "axes": "RAS", "matrix_mm": GOOD}', "the pose is in frame 'mni152'"),
        ('{"frame": "x", "axes": "LPS", "matrix_mm": GOOD}', "its axes are 'LPS'"),
        ('{"frame": "x"}', "it lacks 'frame' or 'matrix_mm'"),
        ("[]", "it lacks 'frame' or 'matrix_mm'"),
        ('{"placing": {}}', "it lacks 'frame' or 'matrix_mm'"),
        ("{", "it is not JSON"),
        ("", "the file is empty"),
    ],
)
def test_a_file_that_is_no_pose_of_this_head_is_refused(
    content: str, said: str, sphere: Path, tmp_path: Path
) -> None:
    pose = tmp_path / "pose.json"
    pose.write_text(content.replace("GOOD", json.dumps(GOOD.tolist())))
    assert said in run("field", "--coil", COIL, "--pose", pose, "--head", sphere).refusal


def test_a_coil_inside_the_head_is_refused(sphere: Path, tmp_path: Path) -> None:
    inside = Pose.facing((0, 0, 60.0), (0, 0, -1), (0, 1, 0), SPHERE).matrix.tolist()
    pose = write_pose(tmp_path / "pose.json", frame_of(sphere), inside)
    refusal = run("field", "--coil", COIL, "--pose", pose, "--head", sphere).refusal
    assert "into the head. Move the coil outwards" in refusal


# --- points and options -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the file is empty"),
        ("x_mm,y_mm,z_mm\n", "it holds no points"),
        ("a,b,c\n1,2,3\n", "line 1: 'a' is not a number"),
        ("x,y,z\n1,2,3\n1,two,3\n", "line 3: 'two' is not a number"),
        ("1,2\n", "line 1: it holds 2 values, not 3"),
        ("1,2,nan\n", "line 1: it holds NaN or infinity"),
        ("0,0,40\n0,0,400\n", "line 2: 1 point lies outside the head, the first at 0, 0, 400 mm"),
        ("500,0,0\n\n0,0,400\n", "line 1: 2 points lie outside the head"),
        ("z,y,x\n1,2,3\n", "line 1: 'z' is not a number"),
    ],
)
def test_points_that_cannot_be_meant_are_refused(
    content: str, said: str, sphere: Path, tmp_path: Path
) -> None:
    points = tmp_path / "p.csv"
    points.write_text(content)
    pose = write_pose(tmp_path / "pose.json", frame_of(sphere))
    before = contents(tmp_path)
    refusal = run("field", "--coil", COIL, "--pose", pose, "--head", sphere, "--points", points,
                  "--out", tmp_path / "f.csv").refusal  # fmt: skip
    assert said in refusal
    assert contents(tmp_path) == before


def test_a_binary_file_of_points_is_refused(tmp_path: Path) -> None:
    points = tmp_path / "p.csv"
    points.write_bytes(b"\xff\xfe\x00\x01")
    refusal = run("field", "--coil", COIL, "--at", "F3", "--points", points).refusal
    assert "it is not a text file" in refusal


def test_points_may_come_with_names_blank_lines_and_a_byte_order_mark(tmp_path: Path) -> None:
    points = tmp_path / "p.csv"
    points.write_text("\ufeffX_mm, Y_mm, Z_mm\r\n1, 2, 3\r\n\r\n4,5,6\r\n", encoding="utf-8")
    found = read_points(points)
    assert found.positions_mm.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert found.lines == (2, 4)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--coil", COIL], "neither --pose nor --at is given"),
        (["--coil", COIL, "--at", "F3", "--pose", "p.json"], "both --pose and --at are given"),
        (["--coil", "magic", "--at", "F3"], "coil 'magic': the catalogue has no such coil"),
        (["--coil", COIL, "--at", "F33"], "--at 'F33': it is neither a 10-10 EEG position nor"),
        (["--coil", COIL, "--at", "five-cm"], "starts at the motor hot spot"),
        (["--coil", COIL, "--at", "F3", "--didt", "-1"], "--didt -1: it is not a number above"),
        (["--coil", COIL, "--at", "F3", "--didt", "nan"], "it is not a number above zero"),
        (["--coil", COIL, "--at", "F3", "--gap", "-3"], "--gap -3: it is no room for hair"),
        (["--coil", COIL, "--at", "F3", "--handle", "inf"], "it is not an angle"),
        (["--coil", COIL, "--pose", "p.json", "--gap", "3"], "a pose says all of this itself"),
        (["--coil", COIL, "--at", "F3", "--out", "f.csv"], "there are no points to write about"),
        (["--coil", COIL, "--at", "F3", "--nifti", "e.png"], "its name has another ending"),
        (["--coil", COIL, "--at", "F3", "--nifti", "."], "this is a folder"),
        (["--coil", COIL, "--pose", "."], "this is a folder"),
        (["--coil", COIL, "--at", "F3", "--points", "."], "this is a folder"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(
    words: list[str], said: str, head: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in run("field", *words, "--head", head).refusal
    assert contents(tmp_path) == {}


def test_a_coil_file_that_is_none_is_refused(head: Path, tmp_path: Path) -> None:
    ccd = tmp_path / "mine.ccd"
    ccd.write_text("# coilname=x\n5\n0 0 0 0 0 1\n")
    refusal = run("field", "--coil", ccd, "--at", "F3", "--head", head).refusal
    assert "it announces 5 dipoles of 6 numbers" in refusal


# --- the numbers of a field ---------------------------------------------------------------------

MIDDLE_MM = 75.0
"""Half way between the outside of the grey shell and the white core of `shells`."""


@pytest.fixture(scope="module")
def shells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layered sphere at 3 mm with a white core, so that it has a cortex 10 mm thick."""
    volume = layered_sphere(3.0)
    labels = np.array(volume.labels)
    cells = np.argwhere(labels == Tissue.GREY)
    core = cells[np.linalg.norm(volume.to_world(cells.astype(float)), axis=1) < 70.0]
    labels[tuple(core.T)] = Tissue.WHITE
    path = tmp_path_factory.mktemp("shells") / "shells.nii.gz"
    LabelVolume(labels, volume.affine, SPHERE).save(path)
    return path


def exact_strength(points: np.ndarray) -> np.ndarray:
    """|E| of the coil over the top of the sphere at (n, 3) points, by the closed form."""
    place = Pose.facing((0, 0, 99.0), (0, 0, -1), (0, 1, 0), SPHERE)
    known = coil(COIL)
    moments = known.moments_m2 @ place.rotation.T
    return np.linalg.norm(sphere_field(points, place.to_world(known.positions_mm), moments), axis=1)


def evenly_on(radius_mm: float, count: int = 40_000) -> np.ndarray:
    step = np.arange(count) + 0.5
    z, turn = 1 - 2 * step / count, np.pi * (1 + np.sqrt(5)) * step
    ring = np.sqrt(1 - z * z)
    return radius_mm * np.column_stack([ring * np.cos(turn), ring * np.sin(turn), z])


def test_the_measures_on_the_cortex_of_a_sphere_are_the_analytic_ones(
    shells: Path, tmp_path: Path
) -> None:
    pose, gifti = write_pose(tmp_path / "pose.json", frame_of_labels(shells)), tmp_path / "e.gii"
    told = run("field", "--coil", COIL, "--labels", shells, "--pose", pose, "--target", "0,0,75",
               "--radius", 15, "--gifti", gifti, "--json").json  # fmt: skip
    points = evenly_on(MIDDLE_MM)
    strength = exact_strength(points)
    near = np.linalg.norm(points - [0, 0, MIDDLE_MM], axis=1) <= 15
    cortex, there = told["cortex"], told["target"]["cortex"]
    # At 3 mm the solver is a tenth too low (at 2 mm a twentieth); a wrong measure is off by more.
    assert cortex["peak_v_per_m"] == pytest.approx(np.percentile(strength, 99.9), rel=0.15)
    assert there["mean_v_per_m"] == pytest.approx(strength[near].mean(), rel=0.15)
    # In a sphere no field crosses the shells, whatever the coil; voxels leave a little of it.
    assert there["tangential_v_per_m"] == pytest.approx(there["mean_v_per_m"], rel=0.03)
    assert there["normal_v_per_m"] < 0.15 * there["tangential_v_per_m"]
    # Areas by counting thirds of the triangles of the surface that was written.
    places, faces, written = (array.data for array in nib.load(gifti).darrays[:3])
    sides = np.diff(places.astype(float)[faces], axis=1)
    areas = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1) / 2
    assert areas.sum() == pytest.approx(4 * np.pi * MIDDLE_MM**2, rel=0.02)
    for share in (0.5, 0.75, 0.9):
        corners = written[faces] >= share * cortex["peak_v_per_m"]
        counted_cm2 = areas @ corners.mean(axis=1) / 100
        assert cortex["above_share_of_peak_cm2"][f"{share:g}"] == pytest.approx(
            counted_cm2, rel=0.01
        )


def test_focality_and_the_mean_around_a_target_are_counts_of_voxels(
    shells: Path, tmp_path: Path
) -> None:
    pose = write_pose(tmp_path / "pose.json", frame_of_labels(shells))
    image = tmp_path / "e.nii.gz"
    aimed = ["field", "--coil", COIL, "--labels", shells, "--pose", pose, "--target", "0,20,70"]
    told = run(*aimed, "--radius", 8, "--nifti", image, "--didt", 50, "--json").json
    volume = LabelVolume.load(shells)
    grey = np.argwhere(volume.labels == Tissue.GREY)
    strength = np.asarray(nib.load(image).dataobj)[tuple(grey.T)]
    beyond = told["grey_matter"]["above_share_of_peak_ml"]
    for share in (0.5, 0.75, 0.9):
        count = np.sum(strength >= share * told["grey_matter"]["peak_v_per_m"])
        assert beyond[f"{share:g}"] == pytest.approx(count * 0.027, abs=0.03)
    near = np.linalg.norm(volume.to_world(grey.astype(float)) - [0, 20, 70], axis=1) <= 8
    mean = told["target"]["mean_strength_v_per_m"]
    assert mean == pytest.approx(strength[near].mean(), rel=1e-4)
    shown = run(*aimed, "--radius", 8, "--didt", 50).out
    for words in ("at the target", "mean vector within 8 mm", "75%", "on the cortex", "along it"):
        assert words in shown


def test_labels_without_white_matter_have_no_measures_on_the_cortex(
    sphere: Path, tmp_path: Path
) -> None:
    pose = write_pose(tmp_path / "pose.json", frame_of_labels(sphere))
    told = run("field", "--coil", COIL, "--labels", sphere, "--pose", pose, "--json").json
    assert told["cortex"] is None
    assert "field.no-cortex" in [found["code"] for found in told["findings"]]
    assert told["target"] is None
    assert told["grey_matter"]["above_half_peak_ml"] > 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--target", "1,2"], "--target '1,2': it is not 3 numbers"),
        (["--target", "1,2,nan"], "it is not 3 numbers"),
        (["--target", "0,0,300"], "there is no grey matter within 5 mm"),
        (["--target", "0,0,75", "--radius", "0"], "--radius 0: it is not a number above zero"),
    ],
)
def test_a_target_that_cannot_be_meant_is_refused(
    more: list[str], said: str, sphere: Path, mesh: Path, tmp_path: Path
) -> None:
    pose = write_pose(tmp_path / "pose.json", frame_of_labels(sphere))
    for head in (("--labels", sphere), ("--mesh", mesh)):
        assert said in run("field", "--coil", COIL, *head, "--pose", pose, *more).refusal


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mesh") / "sphere.msh"
    write_msh(path, shell_mesh(FIVE_SHELLS_MM, 12.0))
    return path


def test_the_field_on_a_mesh_is_that_of_the_sphere(mesh: Path, tmp_path: Path) -> None:
    pose = write_pose(tmp_path / "pose.json", "layered-sphere")
    points = tmp_path / "p.csv"
    points.write_text("x,y,z\n0,0,74\n10,5,70\n-30,20,60\n")
    vtu, gifti = tmp_path / "e.vtu", tmp_path / "e.gii"
    done = run(
        "field", "--coil", COIL, "--mesh", mesh, "--pose", pose, "--points", points,
        "--vtu", vtu, "--gifti", gifti, "--didt", "2", "--target", "0,0,74", "--radius", 12,
        "--json",
    )  # fmt: skip
    shell = evenly_on(74.0)
    near = np.linalg.norm(shell - [0, 0, 74], axis=1) <= 12
    mean = done.json["target"]["mean_strength_v_per_m"]
    assert mean == pytest.approx(2 * exact_strength(shell)[near].mean(), rel=0.15)
    assert done.json["grey_matter"]["above_half_peak_ml"] > 0
    found = np.array([row["field_v_per_m"] for row in done.json["points"]])
    figure8 = coil(COIL)
    place = Pose.facing((0, 0, 99.0), (0, 0, -1), (0, 1, 0), SPHERE)
    exact = 2 * sphere_field(
        read_points(points).positions_mm, place.to_world(figure8.positions_mm),
        figure8.moments_m2 @ place.rotation.T,
    )  # fmt: skip
    assert np.linalg.norm(found - exact) < 0.03 * np.linalg.norm(exact)
    assert [f["code"] for f in done.json["findings"]] == ["field.mesh-frame"]
    surface = nib.load(gifti)
    radius = np.linalg.norm(surface.darrays[0].data, axis=1)
    assert np.allclose(radius, 78.0, atol=1e-3)
    strength, vectors = surface.darrays[2].data, surface.darrays[3].data
    assert np.allclose(np.linalg.norm(vectors, axis=1), strength, rtol=1e-5)
    assert b"UnstructuredGrid" in vtu.read_bytes()[:200]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--conductivity", "gray=1"], "names no tissue"),
        (["--conductivity", "grey=much"], "holds no number"),
        (["--conductivity", "grey=-1"], "not a positive number"),
        (["--nifti", "e.nii.gz"], "a mesh has no voxels"),
        (["--head", "other.nii.gz"], "several heads are named"),
        (["--handle", "45"], "a pose says all of this itself"),
        (["--vtu", "e.vtk"], "another ending"),
        (["--tensor-axes", "sideways"], "not known"),
    ],
)
def test_what_a_mesh_cannot_do_is_refused(
    more: list[str], says: str, mesh: Path, tmp_path: Path
) -> None:
    pose = write_pose(tmp_path / "pose.json", "layered-sphere")
    done = run("field", "--coil", COIL, "--mesh", mesh, "--pose", pose, *more)
    assert says in done.refusal


def test_a_coil_inside_the_mesh_and_a_point_outside_it_are_refused(
    mesh: Path, tmp_path: Path
) -> None:
    inside = Pose.facing((0, 0, 60.0), (0, 0, -1), (0, 1, 0), SPHERE).matrix.tolist()
    pose = write_pose(tmp_path / "inside.json", "layered-sphere", inside)
    done = run("field", "--coil", COIL, "--mesh", mesh, "--pose", pose)
    assert "reaches into the head" in done.refusal
    pose = write_pose(tmp_path / "pose.json", "layered-sphere")
    points = tmp_path / "p.csv"
    points.write_text("0,0,120\n")
    done = run("field", "--coil", COIL, "--mesh", mesh, "--pose", pose, "--points", points)
    assert "outside the mesh" in done.refusal


def test_a_label_volume_may_be_named_with_another_conductivity(
    sphere: Path, tmp_path: Path
) -> None:
    pose = write_pose(tmp_path / "pose.json", frame_of_labels(sphere))
    words = ["field", "--coil", COIL, "--labels", sphere, "--pose", pose, "--json"]
    peaks = [
        run(*words, "--conductivity", f"csf={value}").json["grey_matter"]["peak_v_per_m"]
        for value in (1.654, 0.3)
    ]
    assert peaks[0] != peaks[1]
    assert peaks[0] == pytest.approx(peaks[1], rel=0.2)  # nearly a sphere: it hardly matters


def test_labels_without_a_cortex_cannot_have_it_written(sphere: Path, tmp_path: Path) -> None:
    pose = write_pose(tmp_path / "pose.json", frame_of_labels(sphere))
    done = run(
        "field", "--coil", COIL, "--labels", sphere, "--pose", pose, "--vtu", tmp_path / "e.vtu"
    )
    assert "both grey and white matter" in done.refusal


def test_the_field_on_the_cortex_of_a_head_is_written(head: Path, tmp_path: Path) -> None:
    gifti, vtu = tmp_path / "e.gii", tmp_path / "e.vtu"
    done = run(
        "field", "--coil", COIL, "--head", head, "--at", "F3", "--gifti", gifti, "--vtu", vtu,
        "--json",
    )  # fmt: skip
    assert done.json["files"] == {"gii": str(gifti), "vtu": str(vtu)}
    strength = nib.load(gifti).darrays[2].data
    peak = done.json["grey_matter"]["peak_v_per_m"]
    assert 0.3 * peak < strength.max() < 2 * peak
