"""The Beam F3 rule: its lengths against the published transcriptions, its places on scalps."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from head_samples import RADIUS_MM, scalp

from euthymia.core.errors import InputError
from euthymia.model.head.default import default_head
from euthymia.model.head.place.beam import (
    BeamComparison,
    beam_comparison,
    beam_formulas,
    beam_lengths,
    beam_place,
    lengths_to,
)
from euthymia.model.head.place.eeg import EegSystem, HeadMeasures, eeg_system
from euthymia.model.head.place.landmarks import Landmarks

USUAL = HeadMeasures(360.0, 360.0, 570.0)


@cache
def ball() -> EegSystem:
    r = RADIUS_MM
    points = ((0, r, 0), (0, -r, 0), (-r, 0, 0), (r, 0, 0))
    return eeg_system(scalp(), Landmarks(*(np.array(p, dtype=float) for p in points)))


@cache
def on_default() -> BeamComparison:
    return beam_comparison(default_head().scalp, default_head().eeg)


def test_the_geometric_lengths_are_those_of_two_lines_on_a_flat_map() -> None:
    """An independent construction: intersect the lines F7-Fz and Fp1-C3 drawn with a ruler."""
    ring = 0.4 * 360.0

    def at(degrees: float) -> np.ndarray:
        angle = np.radians(degrees)
        return ring * np.array([-np.sin(angle), np.cos(angle)])

    f7, fp1 = at(54.0), at(18.0)  # degrees from the front, of the 10-20 ring
    fz, c3 = np.array([0.0, ring / 2]), np.array([-ring / 2, 0.0])
    steps = np.linalg.solve(np.column_stack([f7 - fz, c3 - fp1]), c3 - fz)
    f3 = fz + steps[0] * (f7 - fz)
    angle = np.degrees(np.arctan2(-f3[0], f3[1]))
    found = beam_lengths(USUAL, beam_formulas()["geometric"])
    assert found.x_mm == pytest.approx(570.0 * angle / 360.0, abs=0.05)
    assert found.y_mm == pytest.approx(0.90 * np.linalg.norm(f3), abs=0.05)


def test_the_transcriptions_differ_by_nine_millimetres_in_both_lengths() -> None:
    web, geometric = (beam_lengths(USUAL, formula) for formula in beam_formulas().values())
    assert web.x_mm - geometric.x_mm == pytest.approx(9.2, abs=0.1)
    assert web.y_mm - geometric.y_mm == pytest.approx(8.3, abs=0.1)


@pytest.mark.parametrize("key", ["web", "geometric"])
def test_lengths_grow_with_the_head(key: str) -> None:
    formula = beam_formulas()[key]
    small, large = (
        beam_lengths(HeadMeasures(360 * k, 360 * k, 570 * k), formula) for k in (1.0, 1.1)
    )
    assert large.x_mm == pytest.approx(1.1 * small.x_mm)
    assert large.y_mm == pytest.approx(1.1 * small.y_mm)


@pytest.mark.parametrize("key", ["web", "geometric"])
def test_walking_the_lengths_and_measuring_them_again_agrees(key: str) -> None:
    place = beam_place(scalp(), ball(), beam_formulas()[key])
    again = lengths_to(scalp(), ball(), place.point, "left")
    assert again.x_mm == pytest.approx(place.lengths.x_mm, abs=1.5)
    assert again.y_mm == pytest.approx(place.lengths.y_mm, abs=1.0)


def test_left_and_right_mirror_each_other_on_a_ball() -> None:
    formula = beam_formulas()["web"]
    left = beam_place(scalp(), ball(), formula, "left").point.position_mm
    right = beam_place(scalp(), ball(), formula, "right").point.position_mm
    assert np.linalg.norm(left * (-1, 1, 1) - right) < 1.5
    assert left[0] < 0 < left[1]


def test_on_the_default_head_one_transcription_meets_f3_and_the_other_misses_it() -> None:
    web, geometric = on_default().by_formula
    assert on_default().off_mm(web) < 8.0
    assert on_default().off_mm(geometric) > on_default().off_mm(web)
    assert 8.0 < on_default().apart_mm < 18.0
    assert on_default().true_lengths.y_mm == pytest.approx(web.lengths.y_mm, abs=6.0)


def test_every_transcription_is_cited_and_marked_as_secondhand() -> None:
    for formula in beam_formulas().values():
        assert formula.source.reference.year == 2009
        assert formula.source.tag.value == "V2"


def test_lengths_that_leave_the_head_are_refused() -> None:
    system = ball()
    huge = EegSystem(system.points, HeadMeasures(360.0, 360.0, 5700.0))
    with pytest.raises(InputError, match="not on this head"):
        beam_place(scalp(), huge, beam_formulas()["web"])
