"""Nonlinear maps to MNI space: a known smooth warp, its inverse, and the files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.head.place.displacement import Displacement, inverted
from euthymia.model.head.place.mni import MniMap, fitted

LINEAR = np.array(
    [[1.05, 0.03, 0.0, 4.0], [-0.02, 0.95, 0.05, -8.0], [0.01, -0.04, 1.1, 3.0], [0, 0, 0, 1.0]]
)


def warp(points: FloatArray) -> FloatArray:
    """A stretch and waves of up to 6 mm, 90 mm long: steeper than a fit of two brains."""
    moved = points @ LINEAR[:3, :3].T + LINEAR[:3, 3]
    waves = 6.0 * np.sin(2 * np.pi * points[:, [1, 2, 0]] / 90.0)
    return np.asarray(moved + waves)


def rough_back(points: FloatArray) -> FloatArray:
    """The stretch undone, the waves not."""
    return np.asarray(np.linalg.solve(LINEAR[:3, :3], (points - LINEAR[:3, 3]).T).T)


def brain() -> FloatArray:
    draw = np.random.default_rng(3)
    points = draw.uniform(-1, 1, (4000, 3))
    return points[np.linalg.norm(points, axis=1) < 1] * (65.0, 80.0, 60.0)


@pytest.fixture(scope="module")
def known() -> MniMap:
    return fitted(warp, rough_back, brain(), 4.0, "a known warp")


def test_the_map_follows_a_known_warp(known: MniMap) -> None:
    off = np.linalg.norm(known.forward(brain()) - warp(brain()), axis=1)
    # Trilinear between nodes 3 mm apart: an eighth of curvature times spacing squared.
    curvature = 6.0 * (2 * np.pi / 90.0) ** 2
    assert off.max() < 3 * curvature * 3.0**2 / 8 + 0.02


def test_there_and_back_is_where_one_was(known: MniMap) -> None:
    assert np.percentile(known.inconsistency_mm(brain()), 95) < 0.1
    mni = known.forward(brain())
    assert np.percentile(np.linalg.norm(known.forward(known.back(mni)) - mni, axis=1), 95) < 0.1


def test_finer_grids_follow_the_warp_better() -> None:
    errors = []
    for grid_mm in (12.0, 6.0):
        found = fitted(warp, rough_back, brain(), 4.0, "", grid_mm=grid_mm)
        errors.append(np.linalg.norm(found.forward(brain()) - warp(brain()), axis=1).max())
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.35)  # second order


@given(st.lists(st.floats(-300, 300), min_size=3, max_size=3))
@settings(max_examples=30, deadline=None)
def test_far_outside_the_map_goes_on_linearly(known: MniMap, far: list[float]) -> None:
    point = np.array(far) + np.sign(far) * 150.0
    step = 50.0 * np.sign(point) * (np.abs(point) > 149)
    moved = known.forward(point + step) - known.forward(point)
    assert np.allclose(moved, known.to_mni[:3, :3] @ step, atol=1e-6)


def test_a_saved_map_is_read_as_it_was(known: MniMap, tmp_path: Path) -> None:
    path = tmp_path / "mni.npz"
    known.save(path)
    assert path.stat().st_size < 5e6
    again = MniMap.load(path)
    assert np.array_equal(again.forward(brain()), known.forward(brain()))
    assert np.array_equal(again.back(brain()), known.back(brain()))
    assert (again.how, again.uncertainty_mm) == (known.how, known.uncertainty_mm)


def test_a_linear_map_is_saved_too(tmp_path: Path) -> None:
    path = tmp_path / "mni.npz"
    MniMap(LINEAR, 5.0, "linear").save(path)
    assert MniMap.load(path).linear


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 broken"])
def test_a_file_that_holds_no_map_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "mni.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"holds no map|empty"):
        MniMap.load(path)


def test_a_head_moved_by_a_linear_map_takes_its_places_along(known: MniMap) -> None:
    move = np.diag([0.9, 1.1, 0.95, 1.0])
    moved = known.carried(move)
    here = brain() @ move[:3, :3].T
    assert np.allclose(moved.forward(here), known.forward(brain()), atol=1e-3)
    assert np.allclose(moved.back(known.forward(brain())), here, atol=0.15)


def test_inverting_a_fold_gives_the_best_point_there_is() -> None:
    def folded(points: FloatArray) -> FloatArray:
        return np.asarray(points + 12.0 * np.sin(points / 5.0))

    targets = np.linspace(-30, 30, 60).reshape(-1, 3)
    found = inverted(folded, lambda p: p, targets)
    assert np.median(np.abs(folded(found) - targets)) < 12.0


@pytest.mark.parametrize("shape", [(3, 3, 3), (1, 4, 4, 3), (4, 4, 4, 2)])
def test_a_field_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="displacement field"):
        Displacement(np.zeros(shape, np.float16), np.eye(4))


def test_a_map_with_one_direction_missing_is_refused() -> None:
    field = Displacement(np.zeros((2, 2, 2, 3), np.float16), np.eye(4))
    with pytest.raises(InputError, match="one direction"):
        MniMap(np.eye(4), 5.0, "", field)
