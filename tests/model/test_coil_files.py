"""Coil files of every kind: all load, and their fields are the sums over what they list."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Frame, Pose
from euthymia.model.coil.any_coil import AnyCoil, magnetic_rate, potential_rate
from euthymia.model.coil.coil import Coil
from euthymia.model.coil.elements import CompoundCoil, SampledCoil, WireCoil
from euthymia.model.coil.files import coil_named, read_coil
from euthymia.model.coil.tcd import read_tcd
from shared_data import shared_file

FILES = (
    "Brainsway_H1.tcd", "Brainsway_H7.tcd", "Deymed_70BF.ccd", "MagStim_D70.ccd",
    "MagStim_DCC.ccd", "MagVenture_C-B60.ccd", "MagVenture_Cool-B65.ccd", "MagVenture_MC-125.ccd",
    "MagVenture_MST-Twin.tcd", "Magstim_70mm_Fig8.ccd", "Magstim_70mm_Fig8.nii.gz",
)  # fmt: skip


def raw_elements(path: Path) -> list[tuple[str, FloatArray, FloatArray]]:
    """Kind, positions in metres, vectors (A m2 or m) of a file, read by other means."""
    if path.suffix == ".ccd":
        rows = np.genfromtxt(path, comments="#", skip_header=2, invalid_raise=False)
        rows = rows[~np.isnan(rows).any(axis=1)].reshape(-1, 6)
        return [("dipoles", rows[:, :3], rows[:, 3:])]
    found = []
    for element in json.loads(path.read_text())["coilElementList"]:
        points, values = (
            np.frombuffer(zlib.decompress(base64.b64decode(element[key]))).reshape(-1, 3)
            for key in ("points", "values")
        )
        kind = {1: "dipoles", 2: "wires"}[element["type"]]
        found.append((kind, points * 1e-3, values if kind == "dipoles" else values * 1e-3))
    return found


def summed(path: Path, points_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """dA/dt and dB/dt for 1 A/us by a plain sum over the elements of a file."""
    a, b = np.zeros((2, len(points_mm), 3))
    for kind, positions, vectors in raw_elements(path):
        r = points_mm[:, None] * 1e-3 - positions
        d = np.linalg.norm(r, axis=2)[..., None]
        if kind == "dipoles":
            a += (np.cross(vectors[None], r) / d**3).sum(axis=1)
            along = np.einsum("pmk,mk->pm", r, vectors)[..., None]
            b += (3 * along * r / d**5 - vectors / d**3).sum(axis=1)
        else:
            a += (vectors / d).sum(axis=1)
            b += (np.cross(vectors[None], r) / d**3).sum(axis=1)
    return a * 0.1, b * 0.1


def difference(found: FloatArray, exact: FloatArray) -> float:
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))


def points_before(coil: AnyCoil, count: int = 60) -> FloatArray:
    """Points 8 to 60 mm in front of the coil's foremost part."""
    low, high = coil.face_mm.min(axis=0), coil.face_mm.max(axis=0)
    draw = np.random.default_rng(3).uniform(size=(count, 3))
    span = np.array([high[0] - low[0], high[1] - low[1], 52.0])
    return np.array([low[0], low[1], high[2] + 8]) + draw * span


@pytest.mark.parametrize("name", FILES)
def test_every_coil_file_loads_and_its_field_is_the_sum_over_its_elements(name: str) -> None:
    path = shared_file(f"coils/{name}")
    coil = read_coil(path)
    points = points_before(coil)
    elements = path if not name.endswith(".nii.gz") else path.with_name("Magstim_70mm_Fig8.ccd")
    a, b = summed(elements, points)
    within = 1e-4 if elements == path else 0.02
    assert difference(coil.potential_rate_at(points), a) < within
    assert difference(coil.magnetic_rate_at(points), b) < within


def test_a_dipole_file_and_a_volume_of_the_same_coil_agree_where_the_brain_is() -> None:
    dipoles = read_coil(shared_file("coils/Magstim_70mm_Fig8.ccd"))
    volume = read_coil(shared_file("coils/Magstim_70mm_Fig8.nii.gz"))
    axis = np.linspace(-60, 60, 25)
    points = np.stack(np.meshgrid(axis, axis, np.linspace(10, 70, 13)), axis=-1).reshape(-1, 3)
    assert difference(volume.potential_rate_at(points), dipoles.potential_rate_at(points)) < 0.005
    assert difference(volume.magnetic_rate_at(points), dipoles.magnetic_rate_at(points)) < 0.02


def test_the_potential_of_a_volume_falls_beyond_it() -> None:
    volume = read_coil(shared_file("coils/Magstim_70mm_Fig8.nii.gz"))
    edge, far = volume.potential_rate_at(np.array([[20.0, 30, 200], [30.0, 45, 300]]))
    assert np.linalg.norm(far) < 0.35 * np.linalg.norm(edge)


def test_limits_and_names_of_a_file_are_read() -> None:
    twin = read_coil(shared_file("coils/MagVenture_MST-Twin.tcd"))
    assert isinstance(twin, Coil)
    assert twin.max_didt_a_per_us == pytest.approx(200.08)
    assert twin.stimulator == "MagPro XP"
    h1 = read_coil(shared_file("coils/Brainsway_H1.tcd"))
    assert isinstance(h1, WireCoil)
    assert h1.max_didt_a_per_us == pytest.approx(114.7)


def test_a_movement_turns_its_elements_about_its_line_and_leaves_the_others() -> None:
    file = read_tcd(shared_file("coils/Brainsway_H7.tcd"))
    assert [(each.unit, each.low, each.high) for each in file.movements] == [
        ("deg", -10.0, 10.0), ("deg", -10.0, 10.0)
    ]  # fmt: skip
    still, moved = file.coil(), file.coil({0: 10.0})
    assert isinstance(still, WireCoil)
    assert isinstance(moved, WireCoil)
    gone = np.linalg.norm(moved.positions_mm - still.positions_mm, axis=1)
    # the line runs along y through x = 16.212, z = 1.729: the chord of ten degrees around it
    radius = np.hypot(still.positions_mm[:, 0] - 16.21207, still.positions_mm[:, 2] - 1.72854)
    left = gone > 1e-9
    assert 0.3 < left.mean() < 0.7
    assert np.allclose(gone[left], 2 * radius[left] * np.sin(np.radians(5)), atol=1e-3)
    lengths = np.linalg.norm(moved.elements_mm, axis=1), np.linalg.norm(still.elements_mm, axis=1)
    assert np.allclose(*lengths)


def test_a_movement_beyond_its_limits_is_refused_with_them() -> None:
    file = read_tcd(shared_file("coils/MagVenture_MST-Twin.tcd"))
    with pytest.raises(InputError, match="-10 to 0 deg"):
        file.coil({2: 5.0})
    with pytest.raises(InputError, match="6 movements"):
        file.coil({6: 0.0})


def written(path: Path, **changes: Any) -> Path:
    """A small .tcd file: one dipole along z and one wire along x."""
    data = {
        "name": "small",
        "coilElementList": [
            {"type": 1, "points": [[0, 0, -10]], "values": [[0, 0, 1e-3]], "stimulator": 0},
            {"type": 2, "points": [[5, 0, -10]], "values": [[2, 0, 0]], "deformations": [0]},
        ],
        "stimulatorList": [{"name": "S", "brand": "B", "maxdIdt": 1e8}],
        "deformList": [{"type": "y", "deformRange": 0}],
        "deformRangeList": [{"initial": 1.0, "range": [0.0, 4.0]}],
    } | changes
    path.write_text(json.dumps(data))
    return path


def test_dipoles_and_wires_in_one_file_add_up(tmp_path: Path) -> None:
    file = read_tcd(written(tmp_path / "small.tcd"))
    coil, point = file.coil({0: 3.0}), np.array([[3.0, 4.0, 20.0]])
    assert isinstance(coil, CompoundCoil)
    r1, r2 = (point[0] - [0, 0, -10]) * 1e-3, (point[0] - [5, 3, -10]) * 1e-3
    exact = 0.1 * (
        np.cross([0, 0, 1e-3], r1) / np.linalg.norm(r1) ** 3
        + np.array([2e-3, 0, 0]) / np.linalg.norm(r2)
    )
    assert np.allclose(coil.potential_rate_at(point)[0], exact, rtol=1e-5)
    assert coil.max_didt_a_per_us == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"coilElementList": []}, "empty"),
        ({"coilElementList": "none"}, "no list of coil elements"),
        ({"coilElementList": [{"type": 9, "points": [[0, 0, 0]], "values": [[0, 0, 1]]}]}, "type"),
        ({"coilElementList": [{"type": 1, "points": [[0, 0, 0]]}]}, "missing or damaged"),
        ({"coilElementList": [{"type": 1, "points": "%%", "values": "%%"}]}, "missing or damaged"),
        ({"coilElementList": [{"type": 1, "points": [[0, 0, 0]], "values": []}]}, "1 points and 0"),
        ({"deformList": [{"type": "bend", "deformRange": 0}]}, "not known"),
    ],
)
def test_a_broken_tcd_file_is_refused(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        read_tcd(written(tmp_path / "bad.tcd", **changes))


def test_what_is_no_coil_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.tcd").write_text("hello")
    (tmp_path / "a.nii").write_text("hello")
    (tmp_path / "a.xyz").write_text("hello")
    flat = nib.Nifti1Image(np.ones((8, 8, 8), dtype=np.float32), np.eye(4))
    nib.save(flat, tmp_path / "flat.nii.gz")
    sheared = np.eye(4)
    sheared[0, 1] = 0.2
    nib.save(
        nib.Nifti1Image(np.ones((8, 8, 8, 3), dtype=np.float32), sheared),
        tmp_path / "sheared.nii.gz",
    )
    for name, problem in (
        ("a.tcd", "not JSON"), ("a.nii", "not a readable"), ("a.xyz", "no known kind"),
        ("flat.nii.gz", "three components"), ("sheared.nii.gz", "along the coil's axes"),
        ("absent.ccd", "ccd"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=problem):
            read_coil(tmp_path / name)


def test_a_five_dimensional_volume_reads_like_a_four_dimensional_one(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(8, 9, 10, 3)).astype(np.float32)
    four, five = tmp_path / "a.nii.gz", tmp_path / "b.nii.gz"
    nib.save(nib.Nifti1Image(values, np.diag([2.0, 2, 2, 1])), four)
    nib.save(nib.Nifti1Image(values[:, :, :, None], np.diag([2.0, 2, 2, 1])), five)
    a, b = read_coil(four), read_coil(five)
    assert isinstance(a, SampledCoil)
    assert a.sha256 == b.sha256
    # at a sample the interpolation gives the sample
    assert np.allclose(a.potential_rate_at(np.array([[4.0, 6, 8]]))[0], values[2, 3, 4] * 1e6)


def test_fields_turn_with_the_coil() -> None:
    coil = coil_named("magventure-mc-b70")
    pose = Pose.facing([30.0, -20, 90], [-0.3, 0.2, -1], [0.5, 1, 0], Frame("test"))
    points = np.array([[10.0, 10, 40], [-20, 5, 55]])
    local = pose.to_coil(points)
    a, b = potential_rate(coil, pose, points), magnetic_rate(coil, pose, points)
    assert np.allclose(a @ pose.rotation, coil.potential_rate_at(local), atol=1e-12)
    assert np.allclose(b @ pose.rotation, coil.magnetic_rate_at(local), atol=1e-9)
