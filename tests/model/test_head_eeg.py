"""EEG positions: on a ball from spherical geometry, on the default head against the literature."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from head_samples import RADIUS_MM, scalp

from euthymia.core.errors import InputError
from euthymia.model.head.default import default_head
from euthymia.model.head.place.eeg import EegSystem, eeg_system
from euthymia.model.head.place.landmarks import Landmarks

# Published positions on Colin27, millimetres: the colin27_1005 montage of MNE-Python (BSD-3),
# which follows Oostenveld and Praamstra 2001.
PUBLISHED = {
    "Fpz": (0.1, 88.2, -1.7),
    "Fz": (0.3, 58.5, 66.5),
    "Cz": (0.4, -9.2, 100.2),
    "Pz": (0.3, -81.1, 82.6),
    "Oz": (0.1, -114.9, 14.7),
    "Fp1": (-29.4, 83.9, -7.0),
    "F3": (-50.2, 53.1, 42.2),
    "F4": (51.8, 54.3, 40.8),
    "F5": (-64.5, 48.0, 16.9),
    "F6": (67.9, 49.8, 16.4),
    "F7": (-70.3, 42.5, -11.4),
    "C3": (-65.4, -11.6, 64.4),
    "T7": (-84.2, -16.0, -9.3),
    "T8": (85.1, -15.0, -9.5),
    "P3": (-53.0, -78.8, 55.9),
    "P7": (-72.4, -73.5, -2.5),
    "AF3": (-33.7, 76.8, 21.2),
    "FC3": (-60.2, 22.7, 55.5),
    "O1": (-29.4, -112.4, 8.8),
}


@cache
def ball() -> EegSystem:
    r = RADIUS_MM
    points = ((0, r, 0), (0, -r, 0), (-r, 0, 0), (r, 0, 0))
    return eeg_system(scalp(), Landmarks(*(np.array(p, dtype=float) for p in points)))


def along(angle_deg: float, toward: tuple[float, float]) -> np.ndarray:
    """The point of the ball that many degrees from the top in a direction of the ground."""
    angle = np.radians(angle_deg)
    return RADIUS_MM * np.array(
        [np.sin(angle) * toward[0], np.sin(angle) * toward[1], np.cos(angle)]
    )


def test_on_a_ball_the_midline_and_the_coronal_row_stand_every_eighteen_degrees() -> None:
    system = ball()
    expected = {
        "Cz": along(0, (0, 1)),
        "Fpz": along(72, (0, 1)),
        "Fz": along(36, (0, 1)),
        "Pz": along(36, (0, -1)),
        "Oz": along(72, (0, -1)),
        "T7": along(72, (-1, 0)),
        "T8": along(72, (1, 0)),
        "C3": along(36, (-1, 0)),
        "C4": along(36, (1, 0)),
    }
    for name, place in expected.items():
        assert np.linalg.norm(system[name].position_mm - place) < 2.0, name


def test_on_a_ball_the_ring_is_a_circle_of_even_steps() -> None:
    names = ("Fpz", "Fp1", "AF7", "F7", "FT7", "T7", "TP7", "P7", "PO7", "O1", "Oz")
    ring = np.stack([ball()[name].position_mm for name in names])
    angles = np.degrees(np.unwrap(np.arctan2(ring[:, 1], ring[:, 0])))
    assert np.allclose(np.diff(angles), 18.0, atol=1.0)
    assert np.allclose(ring[:, 2], RADIUS_MM * np.cos(np.radians(72)), atol=1.5)


def test_left_and_right_mirror_each_other_on_a_symmetric_head() -> None:
    system = ball()
    for left, right in (("F3", "F4"), ("P7", "P8"), ("AF3", "AF4"), ("FC1", "FC2"), ("O1", "O2")):
        mirrored = system[left].position_mm * (-1, 1, 1)
        assert np.linalg.norm(system[right].position_mm - mirrored) < 1.0


def test_odd_numbers_are_left() -> None:
    for name, point in default_head().eeg.points.items():
        if name[-1] in "13579":
            assert point.position_mm[0] < 0, name


def test_the_measures_of_a_ball_are_half_circles_and_its_ring() -> None:
    measures = ball().measures
    assert measures.nasion_inion_mm == pytest.approx(np.pi * RADIUS_MM, rel=0.01)
    assert measures.tragus_tragus_mm == pytest.approx(np.pi * RADIUS_MM, rel=0.01)
    ring = 2 * np.pi * RADIUS_MM * np.sin(np.radians(72))
    assert measures.circumference_mm == pytest.approx(ring, rel=0.01)


def test_positions_on_the_default_head_are_within_three_millimetres_of_the_published_ones() -> None:
    system = default_head().eeg
    distances = [np.linalg.norm(system[name].position_mm - p) for name, p in PUBLISHED.items()]
    assert np.median(distances) <= 3.0
    assert max(distances) <= 6.0


def test_names_are_found_in_any_case_and_unknown_ones_refused() -> None:
    assert ball()["fPZ"] is ball().points["Fpz"]
    with pytest.raises(InputError, match="no such 10-10 position"):
        ball()["F33"]
