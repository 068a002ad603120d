"""Intervals of a field: by hand alone on the patient's own head, with anatomy on another one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from euthymia.model.head.default import default_head
from euthymia.model.head.place.mni import MniMap
from euthymia.model.head.spread import anatomy_spread, spread_parts
from euthymia.model.head.volume import LabelVolume
from euthymia.plan.target.catalogue import targets
from euthymia.plan.target.compute import SCATTER_MM, crown_above, scatter_mm
from euthymia.plan.target.placing import NUMERICAL_ERROR, field_estimate

SHARP = np.full(400, 1.0)


def test_on_the_patients_own_head_only_hand_and_numerics_count() -> None:
    found = field_estimate(1.0, SHARP, None)
    assert found.low == pytest.approx(1 - NUMERICAL_ERROR)
    assert found.high == pytest.approx(1 + NUMERICAL_ERROR)
    assert "anatomy" not in found.how


def test_on_another_head_the_interval_is_that_of_a_lognormal_spread() -> None:
    spread = anatomy_spread(shaped_by_tape=True)
    found = field_estimate(1.0, SHARP, spread)
    width = 1.96 * np.log1p(spread.field_sd)
    assert found.low == pytest.approx(np.exp(-width) * (1 - NUMERICAL_ERROR), rel=0.03)
    assert found.high == pytest.approx(np.exp(width) * (1 + NUMERICAL_ERROR), rel=0.03)
    assert "anatomy of other people" in found.how
    assert found.source is not None


def test_scattered_placements_and_anatomies_widen_one_another() -> None:
    scatter = np.random.default_rng(0).uniform(0.8, 1.0, 400)
    spread = anatomy_spread(shaped_by_tape=False)
    alone, both = field_estimate(1.0, scatter, None), field_estimate(1.0, scatter, spread)
    sharp = field_estimate(1.0, SHARP, spread)
    assert both.low is not None and alone.low is not None and sharp.low is not None
    assert both.low < min(alone.low, sharp.low)


def test_placements_beyond_the_table_are_left_out() -> None:
    scatter = np.array([1.0] * 100 + [-np.inf] * 5)
    assert field_estimate(1.0, scatter, None).low == pytest.approx(1 - NUMERICAL_ERROR)


def test_the_target_scatters_more_on_a_head_that_is_nobodys_own() -> None:
    spread = default_head().spread
    assert spread is not None
    assert scatter_mm(default_head()) == pytest.approx(np.hypot(SCATTER_MM, spread.target_sd_mm))


def test_the_spread_of_the_field_is_made_of_its_cited_parts() -> None:
    parts = spread_parts()
    found = anatomy_spread(shaped_by_tape=True)
    depth = parts["depth_mm"].value * parts["field_slope"].value
    assert found.field_sd == pytest.approx(np.hypot(depth, parts["folding"].value))
    assert found.target_sd_mm == parts["target_mm"].value
    for part in parts.values():
        assert part.source.reference.title


def test_the_slope_of_the_field_is_that_of_the_table_it_is_computed_from() -> None:
    at_15_mm, at_20_mm = 1.356, 1.042  # V/m per A/us on a ball of 92 mm
    slope = np.log(at_15_mm / at_20_mm) / 5.0
    assert spread_parts()["field_slope"].value == pytest.approx(slope, abs=0.001)


def test_the_target_scatter_is_that_of_the_ranges_it_is_computed_from() -> None:
    draws = np.random.default_rng(1).normal(size=(20_000, 21))
    per_sd = float(np.mean(np.ptp(draws, axis=1)))
    assert spread_parts()["target_mm"].value == pytest.approx(20.0 / per_sd, abs=0.05)


def test_every_beam_rule_names_a_known_formula() -> None:
    from euthymia.model.head.place.beam import beam_formulas  # noqa: PLC0415

    rules = [rule for rule in targets().scalp_rules.values() if rule.kind == "beam"]
    assert {rule.formula for rule in rules} == set(beam_formulas())


def test_the_crown_under_the_scalp_is_found_however_thick_the_layers_are() -> None:
    head = default_head()
    hand = head.from_mni(targets().motor.mni_mm)
    crown = crown_above(head, hand)
    above = head.scalp.nearest(hand).position_mm
    assert 8.0 < np.linalg.norm(crown - above) < 30.0
    deeper = LabelVolume(head.volume.labels, head.volume.affine * [[1.5], [1.5], [1.5], [1]],
                         head.volume.frame)  # fmt: skip
    thick = replace(head, volume=deeper, mni=MniMap(np.eye(4), 5.0, "test"))
    place = thick.scalp.nearest(1.5 * hand).position_mm
    assert np.linalg.norm(crown_above(thick, 1.5 * hand) - place) > 15.0
