"""Conductivities: which value a skull gets, with and without its spongy bone told apart."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.poses import Frame
from euthymia.model.field.conductivity import standard_conductivities
from euthymia.model.field.grid import Grid
from euthymia.model.head.volume import LabelVolume, Tissue


def shell(*, marrow: bool) -> LabelVolume:
    radius = np.linalg.norm(np.indices((25, 25, 25)) - 12.0, axis=0)
    labels = np.zeros(radius.shape, dtype=np.uint8)
    labels[radius <= 11] = Tissue.SCALP
    labels[radius <= 9] = Tissue.SKULL
    if marrow:
        labels[(radius <= 8) & (radius > 6)] = Tissue.SPONGY
    labels[radius <= 4] = Tissue.CSF
    return LabelVolume(labels, np.eye(4), Frame("shell"))


def test_a_skull_as_one_has_the_conductivity_of_the_whole() -> None:
    used = standard_conductivities().of_volume(shell(marrow=False))
    assert used.value(Tissue.SKULL) == pytest.approx(0.010)


def test_a_skull_whose_marrow_was_told_apart_is_compact_bone() -> None:
    used = standard_conductivities().of_volume(shell(marrow=True))
    assert used.value(Tissue.SKULL) == pytest.approx(0.008)
    assert used.value(Tissue.SPONGY) == pytest.approx(0.025)
    assert used.of_volume(shell(marrow=True)) is used


def test_a_value_given_for_the_skull_is_kept_as_it_was_given() -> None:
    own = standard_conductivities().with_values({Tissue.SKULL: 0.006})
    assert own.of_volume(shell(marrow=True)).value(Tissue.SKULL) == pytest.approx(0.006)
    other = standard_conductivities().with_values({Tissue.GREY: 0.3})
    assert other.of_volume(shell(marrow=True)).value(Tissue.SKULL) == pytest.approx(0.008)


def test_the_grid_of_a_head_uses_the_values_of_that_head() -> None:
    known = standard_conductivities()
    for marrow, value in ((True, 0.008), (False, 0.010)):
        grid = Grid.of(shell(marrow=marrow), known)
        assert grid.conductivities.value(Tissue.SKULL) == pytest.approx(value)
