from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pytest

from euthymia.core.errors import InputError
from euthymia.model.head.default import LANDMARKS, default_landmarks
from euthymia.model.head.place.landmarks import Landmarks, read_landmarks

NASION, INION = (0.0, 90.0, -40.0), (0.0, -110.0, -30.0)
LEFT, RIGHT = (-80.0, -10.0, -45.0), (80.0, -10.0, -45.0)


def landmarks(*points: object) -> Landmarks:
    return Landmarks(*(np.array(point, dtype=float) for point in points))


def test_the_axes_of_a_head_are_perpendicular_unit_vectors_to_right_front_and_top() -> None:
    found = landmarks(NASION, INION, (-80.0, -14.0, -43.0), (80.0, -6.0, -47.0))
    axes = np.stack([found.right, found.forward, found.up])
    assert np.allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert (np.diag(axes) > 0.95).all()


def test_exchanged_ears_are_refused() -> None:
    with pytest.raises(InputError, match="left of the left one"):
        landmarks(NASION, INION, RIGHT, LEFT)


def test_exchanged_front_and_back_are_refused() -> None:
    with pytest.raises(InputError, match="behind the inion"):
        landmarks(INION, NASION, LEFT, RIGHT)


def test_metres_are_refused() -> None:
    with pytest.raises(InputError, match="no head has"):
        landmarks(*(np.array(p) / 1000 for p in (NASION, INION, LEFT, RIGHT)))


def test_landmarks_move_together() -> None:
    moved = landmarks(NASION, INION, LEFT, RIGHT).mapped(lambda points: points + 5.0)
    assert np.allclose(moved.inion, np.array(INION) + 5.0)


def test_the_landmarks_of_the_default_head_are_read_from_its_file() -> None:
    assert default_landmarks().nasion[1] > 80


def test_the_landmarks_of_the_default_head_name_a_registered_source() -> None:
    with as_file(files("euthymia.model.head") / "data" / LANDMARKS) as path:
        source = read_landmarks(path).source
    assert source is not None
    assert source.reference.year == 2001


def test_a_landmarks_file_with_a_missing_point_names_it(tmp_path: Path) -> None:
    path = tmp_path / "points.toml"
    path.write_text('frame = "x"\nnasion = [0, 1, 2]\n')
    with pytest.raises(InputError, match="inion"):
        read_landmarks(path)


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "points.toml"
    path.write_bytes(b"\xff\xfe nonsense = = ")
    with pytest.raises(InputError, match="not a TOML file"):
        read_landmarks(path)
