"""Coils: windings become dipoles with the right field; files are read or refused."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.coil.catalogue import coil, coil_ids
from euthymia.model.coil.ccd import read_ccd
from euthymia.model.coil.coil import Coil
from euthymia.model.coil.winding import Wing, dipoles_of
from euthymia.model.field.dipoles import magnetic_field, vector_potential_rate
from euthymia.model.field.sphere import sphere_field
from shared_data import shared_file


def wire_potential(wings: tuple[Wing, ...], points_mm: FloatArray) -> FloatArray:
    """dA/dt for 1 A/us by summing over the wire itself: polygons, ten heights of the wire."""
    angle = np.linspace(0, 2 * math.pi, 361)
    total = np.zeros_like(points_mm)
    for wing in wings:
        heights = (np.arange(10) + 0.5) / 10 * wing.wire_height_mm - wing.wire_height_mm / 2
        for radius in wing.turn_radii_mm:
            for height in heights:
                tilt = math.radians(wing.tilt_deg)
                x, y = radius * np.cos(angle), wing.sense * radius * np.sin(angle)
                ring = np.asarray(wing.centre_mm) + np.column_stack(
                    [
                        math.cos(tilt) * x + math.sin(tilt) * height,
                        y,
                        math.cos(tilt) * height - math.sin(tilt) * x,
                    ]
                )
                middle, step = (ring[1:] + ring[:-1]) / 2, np.diff(ring, axis=0)
                distance = np.linalg.norm(points_mm[:, None] - middle, axis=2)
                total += wing.layers / 10 * (step / distance[..., None]).sum(axis=1)
    return total * 1e-7 * 1e6


@pytest.mark.parametrize("key", coil_ids())
def test_the_dipoles_of_a_coil_have_the_potential_of_its_wire(key: str) -> None:
    figure8 = coil(key)
    # in front of the wings, also where they are folded towards the head
    deep = np.array([0.0, 0.0, max(0.0, figure8.face_mm[:, 2].max())])
    points = np.array([[0, 0, 15.0], [10, 5, 20], [30, -20, 30], [-60, 40, 15]]) + deep
    exact = wire_potential(figure8.wings, points)
    found = vector_potential_rate(points, figure8.positions_mm, figure8.moments_m2)
    assert np.linalg.norm(found - exact) / np.linalg.norm(exact) < 2e-3


@pytest.mark.parametrize("key", coil_ids())
def test_the_moment_of_a_wing_is_the_area_of_its_turns(key: str) -> None:
    for wing in coil(key).wings:
        area_m2 = wing.layers * float(np.sum(math.pi * (wing.turn_radii_mm * 1e-3) ** 2))
        _, moments = dipoles_of((wing,))
        assert np.linalg.norm(moments.sum(axis=0)) == pytest.approx(area_m2, rel=1e-12)
        assert moments.sum(axis=0)[2] * wing.sense > 0


def test_positive_current_drives_the_field_under_the_coil_towards_its_front() -> None:
    figure8 = coil("magstim-70mm-fig8")
    rate = vector_potential_rate(
        np.array([[0.0, 0, 20]]), figure8.positions_mm, figure8.moments_m2
    )[0]
    assert -rate[1] > 1.0
    assert abs(rate[0]) < 1e-6
    assert abs(rate[2]) < 1e-6


def test_the_potential_and_the_magnetic_field_belong_together() -> None:
    figure8, step = coil("magventure-c-b60"), 0.05
    point = np.array([12.0, -7.0, 25.0])

    def rate(offset: FloatArray) -> FloatArray:
        return vector_potential_rate(
            (point + offset)[None], figure8.positions_mm, figure8.moments_m2
        )[0]

    axes = np.eye(3) * step
    slope = np.stack([(rate(axis) - rate(-axis)) / (2 * step * 1e-3) for axis in axes])
    curl = [slope[1, 2] - slope[2, 1], slope[2, 0] - slope[0, 2], slope[0, 1] - slope[1, 0]]
    field = magnetic_field(point[None], figure8.positions_mm, figure8.moments_m2)[0] * 1e6
    # single precision of the potential limits the difference quotient
    assert np.allclose(curl, field, atol=5e-3 * np.linalg.norm(field))


def test_a_lumped_coil_makes_nearly_the_same_field_at_the_cortex() -> None:
    figure8 = coil("magstim-70mm-fig8")
    few = figure8.lumped()
    grid = np.linspace(-50, 50, 11)
    points = np.stack(np.meshgrid(grid, grid, [20.0, 40.0]), axis=-1).reshape(-1, 3)
    exact = vector_potential_rate(points, figure8.positions_mm, figure8.moments_m2)
    found = vector_potential_rate(points, few.positions_mm, few.moments_m2)
    assert len(few.positions_mm) < len(figure8.positions_mm) / 5
    assert np.linalg.norm(found - exact) / np.linalg.norm(exact) < 0.01


def test_the_face_covers_the_shadow_of_the_windings() -> None:
    figure8 = coil("magventure-c-b60")
    assert np.all(figure8.face_mm[:, 2] == 0)
    reach = np.abs(figure8.face_mm).max(axis=0)
    assert 75 <= reach[0] <= 80
    assert 37.5 <= reach[1] <= 42


def test_an_unknown_coil_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="magstim-70mm-fig8"):
        coil("frisbee")


REAL = ("MagStim_D70", "MagVenture_C-B60", "Deymed_70BF", "Magstim_70mm_Fig8", "MagVenture_MC-125")


@pytest.mark.parametrize("name", REAL)
def test_a_real_coil_file_is_read_with_its_header(name: str) -> None:
    found = read_ccd(shared_file(f"coils/{name}.ccd"))
    assert np.abs(found.positions_mm).max() > 40  # millimetres, not metres
    assert np.isfinite(found.moments_m2).all()
    if name != "Magstim_70mm_Fig8":
        assert found.max_didt_a_per_us is not None
        assert 80 < found.max_didt_a_per_us < 260


@pytest.mark.parametrize(
    ("key", "name"),
    [("magstim-70mm-fig8", "MagStim_D70"), ("magventure-c-b60", "MagVenture_C-B60")],
)
def test_a_coil_from_its_windings_is_as_strong_as_the_measured_model(key: str, name: str) -> None:
    def strength(some: Coil) -> float:
        # On a 92 mm sphere, 4 mm above the scalp, 20 mm below it.
        positions = some.positions_mm * [1, -1, -1] + [0, 0, 96.0]
        moments = some.moments_m2 * [1, -1, -1]
        return float(np.linalg.norm(sphere_field(np.array([[0, 0, 72.0]]), positions, moments)))

    measured = read_ccd(shared_file(f"coils/{name}.ccd"))
    assert strength(coil(key)) == pytest.approx(strength(measured), rel=0.07)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("hello", "list of dipoles"),
        ("# a\n3\n# b\n0 0 0 0 0 1\n", "cut short"),
        ("# a\n1\n# b\n0 0 0 0 0\n", "6 numbers"),
        ("# a\n1\n# b\n0 0 0 0 0 nan\n", "not-a-number"),
        ("# dIdtmax=fast;\n1\n# b\n0 0 0 0 0 1\n", "no rate of current"),
        ("# dIdtmax=-3;\n1\n# b\n0 0 0 0 0 1\n", "no rate of current"),
    ],
)
def test_a_broken_coil_file_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "coil.ccd"
    path.write_text(text)
    with pytest.raises(InputError, match=problem):
        read_ccd(path)
