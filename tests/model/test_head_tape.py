"""The default head shaped by a tape, measured again with the product's own tape."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from euthymia.core.errors import InputError
from euthymia.model.head.default import default_head
from euthymia.model.head.head import Head, Origin
from euthymia.model.head.tape import shaped_head
from euthymia.model.head.tape_measures import TapeMeasures, tape_ranges
from euthymia.model.head.volume import BRAIN

USUAL = (360.0, 362.0, 571.0)
LONG = (382.0, 350.0, 590.0)


@cache
def shaped(*measures: float) -> Head:
    return shaped_head(TapeMeasures(*measures))


@pytest.mark.parametrize("measures", [USUAL, LONG])
def test_the_shaped_head_measures_what_the_tape_measured(measures: tuple[float, ...]) -> None:
    found = shaped(*measures).eeg.measures
    assert found.nasion_inion_mm == pytest.approx(measures[0], abs=1.0)
    assert found.tragus_tragus_mm == pytest.approx(measures[1], abs=1.0)
    assert found.circumference_mm == pytest.approx(measures[2], abs=1.0)


def test_the_measures_of_the_default_head_leave_it_as_it_is() -> None:
    own = default_head().eeg.measures
    head = shaped(own.nasion_inion_mm, own.tragus_tragus_mm, own.circumference_mm)
    assert np.allclose(head.volume.spacing_mm, default_head().volume.spacing_mm, atol=2e-3)


def test_an_unusual_but_possible_shape_is_doubted() -> None:
    codes = {finding.code for finding in shaped(*LONG).findings}
    assert "head.tape_proportions" in codes
    assert "head.tape_proportions" not in {finding.code for finding in shaped(*USUAL).findings}


def test_layers_and_mni_places_come_along_exactly() -> None:
    head, default = shaped(*USUAL), default_head()
    share = head.volume.volume_ml(*BRAIN) / default.volume.volume_ml(*BRAIN)
    assert share == pytest.approx(np.prod(head.volume.spacing_mm), rel=1e-6)
    target = np.array([-38.0, 44.0, 26.0])
    here = head.from_mni(target)
    voxel = head.volume.to_voxel(here[None])
    assert np.allclose(voxel, default.volume.to_voxel(default.from_mni(target)[None]), atol=0.02)
    assert np.allclose(head.to_mni(here), default.to_mni(default.from_mni(target)), atol=0.1)


def test_a_shaped_head_says_that_it_is_not_the_patients_anatomy() -> None:
    head = shaped(*USUAL)
    assert head.origin is Origin.TAPE
    assert head.spread is not None
    plain = default_head().spread
    assert plain is not None
    assert 3.0 < head.spread.target_sd_mm < plain.target_sd_mm < 10.0
    assert 0.05 < head.spread.field_sd < 0.4
    assert all(source.reference.title for source in head.spread.sources)
    assert head.frame.id != default_head().frame.id


def test_hair_under_the_tape_makes_the_head_smaller_and_leaves_room_for_the_coil() -> None:
    thick = shaped(*USUAL, 4.0)
    # Once round the tape turns by a full circle, so its length gains two pi times the hair.
    lost = USUAL[2] - thick.eeg.measures.circumference_mm
    assert lost == pytest.approx(2 * np.pi * 4.0, abs=1.0)
    assert thick.hair_mm == 4.0


@pytest.mark.parametrize(
    ("measures", "words"),
    [
        ((360, 360, 300), "not found on an adult head"),
        ((36, 36, 57), "centimetres"),
        ((14.2, 14.2, 22.4), "inches: 361 mm"),
        ((142, 142, 224), "inches noted as centimetres"),
        ((360, 360, 5700), "not found on an adult head"),
        ((float("nan"), 360, 570), "not found on an adult head"),
        ((360, 360, 570, 40), "thickness of hair"),
    ],
)
def test_impossible_measures_are_refused_with_the_likely_unit(
    measures: tuple[float, ...], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        TapeMeasures(*measures)


def test_measures_of_different_heads_are_refused() -> None:
    with pytest.raises(InputError, match="do not belong to one head"):
        shaped_head(TapeMeasures(400, 300, 520))


def test_the_ranges_hold_the_default_head_and_are_cited() -> None:
    ranges, own = tape_ranges(), default_head().eeg.measures
    for value, known in (
        (own.nasion_inion_mm, ranges.nasion_inion),
        (own.tragus_tragus_mm, ranges.tragus_tragus),
        (own.circumference_mm, ranges.circumference),
    ):
        assert known.usual_low < value < known.usual_high
        assert known.source.reference.title
