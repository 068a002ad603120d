"""Slices of a head, and where on them which point of the cortex is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from clinic.bench.bench_samples import TARGET, bench
from euthymia.clinic.bench.slices import (
    FARTHEST_MM,
    PLANES,
    STEP_MM,
    Anatomy,
    Slice,
    sliced,
    slices_bytes,
)
from euthymia.clinic.bench.wire import unpacked
from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.head.volume import Tissue


def point() -> FloatArray:
    return bench().target(TARGET).point_mm


def world(one: Slice, flat: np.ndarray) -> FloatArray:
    """The millimetres of pixels, worked out anew from what the browser is told."""
    height, width = one.grey.shape
    row, column = np.divmod(flat.astype(int), width)
    right, up = PLANES[one.plane]
    out = np.tile(point(), (len(flat), 1))
    out[:, right] = one.origin_mm[0] + STEP_MM * column
    out[:, up] = one.origin_mm[1] + STEP_MM * (height - 1 - row)
    return out


def is_grey(places: FloatArray) -> np.ndarray:
    """Whether a voxel of grey matter holds each place or borders on it."""
    voxels = bench().head.volume.to_voxel(places)
    grey = bench().head.volume.mask(Tissue.GREY)
    found = np.zeros(len(places), dtype=bool)
    for step in itertools.product((-0.01, 0.01), repeat=3):
        found |= grey[tuple(np.rint(voxels + step).astype(int).T)]
    return found


def test_every_pixel_with_field_is_grey_matter_near_the_points_it_reads() -> None:
    for one in sliced(bench(), point()):
        assert len(one.pixels) > 100
        places = world(one, one.pixels)
        assert is_grey(places).all()
        nearest = bench().engine.points_mm[one.points[:, 0]]
        assert np.linalg.norm(places - nearest, axis=1).max() <= FARTHEST_MM + 1e-6


def test_the_shares_of_a_pixel_add_up_and_weigh_the_nearest_point_most() -> None:
    for one in sliced(bench(), point()):
        assert (one.shares.astype(int).sum(axis=1) == 255).all()
        assert (one.shares[:, 0].astype(int) >= one.shares[:, 2].astype(int) - 3).all()


def test_the_target_lies_on_all_three_slices() -> None:
    for one in sliced(bench(), point()):
        height, width = one.grey.shape
        right, up = PLANES[one.plane]
        column = round((point()[right] - one.origin_mm[0]) / STEP_MM)
        row = height - 1 - round((point()[up] - one.origin_mm[1]) / STEP_MM)
        assert 0 <= row < height
        assert 0 <= column < width
        assert one.grey[row, column] > 0


def test_left_is_left_and_up_is_up() -> None:
    coronal = sliced(bench(), point())[1]
    left = bench().head.landmarks.left_preauricular
    assert PLANES["coronal"] == (0, 2)
    assert left[0] < 0  # RAS: the patient's left is negative, so it is drawn at small columns
    height, width = coronal.grey.shape
    assert coronal.grey[: height // 3].sum() > 0
    assert coronal.grey[0].sum() == 0
    assert coronal.origin_mm[0] < left[0] < coronal.origin_mm[0] + width


def test_the_bytes_hold_the_slices() -> None:
    slices = sliced(bench(), point())
    meta, arrays = unpacked(slices_bytes(slices, point()))
    assert [row["plane"] for row in meta["planes"]] == ["sagittal", "coronal", "axial"]
    assert meta["point_mm"] == pytest.approx(point().tolist())
    for one in slices:
        assert np.array_equal(arrays[f"{one.plane}.grey"], one.grey)
        assert np.array_equal(arrays[f"{one.plane}.points"], one.points)


@pytest.mark.parametrize("place", [[0, 0, 900], [0, 0], [float("nan"), 0, 0]])
def test_a_point_outside_the_head_is_refused(place: list[float]) -> None:
    with pytest.raises(InputError):
        sliced(bench(), place)


def test_an_image_is_shown_by_its_contrast_and_one_without_is_refused() -> None:
    values = np.linspace(0.0, 900.0, 1000).reshape(10, 10, 10)
    shown = Anatomy.of_image(values, np.eye(4))
    assert shown.values.min() == 0
    assert shown.values.max() == 255
    assert np.isfinite(
        Anatomy.of_image(np.where(values > 800, np.nan, values), np.eye(4)).values
    ).all()
    with pytest.raises(InputError, match="no contrast"):
        Anatomy.of_image(np.ones((4, 4, 4)), np.eye(4))
