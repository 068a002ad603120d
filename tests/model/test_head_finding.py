"""Landmarks found again on Colin27 from scattered starts, and points put elsewhere by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from euthymia.core.errors import InputError
from euthymia.model.head.default import default_head
from euthymia.model.head.place.eeg import eeg_system
from euthymia.model.head.place.finding import UNCERTAIN_MM, find_landmarks
from euthymia.model.head.place.landmarks import (
    BY_HAND_MM,
    NAMES,
    LandmarkEdits,
    Landmarks,
    read_landmark_edits,
)


def published() -> np.ndarray:
    """(4, 3) the published landmarks of this very head, on its scalp."""
    head = default_head()
    return np.stack([head.scalp.nearest(p).position_mm for p in head.landmarks.stacked])


@pytest.fixture(scope="module")
def found() -> list[Landmarks]:
    """The landmarks from four starts that are 2 mm off on each axis, as a good fit is."""
    head, draw = default_head(), np.random.default_rng(5)
    starts = [published() + draw.normal(scale=2.0, size=(4, 3)) for _ in range(4)]
    return [find_landmarks(start, head.volume, head.scalp) for start in starts]


@pytest.mark.slow
def test_found_landmarks_lie_as_near_the_published_ones_as_their_notes_say(
    found: list[Landmarks],
) -> None:
    off = np.stack([np.linalg.norm(marks.stacked - published(), axis=1) for marks in found])
    for column, name in enumerate(NAMES):
        assert off[:, column].mean() <= UNCERTAIN_MM[name][0], name


@pytest.mark.slow
def test_the_nasion_is_found_whatever_the_start(found: list[Landmarks]) -> None:
    nasion = np.stack([marks.nasion for marks in found])
    assert np.linalg.norm(nasion - np.median(nasion, axis=0), axis=1).max() < 3.0


@pytest.mark.slow
def test_electrodes_from_found_landmarks_agree_with_the_published_montage(
    found: list[Landmarks],
) -> None:
    mne = pytest.importorskip("mne")
    montage = mne.channels.make_standard_montage("colin27_1005").get_positions()["ch_pos"]
    head = default_head()
    medians = []
    for marks in found:
        system = eeg_system(head.scalp, marks)
        off = [
            float(np.linalg.norm(system[name].position_mm - 1000.0 * montage[name]))
            for name in system.names
            if name in montage
        ]
        assert len(off) >= 65
        medians.append(np.median(off))
    assert np.median(medians) <= 3.0


def test_all_published_electrodes_are_met_from_the_montages_own_landmarks() -> None:
    mne = pytest.importorskip("mne")
    montage = mne.channels.make_standard_montage("colin27_1005").get_positions()["ch_pos"]
    system = default_head().eeg
    off = [
        np.linalg.norm(system[name].position_mm - 1000.0 * montage[name])
        for name in system.names
        if name in montage
    ]
    assert np.median(off) <= 3.0
    assert max(off) <= 6.0


def test_a_point_put_elsewhere_by_hand_replaces_only_that_one(tmp_path: Path) -> None:
    head = default_head()
    path = tmp_path / "edits.toml"
    path.write_text('nasion = [0.0, 86.0, -36.0]\nhow = "seen on the image"\n')
    edited = head.landmarks.with_edits(read_landmark_edits(path, head.frame.id), head.scalp)
    assert np.linalg.norm(edited.nasion - (0.0, 86.0, -36.0)) < 2.0
    assert np.array_equal(edited.inion, head.landmarks.inion)
    note = edited.note("nasion")
    assert note is not None
    assert (note.uncertainty_mm, note.how) == (BY_HAND_MM, "seen on the image")


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        (LandmarkEdits(nasion=(0.0, -118.0, -23.0)), "from where it was found"),
        (LandmarkEdits(nasion=(0.0, 70.0, -36.0)), "away from the scalp"),
        (LandmarkEdits(inion=(0.0, -0.118, -0.023)), "from where it was found"),
        (LandmarkEdits(nasion=(float("nan"), 0.0, 0.0)), "three finite numbers"),
    ],
)
def test_implausible_points_are_refused_with_a_sentence(edits: LandmarkEdits, words: str) -> None:
    head = default_head()
    with pytest.raises(InputError, match=words):
        head.landmarks.with_edits(edits, head.scalp)


def test_points_of_another_head_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "edits.toml"
    path.write_text('frame = "image:1234"\nnasion = [0.0, 86.0, -36.0]\n')
    with pytest.raises(InputError, match="in the frame"):
        read_landmark_edits(path, "colin27")
